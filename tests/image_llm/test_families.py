"""Every family of the registry, on a tiny checkpoint with random weights: parity with its own image path.

The reference is transformers' own model, loaded a second time from the same folder.
"""

import inspect
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoConfig, AutoModelForImageTextToText

from core.dialogue.conversation import Cue
from core.dialogue.prompt import ClipInPrompt, build_prompt, visual_prefix_parts
from core.engine import read_ahead
from core.engine.generation import stream_text
from core.engine.settings import ChatSettings
from core.engine.video_chat import VideoChat
from core.errors import ModelError
from core.features.adapter import save_temporal_module
from core.features.pooling import PooledFeatures, pool
from core.image_llm.hugging_face import HuggingFaceImageLLM
from core.image_llm.registry import checkpoint_families, family_of
from tests.tiny_checkpoints import (
    TinyFamily,
    load_checkpoint,
    tiny_families,
    write_checkpoint,
    write_checkpoints,
)

TINY = tiny_families()
FRAMES, HEIGHT, BREADTH = 6, 48, 80
QUESTION, ANSWER, FOLLOW_UP = "What is it?", "It moves left.", "它往哪个方向移动？"

pytestmark = [pytest.mark.parametrize("model_type", TINY), pytest.mark.usefixtures("read_once")]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_checkpoints(tmp_path_factory.mktemp("checkpoints"))


@pytest.fixture(scope="module")
def loaded(folders: dict[str, Path]) -> dict[str, HuggingFaceImageLLM]:
    return {name: load_checkpoint(folder) for name, folder in folders.items()}


@pytest.fixture
def model(loaded: dict[str, HuggingFaceImageLLM], model_type: str) -> HuggingFaceImageLLM:
    return loaded[model_type]


@pytest.fixture
def family(model_type: str) -> TinyFamily:
    return TINY[model_type]


def some_frames(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, HEIGHT, BREADTH, 3), dtype=np.uint8)


def features_of(model: HuggingFaceImageLLM, frames: np.ndarray) -> PooledFeatures:
    patches = model.encode(frames)
    return pool(patches.x, patches.grid, torch.arange(len(frames), dtype=torch.float64))


def prompt_of(
    model: HuggingFaceImageLLM, features: PooledFeatures, questions: list[str], answers: list[str]
) -> Any:
    """The prompt as the engine builds it, with all spatial and all temporal tokens."""
    prefix = model.visual_prefix(features)
    visual = visual_prefix_parts(len(prefix["spatial"]), features.seconds.tolist(), model.timestamps)
    return model.embed(build_prompt(model.template, [ClipInPrompt(visual)], questions, answers), prefix)


def spatial_logits(model: HuggingFaceImageLLM, frame: np.ndarray) -> torch.Tensor:
    """Ours, for one picture: T = 1 and spatial tokens only."""
    prefix = model.visual_prefix(features_of(model, frame[None]))
    visual = visual_prefix_parts(len(prefix["spatial"]), [], timestamps=False)
    prompt = model.embed(build_prompt(model.template, [ClipInPrompt(visual)], [QUESTION], []), prefix)
    return model.read(prompt, 0, model.new_cache())


def reference_logits(
    folder: Path, family: TinyFamily, model: HuggingFaceImageLLM, frame: np.ndarray
) -> torch.Tensor:
    """Theirs: the chat template, the processor's way with the placeholder, the model's own forward."""
    reference = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).eval()
    batch = model.image_processor(images=[frame], return_tensors="pt", **family.settings)
    inputs = {name: batch[name] for name in model.vision_inputs}
    count = len(features_of(model, frame[None]).spatial)
    content = [{"type": "image"}, {"type": "text", "text": QUESTION}]
    text = model.tokenizer.apply_chat_template(
        [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True
    )
    first_is_there = family.first is not None and text.startswith(family.first)
    text = text.replace(family.rendered, family.picture(count))
    ids = model.tokenizer(text, add_special_tokens=not first_is_there, return_tensors="pt")["input_ids"]
    visual = (ids == model.placeholder_id).long()
    if family.model_type == "llava_onevision":  # one picture of two: such are not tiled
        inputs["pixel_values"] = inputs["pixel_values"][:, :1]
        inputs |= {"image_sizes": torch.tensor([[32, 32]]), "batch_num_images": torch.tensor([2])}
    if family.model_type == "gemma3":
        inputs["token_type_ids"] = visual
    if "image_grid_thw" in inputs:
        inputs["mm_token_type_ids"] = visual
    with torch.inference_mode():
        return reference(input_ids=ids, **inputs).logits[0, -1]


def test_one_frame_gives_the_image_llm_logits(
    folders: dict[str, Path], model_type: str, family: TinyFamily, model: HuggingFaceImageLLM
) -> None:
    one, other = some_frames(2)
    expected = reference_logits(folders[model_type], family, model, one)
    torch.testing.assert_close(spatial_logits(model, one), expected, rtol=1e-4, atol=1e-4)
    assert (spatial_logits(model, other) - expected).abs().max() > 0.01  # it does look at the picture


def test_a_batch_of_frames_is_encoded_as_its_frames_one_by_one(model: HuggingFaceImageLLM) -> None:
    frames = some_frames(FRAMES)
    together = model.encode(frames)
    alone = [model.encode(frame[None]) for frame in frames]
    assert {each.grid for each in alone} == {together.grid}
    torch.testing.assert_close(together.x, torch.cat([each.x for each in alone]), rtol=1e-4, atol=1e-4)
    assert together.x.shape == (FRAMES, together.grid[0] * together.grid[1], model.patch_width)
    assert (together.x[0] - together.x[1]).abs().max() > 0.01


def test_the_temporal_module_starts_as_a_copy_of_g(model: HuggingFaceImageLLM) -> None:
    features = features_of(model, some_frames(FRAMES))
    temporal = model.visual_prefix(features)["temporal"]
    assert temporal.shape == (FRAMES, model.embedding_width)
    torch.testing.assert_close(temporal, model.alignment(features.temporal))


def assert_kept_is_anew(model: HuggingFaceImageLLM, opening: Any, answer: str, whole: Any) -> Any:
    """`whole`, read after `opening` and its answer on one cache, is `whole` read at once: its logits."""
    answer_ids = model.tokenizer(answer, add_special_tokens=False)["input_ids"]
    held = len(opening.ids) + len(answer_ids)
    assert whole.ids[:held] == (*opening.ids, *answer_ids)
    cache = model.new_cache()
    model.read(opening, 0, cache)
    for token in answer_ids:
        model.forward(model.embed_ids([token]), cache)
    assert cache.get_seq_length() == held
    kept = model.read(whole, held, cache)
    anew = model.read(whole, 0, model.new_cache())
    torch.testing.assert_close(kept, anew, rtol=1e-4, atol=1e-4)
    after = [model.forward(model.embed_ids(answer_ids[:1]), each) for each in (cache, _filled(model, whole))]
    torch.testing.assert_close(*after, rtol=1e-4, atol=1e-4)
    return anew


def test_a_follow_up_on_the_kept_cache_is_the_whole_conversation_anew(model: HuggingFaceImageLLM) -> None:
    features = features_of(model, some_frames(FRAMES))
    answer = model.template.before_answer + ANSWER
    opening = prompt_of(model, features, [QUESTION], [])
    whole = prompt_of(model, features, [QUESTION, FOLLOW_UP], [answer])
    assert_kept_is_anew(model, opening, answer, whole)


def _filled(model: HuggingFaceImageLLM, prompt: Any) -> Any:
    cache = model.new_cache()
    model.read(prompt, 0, cache)
    return cache


def test_answers_with_kept_caches_are_those_without(
    model: HuggingFaceImageLLM, clip_file: Path, own_cache: Path
) -> None:
    """Three turns and a retry, through the engine: what random weights write is the hardest to find again."""
    chat, settings = VideoChat(model, own_cache), ChatSettings(max_new_tokens=6)
    clip = chat.open(clip_file)
    kept, fresh = chat.start(clip), chat.start(clip)
    for question in (QUESTION, FOLLOW_UP, QUESTION):
        answer = "".join(chat.ask(kept, question, settings))
        chat.forget(fresh.id)
        assert "".join(chat.ask(fresh, question, settings)) == answer
    assert "".join(chat.retry(kept, settings)) == fresh.turns[-1].answer


def test_two_conversations_on_clips_of_different_shape_do_not_mix(
    model: HuggingFaceImageLLM, clip_file: Path, other_clip_file: Path, own_cache: Path
) -> None:
    chat, settings = VideoChat(model, own_cache), ChatSettings(max_new_tokens=4)
    clips = [chat.open(clip_file), chat.open(other_clip_file)]
    alone: list[list[str]] = []
    for clip in clips:
        conversation = chat.start(clip)
        alone.append(["".join(chat.ask(conversation, each, settings)) for each in (QUESTION, FOLLOW_UP)])
    both = [chat.start(clip) for clip in clips]
    turns = [
        ["".join(chat.ask(each, question, settings)) for each in both] for question in (QUESTION, FOLLOW_UP)
    ]
    assert [list(each) for each in zip(*turns, strict=True)] == alone


def test_in_one_pass_with_others_each_conversation_gets_the_logits_of_its_own(
    model: HuggingFaceImageLLM,
) -> None:
    """Rows of different lengths come, go and come back; what they wrote meanwhile is in their caches."""
    if (batch := model.new_batch()) is None:
        assert not model.new_cache().is_croppable, "only states that cannot be padded keep a family out"
        return
    features = features_of(model, some_frames(FRAMES))
    prompts = [prompt_of(model, features, ["a" * 7 * count], []) for count in (1, 4, 2)]
    caches = [_filled(model, prompt) for prompt in prompts]
    alone = [_filled(model, prompt) for prompt in prompts]
    tokens = model.tokenizer("abcdefghijkl", add_special_tokens=False)["input_ids"]
    for token, rows in zip(tokens, ([0, 1], [0, 1, 2], [1, 2], [2, 0, 1], [1], [0, 2]), strict=False):
        batch.hold([caches[row] for row in rows])
        order = [next(row for row in rows if caches[row] is cache) for cache in batch.caches]
        logits = batch.step(model.embed_ids([token] * len(rows)))
        for row, found in zip(order, logits, strict=True):
            expected = model.forward(model.embed_ids([token]), alone[row])
            torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
    batch.hold([])
    for kept, expected in zip(caches, alone, strict=True):
        assert kept.get_seq_length() == expected.get_seq_length()
        after = [model.forward(model.embed_ids(tokens[-2:]), cache) for cache in (kept, expected)]
        torch.testing.assert_close(*after, rtol=1e-4, atol=1e-4)


def test_answers_at_the_same_time_are_those_given_alone(
    model: HuggingFaceImageLLM, clip_file: Path, other_clip_file: Path, own_cache: Path
) -> None:
    chat, settings = VideoChat(model, own_cache), ChatSettings(max_new_tokens=8)
    clips = [chat.open(clip_file), chat.open(other_clip_file)]

    def talk(number: int) -> list[str]:
        conversation = chat.start(clips[number % 2])
        return ["".join(chat.ask(conversation, each, settings)) for each in (QUESTION, FOLLOW_UP)]

    alone = [talk(number) for number in range(2)]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(talk, range(4))) == alone * 2


def prompt_about_two(
    model: HuggingFaceImageLLM, features: list[PooledFeatures], questions: list[str], answers: list[str]
) -> Any:
    prefixes = [model.visual_prefix(each) for each in features]
    clips = [
        ClipInPrompt(
            visual_prefix_parts(len(prefix["spatial"]), each.seconds.tolist(), model.timestamps, clip=number)
        )
        for number, (prefix, each) in enumerate(zip(prefixes, features, strict=True))
    ]
    return model.embed(build_prompt(model.template, clips, questions, answers), model.join(prefixes))


def test_each_of_two_clips_stands_behind_its_number_and_within_the_familys_own_words(
    model: HuggingFaceImageLLM,
) -> None:
    features = [features_of(model, some_frames(2, seed)) for seed in (0, 1)]
    prompt = prompt_about_two(model, features, [QUESTION], [])
    ids = [model.placeholder_id if each < 0 else each for each in prompt.ids]
    text = model.tokenizer.decode(ids)
    opens, closes = model.template.opens_clip, model.template.closes_clip
    count = len(prompt.ids) - len([each for each in prompt.ids if each >= 0])
    assert text.count(model.placeholder) == count + opens.count(model.placeholder)
    one, two = (part.strip() for part in text.split("Video 1:")[1].split("Video 2:"))
    for part in (one, two):
        assert part.startswith(opens.strip())
        assert closes.strip() in part
    assert model.template.before_visual.endswith(opens)
    assert model.template.after_visual.startswith(closes)


def test_a_follow_up_about_two_clips_on_the_kept_cache_is_the_whole_conversation_anew(
    model: HuggingFaceImageLLM,
) -> None:
    features = [features_of(model, some_frames(count, seed)) for seed, count in enumerate((FRAMES, 3))]
    answer = model.template.before_answer + ANSWER
    opening = prompt_about_two(model, features, [QUESTION], [])
    whole = prompt_about_two(model, features, [QUESTION, FOLLOW_UP], [answer])
    anew = assert_kept_is_anew(model, opening, answer, whole)
    swapped = prompt_about_two(model, features[::-1], [QUESTION, FOLLOW_UP], [answer])
    assert (model.read(swapped, 0, model.new_cache()) - anew).abs().max() > 1e-3, "which is which counts"


def test_answers_about_two_clips_and_what_is_said_in_one_are_those_without_kept_caches(
    model: HuggingFaceImageLLM, clip_file: Path, other_clip_file: Path, own_cache: Path
) -> None:
    chat, settings = VideoChat(model, own_cache), ChatSettings(max_new_tokens=5)
    one, other = chat.open(clip_file), chat.open(other_clip_file)
    said = (Cue(0.5, 1.0, "Hello."), Cue(1.0, 2.0, "再见。"))
    kept, fresh = chat.start(one, other, said), chat.start(one, other, said)
    for question in (QUESTION, FOLLOW_UP, QUESTION):
        answer = "".join(chat.ask(kept, question, settings))
        chat.forget(fresh.id)
        assert "".join(chat.ask(fresh, question, settings)) == answer
    assert "".join(chat.retry(kept, settings)) == fresh.turns[-1].answer


def test_what_is_read_in_pieces_is_what_is_read_at_once(model: HuggingFaceImageLLM) -> None:
    """Pieces end within the visual tokens, too, where the family allows it."""
    features = [features_of(model, some_frames(count, seed)) for seed, count in enumerate((FRAMES, 3))]
    answer = model.template.before_answer + ANSWER
    for whole in (
        prompt_of(model, features[0], [QUESTION], []),
        prompt_about_two(model, features, [QUESTION, FOLLOW_UP], [answer]),
    ):
        cache, held = model.new_cache(), 0
        for end in (*range(max(7, model.inseparable(whole)), len(whole.ids), 7), len(whole.ids)):
            logits = model.read(whole.cut(end), held, cache)
            held = end
        torch.testing.assert_close(logits, model.read(whole, 0, model.new_cache()), rtol=1e-4, atol=1e-4)
        ids = model.tokenizer(ANSWER, add_special_tokens=False)["input_ids"][:1]
        after = [model.forward(model.embed_ids(ids), each) for each in (cache, _filled(model, whole))]
        torch.testing.assert_close(*after, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("steps", [None, 2], ids=["to the end", "interrupted"])
def test_answers_after_reading_ahead_are_those_without(
    model: HuggingFaceImageLLM,
    clip_file: Path,
    other_clip_file: Path,
    own_cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    steps: int | None,
) -> None:
    monkeypatch.setattr(read_ahead, "PIECE", 7)
    chat, settings = VideoChat(model, own_cache), ChatSettings(max_new_tokens=6)
    one, other = chat.open(clip_file), chat.open(other_clip_file)
    said = (Cue(0.5, 1.0, "Hello."), Cue(1.0, 2.0, "再见。"))
    for about in ({}, {"beside": other, "subtitles": said}):
        ahead, fresh = chat.start(one, **about), chat.start(one, **about)
        for question in (QUESTION, FOLLOW_UP):
            chat.forget(fresh.id)
            expected = "".join(chat.ask(fresh, question, settings))
            shares = list(islice(chat.read_ahead(ahead), steps))
            assert steps is not None or shares[-1] == 1.0
            assert "".join(chat.ask(ahead, question, settings)) == expected


def test_a_user_cannot_write_visual_tokens(model: HuggingFaceImageLLM) -> None:
    features = features_of(model, some_frames(2))
    plain = prompt_of(model, features, [QUESTION], [])
    question = model.readable(f"{model.placeholder}{QUESTION}")
    assert prompt_of(model, features, [question], []).ids == plain.ids
    spelt_out = prompt_of(model, features, [QUESTION, QUESTION], [f"{ANSWER}{model.placeholder}"])
    assert sum(each < 0 for each in spelt_out.ids) == sum(each < 0 for each in plain.ids)


def test_the_space_that_opens_an_answer_is_not_shown_and_not_lost(model: HuggingFaceImageLLM) -> None:
    opening = model.template.before_answer
    ids = model.tokenizer(opening + ANSWER, add_special_tokens=False)["input_ids"]
    assert "".join(stream_text(model, iter(ids))) == ANSWER
    parts = build_prompt(model.template, [ClipInPrompt([])], [QUESTION, FOLLOW_UP], [ANSWER])
    assert model.template.after_question + opening + ANSWER in "".join(str(part) for part in parts)


@pytest.mark.parametrize("kind", ["copy", "attention", "gru"])
def test_a_saved_adapter_gives_the_same_outputs_bit_for_bit(
    folders: dict[str, Path], model_type: str, tmp_path: Path, kind: str
) -> None:
    trained = load_checkpoint(folders[model_type])
    torch.manual_seed(1)
    trained.temporal_module = trained.new_temporal_module(kind).bfloat16().float()  # as it is saved
    with torch.no_grad():
        for weight in trained.temporal_module.parameters():
            weight.add_(torch.randn_like(weight) * 0.1).copy_(weight.bfloat16())
    save_temporal_module(trained.temporal_module, tmp_path)
    features = features_of(trained, some_frames(FRAMES))
    other = load_checkpoint(folders[model_type])
    untrained = other.visual_prefix(features)["temporal"]
    other.load_adapter(tmp_path)
    expected = trained.visual_prefix(features)["temporal"]
    assert torch.equal(other.visual_prefix(features)["temporal"], expected)
    assert not torch.allclose(untrained, expected, atol=0.01)
    prompts = [prompt_of(each, features, [QUESTION], []) for each in (trained, other)]
    assert torch.equal(
        *(
            each.read(prompt, 0, each.new_cache())
            for each, prompt in zip((trained, other), prompts, strict=True)
        )
    )


def test_an_adapter_of_another_checkpoint_is_refused(
    model_type: str, family: TinyFamily, model: HuggingFaceImageLLM, tmp_path: Path
) -> None:
    other = load_checkpoint(write_checkpoint(family, tmp_path / "other", seed=1))
    save_temporal_module(other.temporal_module, tmp_path / "adapter")
    with pytest.raises(ModelError, match=f"other weights of {model.name}"):
        model.load_adapter(tmp_path / "adapter")


def test_every_path_that_is_used_is_in_the_installed_transformers(
    model_type: str, family: TinyFamily
) -> None:
    """Fails after an upgrade that moved something, and says what."""
    declared = family_of({"model_type": model_type})
    with torch.device("meta"):
        outline: Any = AutoModelForImageTextToText.from_config(
            AutoConfig.for_model(model_type, image_token_id=0, **family.config)
        )
    for path in declared.alignment_path:
        outline.get_submodule(path)
    takes = inspect.signature(outline.model.get_image_features).parameters
    assert set(declared.vision_inputs) <= set(takes)
    assert outline.config.image_token_id == 0
    assert outline.get_input_embeddings().weight.shape[1] == outline.config.get_text_config().hidden_size


def test_every_supported_model_type_is_proven_here(model_type: str) -> None:
    supported = {each for family in checkpoint_families() for each in family.model_types}
    assert model_type in supported
    assert supported == set(TINY)
