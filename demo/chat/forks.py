"""Other ways in which a conversation went: each time that a question was changed or answered again.

A fork stands at the turn from which on the ways differ. The way on the page is the conversation itself, so
its own place among the ways is empty; a way that was left holds its turns, and the forks within them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from core import Turn


@dataclass(frozen=True)
class Way:
    """turns: from the fork on. forks: within them, by their turn in the whole conversation."""

    turns: tuple[Turn, ...] = ()
    forks: "Forks" = field(default_factory=dict)


@dataclass(frozen=True)
class Fork:
    """at: which of the ways is on the page, from 0."""

    ways: tuple[Way, ...]
    at: int


Forks = dict[int, Fork]  # by the turn from which on the ways differ


def branched(turns: Sequence[Turn], forks: Mapping[int, Fork], place: int) -> Forks:
    """The forks after another way was begun at turn `place`, of which nothing is said yet."""
    left = left_way(turns, forks, place)
    fork = forks.get(place, Fork((Way(),), 0))
    ways = (*fork.ways[: fork.at], left, *fork.ways[fork.at + 1 :], Way())
    return before(forks, place) | {place: Fork(ways, len(ways) - 1)}


def gone(
    turns: Sequence[Turn], forks: Mapping[int, Fork], place: int, step: int
) -> tuple[list[Turn], Forks] | None:
    """Turns and forks after going `step` ways on at turn `place`; None: there is no such way."""
    fork = forks.get(place)
    if fork is None or not 0 <= fork.at + step < len(fork.ways):
        return None
    at = fork.at + step
    way = fork.ways[at]
    ways = [*fork.ways]
    ways[fork.at], ways[at] = left_way(turns, forks, place), Way()
    return [*turns[:place], *way.turns], {
        **before(forks, place),
        **way.forks,
        place: replace(fork, ways=tuple(ways), at=at),
    }


def left_way(turns: Sequence[Turn], forks: Mapping[int, Fork], place: int) -> Way:
    """What is on the page from turn `place` on."""
    return Way(tuple(turns[place:]), {turn: fork for turn, fork in forks.items() if turn > place})


def before(forks: Mapping[int, Fork], place: int) -> Forks:
    """Only those before turn `place`."""
    return {turn: fork for turn, fork in forks.items() if turn < place}
