"""A module with what we use of vLLM's interface, as its documents have it; transformers computes behind it.

`modules()` are for sys.modules.
"""

import asyncio
import enum
import importlib.machinery
import types
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import torch
from transformers import AutoModelForImageTextToText


@dataclass
class AsyncEngineArgs:
    model: str
    enable_prompt_embeds: bool = False
    enable_prefix_caching: bool | None = None
    limit_mm_per_prompt: dict[str, int] = field(default_factory=dict)
    max_model_len: int | None = None
    gpu_memory_utilization: float = 0.9


class RequestOutputKind(enum.Enum):
    CUMULATIVE = 0
    DELTA = 1
    FINAL_ONLY = 2


@dataclass
class SamplingParams:
    max_tokens: int = 16
    temperature: float = 1.0
    top_p: float = 1.0
    seed: int | None = None
    stop_token_ids: list[int] = field(default_factory=list)
    detokenize: bool = True
    output_kind: RequestOutputKind = RequestOutputKind.CUMULATIVE


class AsyncLLMEngine:
    """Greedy; each request is a task, so that they take turns as in one batch."""

    newest: "AsyncLLMEngine"

    def __init__(self, args: AsyncEngineArgs) -> None:
        self.args, self.running, self.most, self.dropped = args, 0, 0, 0
        self.fails = False
        self.model = AutoModelForImageTextToText.from_pretrained(args.model).eval()

    @classmethod
    def from_engine_args(cls, args: AsyncEngineArgs) -> "AsyncLLMEngine":
        asyncio.get_running_loop()
        cls.newest = cls(args)
        return cls.newest

    async def generate(
        self, prompt: dict[str, Any], sampling_params: SamplingParams, request_id: str
    ) -> AsyncIterator[Any]:
        assert self.args.enable_prompt_embeds
        assert sampling_params.output_kind is RequestOutputKind.DELTA
        embeds = prompt["prompt_embeds"]
        assert embeds.device.type == "cpu"
        assert embeds.dim() == 2
        self.running += 1
        self.most = max(self.most, self.running)
        ended = False
        try:
            for number in range(sampling_params.max_tokens):
                if self.fails:
                    raise RuntimeError("the engine is dead")
                token = self._next(embeds)
                ended = token in sampling_params.stop_token_ids or number + 1 == sampling_params.max_tokens
                done = types.SimpleNamespace(token_ids=[token], finish_reason="stop" if ended else None)
                yield types.SimpleNamespace(outputs=[done], finished=ended)
                if ended:
                    return
                await asyncio.sleep(0.001)
                more = self.model.get_input_embeddings()(torch.tensor([token]))
                embeds = torch.cat([embeds, more.detach()])
        finally:
            self.running -= 1
            self.dropped += not ended

    @torch.inference_mode()
    def _next(self, embeds: torch.Tensor) -> int:
        return int(self.model(inputs_embeds=embeds[None], use_cache=False).logits[0, -1].argmax())


def modules() -> dict[str, types.ModuleType]:
    vllm, sampling = types.ModuleType("vllm"), types.ModuleType("vllm.sampling_params")
    vllm.__spec__ = importlib.machinery.ModuleSpec("vllm", None)
    for name in ("AsyncEngineArgs", "AsyncLLMEngine", "SamplingParams"):
        setattr(vllm, name, globals()[name])
    sampling.RequestOutputKind = RequestOutputKind
    return {"vllm": vllm, "vllm.sampling_params": sampling}
