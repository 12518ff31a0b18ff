"""Where the viewer is in a clip, told with the questions that are about that moment."""

import re

from core.dialogue.prompt import timestamp
from core.language.script import common_script

_VIDEO = "video|clip|film|movie|footage|recording|picture|photo|image|conversation"
_NOW = re.compile(
    r"\b(?:now|currently|here|this (?:moment|point|second)|just (?:said|say|happened?)"
    rf"|this(?! (?:\w+ )?(?:{_VIDEO})))\b",
    re.IGNORECASE,
)
_NOW_ZH = re.compile(
    "现在|此刻|此时|当前|目前|眼下|刚才|刚刚|这(?!(?:一?[个段部条张])?(?:视频|影片|片子|录像|短片|电影|片段|照片|图))"
)
_TIME = re.compile(r"\d:\d\d|\d\s?(?:秒|s\b|sec)")  # then the question says itself which moment it means

_LINE = {"en": "The viewer is at {time}. ", "zh": "观看者停在{time}。"}


def asks_about_now(question: str) -> bool:
    """Whether a question means the moment at which its viewer is: "What is this?", "现在在说什么？"."""
    question = common_script(question)
    return not _TIME.search(question) and bool(_NOW.search(question) or _NOW_ZH.search(question))


def moment_line(seconds: float, lang: str) -> str:
    """What stands before the question in the prompt."""
    return _LINE[lang].format(time=timestamp(seconds))
