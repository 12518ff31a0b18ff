"""Which senses there are, by exact name. A new one is one file and one line here."""

from collections.abc import Collection
from importlib import import_module

from core.errors import SettingError
from core.senses.sense import Sense

# Text, so that listing the names imports nothing. In this order they work on a clip.
SENSES: dict[str, str] = {
    "subtitles": "core.senses.subtitles:SubtitleTracks",
    "hearing": "core.senses.hearing:Hearing",
    "reading": "core.senses.reading:Reading",
}


def find_sense(name: str) -> Sense:
    """The sense of this name. Raises SettingError with those that there are."""
    if name not in SENSES:
        raise SettingError("unknown_sense", name=name, known=", ".join(SENSES))
    module, _, kind = SENSES[name].partition(":")
    return getattr(import_module(module), kind)()


def available_senses(wanted: Collection[str] | None = None) -> tuple[str, ...]:
    """Those whose libraries are installed, in the order in which they work; wanted: only of these."""
    return tuple(name for name in SENSES if (wanted is None or name in wanted) and find_sense(name).available)
