"""The checkpoint's own chat template (a Jinja text), taken apart into the words around messages.

It is rendered once with marks in place of the picture, the questions and the answer, and cut at the
marks: so every checkpoint keeps its own words, its system prompt and its special tokens.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import TemplateError

from core.dialogue.prompt import ChatTemplate
from core.errors import ModelError

FIRST, ANSWER, SECOND = "Ⅰquestion", "Ⅰanswer", "Ⅱquestion"  # what no template contains
OLD_FILE = "chat_template.json"  # where processors kept theirs before chat_template.jinja


def read_chat_template(
    folder: Path, tokenizer: Any, marker: str, around: tuple[str, str], ends: Sequence[str]
) -> ChatTemplate:
    """The template of the checkpoint in `folder`.

    marker: what the template writes for a picture; around: what stands before and after the visual tokens
    in its place; ends: tokens that end an answer. Raises ModelError where there is no template.
    """
    if tokenizer.chat_template is None and (folder / OLD_FILE).exists():
        tokenizer.chat_template = json.loads((folder / OLD_FILE).read_text(encoding="utf-8"))["chat_template"]
    if tokenizer.chat_template is None:
        raise ModelError("chat_template_missing", path=folder)
    first = _user({"type": "image"}, {"type": "text", "text": FIRST})
    later = [_assistant({"type": "text", "text": ANSWER}), _user({"type": "text", "text": SECOND})]
    try:
        opening = _render(tokenizer, [first])
        whole = _render(tokenizer, [first, *later])
        two = _render(
            tokenizer, [_user({"type": "image"}, {"type": "image"}, {"type": "text", "text": FIRST})]
        )
    except (TemplateError, TypeError) as error:  # TypeError: it takes a message to be text, never a list
        raise ModelError("chat_template_unusable", path=folder) from error
    if any(opening.count(mark) != 1 for mark in (marker, FIRST)) or whole.count(ANSWER) != 1:
        raise ModelError("chat_template_unusable", path=folder)
    before, rest = opening.split(marker)
    after, closing = rest.split(FIRST)
    asked, answered = whole.partition(FIRST)[2].split(ANSWER)
    between = answered.partition(SECOND)[0]
    return ChatTemplate(
        before_visual=_first_token(tokenizer, opening) + before + around[0],
        after_visual=around[1] + after,
        after_question=closing,
        before_answer=asked.removeprefix(closing) if asked.startswith(closing) else "",
        **_at_first_end(between, ends),
        **_around_each(before, two.split(marker), around),
    )


def _user(*content: dict[str, str]) -> dict[str, Any]:
    return {"role": "user", "content": list(content)}


def _assistant(*content: dict[str, str]) -> dict[str, Any]:
    return {"role": "assistant", "content": list(content)}


def _render(tokenizer: Any, messages: list[dict[str, Any]]) -> str:
    return tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)


def _first_token(tokenizer: Any, rendered: str) -> str:
    """The token that this tokenizer puts first by itself, where the template has not written it."""
    first = tokenizer.bos_token
    adds = first is not None and tokenizer("")["input_ids"][:1] == [tokenizer.bos_token_id]
    return first if adds and not rendered.startswith(first) else ""


def _at_first_end(between: str, ends: Sequence[str]) -> dict[str, str]:
    """What stands between an answer and the next question: the answer's part ends with its end token."""
    places = [between.find(end) + len(end) for end in ends if end in between]
    cut = min(places, default=0)
    return {"after_answer": between[:cut], "before_question": between[cut:]}


def _around_each(before: str, two: list[str], around: tuple[str, str]) -> dict[str, str]:
    """What belongs to each of several clips, from a message with two pictures, cut at their markers.

    Between the pictures the end of the first is followed by the beginning of the second, and with the latter
    everything that stands before a single picture (`before`) ends, too.
    """
    between = two[1] if len(two) == 3 else ""
    opens = next(between[cut:] for cut in range(len(between) + 1) if before.endswith(between[cut:]))
    return {
        "opens_clip": opens + around[0],
        "closes_clip": around[1] + between.removesuffix(opens),
    }
