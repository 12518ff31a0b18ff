"""The drawer with which a visitor takes a conversation home, brings one back, or has none kept.

What its controls do is told in keeping.py.
"""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from demo.i18n import texts
from demo.settings_drawer import Updates

TEXTS: dict[str, dict[str, str]] = {
    "drawer": {"label": "keep.title"},
    "md": {"value": "keep.markdown"},
    "srt": {"value": "keep.srt"},
    "json": {"value": "keep.json"},
    "report": {"value": "keep.report"},
    "bring": {"label": "keep.bring"},
    "remember": {"label": "keep.remember", "info": "keep.remember_info"},
}
KINDS = ("md", "srt", "json", "report")


@dataclass(frozen=True)
class KeepDrawer:
    """Its parts.

    report: copied by the browser alone, frames and all. file: {"name", "text"} on its way to the browser,
    which saves it.
    """

    drawer: gr.Accordion
    md: gr.Button
    srt: gr.Button
    json: gr.Button
    report: gr.Button
    bring: gr.UploadButton
    remember: gr.Checkbox
    file: gr.JSON

    def parts(self) -> list[Any]:
        return [getattr(self, name) for name in TEXTS]

    def in_language(self, lang: str) -> Updates:
        return {getattr(self, name): gr.update(**texts(TEXTS[name], lang)) for name in TEXTS}

    def of_conversation(self, there_is_one: bool) -> Updates:
        return {getattr(self, kind): gr.update(interactive=there_is_one) for kind in KINDS}


def build_keep_drawer(lang: str) -> KeepDrawer:
    def said(name: str) -> dict[str, Any]:
        return {"elem_id": f"rt-keep-{name}", **texts(TEXTS[name], lang)}

    with gr.Accordion(open=False, elem_id="rt-keep", **texts(TEXTS["drawer"], lang)) as drawer:
        with gr.Row(elem_id="rt-keep-row"):
            md, srt, json, report = (
                gr.Button(size="sm", interactive=False, scale=0, **said(kind)) for kind in KINDS
            )
            bring = gr.UploadButton(
                file_types=[".json"], size="sm", scale=0, variant="secondary", **said("bring")
            )
        remember = gr.Checkbox(value=True, **said("remember"))
        file = gr.JSON(visible="hidden")
    return KeepDrawer(drawer, md, srt, json, report, bring, remember, file)
