"""The senses and their lines as pieces of HTML. Every line comes from a stranger's clip, and is escaped."""

import html
from collections.abc import Collection, Sequence

from core import Cue, SenseState, one_line
from demo.clip.times import clock
from demo.models.card import failure_text
from demo.page.i18n import SENTENCES_APART, t
from demo.senses.group import states
from demo.server.tabs import Tab

# What a sense that is over has to say of the clip, by its reason.
NOTHING = {
    "no_sound": "sense.no_sound",
    "sound_broken": "sense.sound_broken",
    "nothing_said": "sense.nothing_said",
    "no_text": "sense.no_text",
}


def state_html(tab: Tab, switches: Collection[str]) -> str:
    """What is being done, and what is not in the clip; nothing where the lines speak for themselves."""
    lang, talk = tab.language, tab.talk
    if not switches or talk.clip is None:
        return ""
    now = states(talk.senses)
    working = next((state for state in now.values() if state.phase in ("working", "downloading")), None)
    working = working or next((state for state in now.values() if state.phase == "waiting"), None)
    notes = [text for state in now.values() if (text := _over_text(state, talk.clip.still, lang))]
    done = f'<p role="status">{html.escape(SENTENCES_APART[lang].join(notes))}</p>' if notes else ""
    doing = f'<p class="rt-doing">{html.escape(_doing_text(working, lang))}</p>' if working else ""
    return f'<div class="rt-senses">{doing}{done}</div>' if doing or done else ""


def _doing_text(state: SenseState, lang: str) -> str:
    percent = round(100 * state.fraction)
    if state.phase == "downloading":
        return t("sense.downloading", lang, percent=percent)
    return t(f"sense.{state.name}.{state.phase}", lang, percent=percent)


def _over_text(state: SenseState, still: bool, lang: str) -> str:
    if state.phase == "done":
        key = NOTHING.get(state.reason, "")
        return t(f"{key}_picture" if still and state.reason == "no_text" else key, lang) if key else ""
    if state.phase != "failed" or state.name == "subtitles":  # whose absence is told by nobody
        return ""
    why = failure_text(state.error, lang) if state.error is not None else ""
    failed = t(f"sense.{state.name}.{'too_slow' if state.reason == 'too_slow' else 'failed'}", lang)
    return SENTENCES_APART[lang].join(filter(None, (failed, why)))


def head_html(lang: str) -> str:
    """The title, which opens and closes the panel, and the search."""
    find = t("transcript.search", lang)
    return (
        f'<div class="rt-transcript-head"><button type="button" class="rt-fold" aria-expanded="true">'
        f"{t('transcript.title', lang)}</button>"
        f'<input type="search" id="rt-find" placeholder="{find}" aria-label="{find}" autocomplete="off">'
        f'<span id="rt-found" role="status" data-none="{t("transcript.none", lang)}"'
        f' data-one="{t("transcript.one", lang)}" data-many="{t("transcript.many", lang, count="{count}")}">'
        "</span></div>"
    )


def lines_html(lines: Sequence[Cue], still: bool, lang: str) -> str:
    """Each line is a button that seeks (scripts/player.js); a single picture has no time to jump to."""
    if not lines:
        return ""
    said, written = t("transcript.said", lang), t("transcript.written", lang)
    rows = "".join(_line_html(line, still, written if line.source == "read" else said) for line in lines)
    return f'<ol class="rt-lines" aria-label="{t("transcript.title", lang)}">{rows}</ol>'


def _line_html(line: Cue, still: bool, kind: str) -> str:
    sort = "written" if line.source == "read" else "said"
    words = f'<span class="rt-words">{html.escape(one_line(line.text))}</span>'
    badge = f'<span class="rt-kind">{kind}</span>'
    if still:
        return f'<li class="rt-line rt-line-{sort}"><p>{badge}{words}</p></li>'
    return (
        f'<li class="rt-line rt-line-{sort}"><button type="button" data-seek="{line.start:.3f}"'
        f' data-end="{line.end:.3f}"><time>{clock(line.start)}</time>{badge}{words}</button></li>'
    )
