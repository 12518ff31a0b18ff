"""Claims about the ablation's report, on made-up answers."""

from pathlib import Path

import pytest

from core.lab.evaluation import ablation, held_out
from core.lab.evaluation.ablation import CURVE, ROWS, Cost, Result, run_row
from core.lab.evaluation.ablation_report import FIGURES, as_markdown, draw
from core.lab.evaluation.card import put_into
from core.lab.evaluation.held_out import Outcome
from core.lab.experiments.effects import VARIANTS
from core.lab.experiments.effects import as_markdown as effects_as_markdown
from tests.tiny_model import TinyImageLLM


@pytest.fixture
def results() -> list[Result]:
    """Every row right in as many of four questions as its number allows."""
    made = []
    for number, row in enumerate((*ROWS, *CURVE)):
        outcomes = [
            Outcome(clip, skill, language, "?", "!", "!", right=clip < number % 5)
            for clip in range(4)
            for skill in ("name", "motion", "order")
            for language in ("en", "zh")
        ]
        cost = Cost(1.5, row.clips or 4100, 24000, 7_000_000) if row.kind else None
        made.append(Result(row, outcomes, cost))
    return made


def test_the_ablation_has_the_paper_s_rows_and_its_baselines():
    kinds = {row.name: row.kind for row in ROWS}
    assert kinds == {
        "image": None,
        "spatial": None,
        "temporal": None,
        "untrained": None,
        "copy": "copy",
        "attention": "attention",
        "gru": "gru",
        "shipped": None,
    }


def test_answers_are_kept_until_the_code_that_gave_them_is_changed(
    tiny: TinyImageLLM, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    asked = []

    def evaluate(*args: object, **more: object) -> list[Outcome]:
        asked.append(1)
        return [Outcome(0, "name", "en", "?", "!", "!", right=True)]

    def run() -> None:
        shipped = next(row for row in ROWS if row.shipped)
        folders = {"cache": tmp_path, "folder": tmp_path, "art": tmp_path, "videos": tmp_path}
        run_row(shipped, tiny, material=pytest.fail, per_skill=1, **folders)  # type: ignore[arg-type]

    monkeypatch.setattr(held_out, "evaluate", evaluate)
    run()
    run()
    assert len(asked) == 1
    monkeypatch.setattr(ablation, "code_digest", lambda: "changed")
    run()
    assert len(asked) == 2


def test_the_report_pools_direction_and_order_in_both_languages(results: list[Result]):
    assert results[1].pooled("motion", "order").right == 4
    assert results[1].pooled("motion", "order").asked == 16
    assert "(b) spatial tokens only | 25% (10% to 49%, n = 16)" in as_markdown(results, ".")


def test_the_figures_are_pictures(results: list[Result], tmp_path: Path):
    draw(results, tmp_path)
    for name in FIGURES:
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_the_report_replaces_what_an_earlier_one_left_in_the_card(tmp_path: Path):
    card = tmp_path / "README.md"
    begin = "<!-- ablation: made by `python -m core.lab evaluate --ablation` -->"
    end = "<!-- end of ablation -->"
    card.write_text(f"before\n{begin}\nold\n{end}\nafter\n", encoding="utf-8")
    put_into(card, "ablation", "new")
    put_into(card, "ablation", "newer")
    assert card.read_text(encoding="utf-8") == f"before\n{begin}\n\nnewer\n\n{end}\nafter\n"


def test_every_option_of_the_training_loop_is_compared_with_training_as_it_is():
    for step in (0, 1):
        runs = [v for v in VARIANTS if (v.alignment is None) == bool(step)]
        assert len({variant.title for variant in runs}) == len(runs)
        assert runs[0].title == "as trained"
        assert len({repr(variant) for variant in runs}) == len(runs)


def test_the_effects_are_a_table_for_each_step():
    text = effects_as_markdown(
        {
            "0": {"as trained": {"motion": 0.9}, "no noise": {"motion": 0.855}},
            "1": {"as trained": {"loss on held-out clips": 0.5}},
        }
    )
    assert "| step 0 | motion |\n|---|---|\n| as trained | 90.0% |\n| no noise | 85.5% |" in text
    assert "| step 1 | loss on held-out clips |\n|---|---|\n| as trained | 0.500 |" in text
