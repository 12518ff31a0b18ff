"""`reeltalk train` as one of several processes that share the model by FSDP2, on processors.

    RANK=0 WORLD_SIZE=2 ... python -m tests.training.sharded LOST_AT train ...

accelerate shards on GPUs only; here it is told that it may, and does the rest itself. In step LOST_AT a GPU
is lost (0: in none).
"""

import sys
from typing import Any

from accelerate import Accelerator, FullyShardedDataParallelPlugin
from accelerate.utils import DistributedType

from core.cli.main import main
from core.training import processes
from core.training.loop import Trainer


def sharding(**options: Any) -> Accelerator:
    """As `accelerate config` has it, with the loading that it turns on and the layers that it leaves open."""
    accelerator = Accelerator(**options)
    accelerator.state._shared_state |= {
        "distributed_type": DistributedType.FSDP,
        "fsdp_plugin": FullyShardedDataParallelPlugin(
            fsdp_version=2, auto_wrap_policy="transformer_based_wrap", cpu_ram_efficient_loading=True
        ),
    }
    return accelerator


if __name__ == "__main__":
    lost_at = int(sys.argv.pop(1))
    one_step = Trainer._one_step

    def loses(trainer: Trainer, *given: Any) -> Any:
        if trainer.step + 1 == lost_at:
            raise RuntimeError("NCCL error: unhandled system error")
        return one_step(trainer, *given)

    processes.Accelerator = sharding  # type: ignore[misc,assignment]
    Trainer._one_step = loses  # type: ignore[method-assign]
    sys.exit(main(sys.argv[1:]))
