"""The processes of a training, as accelerate has started them. Each loads the whole model by itself."""

import os
from datetime import timedelta

import torch
from accelerate import Accelerator, InitProcessGroupKwargs

LONGEST_WAIT = timedelta(hours=12)  # for another process that still encodes its share of the clips


def new_accelerator() -> Accelerator:
    """That of this process."""
    accelerator = Accelerator(kwargs_handlers=[InitProcessGroupKwargs(timeout=LONGEST_WAIT)])
    if plugin := getattr(accelerator.state, "fsdp_plugin", None):
        # Else transformers gives weights to the first process alone, and the others would encode with none.
        plugin.cpu_ram_efficient_loading = False
        os.environ["FSDP_CPU_RAM_EFFICIENT_LOADING"] = "false"
    return accelerator


def device_of(accelerator: Accelerator) -> str:
    """Where a process loads the model: on its own GPU; on the processor where accelerate will shard it."""
    if accelerator.distributed_type.value == "FSDP" or accelerator.device.type == "cpu":
        return "cpu"
    return "auto" if accelerator.num_processes == 1 else f"cuda:{accelerator.local_process_index}"


def precision_on(device: str) -> str:
    """bfloat16 where the hardware computes in it, else float32: gradients overflow in float16.

    device: on which steps are done: "cpu" or "cuda".
    """
    fast = torch.cuda.is_bf16_supported() if device == "cuda" else torch.cpu._is_amx_tile_supported()
    return "bfloat16" if fast else "float32"
