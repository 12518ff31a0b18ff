"""Turns as the chat shows them: Markdown and pieces of HTML, times in answers as links.

Every text of a visitor or a model passes through an escape here.
"""

import html
import re
from collections.abc import Mapping, Sequence

from core import Turn
from demo.chat.feedback import Rating
from demo.chat.forks import Fork
from demo.clip.times import clock, times_in
from demo.page.i18n import t
from demo.page.markdown import unlinked, without_addresses

Messages = list[dict[str, str]]

_MARKDOWN = re.compile(r"([\\`*_\[\]<>#~|$])")


def messages(
    turns: Sequence[Turn],
    duration: float,
    lang: str,
    ratings: Mapping[int, Rating],
    forks: Mapping[int, Fork],
) -> Messages:
    """duration: of the clip, s. ratings, forks: by the place of a turn."""
    shown: Messages = []
    for place, turn in enumerate(turns):
        shown += [
            user(turn.question, turn.moment),
            assistant(turn, duration, lang, ratings.get(place), forks.get(place)),
        ]
    return shown


def user(question: str, moment: float | None = None) -> dict[str, str]:
    """A visitor's words, as they were typed and never as markup; behind them the moment they are about."""
    time = "" if moment is None else f" [{clock(moment)}](#t={moment:g})"
    return {"role": "user", "content": plain(question) + time}


def pending(text: str) -> dict[str, str]:
    """In the place of an answer: what the visitor waits for."""
    return {"role": "assistant", "content": f'<span class="rt-wait">{html.escape(text)}</span>'}


def failure(text: str) -> dict[str, str]:
    """In the place of an answer: why there is none."""
    return {"role": "assistant", "content": f'<span class="rt-failed">{html.escape(text)}</span>'}


def assistant(
    turn: Turn, duration: float, lang: str, rating: Rating | None = None, fork: Fork | None = None
) -> dict[str, str]:
    """An answer with its times as links, and, once it is over, what it cost.

    By the cost, which it shows when asked to, scripts/talk/turns.js finds what is over, and by its classes
    how it was rated, whether there is a word to copy, and which of several answers it is.
    """
    over = turn.seconds is not None
    text = link_times(unlinked(html.escape(turn.answer.strip(), quote=False)), duration)
    if not text and over and turn.finished:
        text = t("chat.no_answer", lang)
    parts = [text] if text else []
    if over:
        stopped = "" if turn.finished else f'<span class="rt-stopped">{t("chat.stopped", lang)}</span>'
        more = f" rt-rated-{rating}" if rating else ""
        more += "" if text else " rt-wordless"
        more += f" rt-way-{fork.at + 1}-{len(fork.ways)}" if fork else ""
        parts.append(f'{stopped}<span class="rt-cost{more}">{" · ".join(_cost(turn, lang))}</span>')
    else:
        parts.append(f'<span class="rt-wait">{t("chat.writing", lang)}</span>')
    return {"role": "assistant", "content": "\n\n".join(parts)}


def link_times(text: str, duration: float) -> str:
    """ "0:07" -> "[0:07](#t=7)" for every time that lies within the clip."""
    parts, done = [], 0
    for match, moment in times_in(text, duration):
        before = text[done : match.start()]
        if before.endswith("!"):  # else the link would be a picture
            before = before[:-1] + "\\!"
        parts += [before, f"[{match[0]}](#t={moment:g})"]
        done = match.end()
    return "".join([*parts, text[done:]])


def plain(text: str) -> str:
    """Markdown that shows the text as it is."""
    return without_addresses(_MARKDOWN.sub(r"\\\1", text.replace("&", "&amp;")))


def _cost(turn: Turn, lang: str) -> list[str]:
    parts = []
    if turn.seconds_to_first_token is not None and turn.seconds is not None:
        parts.append(t("chat.first_token", lang, seconds=f"{turn.seconds_to_first_token:.1f}"))
        writing = turn.seconds - turn.seconds_to_first_token
        if turn.tokens > 1 and writing > 0:
            rate = (turn.tokens - 1) / writing
            parts.append(t("chat.speed", lang, rate=f"{rate:.0f}" if rate >= 2 else f"{rate:.1f}"))
    return parts
