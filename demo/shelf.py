"""The visitor's clips as a row to choose from, the subtitles beside one, and what it is compared with.

What its controls do is told in clips.py, and what they show of a tab in view.py.
"""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from demo.i18n import texts
from demo.settings_drawer import Updates

TEXTS: dict[str, dict[str, str]] = {
    "add_subtitles": {"label": "said.add"},
    "drop_subtitles": {"value": "said.drop"},
    "compare": {"label": "clips.compare"},
}


@dataclass(frozen=True)
class Shelf:
    """Its parts. said: which subtitles there are, and whether the model reads them."""

    clips: gr.HTML
    said: gr.HTML
    add_subtitles: gr.UploadButton
    drop_subtitles: gr.Button
    compare: gr.Dropdown

    def parts(self) -> list[Any]:
        return [self.clips, self.said, self.add_subtitles, self.drop_subtitles, self.compare]

    def in_language(self, lang: str) -> Updates:
        return {getattr(self, name): gr.update(**texts(TEXTS[name], lang)) for name in TEXTS}


def build_clips(js_on_load: str) -> gr.HTML:
    return gr.HTML(js_on_load=js_on_load, elem_id="rt-clips", visible="hidden")


def build_shelf(clips: gr.HTML, lang: str) -> Shelf:
    """All but the row of clips, which stands elsewhere."""
    with gr.Row(elem_id="rt-said-row"):
        said = gr.HTML(elem_id="rt-said", visible="hidden")
        add = gr.UploadButton(
            file_types=[".srt", ".vtt"],
            size="sm",
            scale=0,
            variant="secondary",
            visible="hidden",
            elem_id="rt-add-subtitles",
            **texts(TEXTS["add_subtitles"], lang),
        )
        drop = gr.Button(
            size="sm",
            scale=0,
            visible="hidden",
            elem_id="rt-drop-subtitles",
            **texts(TEXTS["drop_subtitles"], lang),
        )
    compare = gr.Dropdown(
        [("", "")],
        value="",
        filterable=False,
        visible="hidden",
        elem_id="rt-compare",
        **texts(TEXTS["compare"], lang),
    )
    return Shelf(clips, said, add, drop, compare)
