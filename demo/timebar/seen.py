"""When the things that the model recognised are seen: rows below the bar of the clip's time.

A click on a stretch jumps to where it begins (scripts/player.js).
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass

from core import Sighting
from demo.clip.times import clock
from demo.page.i18n import LANGUAGES, t

MOST = 4  # things: those that are seen longest
WIDE = 0.15  # of the clip: a stretch that is as long has room for its name, so that its row may be shared
LATE = 0.6  # of the clip: the name of a narrow stretch that begins later stands to the left of its end


@dataclass(frozen=True)
class Thing:
    """stretches: in seconds, one after the other."""

    name: str
    stretches: tuple[tuple[float, float], ...]

    @property
    def seconds(self) -> float:
        """That it is seen."""
        return sum(end - start for start, end in self.stretches)


def seen_html(sightings: Sequence[Sighting], duration: float, lang: str) -> str:
    """duration: of the clip, in seconds. Empty where nothing was recognised."""
    things = sorted(things_of(sightings, duration, lang), key=lambda thing: -thing.seconds)[:MOST]
    if not things:
        return ""
    rows = "".join(
        f"<li>{''.join(_thing_html(thing, duration, lang) for thing in row)}</li>"
        for row in rows_of(things, WIDE * duration)
    )
    return f'<ul class="rt-seen" aria-label="{html.escape(t("clip.seen", lang))}">{rows}</ul>'


def things_of(sightings: Sequence[Sighting], duration: float, lang: str) -> list[Thing]:
    """Each thing once; of its stretches those that touch are one, and none goes beyond the clip."""
    found: dict[str, list[tuple[float, float]]] = {}
    for each in sorted(sightings, key=lambda each: each.start):
        start, end = each.start, min(each.end, duration)
        if start >= end:
            continue
        stretches = found.setdefault(each.names.get(lang) or each.names[LANGUAGES[0]], [])
        if stretches and start <= stretches[-1][1]:
            start, end = stretches[-1][0], max(end, stretches.pop()[1])
        stretches.append((start, end))
    return [Thing(name, tuple(stretches)) for name, stretches in found.items()]


def rows_of(things: Sequence[Thing], wide: float) -> list[list[Thing]]:
    """The first to come first. Things of at least `wide` seconds that follow one another share a row."""
    rows: list[list[Thing]] = []
    for thing in sorted(things, key=lambda thing: thing.stretches[0]):
        start, end = thing.stretches[0]
        shared = (
            row
            for row in rows
            if row[-1].stretches[-1][1] <= start
            and all(first[1] - first[0] >= wide for first in (each.stretches[0] for each in row))
        )
        row = next(shared, None) if end - start >= wide else None
        if row is None:
            rows.append(row := [])
        row.append(thing)
    return rows


def _thing_html(thing: Thing, duration: float, lang: str) -> str:
    """Its first stretch has its name."""
    parts = []
    for place, (start, end) in enumerate(thing.stretches):
        values = {"name": thing.name, "start": clock(start), "end": clock(end)}
        label = html.escape(t("clip.seen_from", lang, **values))
        name = "" if place else f"<span>{html.escape(thing.name)}</span>"
        narrow = end - start < WIDE * duration
        late = " rt-late" if narrow and start > LATE * duration else ""
        parts.append(
            f'<button type="button" class="rt-sight{late}" data-seek="{start:.3f}" aria-label="{label}"'
            f' title="{label}" style="left:{100 * start / duration:.2f}%;'
            f'width:{100 * (end - start) / duration:.2f}%">{name}</button>'
        )
    return "".join(parts)
