"""The senses of one clip at work, and what they have found so far. It knows nothing of tabs."""

from collections.abc import Mapping
from dataclasses import dataclass

from core import Cue, SensesAtWork, SenseState
from demo.settings.span import Span


@dataclass(frozen=True)
class GroupAtWork:
    """The senses of one switch on one clip. path, speech: what they were begun with."""

    path: str
    speech: str
    work: SensesAtWork


Groups = Mapping[str, GroupAtWork]  # by the switch


def states(groups: Groups) -> dict[str, SenseState]:
    """Of each sense, by its name, in the order in which they work."""
    return {state.name: state for group in [*groups.values()] for state in group.work.states()}


def cues_within(groups: Groups, span: Span) -> dict[str, tuple[Cue, ...]]:
    """By source, of the senses that are over: what a conversation takes of the range it is about."""
    found: dict[str, tuple[Cue, ...]] = {}
    for group in [*groups.values()]:
        found |= group.work.cues()
    if span is None:
        return found
    first, last = span
    return {
        source: tuple(cue for cue in cues if cue.end > first and cue.start < last)
        for source, cues in found.items()
    }


def lines_of(groups: Groups, subtitles: tuple[Cue, ...] = ()) -> tuple[Cue, ...]:
    """All that was found so far, in order of time. subtitles: of a file, in the place of what was heard."""
    now = states(groups)
    heard = subtitles
    for name in ("subtitles", "hearing"):
        heard = heard or (now[name].cues if name in now else ())
    written = now["reading"].cues if "reading" in now else ()
    return tuple(sorted((*heard, *written), key=lambda cue: (cue.start, cue.end)))
