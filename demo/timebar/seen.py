"""When the things that the model recognised are seen: a row for each below the bar of the clip's time.

A click on a stretch jumps to where it begins (scripts/player.js).
"""

import html
from collections.abc import Sequence

from core import Sighting
from demo.clip.times import clock
from demo.page.i18n import LANGUAGES, t

MOST = 4  # rows: of the things that are seen longest
LATE = 0.6  # of the clip: a stretch that begins later has its name to the left of its end


def seen_html(sightings: Sequence[Sighting], duration: float, lang: str) -> str:
    """duration: of the clip, in seconds. Empty where nothing was recognised."""
    rows: dict[str, list[Sighting]] = {}
    for each in sightings:
        if each.start < min(each.end, duration):
            rows.setdefault(each.names.get(lang) or each.names[LANGUAGES[0]], []).append(each)
    longest = sorted(rows, key=lambda name: -sum(each.end - each.start for each in rows[name]))[:MOST]
    if not longest:
        return ""
    first = sorted(longest, key=lambda name: min(each.start for each in rows[name]))
    shown = "".join(_row_html(name, joined(rows[name]), duration, lang) for name in first)
    label = html.escape(t("clip.seen", lang))
    return f'<ul class="rt-seen" aria-label="{label}">{shown}</ul>'


def joined(sightings: Sequence[Sighting]) -> list[tuple[float, float]]:
    """Stretches in seconds, one after the other; those that touch are one."""
    stretches: list[tuple[float, float]] = []
    for start, end in sorted((each.start, each.end) for each in sightings):
        if stretches and start <= stretches[-1][1]:
            stretches[-1] = stretches[-1][0], max(end, stretches[-1][1])
        else:
            stretches.append((start, end))
    return stretches


def _row_html(name: str, stretches: Sequence[tuple[float, float]], duration: float, lang: str) -> str:
    return (
        "<li>"
        + "".join(
            _stretch_html(name, start, min(end, duration), duration, lang, named=not place)
            for place, (start, end) in enumerate(stretches)
        )
        + "</li>"
    )


def _stretch_html(name: str, start: float, end: float, duration: float, lang: str, named: bool) -> str:
    label = html.escape(t("clip.seen_from", lang, name=name, start=clock(start), end=clock(end)))
    late = " rt-late" if start > LATE * duration else ""
    text = f"<span>{html.escape(name)}</span>" if named else ""
    return (
        f'<button type="button" class="rt-sight{late}" data-seek="{start:.3f}" aria-label="{label}"'
        f' title="{label}" style="left:{100 * start / duration:.2f}%;'
        f'width:{100 * (end - start) / duration:.2f}%">{text}</button>'
    )
