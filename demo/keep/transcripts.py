"""A conversation as a file to take home: Markdown to read, SRT to play beside the clip, JSON to come back.

What is read back is checked, since anybody can have written it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core import Cue, ReelTalkError, Subtitles, Turn, clean, decode, one_line
from demo.chat.forks import Fork, Forks, Way
from demo.clip.times import clock, times_in
from demo.page.i18n import LANGUAGES, t
from demo.page.markdown import unlinked

FORMAT, VERSION = "reeltalk-conversation", 1
SHORTEST_CUE = 2.0  # s
SHORTEST_LINE = 0.5  # s: a text that was seen in one picture alone
MOST_CUES, LONGEST_CUE = 20_000, 2000
MOST_BYTES = 5 * 10**6  # of a file
DEEPEST = 20  # forks within one another
MOST_TURNS, LONGEST_QUESTION, LONGEST_ANSWER = 500, 2000, 20_000
LONGEST_TITLE = 200


@dataclass(frozen=True)
class Transcript:
    """What was said about a clip, and with which model."""

    turns: Sequence[Turn]
    clip: str = ""  # the name of its file
    duration: float = 0.0  # s
    model: str = ""
    subtitles: Subtitles | None = None  # that lie beside the clip
    lines: Sequence[Cue] = ()  # that are said and written in the clip
    forks: Mapping[int, Fork] = field(default_factory=dict)  # other ways in which the conversation went


def to_json(transcript: Transcript, lang: str) -> str:
    data = to_dict(transcript)
    if (said := transcript.subtitles) is not None:
        cues = [[cue.start, cue.end, cue.text] for cue in said.cues]
        data["subtitles"] = {"name": said.name, "cues": cues}
    if transcript.lines:  # to read; who brings the clip back has it heard and read anew
        data["lines"] = [[cue.start, cue.end, cue.source, cue.text] for cue in transcript.lines]
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def to_dict(transcript: Transcript) -> dict[str, Any]:
    """Without its subtitles, which may be longer than all that was said."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "clip": {"name": transcript.clip, "duration": transcript.duration},
        "model": transcript.model,
        "turns": [_turn_dict(turn) for turn in transcript.turns],
        "forks": _fork_list(transcript.forks, DEEPEST),
    }


def _turn_dict(turn: Turn) -> dict[str, Any]:
    return {
        "question": turn.question,
        "answer": turn.answer,
        "language": turn.language,
        "finished": turn.finished,
        "moment": turn.moment,
        "tokens": turn.tokens,
        "seconds_to_first_token": turn.seconds_to_first_token,
        "seconds": turn.seconds,
    }


def _fork_list(forks: Mapping[int, Fork], depth: int) -> list[dict[str, Any]]:
    """depth: so many forks within one another are kept."""
    return [
        {
            "turn": turn,
            "at": fork.at,
            "ways": [
                {
                    "turns": [_turn_dict(each) for each in way.turns],
                    "forks": _fork_list(way.forks, depth - 1) if depth else [],
                }
                for way in fork.ways
            ],
        }
        for turn, fork in forks.items()
    ]


def to_markdown(transcript: Transcript, lang: str) -> str:
    title = unlinked(transcript.clip) or t("export.title", lang)
    parts = [f"# {title}", t("export.model", lang, model=unlinked(transcript.model))]
    for turn in transcript.turns:
        asked = unlinked(turn.question).replace("\n", "\n> ")
        answer = unlinked(answer_as_read(turn, lang)) or "…"
        parts += [f"> **{t('export.question', lang).rstrip()}** {asked}", answer]
    if transcript.lines:
        parts += [f"## {t('transcript.title', lang)}", markdown_lines(transcript.lines, lang)]
    return "\n\n".join(parts) + "\n"


def markdown_lines(lines: Sequence[Cue], lang: str) -> str:
    """What is said and written in a clip, a line each with its time."""
    texts = [(clock(cue.start), unlinked(one_line(cue.text)), cue.source == "read") for cue in lines]
    written = t("transcript.written", lang)
    return "\n".join(
        f"- **{time}** " + (f"[{written}] {text}" if read else text) for time, text, read in texts
    )


def srt_lines(lines: Sequence[Cue]) -> str:
    """The same as subtitles; what is written in the picture stands in brackets, as subtitlers have it."""
    cues = [
        f"{number}\n{_srt_time(cue.start)} --> {_srt_time(max(cue.end, cue.start + SHORTEST_LINE))}\n"
        + (f"[{text}]" if cue.source == "read" else text)
        for number, cue in enumerate(lines, 1)
        for text in [one_line(cue.text).replace("-->", "→")]
    ]
    return "\n\n".join(cues) + "\n"


def answer_as_read(turn: Turn, lang: str) -> str:
    """What was answered, and that it was stopped: a sentence cut off looks like a fault."""
    answer = turn.answer.strip()
    return answer if turn.finished else t("export.stopped", lang, answer=answer).strip()


def to_srt(transcript: Transcript, lang: str) -> str:
    """A cue for each turn: from the first to the last time that its answer names, or else the whole clip."""
    cues = []
    for number, turn in enumerate(transcript.turns, 1):
        moments = [moment for _, moment in times_in(turn.answer, transcript.duration)]
        start, end = (min(moments), max(moments)) if moments else (0.0, transcript.duration)
        end = max(end, start + SHORTEST_CUE)
        answer = answer_as_read(turn, lang)
        said = f"{t('export.question', lang)}{turn.question}\n{t('export.answer', lang)}{answer}"
        lines = [line for line in clean(said).split("\n") if line.strip()]  # an empty line would end the cue
        cues.append("\n".join([str(number), f"{_srt_time(start)} --> {_srt_time(end)}", *lines]))
    return "\n\n".join(cues) + "\n"


WRITERS: dict[str, Callable[[Transcript, str], str]] = {"md": to_markdown, "json": to_json, "srt": to_srt}


def from_file(path: Path) -> Transcript:
    """Raises ReelTalkError for anything that to_json cannot have written."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("larger than any conversation")
        return from_dict(json.loads(decode(path.read_bytes()).text))
    except (OSError, ValueError, RecursionError) as error:
        raise ReelTalkError("transcript_unreadable", name=path.name) from error


def from_dict(data: Any) -> Transcript:
    """Raises ValueError where it is not a conversation."""
    if not isinstance(data, dict) or (data.get("format"), data.get("version")) != (FORMAT, VERSION):
        raise ValueError("another format")
    clip, turns, model = data.get("clip"), data.get("turns"), data.get("model")
    if not isinstance(clip, dict) or not isinstance(turns, list) or len(turns) > MOST_TURNS:
        raise ValueError("no clip, or no turns")
    return Transcript(
        [_turn(turn) for turn in turns],
        one_line(_text(clip.get("name"), 255)),
        _number(clip.get("duration")) or 0.0,
        one_line(_text(model, 255)),
        _subtitles(data.get("subtitles")),
        forks=_forks(data.get("forks", []), len(turns), DEEPEST),
    )


def _forks(data: Any, turns: int, depth: int) -> Forks:
    """turns: of the way that they are on, and all that come before it."""
    if not isinstance(data, list) or len(data) > MOST_TURNS or depth < 0:
        raise ValueError("no forks, or too many within one another")
    return dict(_fork(each, turns, depth) for each in data)


def _fork(data: Any, turns: int, depth: int) -> tuple[int, Fork]:
    if not isinstance(data, dict) or not isinstance(ways := data.get("ways"), list):
        raise ValueError("not a fork")
    turn, at = data.get("turn"), data.get("at")
    if not isinstance(turn, int) or not isinstance(at, int) or not 0 <= turn < turns:
        raise ValueError("a fork of no turn")
    if not 0 <= at < len(ways) <= MOST_TURNS:
        raise ValueError("a fork without the way that is on the page")
    return turn, Fork(tuple(_way(each, turn, depth) for each in ways), at)


def _way(data: Any, turn: int, depth: int) -> Way:
    if (
        not isinstance(data, dict)
        or not isinstance(turns := data.get("turns"), list)
        or len(turns) > MOST_TURNS
    ):
        raise ValueError("not a way")
    forks = _forks(data.get("forks"), turn + len(turns), depth - 1) if data.get("forks") else {}
    return Way(tuple(_turn(each) for each in turns), forks)


def _subtitles(data: Any) -> Subtitles | None:
    if data is None:
        return None
    cues = data.get("cues") if isinstance(data, dict) else None
    if not isinstance(cues, list) or len(cues) > MOST_CUES:
        raise ValueError("no subtitles")
    return Subtitles(one_line(_text(data.get("name"), 255)), tuple(_cue(cue) for cue in cues))


def _cue(data: Any) -> Cue:
    if not isinstance(data, list) or len(data) != 3:
        raise ValueError("not a cue")
    start, end = _number(data[0]) or 0.0, _number(data[1]) or 0.0
    return Cue(start, end, one_line(_text(data[2], LONGEST_CUE)).replace("-->", "→"))


def _turn(data: Any) -> Turn:
    if not isinstance(data, dict) or data.get("language") not in LANGUAGES:
        raise ValueError("not a turn")
    question = _text(data.get("question"), LONGEST_QUESTION)
    if not question.strip():
        raise ValueError("an empty question")
    return Turn(
        question=question,
        answer=_text(data.get("answer"), LONGEST_ANSWER),
        language=data["language"],
        finished=data.get("finished") is True,
        tokens=int(_number(data.get("tokens")) or 0),
        seconds_to_first_token=_number(data.get("seconds_to_first_token")),
        seconds=_number(data.get("seconds")) or 0.0,  # it is over
        moment=_number(data.get("moment")),
    )


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise ValueError("not a text, or too long")
    return clean(value)


def _number(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 10**9:
        raise ValueError("not a number that makes sense")
    return float(value)


def _srt_time(seconds: float) -> str:
    millis = round(1000 * seconds)
    return f"{millis // 3_600_000:02}:{millis // 60_000 % 60:02}:{millis // 1000 % 60:02},{millis % 1000:03}"
