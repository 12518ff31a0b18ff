"""An answer in OpenAI's form, whole or in chunks."""

import json
import secrets
import time
from dataclasses import asdict
from typing import Any

from core.dialogue.conversation import Turn
from core.serve.answers.answering import Written

DONE = "data: [DONE]\n\n"
STILL_HERE = ": waiting\n\n"  # a comment, for proxies that cut what is silent


class Reply:
    """The frame of one answer: what all its chunks say."""

    def __init__(self, model: str, with_usage: bool = False) -> None:
        """with_usage: a stream ends with a chunk that counts tokens."""
        self.model, self.with_usage = model, with_usage
        self._id, self._created = f"chatcmpl-{secrets.token_hex(12)}", int(time.time())

    def whole(self, text: str, written: Written) -> dict[str, Any]:
        message = {"role": "assistant", "content": text, "refusal": None}
        choice = {"index": 0, "message": message, "finish_reason": written.reason, "logprobs": None}
        return {
            **self._frame("chat.completion", [choice]),
            "usage": usage(written.turn),
            "reeltalk": facts(written),
        }

    def begins(self) -> str:
        return self._chunk({"role": "assistant", "content": ""})

    def piece(self, text: str) -> str:
        return self._chunk({"content": text})

    def ends(self, written: Written) -> str:
        last = self._chunk({}, written.reason, reeltalk=facts(written))
        if not self.with_usage:
            return last + DONE
        counted = {**self._frame("chat.completion.chunk", []), "usage": usage(written.turn)}
        return last + event(counted) + DONE

    def _chunk(self, delta: dict[str, str], reason: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}
        frame = self._frame("chat.completion.chunk", [choice])
        return event(frame | ({"usage": None} if self.with_usage else {}) | more)

    def _frame(self, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        same = {"id": self._id, "object": kind, "created": self._created, "model": self.model}
        return {**same, "choices": choices}


def event(value: dict[str, Any]) -> str:
    """One of server-sent events."""
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"


def usage(turn: Turn) -> dict[str, Any]:
    return {
        "prompt_tokens": turn.prompt_tokens,
        "completion_tokens": turn.tokens,
        "total_tokens": turn.prompt_tokens + turn.tokens,
        "prompt_tokens_details": {
            "cached_tokens": turn.cached_tokens,
            "video_tokens": turn.visual_tokens,
            "text_tokens": turn.prompt_tokens - turn.visual_tokens,
        },
    }


def facts(written: Written) -> dict[str, Any]:
    """What no other API says."""
    turn = written.turn
    return {
        "clips": [asdict(clip) for clip in written.clips],
        "language": turn.language,
        "cues": [asdict(cue) for cue in turn.cues],
        "seconds_to_first_token": turn.seconds_to_first_token,
        "seconds": turn.seconds,
    }
