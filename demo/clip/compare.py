"""The clip that this one is compared with, for a model that can."""

from typing import ClassVar

import gradio as gr

from demo.clip.opening import Opening
from demo.clip.row import clip_name
from demo.page.feature import HIDDEN, Feature, Site, Texts, Updates, View, Views, shown
from demo.page.i18n import t
from demo.server.tabs import Tab
from demo.server.talks import Talk


class Compare(Feature):
    TEXTS: ClassVar[Texts] = {"compare": {"label": "clips.compare"}}

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.compare = gr.Dropdown(
            [("", "")],
            value="",
            filterable=False,
            visible="hidden",
            elem_id="rt-compare",
            **self.text("compare"),
        )
        self.view = View([self.compare], self._show)

    def connect(self, opening: Opening, views: Views) -> None:
        self.opening = opening
        self.changed = views.clips + views.suggestions + views.record
        self.compare.input(self.choose, self.compare, self.changed.outputs, **HIDDEN)

    def choose(self, id: str, request: gr.Request) -> Updates:
        """From now on questions are about this clip and another one; "" is about this clip alone."""
        tab = self.tabs.of(request)
        talk = tab.talk
        talk.beside = tab.talk_of(id) if id != talk.id else None
        if talk.beside is not None and not self.opening.make_compared_ready(tab):
            gr.Warning(t("error.clip_expired", tab.language), title=t("page.attention", tab.language))
        self.opening.attend(tab)
        return self.changed(tab)

    def _show(self, tab: Tab) -> Updates:
        talk, lang = tab.talk, tab.language
        others = [
            (self._name(each, lang), each.id) for each in tab.talks if each is not talk and each.file_name
        ]
        return {
            self.compare: shown(
                tab.host.compares_clips and talk.askable and bool(others),
                choices=[(t("clips.compare_nothing", lang), ""), *others],
                value=talk.beside.id if talk.beside else "",
                info=self._info(talk, lang),
            )
        }

    def _info(self, talk: Talk, lang: str) -> str:
        """Which of two clips a question calls by which number."""
        if talk.beside is None:
            return t("clips.compare_info_none", lang)
        one, two = self._name(talk, lang), self._name(talk.beside, lang)
        return t("clips.compare_info", lang, one=one, two=two)

    def _name(self, talk: Talk, lang: str) -> str:
        return clip_name(talk, self.site.examples, lang)
