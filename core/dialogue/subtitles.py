"""An .srt or .vtt file as `Subtitles`: what is said in a clip, and when.

Encoding and form of such files vary. Both are recognised, what is wrong is put right where that is possible,
and all of it is told; a file without a single cue is refused.
"""

from dataclasses import dataclass, field
from pathlib import Path

from core.dialogue.conversation import Cue
from core.dialogue.repairs import Repair, RepairLog
from core.dialogue.rolling import unrolled
from core.dialogue.shown import Shown, in_order
from core.dialogue.srt import read_srt
from core.dialogue.vtt import is_vtt, read_vtt
from core.errors import SubtitlesError
from core.text.cleaning import clean, one_line
from core.text.encodings import decode

MAX_BYTES = 500_000  # a film in two languages has half of it
SUFFIXES = (".srt", ".vtt")
MOST_DAMAGED = 0.2  # of the characters: beyond, it is no text


@dataclass(frozen=True)
class Subtitles:
    """The cues of a file, in order of time, and how they were read. name: of the file, for people."""

    name: str
    cues: tuple[Cue, ...]
    encoding: str = "UTF-8"  # of core.text.encodings.ENCODINGS
    repairs: tuple[Repair, ...] = ()
    path: Path | None = field(default=None, compare=False)  # to read it again in another encoding

    def within(self, span: tuple[float, float] | None) -> tuple[Cue, ...]:
        """Those that are shown at some moment of `span` (seconds of the clip); None: all."""
        if span is None:
            return self.cues
        first, last = span
        return tuple(cue for cue in self.cues if cue.end > first and cue.start < last)


def read_subtitles(path: Path, encoding: str | None = None) -> Subtitles:
    """Raises SubtitlesError for a file that is missing, too large or no subtitles.

    encoding: of `ENCODINGS`, that somebody chose; None: it is recognised.
    """
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
    log = RepairLog()
    decoded = decode(content, encoding)
    log.add("damaged", decoded.lost)
    log.add("line_ends", "\r\r\n" in decoded.text)
    cues = _cues(clean(decoded.text), path.suffix.lower(), log)
    if not cues or decoded.lost > MOST_DAMAGED * len(decoded.text):
        raise SubtitlesError("subtitles_unreadable", name=path.name)
    return Subtitles(path.name, cues, decoded.encoding, log.all(), path)


def _cues(text: str, suffix: str, log: RepairLog) -> tuple[Cue, ...]:
    vtt = is_vtt(text) or (suffix == ".vtt" and "-->" in text)
    shown = read_vtt(text, log) if vtt else read_srt(text, log)
    ordered = in_order([each for each in shown if each.lines], log)
    cues = (Cue(round(each.start, 3), round(each.end, 3), _said(each)) for each in unrolled(ordered, log))
    return tuple(cue for cue in cues if cue.text)


def _said(shown: Shown) -> str:
    """A line per cue, for the player and the prompt alike; an arrow would end a cue in the player."""
    return one_line(" ".join(shown.lines)).replace("-->", "→")
