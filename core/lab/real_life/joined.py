"""Two clips in one conversation, and one part of a clip: real footage beside other footage, and behind it.

Whoever mixes up the two clips, or the parts of one, names what is not there. Judged as in `scoring.py`.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any, Literal

import numpy as np
from PIL import Image, ImageOps

from core.dialogue.conversation import Conversation
from core.engine.settings import ChatSettings
from core.engine.video_chat import VideoChat
from core.lab.clips.render import write_video
from core.lab.questions.words import LANGUAGES
from core.lab.real_life.footage import clip_file, footage
from core.lab.real_life.naming import spans
from core.lab.real_life.questions import Question
from core.lab.real_life.scoring import is_right
from core.lab.real_life.truth import Truth, named, truths, without
from core.video.read_video import read_video
from core.video.sampling import SamplingPlan

Kind = Literal["two clips", "which clip", "part"]
KINDS: tuple[Kind, ...] = ("two clips", "which clip", "part")
PICTURE, FPS, PICTURES = (416, 312), 4, 24  # of a joined file: pixels, pictures a second, and of each half
SECONDS = PICTURES / FPS  # of each half
TEXTS: dict[Kind, dict[str, tuple[tuple[str, ...], ...]]] = {
    "two clips": {
        "en": (
            ("what is in the {which} clip?", "first", "second"),
            ("tell me about the {which} video", "1st", "2nd"),
        ),
        "zh": (("{which}个视频里有什么", "第一", "第二"), ("{which}段视频拍的是什么", "第一", "第二")),
    },
    "which clip": {
        "en": (
            ("which clip has a {thing}, the first or the second?",),
            ("in which of the two do you see a {thing}?",),
        ),
        "zh": (("哪个视频里有{thing}，第一个还是第二个？",), ("两个视频里，哪一个能看到{thing}？",)),
    },
    "part": {
        "en": (("what is seen in this part?",), ("whats in this bit",)),
        "zh": (("这一段里有什么",), ("这一段拍的是啥",)),
    },
}  # fmt: skip
WHICH = {
    "en": (("first", "clip 1", "video 1"), ("second", "clip 2", "video 2")),
    "zh": (("第一",), ("第二",)),
}


@dataclass(frozen=True)
class JoinedQuestion:
    """About the first or the second (which: 0 or 1) of two clips, or of the two halves of one."""

    kind: Kind
    clips: tuple[str, str]
    which: int
    question: Question

    def is_right(self, answer: str) -> bool:
        if self.kind != "which clip":
            return is_right(self.question, answer)
        said = [
            bool(spans(names, answer.lower(), self.question.language))
            for names in WHICH[self.question.language]
        ]
        return said == [self.which == 0, self.which == 1]


def asked(per: int) -> Iterator[JoinedQuestion]:
    """So many of each kind and language, always the same ones."""
    for kind in KINDS:
        for language in LANGUAGES:
            random = Random(f"{kind}-{language}")
            wordings = cycle(TEXTS[kind][language])
            for number, pair in zip(range(per), _pairs(random), strict=False):
                yield _question(kind, language, pair, number % 2, next(wordings))


def _pairs(random: Random) -> Iterator[tuple[Truth, Truth]]:
    """Clips of the test, two by two, that show nothing in common."""
    left = [truth for truth in truths() if truth.split == "test" and truth.things]
    random.shuffle(left)
    while left:
        first = left.pop()
        apart = [each for each in left if not set(first.things) & set(each.things)]
        if apart:
            left.remove(apart[0])
            yield first, apart[0]


def _question(
    kind: Kind, language: str, pair: tuple[Truth, Truth], which: int, wording: Sequence[str]
) -> JoinedQuestion:
    here, other = pair[which], pair[1 - which]
    right = named("thing", here.things, language) + named("place", here.places, language)
    wrong = without(named("thing", (*here.wrong, *other.things), language), right)
    text, *names = wording
    text = text.format(
        thing=named("thing", here.things[:1], language)[0][0], which=names[which] if names else ""
    )
    ids = pair[0].id, pair[1].id
    return JoinedQuestion(
        kind, ids, which, Question(f"{ids}", here.id, "things", language, text, right, wrong)
    )


def ask_all(
    chat: VideoChat, questions: Sequence[JoinedQuestion], art: Path, clips: Path, out: Path
) -> Iterator[dict[str, Any]]:
    """A row per question, as it comes. out: where joined files are written."""
    out.mkdir(parents=True, exist_ok=True)
    for each in questions:
        conversation = _started(chat, each, art, clips, out)
        answer = "".join(chat.ask(conversation, each.question.text, ChatSettings()))
        yield {
            "kind": each.kind,
            "language": each.question.language,
            "clips": each.clips,
            "question": each.question.text,
            "answer": answer,
            "right": each.is_right(answer),
        }


def _started(chat: VideoChat, each: JoinedQuestion, art: Path, clips: Path, out: Path) -> Conversation:
    files = [clip_file(art, clips, footage()[clip]) for clip in each.clips]
    if each.kind != "part":
        first, second = (chat.open(file) for file in files)
        return chat.start(first, second)
    path = out / f"{'+'.join(each.clips)}.mp4"
    if not path.exists():
        write_video(path, np.concatenate([_pictures(file) for file in files]), FPS)
    return chat.start(
        chat.open(path, SamplingPlan(start=each.which * SECONDS, end=(each.which + 1) * SECONDS))
    )


def _pictures(file: Path) -> np.ndarray:
    """Pictures of a clip over its length, padded to one size: uint8 [PICTURES, H, W, 3]."""
    _, frames = read_video(file, SamplingPlan(frames=PICTURES, area=math.prod(PICTURE)))
    padded = [ImageOps.pad(Image.fromarray(image), PICTURE) for image in frames.images]
    chosen = np.linspace(0, len(padded) - 1, PICTURES).round().astype(int)
    return np.stack([np.asarray(padded[number]) for number in chosen])
