"""Messages as clients of OpenAI's API write them."""

from typing import Any

QUESTION = "What moves?"


def about(url: str, question: str = QUESTION) -> list[Any]:
    """One question about one clip."""
    clip = {"type": "video_url", "video_url": {"url": url}}
    return [{"role": "user", "content": [clip, {"type": "text", "text": question}]}]
