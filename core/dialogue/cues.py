"""Cues as the LLM reads them: lines with their times under a heading that says where they are from.

What trains an LLM and what asks it take the same text from here.
"""

from collections.abc import Sequence

from core.dialogue.conversation import Cue
from core.dialogue.prompt import timestamp

HEADINGS = {
    "subtitles": "Subtitles of this video, each with its time:",
    "heard": "What is said in this video, each line with its time:",
    "read": "Text in the pictures, each with its time:",
}
# Where a sense looked and found nothing. Nobody takes a video without subtitles for a silent one.
NOTHING = {"heard": "Nothing is said in this video.\n\n", "read": "There is no text in the pictures.\n\n"}


def cue_text(source: str, cues: Sequence[Cue] | None) -> str:
    """Cues of one source as text; None: that sense was not used."""
    if cues is None:
        return ""
    return line_text(source, cue_lines(cues)) if cues else NOTHING.get(source, "")


def cue_lines(cues: Sequence[Cue]) -> list[str]:
    """Cues as lines of text: "0:07 Hello." """
    return [f"{timestamp(cue.start)} {cue.text}" for cue in cues]


def line_text(source: str, lines: Sequence[str]) -> str:
    """The lines under their heading; empty where there are none."""
    return "\n".join([HEADINGS[source], *lines, "", ""]) if lines else ""
