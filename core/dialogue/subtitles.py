"""An .srt or .vtt file as `Subtitles`: what is said in a clip, and when.

Encoding and quality of such files vary, so the usual encodings are tried in turn, and a file without a single
cue is refused.
"""

from dataclasses import dataclass
from pathlib import Path

import pysubs2

from core.dialogue.conversation import Cue
from core.errors import SubtitlesError

MAX_BYTES = 500_000  # a film in two languages has half of it
SUFFIXES = (".srt", ".vtt")
# UTF-16 is recognised by its mark; what is not UTF-8 is most likely Chinese in a legacy encoding.
ENCODINGS = ("utf-8-sig", "gb18030")
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Subtitles:
    """The cues of a file, in order of time. name: of the file, for people."""

    name: str
    cues: tuple[Cue, ...]

    def within(self, span: tuple[float, float] | None) -> tuple[Cue, ...]:
        """Those that are shown at some moment of `span` (seconds of the clip); None: all."""
        if span is None:
            return self.cues
        first, last = span
        return tuple(cue for cue in self.cues if cue.end > first and cue.start < last)


def read_subtitles(path: Path) -> Subtitles:
    """Raises SubtitlesError for a file that is missing, too large or no subtitles."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise SubtitlesError(
                "file_too_large", name=path.name, megabytes=f"{size / 1e6:.1f}", limit=MAX_BYTES / 1e6
            )
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise SubtitlesError("file_not_found", path=path) from error
    except OSError as error:
        raise SubtitlesError("subtitles_unreadable", name=path.name) from error
    cues = _cues(_text(content, path.name), path.name)
    if not cues:
        raise SubtitlesError("subtitles_unreadable", name=path.name)
    return Subtitles(path.name, cues)


def _text(content: bytes, name: str) -> str:
    encodings = ("utf-16",) if content.startswith(UTF16_MARKS) else ENCODINGS
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SubtitlesError("subtitles_unreadable", name=name)


def _cues(text: str, name: str) -> tuple[Cue, ...]:
    kind = "vtt" if text.lstrip().startswith("WEBVTT") else "srt"
    try:
        events = pysubs2.SSAFile.from_string(text, format_=kind).events
    except (pysubs2.exceptions.Pysubs2Error, ValueError, IndexError) as error:
        raise SubtitlesError("subtitles_unreadable", name=name) from error
    cues = (Cue(event.start / 1000, event.end / 1000, _one_line(event.plaintext)) for event in events)
    return tuple(sorted((cue for cue in cues if cue.text and cue.end > cue.start), key=lambda cue: cue.start))


def _one_line(text: str) -> str:
    """A line per cue, for the player and the prompt alike; an arrow would end a cue in the player."""
    return " ".join(text.replace("-->", "→").split())
