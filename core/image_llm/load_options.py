"""How a model is put onto this machine: device, number format, quantisation.

Imports neither torch nor transformers, so that command lines and pages can make one at once.
"""

from dataclasses import dataclass

from core.errors import SettingError

DTYPES = ("auto", "float32", "bfloat16", "float16")
BITS = (4, 8)
LLM_ENGINES = ("own", "vllm")


@dataclass(frozen=True)
class LoadOptions:
    """What the user wants of the machine; the default lets the machine decide."""

    device: str = (
        "auto"  # "auto": GPUs where there are any, over as many as it takes; else "cpu", "cuda:0", "mps"
    )
    dtype: str = "auto"  # "auto": bfloat16 where the hardware computes in it
    bits: int | None = None  # 4 or 8: the LLM's weights in so many bits, through bitsandbytes
    allow_pickle: bool = False  # load .bin files too: opening one runs code that is in it
    low_memory: bool = False  # fewer frames, small caches, the smallest of our own models
    llm_engine: str = "own"  # "vllm": that writes the answers, on GPUs
    trainable: bool = False  # the LLM in torch, where another runtime would only answer

    def __post_init__(self) -> None:
        if self.dtype not in DTYPES:
            raise SettingError("bad_setting", name="dtype", value=self.dtype, reason=", ".join(DTYPES))
        if self.llm_engine not in LLM_ENGINES:
            reason = ", ".join(LLM_ENGINES)
            raise SettingError("bad_setting", name="llm_engine", value=self.llm_engine, reason=reason)
        if self.bits is not None and self.bits not in BITS:
            raise SettingError("bad_setting", name="bits", value=self.bits, reason="4 or 8")
