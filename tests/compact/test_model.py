"""Claims about the embedded default: what it reads, with random weights, and what it says, with its own."""

import json
import re
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from core.compact.eyes import load_encoder
from core.compact.model import REPEATED, CompactImageLLM, CompactMini
from core.compact.temporal_module import CompactCopy
from core.compact.vision.efficientnet import normalise
from core.compact.vision.frame_encoder import FrameEncoder, at_area
from core.engine.settings import ChatSettings
from core.engine.video_chat import VideoChat
from core.image_llm.registry import embedded
from core.language.script import traditional
from tests.tiny_compact import tiny_compact

EXAMPLES = Path(__file__).parents[2] / "assets" / "examples"
# file -> what the answers must say, as patterns: object and motion, in English and Chinese
SAID = {
    "rocket.mp4": ("rocket", "up", "火箭", "[向往]上"),
    "turtle.mp4": ("turtle", "left", "乌龟", "[向往]左"),
    "car.mp4": ("car", "closer", "小汽车", "越来越近|靠近"),
    "apple.mp4": ("apple", "down", "苹果", "[向往]下"),
}
FILMED = {"bridge.mp4": ("bridge", "桥"), "photos.mp4": ("cat|cup", "猫|杯")}
TALK = "talk.mp4"  # the senses' tests hear and read it


def ask(chat: VideoChat, path: Path, *questions: str) -> list[str]:
    conversation = chat.start(chat.open(path))
    return ["".join(chat.ask(conversation, question)) for question in questions]


@pytest.fixture
def compact() -> CompactImageLLM:
    return tiny_compact()


@pytest.fixture
def tiny_chat(compact: CompactImageLLM, own_cache: Path, read_once: None) -> VideoChat:
    return VideoChat(compact, own_cache)


def prompts_of(chat: VideoChat, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What its LLM is given to read, as text, as it is asked."""
    given: list[str] = []
    embed = chat.model.embed

    def noted(parts, prefix):
        given.append("".join(part if isinstance(part, str) else f"<{part.name}>" for part in parts))
        return embed(parts, prefix)

    monkeypatch.setattr(chat.model, "embed", noted)
    return given


def test_the_llm_reads_visual_tokens_then_notes_then_the_question(
    tiny_chat: VideoChat, clip_file: Path, monkeypatch: pytest.MonkeyPatch
):
    given = prompts_of(tiny_chat, monkeypatch)
    conversation = tiny_chat.start(tiny_chat.open(clip_file))
    for question in ("What is it?", "And then?"):
        list(tiny_chat.ask(conversation, question, ChatSettings(max_new_tokens=3)))
    places = [given[1].index(part) for part in ("<spatial>", "0:00<temporal>", "Recognised (", "What is it?")]
    assert places == sorted(places)
    assert given[1].count("Recognised (") == 1, "once for a clip"
    assert given[1].startswith(given[0].removesuffix("<|im_end|>\n<|im_start|>assistant\n"))


def test_its_visual_prefix_has_a_token_for_each_patch_and_two_for_each_frame(
    tiny_chat: VideoChat, clip_file: Path
):
    opened = tiny_chat.open(clip_file)
    prefix = tiny_chat._prefix(opened.key).stretches
    frames = len(tiny_chat._prefix(opened.key).seconds)
    assert {name: len(tokens) for name, tokens in prefix.items()} == {"spatial": 36, "temporal": 2 * frames}
    length = tiny_chat.model.alignment.length
    for tokens in prefix.values():
        longest = tokens.norm(dim=-1).max()
        torch.testing.assert_close(longest, length, atol=1e-3, rtol=1e-3)


def test_no_answer_says_twelve_tokens_twice(tiny_chat: VideoChat, clip_file: Path):
    conversation = tiny_chat.start(tiny_chat.open(clip_file))
    said = "".join(tiny_chat.ask(conversation, "What is it?", ChatSettings(max_new_tokens=200)))
    ids = tiny_chat.model.tokenizer.encode(said)
    runs = [tuple(ids[start : start + REPEATED]) for start in range(len(ids) - REPEATED + 1)]
    assert len(set(runs)) == len(runs)


def test_another_temporal_module_takes_the_notes_with_it(tiny_chat: VideoChat, clip_file: Path):
    """They are made of what g_t over time knows."""
    model = tiny_chat.model
    model.temporal_module = model.new_temporal_module("compact-copy")
    assert isinstance(model.temporal_module, CompactCopy)
    prefix = tiny_chat._prefix(tiny_chat.open(clip_file).key)
    assert prefix.notes == ""
    assert len(prefix.stretches["temporal"]) == len(prefix.seconds)


def test_both_sizes_share_their_eyes_and_have_an_llm_of_their_own():
    (eyes, large), (same, small) = (embedded(size.name).files for size in (CompactImageLLM, CompactMini))
    assert eyes == same
    assert large.size > small.size


def test_the_examples_are_those_that_are_checked():
    checked = {*SAID, *FILMED, TALK}
    assert checked == {path.name for path in EXAMPLES.glob("*.mp4")}
    assert checked == set(json.loads((EXAMPLES / "examples.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", SAID)
def test_an_example_is_answered_rightly_in_both_languages(compact_chat: VideoChat, name: str):
    english = ask(compact_chat, EXAMPLES / name, "What is in the video?", "Which way does it move?")
    chinese = ask(compact_chat, EXAMPLES / name, "视频里有什么？", "它往哪个方向移动？")
    for pattern, answer in zip(SAID[name], (*english, *chinese), strict=True):
        assert re.search(pattern, answer, re.IGNORECASE)


@pytest.mark.parametrize("name", FILMED)
def test_what_an_example_shows_is_named_in_both_languages(compact_chat: VideoChat, name: str):
    english, chinese = ask(compact_chat, EXAMPLES / name, "What is in the video?", "视频里有什么？")
    for pattern, answer in zip(FILMED[name], (english, chinese), strict=True):
        assert re.search(pattern, answer, re.IGNORECASE)


def test_traditional_characters_are_answered_in_kind(compact_chat: VideoChat):
    (said,) = ask(compact_chat, EXAMPLES / "turtle.mp4", "視頻裡有什麼東西？")
    assert "烏龜" in said
    assert said == traditional(said)


def test_kept_keys_and_values_change_no_answer(compact_chat: VideoChat):
    # Of answers without a near tie: sums are rounded otherwise where more tokens are read at a time.
    questions = ["What is in the video?", "视频里有什么？", "What colour is the background?"]
    kept = ask(compact_chat, EXAMPLES / "turtle.mp4", *questions)
    conversation = compact_chat.start(compact_chat.open(EXAMPLES / "turtle.mp4"))
    anew = []
    for question in questions:
        compact_chat.forget(conversation.id)
        anew.append("".join(compact_chat.ask(conversation, question)))
    assert kept == anew


def test_a_stop_ends_the_answer_within_a_token(compact_chat: VideoChat):
    conversation = compact_chat.start(compact_chat.open(EXAMPLES / "rocket.mp4"))
    stop = threading.Event()
    answer = compact_chat.ask(conversation, "Describe the video.", stop=stop)
    next(answer)
    stop.set()
    assert len(list(answer)) <= 1
    assert not conversation.turns[-1].finished


def test_folding_batch_norms_changes_nothing():
    encoder = load_encoder()
    frames = np.random.default_rng(0).integers(0, 256, (2, 96, 128, 3), dtype=np.uint8)
    with torch.inference_mode():
        plain = encoder(normalise(torch.from_numpy(frames)))
        folded = FrameEncoder(load_encoder(), None, torch.float32, area=96 * 128)
    wanted = torch.nn.functional.adaptive_avg_pool2d(plain, (6, 6)).flatten(2).transpose(1, 2)
    torch.testing.assert_close(folded(frames).x, wanted, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize(("height", "width"), [(60, 80), (1, 500), (300, 200)])
def test_a_picture_keeps_its_shape_at_any_scale(height: int, width: int):
    scaled = at_area(torch.zeros(2, height, width, 3, dtype=torch.uint8), 100 * 100)
    assert scaled.shape[2] / scaled.shape[1] == pytest.approx(width / height, rel=0.15)
    assert scaled.shape[1] * scaled.shape[2] == pytest.approx(100 * 100, rel=0.15)


def test_a_batch_of_frames_is_the_frames_one_by_one():
    encode = FrameEncoder(load_encoder(), None, torch.float32)
    frames = np.random.default_rng(1).integers(0, 256, (5, 64, 64, 3), dtype=np.uint8)
    one_by_one = torch.cat([encode(frames[i : i + 1]).x for i in range(5)])
    torch.testing.assert_close(encode(frames).x, one_by_one, atol=1e-4, rtol=1e-4)
