"""`python -m core.lab evaluate`, `ablation`, `graph` and `general`: compact is measured.

Imports nothing heavy until they run.
"""

from pathlib import Path
from typing import Annotated, Literal

import typer

Model = Annotated[
    Literal["compact", "compact-mini"], typer.Option("--model", help="Which of our own models.")
]
UpdatesFolder = Annotated[
    Path | None,
    typer.Option("--language-parts", metavar="DIR", help="Updates of its LLM; default: those shipped."),
]
Art = Annotated[Path, typer.Option(metavar="DIR", help="The pictures that `make art` fetched.")]
Clips = Annotated[Path, typer.Option(metavar="DIR", help="Where the clips' files are written.")]


def evaluate(
    model: Model = "compact",
    language_parts: UpdatesFolder = None,
    eyes: Annotated[
        Path | None, typer.Option(metavar="DIR", help="What `train-eyes` made; default: what is shipped.")
    ] = None,
    adapter: Annotated[
        Path | None, typer.Option(metavar="DIR", help="What `reeltalk train` made, in the place of its g_t.")
    ] = None,
    split: Annotated[
        Literal["validation", "test", "style", "outdoors", "photographs", "imagenet"],
        typer.Option(
            help="test: unseen clips, backgrounds and phrasings; style: also an unseen style of art; "
            "outdoors: filmed badly, before photographs; photographs: the names of what these show; "
            "imagenet: those of 16 pictures of ImageNet's own."
        ),
    ] = "test",
    per_skill: Annotated[int, typer.Option(min=1, help="Questions of each skill and language.")] = 60,
    skill: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this skill; may be given again.")
    ] = None,
    art: Art = Path("data/art"),
    clips: Clips = Path("data/held_out"),
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.jsonl", help="Every question and its answer.")
    ] = None,
) -> None:
    """Score a model by the facts that its answers state, per skill and language, with 95 % intervals."""
    import os
    import sys

    from tqdm import tqdm

    from core.compact.loading import SIZES, load
    from core.compact.trained_parts import EYES, LanguageParts
    from core.engine.video_chat import VideoChat
    from core.folders import cache_folder
    from core.lab.clips.dataset import PHOTO_SPLITS
    from core.lab.evaluation import held_out
    from core.lab.questions.questions import SKILLS
    from core.progress import no_progress

    skills = tuple(skill or SKILLS)
    if unknown := set(skills) - set(SKILLS):
        known = ", ".join(SKILLS)
        raise typer.BadParameter(f"there is no skill {', '.join(sorted(unknown))}. Known: {known}")
    if split in PHOTO_SPLITS:
        skills = ("name",)
    parts = LanguageParts.of(language_parts) if language_parts else None
    loaded = load(SIZES[model], no_progress, parts=parts, eyes=eyes or EYES)
    if adapter is not None:
        loaded.load_adapter(adapter)
    asked = held_out.evaluate(VideoChat(loaded, cache_folder()), art, clips, split, per_skill, skills)
    outcomes = []
    with (out or Path(os.devnull)).open("w", encoding="utf-8") as kept:
        for outcome in tqdm(asked, file=sys.stderr, unit="question"):
            outcomes.append(outcome)
            kept.write(held_out.as_json(outcome))
            kept.flush()  # a stopped run leaves what it measured
    print(held_out.table({split: held_out.scores(outcomes)}))


def ablation(
    model: Model = "compact",
    language_parts: UpdatesFolder = None,
    per_skill: Annotated[int, typer.Option(min=1, help="Questions of each skill and language.")] = 8,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where answers, table and figure go.")] = Path(
        "runs/ablation"
    ),
    art: Art = Path("data/art"),
    clips: Clips = Path("data/held_out"),
) -> None:
    """Measure a model with parts of what its LLM reads left out; a stopped run goes on where it was."""
    import logging

    from core.evaluation.packages import require
    from core.folders import cache_folder
    from core.lab.evaluation.ablation import ROWS, load_switchable, run_row
    from core.lab.evaluation.ablation_report import FIGURE, as_markdown, draw

    require("matplotlib")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    loaded, parts = load_switchable(model, language_parts)
    results = []
    for row in ROWS:
        results.append(run_row(row, loaded, parts, cache_folder(), out, art, clips, per_skill))
        skills = {outcome.skill for outcome in results[-1].outcomes}
        logging.info("%s: %s", row.title, results[-1].pooled(*skills).as_text())
    draw(results, out / FIGURE)
    text = as_markdown(results)
    (out / "ablation.md").write_text(text + "\n", encoding="utf-8")
    print(text)


def graph(
    model: Model = "compact",
    per_skill: Annotated[int, typer.Option(min=1, help="Questions of each skill and language.")] = 12,
    art: Art = Path("data/art"),
    clips: Clips = Path("data/held_out"),
) -> None:
    """Compare greedy answers of the 8-bit graph with those of torch, token by token."""
    import sys

    from tqdm import tqdm

    from core.folders import cache_folder
    from core.lab.evaluation.graph import as_text, compare

    compared = compare(model, cache_folder(), art, clips, per_skill)
    print(as_text(list(tqdm(compared, file=sys.stderr, unit="question"))))


def general(model: Model = "compact", language_parts: UpdatesFolder = None) -> None:
    """Print what the LLM says to 40 prompts that are not about the clip, before the tuning and after it."""
    from core.compact.trained_parts import LanguageParts
    from core.folders import cache_folder
    from core.lab.evaluation.general import as_markdown, said

    after = LanguageParts.of(language_parts) if language_parts else None
    answers = [list(said(model, parts, cache_folder())) for parts in (LanguageParts.none(), after)]
    print(as_markdown(*answers))
