"""What this machine computes with: the device and the number format of a model."""

import torch

from core.errors import SettingError


def pick_device(wanted: str) -> str:
    """ "auto": "cuda", "mps" or "cpu", the first that there is. Raises SettingError for what there is not."""
    has = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return next(kind for kind, present in has.items() if present)
    kind, _, index = wanted.partition(":")
    there = not index or (kind == "cuda" and index.isdecimal() and int(index) < torch.cuda.device_count())
    if not (has.get(kind, False) and there):
        present = ", ".join(kind for kind, present in has.items() if present)
        raise SettingError("bad_setting", name="device", value=wanted, reason=f"auto, {present}")
    return wanted


def pick_dtype(wanted: str, device: str) -> torch.dtype:
    """ "auto": bfloat16 where the hardware computes in it, else float16 (GPU) or float32 (processor)."""
    if wanted != "auto":
        return getattr(torch, wanted)
    if device.startswith("cuda"):
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    if device.startswith("mps"):
        return torch.float16
    return torch.bfloat16 if torch.cpu._is_amx_tile_supported() else torch.float32
