"""Free talk before and after the tuning: what an LLM says to prompts that are not about the clip."""

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from core.compact.loading import SIZES, load
from core.compact.trained_parts import LanguageParts
from core.engine.settings import ChatSettings
from core.engine.video_chat import VideoChat
from core.progress import no_progress

PROMPTS = Path(__file__).with_name("general.json")  # none of them is taught
CLIP = Path(str(files("assets"))) / "examples" / "turtle.mp4"


def prompts() -> list[str]:
    """Twenty in English, twenty in Chinese."""
    return [text for asked in json.loads(PROMPTS.read_text(encoding="utf-8")).values() for text in asked]


def said(size: str, parts: LanguageParts | None, cache: Path) -> Iterator[str]:
    """The answer to each prompt, each the first question about a clip; parts: updates, if not the shipped."""
    chat = VideoChat(load(SIZES[size], no_progress, parts=parts), cache)
    conversation = chat.start(chat.open(CLIP))
    for prompt in prompts():
        conversation.turns.clear()
        yield "".join(chat.ask(conversation, prompt, ChatSettings()))


def as_markdown(before: list[str], after: list[str]) -> str:
    """A table of prompts and both answers."""

    def cell(text: str) -> str:
        return " ".join(text.replace("|", "\\|").split())

    rows = zip(prompts(), before, after, strict=True)
    lines = [f"| {cell(prompt)} | {cell(old)} | {cell(new)} |" for prompt, old, new in rows]
    return "\n".join(["| prompt | before | after |", "|---|---|---|", *lines])
