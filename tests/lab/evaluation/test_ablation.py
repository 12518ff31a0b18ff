"""Claims about the ablation: what is left out in each row, that answers are kept, and its report."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.compact.llm.decoders import TorchDecoder
from core.lab.evaluation import ablation, held_out
from core.lab.evaluation.ablation import ROWS, MiniNotesSwitch, NotesSwitch, Result, run_row
from core.lab.evaluation.ablation_report import FIGURE, as_markdown, draw
from core.lab.evaluation.held_out import Outcome
from tests.tiny_compact import TinyEyes, tiny_llm, tiny_tokenizer


@pytest.fixture
def results() -> list[Result]:
    """Every row right in as many of four questions as its number allows."""
    return [
        Result(
            row,
            [
                Outcome(clip, skill, language, "?", "!", "!", right=clip < number % 5)
                for clip in range(4)
                for skill in ("name", "motion", "order")
                for language in ("en", "zh")
            ],
        )
        for number, row in enumerate(ROWS)
    ]


@pytest.fixture
def model() -> NotesSwitch:
    return NotesSwitch(TorchDecoder(tiny_llm()), tiny_tokenizer(), TinyEyes())  # type: ignore[arg-type]


def run(model: NotesSwitch, folder: Path, row: int = -1) -> Result:
    return run_row(ROWS[row], model, "tiny", folder, folder, folder, folder, per_skill=2)


def test_each_row_reads_its_part_of_the_prompt(
    model: NotesSwitch, clip_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_once: None
):
    read: dict[str, tuple[set[str], bool, int]] = {}

    def evaluate(chat: Any, *args: object, **more: object) -> Iterator[Outcome]:
        prefix = chat._prefix(chat.open(clip_file).key)
        per_frame = len(prefix.stretches.get("temporal", ())) // len(prefix.seconds)
        read[row.name] = set(prefix.stretches), bool(prefix.notes), per_frame
        yield from ()

    monkeypatch.setattr(held_out, "evaluate", evaluate)
    both = {"spatial", "temporal"}
    for row in ROWS:
        run(model, tmp_path, ROWS.index(row))
    assert read == {
        "middle-frame": ({"spatial"}, False, 0),
        "spatial": ({"spatial"}, False, 0),
        "temporal": ({"temporal"}, False, 2),
        "untrained": (both, False, 1),
        "tokens": (both, False, 2),
        "notes": (set(), True, 0),
        "shipped": (both, True, 2),
    }
    assert model.stretches == ("spatial", "temporal")
    assert model.with_notes


def test_what_is_answered_is_not_asked_again_until_the_code_is_changed(
    model: NotesSwitch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    asked = []

    def evaluate(*args: object, known: list[Outcome], **more: object) -> Iterator[Outcome]:
        yield from known
        for number in range(len(known), 2):
            asked.append(number)
            yield Outcome(number, "name", "en", "?", "!", "!", right=True)
            if len(asked) == 1:
                raise KeyboardInterrupt

    monkeypatch.setattr(held_out, "evaluate", evaluate)
    with pytest.raises(KeyboardInterrupt):
        run(model, tmp_path)
    assert len(run(model, tmp_path).outcomes) == 2
    assert asked == [0, 1]
    assert len(run(model, tmp_path).outcomes) == 2
    assert asked == [0, 1]
    monkeypatch.setattr(ablation, "code_digest", lambda: "changed")
    run(model, tmp_path)
    assert asked == [0, 1, 0, 1]


def test_the_smaller_size_is_switched_in_the_same_way():
    assert MiniNotesSwitch.name == "compact-mini"
    assert MiniNotesSwitch.notes is NotesSwitch.notes


def test_the_report_pools_direction_and_order_in_both_languages(results: list[Result]):
    assert results[1].pooled("motion", "order").right == 4
    assert results[1].pooled("motion", "order").asked == 16
    assert "(b) spatial tokens only | 25% (10% to 49%, n = 16)" in as_markdown(results)


def test_the_figure_is_a_picture(results: list[Result], tmp_path: Path):
    draw(results, tmp_path / FIGURE)
    assert (tmp_path / FIGURE).read_bytes().startswith(b"\x89PNG")
