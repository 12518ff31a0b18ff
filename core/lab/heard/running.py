"""Clips made, heard, read and asked about; each answer is kept as it comes."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from core.engine.settings import ChatSettings
from core.engine.video_chat import VideoChat
from core.evaluation.json_lines import append_json_lines, read_json_lines
from core.lab.heard.clips import make
from core.lab.heard.scoring import is_right, was_sensed
from core.lab.heard.scripts import Question, Script, scripts
from core.lab.heard.voices import Voices
from core.senses.sense import SenseOptions

SENSES = ("hearing", "reading")


def ask_all(
    chat: VideoChat,
    asked: Sequence[tuple[Script, Question]],
    voices: Voices,
    clips: Path,
    out: Path,
    options: SenseOptions = SenseOptions(),
    as_subtitles: bool = False,
) -> Iterator[dict[str, Any]]:
    """A row per question: what stands in `out` already, and each new answer as it comes.

    A clip's questions share a conversation for the sake of its KV cache, but none knows of another.
    as_subtitles: what was heard is given as a file of subtitles would be.
    """
    rows = read_json_lines(out).lines if out.exists() else []
    known = {(row.get("model"), row.get("clip"), row.get("question")): row for row in rows}
    clips.mkdir(parents=True, exist_ok=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    name = chat.model.name
    with append_json_lines(out) as keep:
        for script, pairs in groupby(asked, key=lambda pair: pair[0]):
            questions = [question for _, question in pairs]
            answered = {each: known.get((name, script.id, each.text)) for each in questions}
            made = make(script, scripts().index(script), voices, clips)
            work = chat.senses(made.path, SENSES, options)
            work.wait()
            cues = work.cues()
            given = {"subtitles": cues["heard"], "read": cues["read"]} if as_subtitles else cues
            conversation = None
            for question, row in answered.items():
                start = made.starts[question.at[0]][question.at[1]] if question.kind == "when" else 0.0
                if row is None:
                    if conversation is None:
                        conversation = chat.start(chat.open(made.path))
                        conversation.cues = given
                    conversation.turns.clear()
                    answer = "".join(chat.ask(conversation, question.text, ChatSettings()))
                    row = {
                        "model": name,
                        "clip": script.id,
                        "kind": question.kind,
                        "language": script.language,
                        "question": question.text,
                        "answer": answer,
                        "start": round(start, 2),
                        "cues": [f"{cue.start:.1f} {cue.text}" for each in cues.values() for cue in each],
                    }
                    keep(row)
                # Judged anew, for the rules may have changed since the answer was written.
                judged = is_right(question, script.language, row["answer"], start, cues)
                yield {**row, "right": judged, "sensed": was_sensed(question, start, cues)}
            if conversation is not None:
                chat.forget(conversation.id)
