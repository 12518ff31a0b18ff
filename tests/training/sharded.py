"""`reeltalk train` as one of several processes that share the model by FSDP2, on processors.

    RANK=0 WORLD_SIZE=2 ... python -m tests.training.sharded LOST_AT train ...

accelerate shards on GPUs only; here it is told that it may, and does the rest itself. In step LOST_AT a GPU
is lost (0: in none).
"""

import os
import sys
from typing import Any

from accelerate import Accelerator, FullyShardedDataParallelPlugin
from accelerate.utils import DistributedType

from core.cli.main import main
from core.training import run
from core.training.loop import Trainer


def sharding() -> Accelerator:
    accelerator = Accelerator()
    accelerator.state._shared_state |= {
        "distributed_type": DistributedType.FSDP,
        "fsdp_plugin": FullyShardedDataParallelPlugin(
            fsdp_version=2,
            auto_wrap_policy="transformer_based_wrap",
            transformer_cls_names_to_wrap=[os.environ["LAYER"]],
        ),
    }
    return accelerator


if __name__ == "__main__":
    lost_at = int(sys.argv.pop(1))
    one_step = Trainer._one_step

    def loses(trainer: Trainer) -> Any:
        if trainer.step + 1 == lost_at:
            raise RuntimeError("NCCL error: unhandled system error")
        return one_step(trainer)

    run.Accelerator = sharding  # type: ignore[misc,assignment]
    Trainer._one_step = loses  # type: ignore[method-assign]
    sys.exit(main(sys.argv[1:]))
