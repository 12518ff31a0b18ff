"""A bar of the clip's time: its pictures, what is said and written, and what is seen.

All but the last is on the page already: scripts/timebar.js puts it there.
"""

from demo.clip.reading import ClipView
from demo.page.i18n import t
from demo.timebar.seen import seen_html


def bar_html(clip: ClipView | None, lang: str) -> str:
    """The bar, empty until the script fills it; a single picture has no time."""
    if clip is None or clip.still:
        return ""
    lanes = "".join(
        f'<div class="rt-lane" data-kind="{kind}" title="{t(f"transcript.{kind}", lang)}" hidden></div>'
        for kind in ("said", "written")
    )
    return (
        f'<div class="rt-timebar" data-duration="{clip.duration:.3f}">'
        f'<div aria-hidden="true"><div class="rt-film"></div>{lanes}</div>'
        f'{seen_html(clip.sightings, clip.duration, lang)}<i class="rt-hand" aria-hidden="true"></i></div>'
    )
