"""The visitor's clips as a row to choose from: go to one, add one, remove one."""

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import gradio as gr

from demo.clip.examples import Example
from demo.clip.opening import Opening
from demo.clip.reader import READING
from demo.page.feature import BUTTON_CLICKS, HIDDEN, Feature, Site, Updates, View, Views, shown
from demo.page.i18n import t
from demo.server.tabs import Tab
from demo.server.talks import Talk
from demo.settings.drawer import Settings

RECORDED = "sample.webm"  # gradio's name of whatever a camera has recorded


class ClipRow(Feature):
    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.clips = gr.HTML(js_on_load=BUTTON_CLICKS, elem_id="rt-clips", visible="hidden")
        self.view = View([self.clips], self._show)

    def connect(self, opening: Opening, settings: Settings, views: Views) -> None:
        self.opening, self.another = opening, views.another
        clicked = self.clips.click(
            self.click, None, self.another.outputs, trigger_mode="multiple", **READING | HIDDEN
        )
        settings.show_range_after(clicked)

    def click(self, request: gr.Request, event: gr.EventData) -> Iterator[Updates]:
        """One of the row's buttons: a clip, its removal, or the place for another."""
        tab = self.tabs.of(request)
        data = event._data
        talk = tab.talk_of(str(data.get("talk") or data.get("remove")))
        if "add" in data:
            added = self.opening.place_for_clip(tab) is not None
            yield self.another(tab) if added else self.opening.nothing
        elif talk is None or (talk is tab.talk and "talk" in data):
            yield self.opening.nothing
        elif "remove" in data:
            yield from self.opening.remove(tab, talk)
        else:
            tab.go_to(talk)
            yield from self.opening.show(tab)

    def _show(self, tab: Tab) -> Updates:
        lang = tab.language
        cards = [
            ClipCard(each.id, clip_name(each, self.site.examples, lang), each.picture, each is tab.talk)
            for each in tab.talks
        ]
        any_clip = any(not each.empty for each in tab.talks)
        return {self.clips: shown(any_clip, value=row_html(cards, not (tab.talk.vacant or tab.full), lang))}


def clip_name(talk: Talk, examples: Sequence[Example], lang: str) -> str:
    """What a visitor calls a clip, or the conversation about it."""
    if talk.title:
        return talk.title
    path = talk.reading.path if talk.reading else None
    titles = [example.title(lang) for example in examples if str(example.path) == path]
    if titles:
        return titles[0]
    return t("clips.recorded", lang) if talk.file_name == RECORDED else talk.file_name or t("clips.new", lang)


@dataclass(frozen=True)
class ClipCard:
    """One clip of the row. picture: a data URI."""

    id: str
    name: str
    picture: str | None
    on_page: bool


def row_html(cards: Sequence[ClipCard], may_add: bool, lang: str) -> str:
    row = "".join(_card_html(card, lang) for card in cards)
    add = f'<button type="button" class="rt-add" data-add>+ {t("clips.add", lang)}</button>'
    label = t("clips.label", lang)
    return f'<div class="rt-clips" role="group" aria-label="{label}">{row}{add if may_add else ""}</div>'


def _card_html(card: ClipCard, lang: str) -> str:
    name = html.escape(card.name)
    remove = html.escape(t("clips.remove", lang, name=card.name))
    picture = f'<img src="{card.picture}" alt="">' if card.picture else '<i aria-hidden="true"></i>'
    return (
        f'<span class="rt-clip{" rt-shown" if card.on_page else ""}">'
        f'<button type="button" data-talk="{card.id}" aria-pressed="{str(card.on_page).lower()}"'
        f' title="{name}">{picture}<span>{name}</span></button>'
        f'<button type="button" class="rt-remove" data-remove="{card.id}"'
        f' aria-label="{remove}" title="{remove}">×</button></span>'
    )
