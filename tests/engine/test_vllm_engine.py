"""`--llm-engine vllm`, with a stand-in that has vLLM's interface: a real one needs a GPU."""

import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from core.cli.main import main
from core.engine.settings import ChatSettings
from core.engine.video_chat import VideoChat
from core.engine.vllm_engine import VllmEngine
from core.errors import ModelError
from core.features.adapter_parts import LORA_FOLDER
from core.image_llm.base import ImageLLM
from core.image_llm.load_options import LoadOptions
from core.image_llm.registry import checkpoint_families
from tests.engine import stand_in_vllm
from tests.tiny_checkpoints import load_checkpoint, tiny_families, write_checkpoint, write_checkpoints

VLLM = LoadOptions(device="cpu", dtype="float32", llm_engine="vllm")
QUESTIONS = ["What moves?", "它往哪个方向移动？", "And then?"]
Load = Callable[..., VideoChat]


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, module in stand_in_vllm.modules().items():
        monkeypatch.setitem(sys.modules, name, module)


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("checkpoints")
    return {name: write_checkpoint(tiny_families()[name], root / name) for name in ("llava", "qwen2_vl")}


@pytest.fixture
def load(checkpoints: dict[str, Path], tmp_path: Path) -> Load:
    def loaded(name: str = "llava", options: LoadOptions = VLLM, adapter: Path | None = None) -> VideoChat:
        return VideoChat.load(str(checkpoints[name]), adapter, tmp_path / "store", options=options)

    return loaded


def conversation(chat: VideoChat, clip_file: Path, settings: ChatSettings) -> list[str]:
    talk = chat.start(chat.open(clip_file))
    for question in QUESTIONS:
        list(chat.ask(talk, question, settings))
    return [turn.answer for turn in talk.turns]


@pytest.mark.slow
def test_a_conversation_is_the_same_as_with_the_models_own_llm(installed: None, load: Load, clip_file: Path):
    settings = ChatSettings(max_new_tokens=24)
    own = load(options=LoadOptions(device="cpu", dtype="float32"))
    assert conversation(load(), clip_file, settings) == conversation(own, clip_file, settings)


def test_the_layers_of_the_llm_are_in_memory_once(installed: None, load: Load):
    chat = load()
    assert not any("layers" in name for name, _ in chat.model.language_model.get_decoder().named_parameters())
    assert stand_in_vllm.AsyncLLMEngine.newest.args.limit_mm_per_prompt == {"image": 0, "video": 0}


@pytest.mark.slow
def test_several_answers_are_written_at_once(installed: None, load: Load, clip_file: Path):
    chat, settings = load(), ChatSettings(max_new_tokens=24)
    alone = conversation(chat, clip_file, settings)
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda _: conversation(chat, clip_file, settings), range(4)))
    assert together == [alone] * 4
    assert stand_in_vllm.AsyncLLMEngine.newest.most > 1


def test_who_stops_an_answer_has_it_dropped(installed: None, load: Load, clip_file: Path):
    chat, stop = load(), threading.Event()
    talk = chat.start(chat.open(clip_file))
    pieces = chat.ask(talk, "What moves?", ChatSettings(max_new_tokens=1000), stop)
    next(pieces)
    stop.set()
    list(pieces)
    engine = stand_in_vllm.AsyncLLMEngine.newest
    end = time.monotonic() + 30
    while not engine.dropped:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert not talk.turns[-1].finished
    assert talk.turns[-1].tokens < 1000


def test_what_fails_there_is_raised_here(installed: None, load: Load, clip_file: Path):
    chat = load()
    stand_in_vllm.AsyncLLMEngine.newest.fails = True
    with pytest.raises(RuntimeError, match="the engine is dead"):
        conversation(chat, clip_file, ChatSettings())


@pytest.mark.slow
def test_nothing_is_read_ahead(installed: None, load: Load, clip_file: Path):
    chat = load()
    assert list(chat.read_ahead(chat.start(chat.open(clip_file)))) == []


def test_without_vllm_one_is_told_how_to_get_it(load: Load, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("core.engine.vllm_engine.find_spec", lambda _: None)
    with pytest.raises(ModelError, match="pip install vllm"):
        load()


def test_a_model_whose_llm_takes_more_than_embeddings_is_refused(installed: None, load: Load):
    with pytest.raises(ModelError, match="vLLM cannot write the answers of qwen2-vl"):
        load("qwen2_vl")


def test_an_adapter_that_changes_the_llm_is_refused(installed: None, load: Load, tmp_path: Path):
    chat = load(options=LoadOptions(device="cpu", dtype="float32"))
    (tmp_path / "adapter" / LORA_FOLDER).mkdir(parents=True)
    with pytest.raises(ModelError, match="the adapter changes its LLM"):
        VllmEngine(chat.model, tmp_path / "adapter")


@pytest.mark.slow
def test_every_family_that_it_serves_goes_on_with_encoder_and_embeddings_alone(tmp_path: Path):
    for name, folder in write_checkpoints(tmp_path).items():
        model = load_checkpoint(folder)
        if not model.embeddings_suffice:
            continue
        before = model.embed(["What moves?"], {}).embeds
        assert model.release_decoder("vLLM") == folder
        assert torch.equal(model.embed(["What moves?"], {}).embeds, before), name
        assert not any("layers" in each for each, _ in model.language_model.get_decoder().named_parameters())
        assert model.encode(np.zeros((1, 32, 32, 3), np.uint8)).x.shape[-1] == model.patch_width


def test_every_family_says_whether_embeddings_suffice():
    """What goes beside them has no way to vLLM."""
    for family in checkpoint_families():
        assert family.embeddings_suffice == (family.beside is ImageLLM.beside), family.name


def test_the_command_takes_only_engines_that_there_are(capsys: pytest.CaptureFixture[str]):
    assert main(["serve", "--llm-engine", "other", "--port", "0"]) == 2
    assert "--llm-engine" in capsys.readouterr().err
