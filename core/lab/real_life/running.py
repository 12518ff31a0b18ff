"""Questions about real footage, asked through the engine; each answer is kept as it comes."""

import re
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Literal

from core.dialogue.conversation import Conversation
from core.engine.settings import ChatSettings
from core.engine.video_chat import VideoChat
from core.evaluation.json_lines import append_json_lines, read_json_lines
from core.lab.real_life.footage import clip_file, footage
from core.lab.real_life.questions import Question, careless, questions
from core.lab.real_life.scoring import is_right
from core.lab.real_life.truth import truths

Asked = Literal["practice", "test", "careless"]
CARELESS = "careless"
STEP = 7  # from one careless question's clip to the next one's, so that neighbours differ


def to_ask(split: Asked, most: int | None = None) -> list[Question]:
    """What is asked: of a split, or the careless questions, which have no right answer."""
    if split != "careless":
        return questions(split, most)
    clips = [truth.id for truth in truths()]
    chosen = cycle(clips[::STEP])
    asked = [
        Question(f"careless/{number}", next(chosen), CARELESS, language, text)
        for number, (language, text) in enumerate(careless())
    ]
    kept = [each for language in ("en", "zh") for each in _first(asked, language, most)]
    return sorted(kept, key=lambda question: clips.index(question.clip))


def ask_all(
    chat: VideoChat, model: str, asked: list[Question], art: Path, clips: Path, out: Path
) -> Iterator[dict[str, Any]]:
    """A row per question: what stands in `out` already, and each new answer as it comes.

    Questions about a clip that follow each other share a conversation for the sake of its KV cache, but none
    knows of another.
    """
    settings = ChatSettings()
    known = {
        (row.get("model"), row.get("id"), row.get("question")): row for row in read_json_lines(out).lines
    }
    started: dict[str, Conversation] = {}  # of the clip that was asked about last
    out.parent.mkdir(parents=True, exist_ok=True)
    with append_json_lines(out) as keep:
        for question in asked:
            row = known.get((model, question.id, question.text))
            if row is None:
                if question.clip not in started:
                    path = clip_file(art, clips, footage()[question.clip])
                    started = {question.clip: chat.start(chat.open(path))}
                conversation = started[question.clip]
                conversation.turns.clear()
                answer = "".join(chat.ask(conversation, question.text, settings))
                row = {
                    "model": model,
                    "id": question.id,
                    "clip": question.clip,
                    "kind": question.kind,
                    "language": question.language,
                    "question": question.text,
                    "answer": answer,
                    "cut": conversation.turns[-1].tokens >= settings.max_new_tokens,
                    "right": is_right(question, answer),
                }
                keep(row)
            # Judged anew, for the rules may have changed since the answer was written.
            yield {**row, "right": is_right(question, row["answer"])}


def default_file(model: str, split: str) -> Path:
    """Where answers go that are given no file."""
    return Path("runs/real_life") / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', model)}-{split}.jsonl"


def _first(asked: list[Question], language: str, most: int | None) -> list[Question]:
    return list(islice((each for each in asked if each.language == language), most))
