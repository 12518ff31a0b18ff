"""Which control of the page raises which event, and under which name a program may call it.

Events with an API name can be used through gradio_client; all others are for the page alone.
"""

import json
from pathlib import Path
from typing import Any

import gradio as gr

from core import VideoLimits
from demo.app import TEXTS, Page, build_page
from demo.choosing import Choosing
from demo.clips import Clips
from demo.examples import Example, list_examples
from demo.feedback import FeedbackFile
from demo.handlers import Handlers
from demo.i18n import LANGUAGES, catalogue
from demo.keeping import Keeping
from demo.models import Models
from demo.render import model_title
from demo.turn_tools import TurnTools

# A handler that may show a notice needs the queue.
HIDDEN: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
ASKING: dict[str, Any] = {"concurrency_id": "model", "concurrency_limit": 16, "show_progress": "hidden"}
CHOOSING: dict[str, Any] = {"concurrency_id": "choosing", "concurrency_limit": 8, "show_progress": "hidden"}
READING: dict[str, Any] = {"concurrency_id": "reader", "concurrency_limit": 8, "show_progress": "hidden"}
SPOKEN_BY_SCRIPT = (
    "page.",
    "clip.",
    "chat.label",
    "chat.latest",
    "chat.uploading",
    "settings.reset",
    "export.title",
    "export.model",
    "tool.",
    "error.file_too_large",
)
# The limits count visitors that wait on the page; the model itself answers one at a time (models.py).


def build_app(
    models: Models,
    limits: VideoLimits,
    data: Path,
    clips: list[Example] | None = None,
    uploads: bool = True,
) -> gr.Blocks:
    """The whole page, ready to be launched; it offers all `models`, and keeps in `data` what is to stay."""
    clips = list_examples() if clips is None else clips
    page = build_page(clips, [(model_title(host, "en"), host.key) for host in models.hosts], uploads)
    with page.blocks:
        handlers = Handlers(page, models, clips, limits)
        connect(page, handlers, Clips(page, handlers))
        connect_keeping(page, Keeping(page, handlers))
        connect_turn_tools(
            page, TurnTools(page, handlers.tabs, handlers.view, FeedbackFile(data / "feedback.jsonl"))
        )
    return page.blocks


def connect(page: Page, handlers: Handlers, clips: Clips) -> None:
    """Tie every control to its handler."""
    everything = [getattr(page, name) for name in TEXTS]
    everything += [page.tagline, page.hint, page.model, page.status, page.strip, page.examples, page.starters]
    everything += [page.editing, page.reasons, page.reasons_asked, page.privacy]
    drawer = page.drawer
    everything += [*drawer.parts(), *page.keep.parts(), *page.shelf.parts(), page.history]
    talk = _talk(page)
    clip = _clip(page)
    another = [*clip, drawer.frames]
    model = [page.menu, page.model, drawer.answer_language, drawer.timestamps, page.starters, page.chat]
    settings = [drawer.answer_language, drawer.temperature, drawer.max_tokens, drawer.timestamps]

    restored = (
        gr.on(
            [page.blocks.load],
            handlers.arrive,
            [page.stored_language, page.history],
            everything,
            js="(language, latest) => [language, window.reelTalk.remembered(latest)]",
            queue=False,
            **HIDDEN,
        )
        .then(None, page.language, js=_speak(handlers.limits.max_bytes), **HIDDEN)
        .then(None, page.history, js="(record) => window.reelTalk.arrived(record)", **HIDDEN)
        .then(
            clips.restore,
            None,
            [*another, *(part for part in model if part not in another)],
            **READING | HIDDEN,
        )
    )
    page.history.change(None, page.history, js="(record) => window.reelTalk.remember(record)", **HIDDEN)
    page.language.input(
        handlers.switch_language, page.language, [*everything, page.stored_language], queue=False, **HIDDEN
    ).then(None, page.language, js=_speak(handlers.limits.max_bytes), **HIDDEN)
    page.ticker.tick(
        handlers.show_model, None, [*model, *page.shelf.parts(), page.ticker], queue=False, **HIDDEN
    )
    page.blocks.unload(handlers.leave)

    readings = [restored]  # the events that may end with another clip on the page, or one now read
    if len(handlers.models.hosts) > 1:
        readings += [
            page.menu.input(
                Choosing(page, handlers).choose,
                page.menu,
                [*model, *(part for part in clip if part not in model)],
                api_name="choose_model",
                trigger_mode="multiple",
                **CHOOSING,
            )
        ]
    if page.uploads:
        opened = gr.on(
            [page.player.upload, page.player.stop_recording],
            handlers.open_clip,
            [page.player, drawer.frames],
            clip,
            api_name="open_clip",
            trigger_mode="multiple",
            **READING,
        )
        opened.then(clips.show_subtitles, None, page.player, **HIDDEN)
        removed = page.player.clear(
            clips.remove_shown, None, another, trigger_mode="multiple", **READING | HIDDEN
        )
        readings += [opened, removed]
    example = page.examples.click(
        handlers.open_example,
        drawer.frames,
        clip,
        trigger_mode="multiple",
        **READING | HIDDEN,
    )
    wishes: list[Any] = [drawer.frames, drawer.first, drawer.last]
    changed = gr.on(
        [part.input for part in wishes],  # "release" is not heard of the keyboard
        handlers.read_again,
        wishes,
        clip,
        js="(...values) => window.reelTalk.atRest(values)",
        trigger_mode="multiple",
        **READING | HIDDEN,
    )
    reset = drawer.reset.click(handlers.reset, None, drawer.parts(), queue=False, **HIDDEN).then(
        handlers.read_as_at_first, None, clip, trigger_mode="multiple", **READING | HIDDEN
    )
    shelf = page.shelf
    row = shelf.clips.click(clips.click, None, another, trigger_mode="multiple", **READING | HIDDEN)
    for reading in [*readings, example, changed, reset, row]:
        reading.then(handlers.show_range, None, drawer.spans(), **HIDDEN)
    said = [page.player, *shelf.parts()]
    compared = [*shelf.parts(), page.starters, page.history, *page.keep.of_conversation(False)]
    shelf.compare.input(clips.compare, shelf.compare, compared, **HIDDEN)
    shelf.add_subtitles.upload(clips.add_subtitles, shelf.add_subtitles, said, **HIDDEN)
    shelf.drop_subtitles.click(clips.drop_subtitles, None, said, **HIDDEN)

    gr.on(
        [page.question.submit, page.send.click],
        handlers.ask,
        [page.question, *settings],
        talk,
        js="(...values) => window.reelTalk.afterUpload(values)",
        api_name="ask",
        **ASKING,
    )
    page.starters.click(handlers.ask_starter, settings, talk, **ASKING | HIDDEN)
    page.retry.click(handlers.retry, settings, talk, api_name="retry", **ASKING)
    page.stop.click(handlers.stop, api_name="stop", queue=False, show_progress="hidden")
    page.clear.click(handlers.clear, None, talk, api_name="clear", queue=False, show_progress="hidden")


def connect_turn_tools(page: Page, tools: TurnTools) -> None:
    """Tie the small buttons beside questions and answers to their handlers."""
    now: dict[str, Any] = {"queue": False, **HIDDEN}
    reasons = [page.reasons, page.reason]
    page.turn_tools.edit(tools.edit, None, [page.editing, page.question], **now)
    page.editing.click(tools.cancel_edit, None, [page.editing, page.question], **now)
    page.turn_tools.like(tools.rate, None, [*_talk(page), page.reason], **HIDDEN)
    gr.on([page.reason.submit, page.give_reason.click], tools.give_reason, page.reason, reasons, **now)
    page.skip_reason.click(tools.skip_reason, None, reasons, **now)
    page.undo.click(tools.undo, None, _talk(page), api_name="undo", queue=False, show_progress="hidden")


def connect_keeping(page: Page, keeping: Keeping) -> None:
    """Tie the controls with which a visitor takes a conversation home."""
    keep, now = page.keep, {"queue": False, **HIDDEN}
    for button, export in (
        (keep.md, keeping.markdown),
        (keep.srt, keeping.subtitles),
        (keep.json, keeping.archive),
    ):
        button.click(export, None, keep.file, **now).then(
            None, keep.file, js="(file) => window.reelTalk.save(file)", **HIDDEN
        )
    keep.report.click(None, js="() => window.reelTalk.copyReport()", **HIDDEN)
    keep.bring.upload(keeping.bring, keep.bring, _clip(page), **HIDDEN)
    keep.remember.input(keeping.remember, keep.remember, [page.history, *keep.of_conversation(False)], **now)


def _clip(page: Page) -> list[Any]:
    """What another clip changes."""
    talk = [part for part in _talk(page) if part is not page.question]
    return [page.status, page.strip, *talk, *page.drawer.spans(), *page.shelf.parts(), page.player]


def _talk(page: Page) -> list[Any]:
    """What an answer, or the lack of one, changes."""
    return [
        page.chat, page.question, page.send, page.stop, page.retry, page.undo, page.clear, page.starters,
        page.editing, page.reasons, page.history, *page.keep.of_conversation(False),
    ]  # fmt: skip


def _speak(largest: int) -> str:
    """JavaScript: what lies outside of the page's parts follows its language too, see scripts/words.js."""
    words = {
        lang: {key: text for key, text in catalogue(lang).items() if key.startswith(SPOKEN_BY_SCRIPT)}
        for lang in LANGUAGES
    }
    return f"(lang) => window.reelTalk.speak(lang, {json.dumps(words, ensure_ascii=False)}, {largest})"
