"""The page's layout: which parts there are, where they stand, and which text each one shows.

What a part does when it is used is told in events.py and handlers.py.
"""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from demo import render
from demo.examples import Example
from demo.i18n import texts
from demo.keep_drawer import KeepDrawer, build_keep_drawer
from demo.settings_drawer import Drawer, Updates, build_drawer
from demo.shelf import Shelf, build_clips, build_shelf

# What the browser keeps; keys and secrets are fixed, so that it outlives the server.
STORAGE_KEY, HISTORY_KEY = "reeltalk.language", "reeltalk.history"

# part of the page -> property -> key of its text
TEXTS: dict[str, dict[str, str]] = {
    "menu": {"label": "model.choose"},
    "player": {"label": "clip.label"},
    "chat": {"label": "chat.label"},
    "question": {"label": "chat.question", "placeholder": "chat.placeholder"},
    "send": {"value": "chat.send"},
    "stop": {"value": "chat.stop"},
    "retry": {"value": "chat.retry"},
    "undo": {"value": "chat.undo"},
    "clear": {"value": "chat.clear"},
    "reason": {"label": "rating.reason", "placeholder": "rating.reason"},
    "give_reason": {"value": "rating.give"},
    "skip_reason": {"value": "rating.skip"},
    "language": {"label": "page.language"},
}

Choices = list[tuple[str, str]]  # (what a visitor reads, what the program gets)

# The click on one of several buttons inside a piece of HTML becomes an event with the button's data.
_CLICKED_BUTTON = """
element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) trigger("click", { ...button.dataset });
});
"""
# The buttons that scripts/chat.js puts beside each turn raise their events through a part without a look.
_RAISE = "window.reelTalk.raise = trigger;"


@dataclass(frozen=True)
class Page:
    """The parts of the page that events read or change."""

    blocks: gr.Blocks
    uploads: bool
    stored_language: gr.BrowserState
    history: gr.BrowserState
    ticker: gr.Timer  # runs while the first model is loaded
    tagline: gr.HTML
    language: gr.Radio
    shelf: Shelf  # of the visitor's clips
    player: gr.Video
    status: gr.HTML
    strip: gr.HTML
    examples: gr.HTML
    chat: gr.Chatbot
    turn_tools: gr.HTML
    reasons: gr.Column  # asked for after a rating
    reasons_asked: gr.HTML
    reason: gr.Textbox
    give_reason: gr.Button
    skip_reason: gr.Button
    starters: gr.HTML
    editing: gr.HTML
    question: gr.Textbox
    send: gr.Button
    stop: gr.Button
    retry: gr.Button
    undo: gr.Button
    clear: gr.Button
    hint: gr.HTML
    drawer: Drawer  # of settings
    keep: KeepDrawer
    menu: gr.Dropdown  # of models, where there are several
    model: gr.HTML
    privacy: gr.HTML


def build_page(clips: list[Example], models: Choices, uploads: bool = True, lang: str = "en") -> Page:
    """All parts of the page, with texts in `lang`; no event is connected yet.

    uploads: visitors may bring clips of their own.
    """
    with gr.Blocks(title="ReelTalk 影语", analytics_enabled=False, delete_cache=(3600, 86400)) as blocks:
        stored = gr.BrowserState(None, storage_key=STORAGE_KEY, secret=STORAGE_KEY)
        history = gr.BrowserState(None, storage_key=HISTORY_KEY, secret=HISTORY_KEY)
        ticker = gr.Timer(0.5)
        with gr.Row(elem_id="rt-head"):
            gr.HTML(render.brand(), elem_id="rt-brand")
            tagline = gr.HTML(render.tagline(lang), elem_id="rt-tagline")
            language = gr.Radio(
                [("English", "en"), ("中文", "zh")],
                value=lang,
                container=False,
                show_label=False,
                elem_id="rt-language",
                **_texts("language", lang),
            )
        with gr.Row(elem_id="rt-main"):
            with gr.Column(scale=6, min_width=340, elem_id="rt-watch"):
                row_of_clips = build_clips(_CLICKED_BUTTON)
                player = gr.Video(
                    sources=["upload", "webcam"],
                    interactive=uploads,
                    webcam_options=gr.WebcamOptions(mirror=False),
                    include_audio=True,
                    show_label=False,
                    buttons=[],
                    elem_id="rt-player",
                    **_texts("player", lang),
                )
                status = gr.HTML(elem_id="rt-status")
                strip = gr.HTML(elem_id="rt-strip")
                shelf = build_shelf(row_of_clips, lang)
                examples = gr.HTML(
                    render.examples(clips, uploads, lang),
                    js_on_load=_CLICKED_BUTTON,
                    elem_id="rt-examples",
                    visible=bool(clips),
                )
            with gr.Column(scale=7, min_width=340, elem_id="rt-talk"):
                chat = gr.Chatbot(
                    height=None,
                    show_label=False,
                    autoscroll=False,  # scripts/end.js does it
                    buttons=[],
                    feedback_options=None,
                    latex_delimiters=[],
                    layout="bubble",
                    group_consecutive_messages=False,
                    placeholder=render.empty_chat(watched=False, bilingual=True, uploads=uploads, lang=lang),
                    elem_id="rt-chat",
                    **_texts("chat", lang),
                )
                turn_tools = gr.HTML(js_on_load=_RAISE, visible="hidden")
                with gr.Column(scale=0, visible=False, elem_id="rt-reasons") as reasons:
                    reasons_asked = gr.HTML(render.rating_asks(lang))
                    with gr.Row(elem_id="rt-reason-row"):
                        reason = gr.Textbox(
                            lines=1,
                            max_lines=3,
                            show_label=False,
                            container=False,
                            max_length=1000,
                            elem_id="rt-reason",
                            **_texts("reason", lang),
                        )
                        give_reason = gr.Button(
                            size="sm", elem_id="rt-give-reason", scale=0, **_texts("give_reason", lang)
                        )
                        skip_reason = gr.Button(
                            size="sm", elem_id="rt-skip-reason", scale=0, **_texts("skip_reason", lang)
                        )
                starters = gr.HTML(js_on_load=_CLICKED_BUTTON, elem_id="rt-starters", visible="hidden")
                editing = gr.HTML(js_on_load=_CLICKED_BUTTON, elem_id="rt-editing", visible="hidden")
                with gr.Row(elem_id="rt-ask"):
                    question = gr.Textbox(
                        lines=1,
                        max_lines=5,
                        show_label=False,
                        container=False,
                        scale=8,
                        autofocus=True,
                        max_length=2000,
                        elem_id="rt-question",
                        **_texts("question", lang),
                    )
                    send = gr.Button(variant="primary", elem_id="rt-send", scale=0, **_texts("send", lang))
                    stop = gr.Button(
                        variant="stop", elem_id="rt-stop", scale=0, visible=False, **_texts("stop", lang)
                    )
                with gr.Row(elem_id="rt-tools"):
                    retry = gr.Button(
                        size="sm", interactive=False, elem_id="rt-retry", scale=0, **_texts("retry", lang)
                    )
                    undo = gr.Button(
                        size="sm", interactive=False, elem_id="rt-undo", scale=0, **_texts("undo", lang)
                    )
                    clear = gr.Button(
                        size="sm", interactive=False, elem_id="rt-clear", scale=0, **_texts("clear", lang)
                    )
                    hint = gr.HTML(render.hint(lang), elem_id="rt-hint")
                drawer = build_drawer(lang)
                keep = build_keep_drawer(lang)
        with gr.Row(elem_id="rt-foot"):
            menu = gr.Dropdown(
                models,
                value=models[0][1],
                filterable=False,
                container=False,
                show_label=False,
                scale=0,
                min_width=240,
                visible=len(models) > 1,
                elem_id="rt-menu",
                **_texts("menu", lang),
            )
            model = gr.HTML(elem_id="rt-model")
            privacy = gr.HTML(render.privacy(lang), elem_id="rt-privacy")
    return Page(
        blocks, uploads, stored, history, ticker, tagline, language, shelf, player, status, strip, examples,
        chat, turn_tools, reasons, reasons_asked, reason, give_reason, skip_reason, starters, editing,
        question, send, stop, retry, undo, clear, hint, drawer, keep, menu, model, privacy,
    )  # fmt: skip


def in_language(page: Page, clips: list[Example], lang: str) -> Updates:
    """Every text of the page that depends on nothing but the language."""
    updates: Updates = {getattr(page, name): gr.update(**_texts(name, lang)) for name in TEXTS}
    updates[page.language] = gr.update(value=lang, **_texts("language", lang))
    updates |= page.drawer.in_language(lang) | page.keep.in_language(lang) | page.shelf.in_language(lang)
    updates[page.hint] = gr.update(value=render.hint(lang))
    updates[page.privacy] = gr.update(value=render.privacy(lang))
    updates[page.reasons_asked] = gr.update(value=render.rating_asks(lang))
    updates[page.tagline] = gr.update(value=render.tagline(lang))
    updates[page.examples] = gr.update(value=render.examples(clips, page.uploads, lang))
    return updates


def merged(*several: Updates) -> Updates:
    """All updates together; two for one component become one that sets the properties of both."""
    result: Updates = {}
    for updates in several:
        for component, update in updates.items():
            result[component] = {**result.get(component, {}), **update}
    return result


def _texts(name: str, lang: str) -> dict[str, Any]:
    return texts(TEXTS[name], lang)
