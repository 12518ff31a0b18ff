"""Options of commands that hear and read a clip, and what a person sees meanwhile; `reeltalk transcribe`."""

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.terminal import print_json, progress_bar
from core.dialogue.conversation import Cue
from core.dialogue.cues import cue_lines
from core.errors import SettingError

if TYPE_CHECKING:
    from core.senses.background import SensesAtWork, SenseState
    from core.senses.sense import SenseOptions

HearOption = Annotated[
    bool | None,
    typer.Option(
        "--hear/--no-hear",
        help="What is said in the clip. Default: where faster-whisper is there, and the model wants it.",
    ),
]
ReadOption = Annotated[
    bool | None,
    typer.Option(
        "--read/--no-read",
        help="Text in the pictures. Default: where rapidocr is there, and the model does not read by itself.",
    ),
]
SpeechLanguageOption = Annotated[
    str,
    typer.Option("--speech-language", metavar="CODE", help="Of what is said: en, zh, ...; auto: found out."),
]
HearingModelOption = Annotated[
    str,
    typer.Option(
        "--hearing-model",
        metavar="NAME",
        help="Of Whisper: base is ours; another size of the hub, or a folder.",
    ),
]
LOOKED_AT = 0.1  # seconds between two looks at how far the senses are


@dataclass(frozen=True)
class SenseChoice:
    """Which senses a command uses; None: where the model wants them and their libraries are there."""

    hear: bool | None = None
    read: bool | None = None
    language: str = "auto"
    hearing_model: str = "base"

    def names(self, unasked: Collection[str] | None = None) -> list[str]:
        """unasked: those that the model wants by itself; None: all.

        Raises SettingError where one is asked for by name and its libraries are missing.
        """
        from core.senses.registry import available_senses, find_sense

        there, unasked = available_senses(), available_senses(unasked)
        wanted = ["subtitles"]
        for name, asked in (("hearing", self.hear), ("reading", self.read)):
            if asked and name not in there:
                packages = ", ".join(find_sense(name).packages)
                raise SettingError("sense_missing", sense=name, package=packages)
            if asked or (asked is None and name in unasked):
                wanted.append(name)
        return wanted if len(wanted) > 1 or self.hear is not False else []

    def options(self) -> "SenseOptions":
        from core.senses.sense import SenseOptions

        return SenseOptions(self.language, self.hearing_model)


def watch(work: "SensesAtWork", choice: SenseChoice) -> dict[str, tuple[Cue, ...]]:
    """Wait for the senses, with a bar; the cues by source. What failed is told on stderr.

    Raises the error of a sense that was asked for by name.
    """
    with _stopped_at_the_end(work), progress_bar() as progress:
        while not work.wait(LOOKED_AT):
            for state in work.states():
                if not state.over and state.phase != "waiting":
                    doing = f"{state.name}: {state.phase}"
                    progress(doing, state.fraction)
    for state in work.states():
        asked = {"hearing": choice.hear, "reading": choice.read}.get(state.name)
        if state.error is not None and asked:
            raise state.error
        if state.phase == "failed":
            print(f"{state.name} was left out: {state.error or why(state)}", file=sys.stderr)
    return work.cues()


@contextmanager
def _stopped_at_the_end(work: "SensesAtWork") -> Iterator[None]:
    try:
        yield
    finally:
        work.stop()  # somebody pressed Ctrl-C; no process stays


def why(state: "SenseState") -> str:
    """Why a sense has no cues, as a sentence; empty where there is no reason."""
    from core.senses.sense import REASONS

    return REASONS.get(state.reason, "")


def cue_facts(cue: Cue) -> dict[str, Any]:
    """A cue as JSON has it."""
    return {
        "start": cue.start,
        "end": cue.end,
        "text": cue.text,
        "confidence": cue.confidence,
        "language": cue.language,
        "source": cue.source,
    }


def transcribe(
    clip: Annotated[Path, typer.Argument(metavar="CLIP", help="A video file.")],
    as_srt: Annotated[bool, typer.Option("--srt", help="As a file of subtitles.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line of text.")] = False,
    as_text: Annotated[bool, typer.Option("--text", help="Lines with their times; the default.")] = False,
    hear: HearOption = None,
    read: ReadOption = None,
    speech_language: SpeechLanguageOption = "auto",
    hearing_model: HearingModelOption = "base",
) -> None:
    """Print what is said in a clip and what is to be read in it, [in brackets], with times."""
    from core.engine.settings import EngineLimits
    from core.folders import cache_folder
    from core.senses.background import SensesAtWork
    from core.senses.store import SenseStore

    if as_srt + as_json + as_text > 1:
        raise typer.BadParameter("choose one of --srt, --json and --text")
    choice = SenseChoice(hear, read, speech_language, hearing_model)
    store = SenseStore(cache_folder() / "senses", EngineLimits().sense_bytes)
    work = SensesAtWork(store, clip, choice.names(), choice.options())
    found = watch(work, choice)
    cues = sorted((cue for each in found.values() for cue in each), key=lambda cue: (cue.start, cue.end))
    if as_json:
        for cue in cues:
            print_json(cue_facts(cue))
    else:
        print(_srt(cues) if as_srt else "\n".join(cue_lines(_marked(cues))), end="\n" if cues else "")
    if not cues:
        print(" ".join(filter(None, map(why, work.states()))), file=sys.stderr)


def _marked(cues: list[Cue]) -> list[Cue]:
    """What is to be read stands in brackets."""
    return [Cue(cue.start, cue.end, f"[{cue.text}]") if cue.source == "read" else cue for cue in cues]


def _srt(cues: list[Cue]) -> str:
    import pysubs2

    file = pysubs2.SSAFile()
    for cue in _marked(cues):
        file.append(pysubs2.SSAEvent(round(cue.start * 1000), round(cue.end * 1000), cue.text))
    return file.to_string("srt").rstrip("\n")
