"""Colours, type and spacing as a gradio theme, the rest in STYLES; and the scripts of the page.

Ink on warm paper, one teal accent; by night the same the other way round. No font is fetched.
"""

from importlib.resources import files

import gradio as gr

from demo.page.i18n import LANGUAGES, t

# A script stands after those that it needs.
SCRIPTS = (
    "stream",
    "page",
    "words",
    "talk/moment",
    "waiting",
    "talk/history",
    "talk/memory",
    "clip/notice",
    "clip/bring",
    "clip/link",
    "clip/row",
    "clip/camera",
    "clip/slides",
    "player",
    "transcript",
    "timebar",
    "talk/aloud",
    "talk/turns",
    "talk/end",
    "talk/undo",
    "talk/voice",
    "sheets",
    "talk/report",
    "keyboard",
)

STYLES = ("page", "clip", "transcript", "timebar", "sheets", "talk", "narrow")

FONTS = [
    "system-ui",
    "-apple-system",
    "Segoe UI",
    "PingFang SC",
    "Microsoft YaHei",
    "Noto Sans CJK SC",
    "sans-serif",
]
TEAL = gr.themes.Color(
    "#eef6f4", "#d8ebe7", "#b3d7d0", "#84bcb3", "#549c92", "#388077", "#2a675f", "#23534d", "#1e433f",
    "#1a3734", "#0e2220", name="teal",
)  # fmt: skip
PAPER = gr.themes.Color(
    "#faf8f4", "#f3f0e9", "#e6e1d6", "#d2cbbd", "#a49d90", "#79736a", "#5a554e", "#423f3a", "#2a2826",
    "#1c1b1a", "#131312", name="paper",
)  # fmt: skip


def theme() -> gr.themes.Base:
    return gr.themes.Base(
        primary_hue=TEAL,
        secondary_hue=TEAL,
        neutral_hue=PAPER,
        radius_size=gr.themes.sizes.radius_lg,
        font=FONTS,
        font_mono=["ui-monospace", "Consolas", "monospace"],
    ).set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        body_text_color="*neutral_900",
        body_text_color_dark="*neutral_100",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        background_fill_primary="white",
        background_fill_primary_dark="*neutral_900",
        background_fill_secondary="*neutral_50",
        background_fill_secondary_dark="*neutral_950",
        block_background_fill="white",
        block_background_fill_dark="*neutral_900",
        block_border_color="*neutral_200",
        block_border_color_dark="*neutral_800",
        block_shadow="none",
        block_title_text_weight="500",
        border_color_primary="*neutral_200",
        border_color_primary_dark="*neutral_800",
        input_background_fill="white",
        input_background_fill_dark="*neutral_900",
        input_border_color="*neutral_300",
        input_border_color_dark="*neutral_700",
        input_border_color_focus="*primary_600",
        input_border_color_focus_dark="*primary_300",
        input_shadow="none",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_300",
        button_primary_background_fill_hover_dark="*primary_200",
        button_primary_text_color="white",
        button_primary_text_color_dark="*neutral_950",
        button_secondary_background_fill="transparent",
        button_secondary_background_fill_hover="*neutral_100",
        button_secondary_background_fill_dark="transparent",
        button_secondary_background_fill_hover_dark="*neutral_800",
        button_secondary_text_color="*neutral_700",
        button_secondary_text_color_dark="*neutral_200",
        button_cancel_background_fill="*neutral_800",
        button_cancel_background_fill_hover="*neutral_700",
        button_cancel_background_fill_dark="*neutral_200",
        button_cancel_background_fill_hover_dark="*neutral_300",
        button_cancel_text_color="white",
        button_cancel_text_color_dark="*neutral_950",
        slider_color="*primary_500",
        link_text_color="*primary_700",
        link_text_color_dark="*primary_200",
    )


def scripts() -> list[str]:
    """The text of each script, as it stands in the page's head."""
    folder = files("demo").joinpath("scripts")
    return ["\n" + folder.joinpath(f"{name}.js").read_text("utf-8") for name in SCRIPTS]


def head() -> str:
    """What stands in the page's head: head.html and all scripts."""
    first = files("demo").joinpath("page", "head.html").read_text("utf-8")
    return "\n".join([first, *(f"<script>{script}</script>" for script in scripts())])


def css() -> str:
    """STYLES, and gradio's own texts in the drop zone replaced by those of the catalogues."""
    folder = files("demo").joinpath("styles")
    rules = [folder.joinpath(f"{name}.css").read_text("utf-8") for name in STYLES]
    for lang in LANGUAGES:
        for name in ("drop", "browse", "choose", "upload", "record"):
            rules.append(f':root:lang({lang}) {{ --rt-{name}: "{t(f"clip.{name}", lang)}"; }}')
    return "\n".join(rules)
