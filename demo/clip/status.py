"""How far the clip is read, the strip of the frames that the model saw, and a bar of the clip's time."""

import html

import gradio as gr

from demo.clip.reading import ClipView
from demo.clip.times import clock
from demo.models.card import failure_text, loading_status, model_title
from demo.models.host import ModelHost
from demo.page.feature import Feature, Site, Updates, View
from demo.page.html import busy_status, error_status
from demo.page.i18n import SENTENCES_APART, has, t
from demo.server.tabs import Tab
from demo.timebar.bar import bar_html

LARGER = "reeltalk demo --model Qwen/Qwen3-VL-2B-Instruct"


class Status(Feature):
    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.bar = gr.HTML(elem_id="rt-timebar")
        self.status = gr.HTML(elem_id="rt-status")
        self.strip = gr.HTML(elem_id="rt-strip")
        self.view = View([self.status, self.strip, self.bar], self._show)

    def _show(self, tab: Tab) -> Updates:
        brought = tab.talk.reading is not None or tab.talk.turns or not self.site.uploads
        status = status_html(tab) if brought else self._before(tab)
        return {
            self.bar: gr.update(value=bar_html(tab.talk.clip, tab.language)),
            self.status: gr.update(value=status),
            self.strip: gr.update(value=strip_html(tab.talk.clip, tab.language)),
        }

    def _before(self, tab: Tab) -> str:
        """What somebody may want to know first: what the model can do, and what a larger one needs."""
        several, senses = len(self.site.models.hosts) > 1, bool(self.site.senses.switches)
        return before_html(tab.host, several, senses, tab.language)


def before_html(host: ModelHost, several: bool, senses: bool, lang: str) -> str:
    """several: there is a menu of models. senses: something hears and reads for the model."""
    key = f"model.{host.name}.about"
    able = t("clip.able" if has(key, lang) else "model.other.about", lang, model=model_title(host, lang))
    heard = t("clip.able_senses", lang) if senses else ""
    larger = html.escape(t("clip.larger_menu" if several else "clip.larger", lang, command="{}"))
    command = f"<code>{LARGER}</code>"
    return (
        f'<div class="rt-before"><p>{html.escape(SENTENCES_APART[lang].join((able, heard)))}</p>'
        f"<p>{larger.format(command)}</p></div>"
    )


def status_html(tab: Tab) -> str:
    reading, lang = tab.talk.reading, tab.language
    if reading is None:
        return _clip_missing(tab.talk.file_name, lang) if tab.talk.turns else ""
    if reading.error is not None:
        return error_status(failure_text(reading.error, lang))
    if reading.clip is not None:
        return _clip_ready(reading.clip, lang)
    if reading.host.loading:
        return loading_status(reading.host, lang)
    percent = round(100 * reading.fraction)
    return busy_status(t(f"progress.{reading.phase}", lang, percent=percent), reading.fraction)


def strip_html(clip: ClipView | None, lang: str) -> str:
    """The sampled frames with their times; scripts/player.js makes a click on one seek the player.

    A single picture has no time.
    """
    if clip is None:
        return ""
    title = t("clip.frames", lang)
    if clip.still:
        frame = f'<div class="rt-frame"><img src="{clip.picture}" alt=""></div>'
        return f'<div class="rt-caption">{title}</div><div class="rt-strip">{frame}</div>'
    apart = (clip.seconds[-1] - clip.seconds[0]) / max(1, len(clip.seconds) - 1)
    decimals = 0 if apart >= 1 else 1 if apart >= 0.1 else 2  # as many as tell them apart
    frames = "".join(
        f'<button type="button" class="rt-frame" data-seek="{seconds:.3f}"'
        f' aria-label="{t("clip.seek", lang, time=clock(seconds, decimals))}">'
        f'<img src="{picture}" alt=""><span>{clock(seconds, decimals)}</span></button>'
        for seconds, picture in zip(clip.seconds, clip.pictures, strict=True)
    )
    hint = f"<em>{t('clip.frames_hint', lang)}</em>"
    return f'<div class="rt-caption">{title} {hint}</div><div class="rt-strip">{frames}</div>'


def _clip_ready(clip: ClipView, lang: str) -> str:
    if clip.still:
        text = t("clip.ready_picture", lang)
    else:
        text = t("clip.ready", lang, duration=clock(round(clip.duration)), count=len(clip.seconds))
    damaged = f'<p class="rt-note">{t("clip.damaged", lang)}</p>' if clip.damaged else ""
    return f'<div class="rt-status" role="status">{text}</div>{damaged}'


def _clip_missing(name: str, lang: str) -> str:
    """There is a conversation, but not the clip that it is about."""
    text = t("clip.missing", lang, name=name) if name else t("clip.missing_unnamed", lang)
    return f'<div class="rt-status" role="status">{html.escape(text)}</div>'
