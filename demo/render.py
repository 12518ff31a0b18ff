"""Pieces of HTML and Markdown that the page shows: the frame strip, examples, starters, messages.

Every text of a visitor, a file name or a model passes through an escape here. Knows nothing of
events or of the engine at work: it gets finished values and returns text.
"""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from core import Turn
from demo.examples import Example
from demo.feedback import Rating
from demo.i18n import has, t
from demo.model_host import ModelHost
from demo.talks import ClipView
from demo.times import clock, times_in

_MARKDOWN = re.compile(r"([\\`*_\[\]<>#~|$])")


def brand() -> str:
    return (
        '<div class="rt-brand"><span class="rt-mark" aria-hidden="true"></span>'
        '<h1>ReelTalk <span lang="zh-CN">影语</span></h1></div>'
    )


def tagline(lang: str) -> str:
    return f'<p class="rt-tagline">{t("page.tagline", lang)}</p>'


def hint(lang: str) -> str:
    return f'<p class="rt-hint">{t("chat.hint", lang)}</p>'


def model_title(host: ModelHost, lang: str) -> str:
    """What a visitor calls the model; plain text."""
    key = f"model.{host.name}.name"
    return t(key, lang) if has(key, lang) else host.key


def model_card(host: ModelHost, state: str, lang: str) -> str:
    """The model's name, what it can and cannot do; `state` is HTML about what is under way."""
    key = f"model.{host.name}.about"
    about = t(key if has(key, lang) else "model.other.about", lang)
    only = f"<p>{t(f'model.only.{host.languages[0]}', lang)}</p>" if len(host.languages) == 1 else ""
    title = html.escape(model_title(host, lang))
    return f'<div class="rt-model">{state}<p><strong>{title}</strong> {about}</p>{only}</div>'


def busy_status(text: str, fraction: float) -> str:
    """What is being done, with a bar."""
    percent = round(100 * fraction)
    return (
        f'<div class="rt-status rt-busy" role="status"><span>{html.escape(text)}</span>'
        f'<span class="rt-bar"><i style="width:{percent}%"></i></span></div>'
    )


def clip_status(clip: ClipView, lang: str) -> str:
    text = t("clip.ready", lang, duration=clock(round(clip.duration)), count=len(clip.seconds))
    damaged = f'<p class="rt-note">{t("clip.damaged", lang)}</p>' if clip.damaged else ""
    return f'<div class="rt-status" role="status">{text}</div>{damaged}'


def clip_missing(lang: str) -> str:
    """There is a conversation, but not the clip that it is about."""
    return f'<div class="rt-status" role="status">{t("clip.missing", lang)}</div>'


@dataclass(frozen=True)
class Spine:
    """A visitor's clip in the row of them. picture: a data URI."""

    id: str
    name: str
    picture: str | None
    shown: bool  # on the page


def clips(spines: Sequence[Spine], room: bool, lang: str) -> str:
    """The visitor's clips; the click of a button goes to one, removes it, or makes `room` for another."""
    row = "".join(_spine(spine, lang) for spine in spines)
    add = f'<button type="button" class="rt-add" data-add>+ {t("clips.add", lang)}</button>'
    label = t("clips.label", lang)
    return f'<div class="rt-clips" role="group" aria-label="{label}">{row}{add if room else ""}</div>'


def _spine(spine: Spine, lang: str) -> str:
    name = html.escape(spine.name)
    remove = html.escape(t("clips.remove", lang, name=spine.name))
    picture = f'<img src="{spine.picture}" alt="">' if spine.picture else '<i aria-hidden="true"></i>'
    return (
        f'<span class="rt-clip{" rt-shown" if spine.shown else ""}">'
        f'<button type="button" data-talk="{spine.id}" aria-pressed="{str(spine.shown).lower()}"'
        f' title="{name}">{picture}<span>{name}</span></button>'
        f'<button type="button" class="rt-remove" data-remove="{spine.id}"'
        f' aria-label="{remove}" title="{remove}">×</button></span>'
    )


def subtitles(name: str, read: bool, lang: str) -> str:
    """Which subtitles lie beside the clip, and whether the model reads them."""
    text = t("said.read" if read else "said.unread", lang, name=name)
    return f'<p class="rt-said">{html.escape(text)}</p>'


def error_status(text: str) -> str:
    return f'<div class="rt-status rt-error" role="alert">{html.escape(text)}</div>'


def strip(clip: ClipView | None, lang: str) -> str:
    """The sampled frames with their times; scripts/player.js makes a click on one seek the player."""
    if clip is None:
        return ""
    apart = (clip.seconds[-1] - clip.seconds[0]) / max(1, len(clip.seconds) - 1)
    decimals = 0 if apart >= 1 else 1 if apart >= 0.1 else 2  # as many as tell them apart
    frames = "".join(
        f'<button type="button" class="rt-frame" data-seek="{seconds:.3f}"'
        f' aria-label="{t("clip.seek", lang, time=clock(seconds, decimals))}">'
        f'<img src="{picture}" alt=""><span>{clock(seconds, decimals)}</span></button>'
        for seconds, picture in zip(clip.seconds, clip.pictures, strict=True)
    )
    title = f"{t('clip.frames', lang)} <em>{t('clip.frames_hint', lang)}</em>"
    return f'<div class="rt-caption">{title}</div><div class="rt-strip">{frames}</div>'


def examples(clips: list[Example], uploads: bool, lang: str) -> str:
    """A row of example clips; the click of one is an event of the page's. uploads: there may be others."""
    if not clips:
        return ""
    cards = "".join(
        f'<button type="button" class="rt-example" data-index="{index}">'
        f'<video src="gradio_api/file={quote(str(clip.path))}#t=0.5" preload="metadata" muted playsinline'
        f' tabindex="-1" aria-hidden="true"></video><span>{html.escape(clip.title(lang))}</span></button>'
        for index, clip in enumerate(clips)
    )
    caption = t("clip.examples" if uploads else "clip.examples_only", lang)
    return f'<div class="rt-caption">{caption}</div><div class="rt-examples">{cards}</div>'


def editing(lang: str) -> str:
    """That the question in the box is an earlier one; the click of the button leaves it as it was."""
    return (
        f'<p class="rt-editing"><span>{t("chat.editing", lang)}</span> '
        f'<button type="button" class="rt-chip" data-cancel>{t("chat.cancel_edit", lang)}</button></p>'
    )


def rating_asks(lang: str) -> str:
    return f'<p class="rt-asks">{t("rating.why", lang)}</p>'


def privacy(lang: str) -> str:
    """What of a visitor's words is kept, and where."""
    return f'<p class="rt-privacy">{t("page.privacy", lang)}</p>'


def chips(questions: Sequence[str], lang: str) -> str:
    """Questions to choose from; the click of one asks it."""
    chips = "".join(
        f'<button type="button" class="rt-chip" data-question="{html.escape(question)}">'
        f"{html.escape(question)}</button>"
        for question in questions
    )
    return f'<div class="rt-chips" role="group" aria-label="{t("starter.label", lang)}">{chips}</div>'


def empty_chat(watched: bool, bilingual: bool, uploads: bool, lang: str) -> str:
    """What stands in a chat without messages, before and after a clip has been read."""
    if watched:
        return _headed(t("chat.watched_title", lang), t("chat.watched_text", lang))
    if not uploads:
        return _headed(t("chat.empty_title_examples", lang), t("chat.empty_text_examples", lang))
    key = "chat.empty_text" if bilingual else "chat.empty_text_one_language"
    return _headed(t("chat.empty_title", lang), t(key, lang))


def new_model_chat(model: str, lang: str) -> str:
    """What stands in a chat whose conversation has ended because another model was chosen."""
    return _headed(t("chat.anew_title", lang, model=_plain(model)), t("chat.anew_text", lang))


def _headed(title: str, text: str) -> str:
    return f"### {title}\n\n{text}"


def _plain(text: str) -> str:
    """Markdown that shows the text as it is."""
    return _MARKDOWN.sub(r"\\\1", text.replace("&", "&amp;"))


def messages(
    turns: list[Turn], duration: float, lang: str, ratings: Mapping[int, Rating]
) -> list[dict[str, str]]:
    """The turns as the chat shows them; `ratings` by the place of a turn."""
    shown: list[dict[str, str]] = []
    for place, turn in enumerate(turns):
        shown += [user(turn.question), assistant(turn, duration, lang, ratings.get(place))]
    return shown


def user(question: str) -> dict[str, str]:
    """A visitor's words, shown as they were typed and never as markup."""
    return {"role": "user", "content": _plain(question)}


def pending(text: str) -> dict[str, str]:
    """In the place of an answer: what the visitor waits for."""
    return {"role": "assistant", "content": f'<span class="rt-wait">{html.escape(text)}</span>'}


def failure(text: str) -> dict[str, str]:
    """In the place of an answer: why there is none."""
    return {"role": "assistant", "content": f'<span class="rt-failed">{html.escape(text)}</span>'}


def assistant(turn: Turn, duration: float, lang: str, rating: Rating | None = None) -> dict[str, str]:
    """An answer with its times as links, and, once it is over, what it cost.

    scripts/chat.js finds by the cost what is over, and by its class how it was rated.
    """
    over = turn.seconds is not None
    text = link_times(html.escape(turn.answer.strip(), quote=False), duration)
    if not text and over and turn.finished:
        text = t("chat.no_answer", lang)
    if over:
        rated = f" rt-rated-{rating}" if rating else ""
        below = f'<span class="rt-cost{rated}">{" · ".join(_cost(turn, lang))}</span>'
    else:
        below = f'<span class="rt-wait">{t("chat.writing", lang)}</span>'
    return {"role": "assistant", "content": f"{text}\n\n{below}" if text else below}


def link_times(text: str, duration: float) -> str:
    """ "0:07" -> "[0:07](#t=7)" for every time that lies within the clip."""
    parts, done = [], 0
    for match, moment in times_in(text, duration):
        parts += [text[done : match.start()], f"[{match[0]}](#t={moment:g})"]
        done = match.end()
    return "".join([*parts, text[done:]])


def _cost(turn: Turn, lang: str) -> list[str]:
    parts = [] if turn.finished else [t("chat.stopped", lang)]
    if turn.seconds_to_first_token is not None and turn.seconds is not None:
        parts.append(t("chat.first_token", lang, seconds=f"{turn.seconds_to_first_token:.1f}"))
        writing = turn.seconds - turn.seconds_to_first_token
        if turn.tokens > 1 and writing > 0:
            rate = (turn.tokens - 1) / writing
            parts.append(t("chat.speed", lang, rate=f"{rate:.0f}" if rate >= 2 else f"{rate:.1f}"))
    return parts
