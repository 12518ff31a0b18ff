"""vLLM writes the answers: its paged cache and its batching, behind our encoder, pooling and modules.

The prompt goes over as embeddings, so that vLLM never sees a picture. Many conversations are written in one
forward pass; a prompt that begins as an earlier one is read from where they part, by vLLM's own prefix cache.
It was written after vLLM's documents, and tested with a stand-in for it: no GPU was at hand.
"""

import asyncio
import queue
import threading
import uuid
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from torch import Tensor

from core.engine.generation import GenerationSettings
from core.errors import ModelError
from core.features.adapter_parts import LORA_FOLDER
from core.image_llm.base import ImageLLM

SHARE = 0.8  # of a GPU's memory, for weights and caches; the rest is for our encoder
LOOKED = 0.1  # seconds between two looks whether anybody still wants the answer


class VllmEngine:
    """The LLM of one model. Thread-safe: vLLM lives on an event loop of its own."""

    def __init__(self, model: ImageLLM, adapter: Path | None) -> None:
        """Takes the LLM's layers out of `model`, which goes on with encoder, g, g_t and word embeddings.

        adapter: the folder that the model has taken, if any. Raises ModelError where vLLM is not installed,
        where it cannot run this model, and where the adapter changes the LLM's weights.
        """
        if find_spec("vllm") is None:
            raise ModelError("model_package_missing", package="vllm")
        if adapter is not None and (adapter / LORA_FOLDER).exists():
            raise ModelError(
                "llm_engine_unfit", engine="vLLM", model=model.name, reason="the adapter changes its LLM"
            )
        folder = model.release_decoder("vLLM")
        self._end_ids = model.end_ids
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="vllm", daemon=True).start()
        started = asyncio.run_coroutine_threadsafe(_start(folder, model.context_length), self._loop)
        self._llm = started.result()

    def write(self, embeds: Tensor, settings: GenerationSettings, stop: threading.Event) -> Iterator[int]:
        """Token ids of the answer to a prompt [L, K], without the token that ends it.

        Ends within a token after `stop` is set.
        """
        tokens: queue.Queue[int | None] = queue.Queue()
        work = asyncio.run_coroutine_threadsafe(self._take(embeds, settings, tokens), self._loop)
        try:
            while not stop.is_set():
                try:
                    token = tokens.get(timeout=LOOKED)
                except queue.Empty:
                    continue
                if token is None:
                    work.result()  # raises what went wrong
                    return
                if token in self._end_ids:
                    return
                yield token
        finally:
            work.cancel()  # vLLM drops the request of a generator that is cancelled

    async def _take(
        self, embeds: Tensor, settings: GenerationSettings, tokens: "queue.Queue[int | None]"
    ) -> None:
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        wanted = SamplingParams(
            max_tokens=settings.max_new_tokens,
            temperature=settings.temperature,
            top_p=settings.top_p if settings.temperature else 1.0,
            seed=settings.seed,
            stop_token_ids=sorted(self._end_ids),
            detokenize=False,  # the engine's own stream makes text of ids
            output_kind=RequestOutputKind.DELTA,
        )
        prompt = {"prompt_embeds": embeds.cpu()}
        try:
            async for output in self._llm.generate(prompt, wanted, uuid.uuid4().hex):
                for token in output.outputs[0].token_ids:
                    tokens.put(token)
        finally:
            tokens.put(None)


async def _start(folder: Path, context_length: int) -> Any:
    """On the loop that it is to live on."""
    from vllm import AsyncEngineArgs, AsyncLLMEngine

    return AsyncLLMEngine.from_engine_args(
        AsyncEngineArgs(
            model=str(folder),
            enable_prompt_embeds=True,
            enable_prefix_caching=True,
            limit_mm_per_prompt={"image": 0, "video": 0},  # its own encoder is not needed
            max_model_len=context_length,
            gpu_memory_utilization=SHARE,
        )
    )
