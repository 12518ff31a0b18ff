"""Where the viewer is in a clip, told with the questions that are about that moment."""

import re

from core.dialogue.prompt import timestamp
from core.language.script import common_script
from core.language.times import times_asked

_VIDEO = (
    "video|clip|film|movie|footage|recording|picture|photo|image|conversation|lecture|talk|lesson|class|course|speech"
    "|presentation|tutorial|interview|story|song|music|show|episode|podcast|meeting"
)
_NOW = re.compile(
    r"\b(?:now|currently|here|this (?:moment|point|second)|just (?:said|say|happened?)"
    rf"|this(?! (?:\w+ )?(?:{_VIDEO})\b| (?:all )?about\b(?! to\b)))\b",
    re.IGNORECASE,
)
_VIDEO_ZH = (
    "视频|影片|片子|录像|短片|电影|片段|照片|图|课|讲座|讲课|教程|演讲|讲话|报告|采访|访谈|故事"
    "|歌|曲子|音乐|节目|会议"
)
# A singer, a speaker and a notebook are no song, no talk and no lesson.
_WHOLE_ZH = rf"(?:{_VIDEO_ZH})(?![者手家人本标]|的人)"
_NOW_ZH = re.compile(
    "现在|此刻|此时|当前|目前|眼下|刚才|刚刚"
    rf"|这(?!(?:一?[个段部条张节堂门首场期集篇])?{_WHOLE_ZH}|是(?:什么|哪[个部首]?|谁的){_WHOLE_ZH}|.{{0,4}}关于什么)"
)

_LINE = {"en": "The viewer is at {time}. ", "zh": "观看者停在{time}。"}


def asks_about_now(question: str) -> bool:
    """Whether a question means the moment at which its viewer is: "What is this?", "现在在说什么？"."""
    question = common_script(question)
    if times_asked(question):  # then it says itself which moment it means
        return False
    return bool(_NOW.search(question) or _NOW_ZH.search(question))


def moment_line(seconds: float, lang: str) -> str:
    """What stands before the question in the prompt."""
    return _LINE[lang].format(time=timestamp(seconds))
