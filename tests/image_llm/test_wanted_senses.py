"""Which senses a model uses unasked: the line of its family."""

from pathlib import Path

import pytest

from core.cli.senses import SenseChoice
from core.engine.video_chat import VideoChat
from core.image_llm.registry import CHECKPOINT_FAMILIES, FAMILIES, checkpoint_families, describe_families
from core.senses.registry import SENSES, available_senses
from core.senses.sense import Sensed
from tests.tiny_model import TinyImageLLM

READ_BY_THEMSELVES = {"qwen2-vl", "qwen2.5-vl", "qwen3-vl"}
WANTED = {row["family"]: set(row["senses"]) for row in describe_families()}


@pytest.mark.parametrize("family", [*FAMILIES, *CHECKPOINT_FAMILIES])
def test_every_family_hears_and_those_that_cannot_read_are_read_to(family: str):
    without = {"reading"} if family in READ_BY_THEMSELVES else set()
    assert WANTED[family] == set(SENSES) - without


@pytest.mark.parametrize("family", [each.name for each in checkpoint_families()])
def test_the_engine_and_the_command_line_use_what_the_model_wants(
    family: str, chat: VideoChat, clip_file: Path, monkeypatch: pytest.MonkeyPatch
):
    wanted = tuple(WANTED[family])
    monkeypatch.setattr(TinyImageLLM, "senses", wanted)
    nothing = Sensed("hearing", "heard", (), "no_sound")
    monkeypatch.setattr("core.senses.background.run_sense", lambda *_: nothing)
    work = chat.senses(clip_file)
    assert work.wait(10)
    used = {name for name in available_senses() if name in wanted}
    assert {state.name for state in work.states()} == used == set(SenseChoice().names(wanted))
    assert "reading" in SenseChoice(read=True).names(wanted)
