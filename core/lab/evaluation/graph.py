"""Whether the 8-bit graph answers as torch does: both decode the same tokens, side by side.

The graph chooses; torch, in float32, is asked about the same embeddings. As long as both find the same token
the likeliest, greedy answers are the same; so an answer is the same if that holds to its end.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.compact.base_files import LLMS
from core.compact.eyes import Eyes
from core.compact.llm.base_llm import GgufWeights, MergedWeights
from core.compact.llm.decoders import Decoder, TorchDecoder
from core.compact.llm.openvino_decoder import OpenVinoDecoder
from core.compact.llm.preparing import open_tokenizer, torch_llm
from core.compact.loading import SIZES, load
from core.compact.model import CompactImageLLM
from core.compact.trained_parts import ASSETS, LanguageParts
from core.engine.video_chat import VideoChat
from core.lab.evaluation import held_out
from core.progress import no_progress
from core.weights import fetch


@dataclass
class CachePair:
    """Two caches of the same tokens, as the engine asks for one."""

    graph: Any
    torch: Any
    is_croppable = True

    @property
    def nbytes(self) -> int:
        return self.graph.nbytes

    def get_seq_length(self) -> int:
        return self.graph.get_seq_length()

    def crop(self, surplus: int) -> None:
        self.graph.crop(surplus)
        self.torch.crop(surplus)


@dataclass
class SideBySide:
    """A Decoder that answers with the graph and writes down where torch would not have."""

    graph: Decoder
    torch: Decoder
    lost: list[float] = field(default_factory=list)
    """Nats, for each forward: how much likelier torch finds its own token; 0 where both choose the same."""
    llm = None

    def __post_init__(self) -> None:
        self.embedding_width = self.graph.embedding_width

    def embed(self, ids: list[int]) -> Tensor:
        return self.graph.embed(ids)

    def new_cache(self) -> CachePair:
        return CachePair(self.graph.new_cache(), self.torch.new_cache())

    def new_batch(self) -> None:
        """What is lost is counted for one answer after the other."""

    def with_lora(self, folder: Path) -> "SideBySide":
        return SideBySide(self.graph.with_lora(folder), self.torch.with_lora(folder))

    def forward(self, embeds: Tensor, cache: CachePair) -> Tensor:
        logits = self.graph.forward(embeds, cache.graph)
        scores = self.torch.forward(embeds, cache.torch).log_softmax(dim=-1)
        self.lost.append(float(scores.max() - scores[int(logits.argmax())]))
        return logits


@dataclass(frozen=True)
class Compared:
    """One question: its answer by the graph, and the nats that each of its tokens lost."""

    outcome: held_out.Outcome
    lost: tuple[float, ...]

    @property
    def same(self) -> bool:
        return not any(self.lost)


def side_by_side(size: str) -> CompactImageLLM:
    """The model of this size with the shipped updates. Raises ImportError without OpenVINO."""
    graph = load(SIZES[size], no_progress).decoder
    if not isinstance(graph, OpenVinoDecoder):
        raise ImportError("there is no graph to compare: OpenVINO is not installed")
    gguf, parts = fetch(LLMS[size]), LanguageParts.of(ASSETS / size)
    base = GgufWeights(gguf)
    llm = torch_llm(base, MergedWeights(base, parts.updates, parts.config.lora_scale), torch.float32)
    return SIZES[size](SideBySide(graph, TorchDecoder(llm)), open_tokenizer(gguf, no_progress), Eyes())


def compare(size: str, cache: Path, art: Path, clips: Path, per_skill: int) -> Iterator[Compared]:
    """Ask about held-out clips, as `evaluate` does."""
    model = side_by_side(size)
    decoder = model.decoder
    assert isinstance(decoder, SideBySide)
    for outcome in held_out.evaluate(VideoChat(model, cache), art, clips, "test", per_skill):
        tokens = len(model.tokenizer.encode(outcome.answer, add_special_tokens=False))
        yield Compared(outcome, tuple(decoder.lost[-tokens - 1 :]))  # not what was read of the prompt
        decoder.lost.clear()


def as_text(compared: list[Compared]) -> str:
    """What agrees, and by how much what does not."""
    same = held_out.Score(sum(each.same for each in compared), len(compared))
    lost = [nats for each in compared for nats in each.lost]
    different = sorted(nats for nats in lost if nats > 0)
    tokens = held_out.Score(len(lost) - len(different), len(lost))
    lines = [f"the same answer: {same.as_text()}", f"the same next token: {tokens.as_text()}"]
    if different:
        middle, most = different[len(different) // 2], different[-1]
        lines.append(f"where not, torch prefers its own by {middle:.2f} nats (median), {most:.2f} at most")
    return "\n".join(lines)
