"""Claims about the decoder: it is the LLM, only faster. Skipped where OpenVINO is not installed."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from core.compact.llm.openvino_decoder import OpenVinoDecoder, build_decoder
from core.engine.generation import GenerationSettings, generate_ids
from core.engine.kv_store import KVEntry, KVStore
from core.engine.video_chat import VideoChat
from tests.tiny_model import TinyImageLLM

pytest.importorskip("openvino")
STEPS = (7, 1, 5, 1)  # tokens of each call: a prompt, an answer, the next question


class Decoded(TinyImageLLM):
    """The tiny model with a decoder in its LLM's place, as compact has one."""

    decoder: OpenVinoDecoder

    def new_cache(self):
        return self.decoder.new_cache()

    @torch.inference_mode()
    def forward(self, embeds, cache):
        return self.decoder.forward(embeds, cache)


@pytest.fixture
def exact(tiny: TinyImageLLM) -> Decoded:
    """The same LLM, with a decoder that rounds nothing."""
    decoded = Decoded()
    decoded.decoder = OpenVinoDecoder(decoded.language_model, exact=True)
    return decoded


def embeddings(count: int) -> Tensor:
    return torch.randn(count, 32, generator=torch.Generator().manual_seed(count))


def test_without_rounding_it_says_what_the_llm_says(tiny: TinyImageLLM, exact: Decoded) -> None:
    ours, theirs = exact.new_cache(), tiny.new_cache()
    for count in STEPS:
        x = embeddings(count)
        torch.testing.assert_close(exact.forward(x, ours), tiny.forward(x, theirs), atol=1e-4, rtol=1e-4)
        assert ours.get_seq_length() == theirs.get_seq_length()


def test_greedy_answers_are_those_of_the_llm(tiny: TinyImageLLM, exact: Decoded) -> None:
    def written(model: TinyImageLLM) -> list[int]:
        cache = model.new_cache()
        logits = model.forward(embeddings(9), cache)
        return list(generate_ids(model, logits, cache, GenerationSettings(40), threading.Event()))

    assert written(exact) == written(tiny)


def test_a_cropped_cache_is_as_if_the_rest_had_never_been(exact: Decoded) -> None:
    cropped, fresh = exact.new_cache(), exact.new_cache()
    exact.forward(embeddings(7), cropped)
    exact.forward(embeddings(5), cropped)
    exact.forward(embeddings(7), fresh)
    cropped.crop(-5)
    x = embeddings(3)
    torch.testing.assert_close(exact.forward(x, cropped), exact.forward(x, fresh))


def test_conversations_at_the_same_time_do_not_mix(exact: Decoded) -> None:
    alone, beside, other = (exact.new_cache() for _ in range(3))
    wanted = [exact.forward(embeddings(count), alone) for count in STEPS]
    for count, logits in zip(STEPS, wanted, strict=True):
        torch.testing.assert_close(exact.forward(embeddings(count), beside), logits)
        exact.forward(embeddings(count + 1), other)


def test_logits_stay_when_the_next_token_is_read(exact: Decoded) -> None:
    cache = exact.new_cache()
    first = exact.forward(embeddings(4), cache)
    kept = first.clone()
    exact.forward(embeddings(1), cache)
    assert torch.equal(first, kept)


def test_rounding_moves_logits_little() -> None:
    tiny, rounded = TinyImageLLM(), Decoded()
    for model in (tiny, rounded):  # as smooth as a trained one, not as spread as this random one
        for weight in model.language_model.parameters():
            weight.data *= 0.2
    decoder = build_decoder(rounded.language_model)
    assert decoder
    rounded.decoder = decoder
    x = embeddings(12)
    ours, theirs = (model.forward(x, model.new_cache()) for model in (rounded, tiny))
    assert torch.linalg.vector_norm(ours - theirs) < 0.05 * torch.linalg.vector_norm(theirs)


def test_the_store_counts_its_bytes(exact: Decoded) -> None:
    store = KVStore(10**6)
    cache = exact.new_cache()
    exact.forward(embeddings(10), cache)
    store.put("a", KVEntry(list(range(10)), cache))
    assert store.bytes() == 10 * 2 * 2 * 2 * 8 * 4  # keys and values, 2 layers, 2 heads of 8 numbers, float32
    kept = store.take("a", (0, 1, 2, 99))
    assert kept is not None
    assert kept.cache.get_seq_length() == 3


def test_a_whole_conversation_is_the_same(
    tiny: TinyImageLLM, exact: Decoded, own_cache: Path, clip_file: Path
) -> None:
    def answers(model: TinyImageLLM, folder: Path) -> list[str]:
        chat = VideoChat(model, folder)
        conversation = chat.start(chat.open(clip_file))
        said = ["".join(chat.ask(conversation, question)) for question in ("What?", "它往哪移动？")]
        return [*said, "".join(chat.retry(conversation))]

    assert answers(exact, own_cache / "a") == answers(tiny, own_cache / "b")


def test_when_it_takes_the_layers_only_embeddings_are_left_and_answers_stay() -> None:
    usual, lean = Decoded(), Decoded()
    for model, take_layers in ((usual, False), (lean, True)):
        decoder = build_decoder(model.language_model, take_layers=take_layers)
        assert decoder
        model.decoder = decoder
    assert not lean.language_model.model.layers
    x = lean.embed_ids([1, 2, 3])
    torch.testing.assert_close(lean.forward(x, lean.new_cache()), usual.forward(x, usual.new_cache()))


def test_without_openvino_the_llm_runs_in_torch(tiny: TinyImageLLM, monkeypatch: pytest.MonkeyPatch) -> None:
    installed: Callable[[str], object] = {}.get
    monkeypatch.setattr("importlib.util.find_spec", installed)
    assert build_decoder(tiny.language_model) is None
