"""Claims about the decoder: it is the LLM, only faster. Skipped where OpenVINO is not installed."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from core.compact.llm.decoder_graph import build_graph
from core.compact.llm.decoders import TorchDecoder
from core.compact.llm.openvino_decoder import OpenVinoDecoder, save_graph
from core.compact.model import CompactImageLLM
from core.engine.decoding.pool import DecodingPool
from core.engine.decoding.turns import Turns
from core.engine.generation import GenerationSettings, generate_ids
from core.engine.kv_store import KVEntry, KVStore
from core.engine.video_chat import VideoChat
from tests.tiny_compact import WIDTH, tiny_compact, tiny_llm

pytest.importorskip("openvino")
STEPS = (7, 1, 5, 1)  # tokens of each call: a prompt, an answer, the next question


class ExactDecoder(OpenVinoDecoder):
    """Rounds nothing."""

    def __init__(self, llm: Any) -> None:
        self._torch = TorchDecoder(llm)
        self._run(build_graph(llm.config, llm.state_dict()), llm.config)

    def embed(self, ids: list[int]) -> Tensor:
        return self._torch.embed(ids)


@pytest.fixture(scope="module")
def tiny() -> TorchDecoder:
    return TorchDecoder(tiny_llm())


@pytest.fixture(scope="module")
def exact() -> ExactDecoder:
    return ExactDecoder(tiny_llm())


def embeddings(count: int) -> Tensor:
    return torch.randn(count, WIDTH, generator=torch.Generator().manual_seed(count))


def test_without_rounding_it_says_what_the_llm_says(tiny: TorchDecoder, exact: ExactDecoder) -> None:
    ours, theirs = exact.new_cache(), tiny.new_cache()
    for count in STEPS:
        x = embeddings(count)
        torch.testing.assert_close(exact.forward(x, ours), tiny.forward(x, theirs), atol=1e-3, rtol=1e-3)
        assert ours.get_seq_length() == theirs.get_seq_length()


def test_greedy_answers_are_those_of_the_llm() -> None:
    def written(model: CompactImageLLM) -> list[int]:
        cache = model.new_cache()
        logits = model.forward(embeddings(9), cache)
        pool = DecodingPool(model, Turns())
        with pool.writing(cache) as row:
            feed = partial(pool.feed, row)
            return list(generate_ids(model, logits, feed, GenerationSettings(40), threading.Event()))

    ours, theirs = tiny_compact(), tiny_compact()
    ours.decoder = ExactDecoder(tiny_llm())
    assert written(ours) == written(theirs)


def test_a_cropped_cache_is_as_if_the_rest_had_never_been(exact: ExactDecoder) -> None:
    cropped, fresh = exact.new_cache(), exact.new_cache()
    exact.forward(embeddings(7), cropped)
    exact.forward(embeddings(5), cropped)
    exact.forward(embeddings(7), fresh)
    cropped.crop(-5)
    x = embeddings(3)
    torch.testing.assert_close(exact.forward(x, cropped), exact.forward(x, fresh))


def test_conversations_at_the_same_time_do_not_mix(exact: ExactDecoder) -> None:
    alone, beside, other = (exact.new_cache() for _ in range(3))
    wanted = [exact.forward(embeddings(count), alone).clone() for count in STEPS]
    for count, logits in zip(STEPS, wanted, strict=True):
        torch.testing.assert_close(exact.forward(embeddings(count), beside), logits)
        exact.forward(embeddings(count + 1), other)


def test_in_one_call_with_others_each_conversation_gets_its_own_logits(exact: ExactDecoder) -> None:
    """Rows of different lengths come, go and come back; what they wrote meanwhile is in their caches."""
    batch, caches, alone = exact.new_batch(), *([exact.new_cache() for _ in range(3)] for _ in range(2))
    for count, *pair in zip((4, 19, 11), caches, alone, strict=True):
        for cache in pair:
            exact.forward(embeddings(count), cache)
    for step, rows in enumerate(([0, 1], [0, 1, 2], [1, 2], [2, 0, 1], [1], [0, 2])):
        batch.hold([caches[row] for row in rows])
        order = [next(row for row in rows if caches[row] is cache) for cache in batch.caches]
        x = embeddings(20 + step)[:1]
        for row, logits in zip(order, batch.step(x.expand(len(rows), -1)), strict=True):
            torch.testing.assert_close(logits, exact.forward(x, alone[row]))
    batch.hold([])
    for kept, expected in zip(caches, alone, strict=True):
        assert kept.get_seq_length() == expected.get_seq_length()
        torch.testing.assert_close(exact.forward(embeddings(3), kept), exact.forward(embeddings(3), expected))


def test_logits_stay_when_the_next_token_is_read(exact: ExactDecoder) -> None:
    cache = exact.new_cache()
    first = exact.forward(embeddings(4), cache)
    kept = first.clone()
    exact.forward(embeddings(1), cache)
    assert torch.equal(first, kept)


def test_rounding_moves_logits_little(tmp_path: Path) -> None:
    llm = tiny_llm()
    for weight in llm.parameters():  # as smooth as a trained one, not as spread as this random one
        weight.data *= 0.2
    save_graph(llm.config, llm.state_dict(), tmp_path)
    rounded, whole = OpenVinoDecoder(tmp_path), TorchDecoder(llm)
    x = embeddings(12)
    ours, theirs = (decoder.forward(x, decoder.new_cache()) for decoder in (rounded, whole))
    assert torch.linalg.vector_norm(ours - theirs) < 0.05 * torch.linalg.vector_norm(theirs)
    words = [3, 1, 4]
    torch.testing.assert_close(rounded.embed(words), whole.embed(words), atol=0.01, rtol=0.02)


def test_the_store_counts_its_bytes(exact: ExactDecoder) -> None:
    store = KVStore(10**6)
    cache = exact.new_cache()
    exact.forward(embeddings(10), cache)
    store.put("a", KVEntry(list(range(10)), cache))
    assert store.bytes() == 10 * 2 * 2 * 2 * 4 * 4  # keys and values, 2 layers, 2 heads of 4 numbers, float32
    kept = store.take("a", (0, 1, 2, 99))
    assert kept is not None
    assert kept.cache.get_seq_length() == 3


@pytest.mark.slow
def test_a_whole_conversation_is_the_same(own_cache: Path, clip_file: Path, read_once: None) -> None:
    def answers(model: CompactImageLLM, folder: Path) -> list[str]:
        chat = VideoChat(model, folder)
        conversation = chat.start(chat.open(clip_file))
        said = ["".join(chat.ask(conversation, question)) for question in ("What?", "它往哪移动？")]
        return [*said, "".join(chat.retry(conversation))]

    ours = tiny_compact()
    ours.decoder = ExactDecoder(tiny_llm())
    assert answers(ours, own_cache / "a") == answers(tiny_compact(), own_cache / "b")


@pytest.mark.slow
def test_conversations_at_the_same_time_are_the_same(
    own_cache: Path, clip_file: Path, read_once: None
) -> None:
    model = tiny_compact()
    model.decoder = ExactDecoder(tiny_llm())
    chat = VideoChat(model, own_cache)
    clip = chat.open(clip_file)

    def talk(question: str) -> list[str]:
        conversation = chat.start(clip)
        return ["".join(chat.ask(conversation, each)) for each in (question, "它往哪移动？", "Why?")]

    questions = ["What?", "Where is everything that can be seen here?", "它是什么颜色的？", "Who?"]
    alone = [talk(question) for question in questions]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(talk, questions)) == alone
