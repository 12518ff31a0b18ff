"""`python -m core.lab heard`: what a model answers about what is said and written. Light until it runs."""

from pathlib import Path
from typing import Annotated

import typer


def heard(
    model: Annotated[
        str, typer.Option(metavar="NAME", help="As for `python -m core ask`: a name, a hub id or a folder.")
    ] = "compact",
    voices: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DIR",
            help="A folder of recordings with a lines.tsv (columns file, text). May be given several times. "
            "Lines without one are spoken by espeak-ng in English, and left out in Mandarin.",
        ),
    ] = None,
    per: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="At most N questions of each kind and language.")
    ] = None,
    hearing_model: Annotated[
        str, typer.Option(metavar="NAME", help="Of Whisper: a size, or a folder.")
    ] = "base",
    as_subtitles: Annotated[
        bool, typer.Option("--as-subtitles", help="What was heard comes as a file of subtitles would.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.jsonl",
            help="Every question and its answer; a run that was stopped goes on from there. "
            "Default: below runs/heard.",
        ),
    ] = None,
    clips: Annotated[Path, typer.Option(metavar="DIR", help="Where the clips are written.")] = Path(
        "data/heard"
    ),
) -> None:
    """Ask about what is said and written in clips; scores per kind and language, 95 % intervals."""
    import sys

    from tqdm import tqdm

    from core.engine.video_chat import VideoChat
    from core.lab.heard.running import ask_all
    from core.lab.heard.scoring import table
    from core.lab.heard.scripts import first, scripts
    from core.lab.heard.voices import TABLE, Voices
    from core.senses.sense import SenseOptions

    for folder in voices or []:
        if not (folder / TABLE).is_file():
            raise typer.BadParameter(f"{folder} has no {TABLE}")
    speakers = Voices(voices or [])
    spoken = [
        script for script in scripts() if all(speakers.can_say(line, script.language) for line in script.said)
    ]
    if silent := [script.id for script in scripts() if script not in spoken]:
        print(f"Nobody can speak the lines of {', '.join(silent)}: left out.", file=sys.stderr)
    asked = first(spoken, per)
    chat = VideoChat.load(model)
    kept = out or Path("runs/heard") / f"{chat.model.name.replace('/', '-')}.jsonl"
    answers = ask_all(
        chat, asked, speakers, clips, kept, SenseOptions(hearing_model=hearing_model), as_subtitles
    )
    rows = list(tqdm(answers, total=len(asked), unit="question", file=sys.stderr))
    print(table(rows))
    print(f"{len(rows)} answers in {kept}")
