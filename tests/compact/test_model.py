"""Claims about the embedded default, with its real weights."""

import json
import re
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from core.compact.alignment import class_names
from core.compact.eyes import load_encoder
from core.compact import lora
from core.compact.llm.words import suppressed_tokens
from core.compact.trained_parts import ASSETS
from core.compact.vision.efficientnet import normalise
from core.compact.vision.frame_encoder import FrameEncoder, at_area
from core.engine.settings import ChatSettings
from core.engine.video_chat import VideoChat
from core.lab.questions.words import concepts
from core.language.script import traditional

EXAMPLES = Path(__file__).parents[2] / "assets" / "examples"
# file -> what the answers must say: object and motion, in English and Chinese
SAID = {
    "rocket.mp4": ("rocket", "up", "火箭", "向上"),
    "turtle.mp4": ("turtle", "left", "乌龟", "向左"),
    "car.mp4": ("car", "closer", "小汽车", "越来越近"),
    "apple.mp4": ("apple", "down", "苹果", "向下"),
}


def ask(chat: VideoChat, path: Path, *questions: str) -> list[str]:
    conversation = chat.start(chat.open(path))
    return ["".join(chat.ask(conversation, question)) for question in questions]


def test_the_examples_are_those_that_are_checked():
    assert sorted(SAID) == sorted(path.name for path in EXAMPLES.glob("*.mp4"))
    assert sorted(SAID) == sorted(json.loads((EXAMPLES / "examples.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", SAID)
def test_an_example_is_answered_rightly_in_both_languages(compact_chat: VideoChat, name: str):
    thing, motion, thing_zh, motion_zh = SAID[name]
    english = ask(compact_chat, EXAMPLES / name, "What is in the video?", "Which way does it move?")
    chinese = ask(compact_chat, EXAMPLES / name, "视频里有什么？", "它往哪个方向移动？")
    assert thing in english[0]
    assert motion in english[1]
    assert thing_zh in chinese[0]
    assert motion_zh in chinese[1]


def test_traditional_characters_are_understood_and_answered_in_kind(compact_chat: VideoChat):
    simple = ask(compact_chat, EXAMPLES / "turtle.mp4", "视频里有什么东西？", "背景是什么颜色？")
    written = ask(compact_chat, EXAMPLES / "turtle.mp4", "視頻裡有什麼東西？", "背景是什麼顏色？")
    assert written == [traditional(answer) for answer in simple]
    assert "烏龜" in written[0]


@pytest.mark.parametrize(
    ("question", "foreign"), [("What can you see?", r"[^\x00-\x7f]"), ("有什么？", r"[a-z]")]
)
def test_no_answer_mixes_the_languages(compact_chat: VideoChat, question: str, foreign: str):
    """Even where it says what it does not know: at this temperature it tries all sorts of words."""
    clip = compact_chat.open(EXAMPLES / "turtle.mp4")
    for seed in range(4):
        settings = ChatSettings(max_new_tokens=40, temperature=2.0, top_p=1.0, seed=seed)
        answer = "".join(compact_chat.ask(compact_chat.start(clip), question, settings))
        assert answer
        assert not re.search(foreign, answer)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_name_can_be_said_in_its_language(compact_chat: VideoChat, language: str):
    model = compact_chat.model
    suppressed = suppressed_tokens(model.tokenizer, language)
    names = [f" {getattr(concept, language)}" for concept in concepts()] + class_names(language)
    said = {token for name in model.tokenizer(names)["input_ids"] for token in name}
    assert not suppressed[list(said)].any()


def test_kept_keys_and_values_change_no_answer(compact_chat: VideoChat):
    questions = ["What is in the video?", "它往哪个方向移动？", "What colour is the background?"]
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


def test_trained_parts_fit_in_the_repository():
    assert sum(path.stat().st_size for path in ASSETS.rglob("*.safetensors")) < 40e6


def test_every_imagenet_class_has_a_name_in_both_languages():
    for language in ("en", "zh"):
        assert len(class_names(language)) == 1000
        assert all(class_names(language))


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


def test_merged_updates_give_what_attached_ones_gave():
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=50,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
    )
    model = LlamaForCausalLM(config).eval()
    ids = torch.randint(0, 50, (1, 7))
    attached = lora.attach(model, lora.layers_called(model, lora.LLM_LAYERS), rank=3, scale=2.0)
    for layer in attached.values():
        torch.nn.init.normal_(layer.b, std=0.1)
    with torch.no_grad():
        wanted = model(ids).logits
    plain = LlamaForCausalLM(config).eval()
    base = {name.replace(".base", ""): value for name, value in model.state_dict().items()}
    plain.load_state_dict({name: value for name, value in base.items() if not name.endswith((".a", ".b"))})
    lora.merge(plain, lora.state(attached), scale=2.0)
    with torch.no_grad():
        torch.testing.assert_close(plain(ids).logits, wanted, atol=1e-4, rtol=1e-4)
