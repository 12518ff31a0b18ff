"""Texts of the page in the visitor's language, from the catalogues in locales/. A missing key raises."""

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from core import ReelTalkError

LANGUAGES = ("en", "zh")
SENTENCES_APART = {"en": " ", "zh": ""}  # what stands between two of them

_LANGUAGE_RANGE = re.compile(r"\s*([A-Za-z*-]+)[^;]*(?:;\s*q=([\d.]+))?\s*")


@cache
def catalogue(lang: str) -> dict[str, str]:
    """All texts of a language, by key."""
    return json.loads(files("locales").joinpath(f"{lang}.json").read_text("utf-8"))


def t(key: str, lang: str, **values: object) -> str:
    """The text of `key` in `lang`, its placeholders filled in. An unknown key raises KeyError."""
    return catalogue(lang)[key].format(**values)


def texts(keys: Mapping[str, str], lang: str) -> dict[str, Any]:
    """Several texts by the names under which they are wanted: name -> key becomes name -> text."""
    return {name: t(key, lang) for name, key in keys.items()}


def has(key: str, lang: str) -> bool:
    """For the few keys that are made of another part's names, such as a model's."""
    return key in catalogue(lang)


def error_text(error: ReelTalkError, lang: str) -> str:
    """What went wrong, for a visitor. Folders of this computer are none of their business."""
    values = {name: value.name if isinstance(value, Path) else value for name, value in error.values.items()}
    return t(f"error.{error.key}", lang, **values)


def pick_language(accept_language: str | None) -> str:
    """The language of LANGUAGES that a browser's Accept-Language header likes best; English if none.

    zh, zh-CN, zh-TW and zh-HK all give Chinese.
    """
    liked: list[tuple[float, str]] = []
    for part in (accept_language or "").split(","):
        match = _LANGUAGE_RANGE.fullmatch(part)
        if match is None:
            continue
        lang = match[1].split("-")[0].lower()
        if lang in LANGUAGES:
            liked.append((_quality(match[2]), lang))
    best = max(liked, key=lambda pair: pair[0], default=(0.0, "en"))  # the first of equals
    return best[1] if best[0] > 0 else "en"


def _quality(text: str | None) -> float:
    try:
        return 1.0 if text is None else float(text)
    except ValueError:
        return 0.0
