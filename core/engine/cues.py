"""Which cues of a clip are in a prompt, and where.

What fits stands whole in front of the first question, where it is read once and ahead. Of what does not fit,
a thin thread through the whole stands there, and the lines that a question needs stand with that question.
All of this follows from the conversation alone, so that the same prompt comes again and the KV cache is used.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from core.dialogue.conversation import Cue, Subject, Turn
from core.dialogue.cues import cue_lines, line_text, nothing_text
from core.image_llm.base import ImageLLM
from core.senses.search import goes_back, index_of
from core.text.cleaning import for_model

CUE_TOKENS = (
    3072  # at most, of all that stands before the first question: reading more takes minutes on a CPU
)
THREAD = 3  # the thread has a third of that
FOUND = 6  # what is found for a question has a sixth
NEAR = 5.0  # seconds around the viewer's moment, whose lines come along with a question about it
LEAST = 24  # tokens for which a line that is longer is cut
KEPT = 4  # turns after which the lines that were found for older questions go, four at a time


@dataclass(frozen=True)
class Shown:
    """Lines of a prompt, as text and as cues."""

    text: str = ""
    cues: tuple[Cue, ...] = ()


@dataclass(frozen=True)
class ClipCues:
    """The cues of one clip as a model has room for them."""

    opening: Shown  # before the first question
    silent: tuple[str, ...]  # sources that were looked at and have nothing
    thinned: dict[str, tuple[Cue, ...]]  # by source, what stands there only as a thread
    room: int  # tokens for what is found for one question


def clip_cues(model: ImageLLM, subject: Subject, clips: int) -> ClipCues:
    """For one of so many clips."""
    room = min(model.context_length // 4, CUE_TOKENS) // clips
    sources = {
        name: cues for name, cues in subject.sources().items() if name != "subtitles" or model.reads_subtitles
    }
    sizes = {name: sum(_tokens(model, _lines(model, cues))) for name, cues in sources.items()}
    texts: dict[str, Shown] = {}
    thinned, left = {}, room
    for number, name in enumerate(sorted(sizes, key=lambda each: sizes[each])):
        share = left // (len(sizes) - number)
        cues = sources[name]
        if sizes[name] > share:
            thinned[name] = cues
            cues = _thread(model, cues, share // THREAD)
        left -= min(sizes[name], share)
        texts[name] = Shown(line_text(name, _lines(model, cues)), cues)
    ordered = [texts[name] for name in sources]
    opening = Shown(
        "".join(each.text for each in ordered), tuple(cue for each in ordered for cue in each.cues)
    )
    silent = tuple(name for name in sources if not sources[name])
    return ClipCues(opening, silent, thinned, room // FOUND)


def found_for(
    model: ImageLLM, clips: Sequence[ClipCues], turns: Sequence[Turn], number: int, last: int
) -> Shown:
    """What stands with question `number` of `turns` when question `last` is asked."""
    if number // KEPT < last // KEPT - 1:
        return Shown()
    question = turns[number].question
    leans = number > 0 and goes_back(question)
    before = turns[number - 1] if leans else Turn("")
    texts: list[str] = []
    found: list[Cue] = []
    for clip_number, clip in enumerate(clips, 1):
        nothing = nothing_text(clip.silent, question)
        if (clip.thinned or nothing) and len(clips) > 1:
            texts.append(f"Video {clip_number}:\n")
        texts.append(nothing)
        for source, cues in clip.thinned.items():
            near = _at_moment(cues, turns[number].moment) if clip_number == 1 else []
            wanted = dict.fromkeys([*near, *index_of(cues).find(question, before.question, before.answer)])
            chosen = _fitting(model, cues, wanted, clip.room // len(clip.thinned))
            texts.append(line_text(source, _lines(model, chosen)))
            found += chosen
    return Shown("".join(texts), tuple(found))


def _at_moment(cues: Sequence[Cue], moment: float | None) -> list[int]:
    """Which cues are there where the viewer is, the nearest first."""
    if moment is None:
        return []
    away = {index: max(cue.start - moment, moment - cue.end) for index, cue in enumerate(cues)}
    return sorted((index for index in away if away[index] <= NEAR), key=away.__getitem__)


def _fitting(model: ImageLLM, cues: Sequence[Cue], wanted: Iterable[int], room: int) -> tuple[Cue, ...]:
    """The first of the wanted cues that fit, the last of them cut where it is too long, in order of time."""
    chosen: dict[int, Cue] = {}
    for index in wanted:
        if room < LEAST:
            break
        size = _tokens(model, _lines(model, [cues[index]]))[0]
        chosen[index] = cues[index] if size <= room else _cut(model, cues[index], room)
        room -= size
    return tuple(chosen[index] for index in sorted(chosen))


def _thread(model: ImageLLM, cues: tuple[Cue, ...], room: int) -> tuple[Cue, ...]:
    """Evenly spaced cues that fit, the first and the last among them; a long one is cut to a third of it."""
    if room < LEAST:
        return ()
    longest = max(LEAST, room // 3)
    sizes = _tokens(model, _lines(model, cues))
    kept = len(cues)
    while kept:
        chosen = [number * (len(cues) - 1) // max(1, kept - 1) for number in range(kept)]
        used = sum(min(sizes[number], longest) for number in chosen)
        if used <= room:
            return tuple(
                cues[number] if sizes[number] <= longest else _cut(model, cues[number], longest)
                for number in chosen
            )
        kept = min(kept - 1, kept * room // used)
    return ()


def _cut(model: ImageLLM, cue: Cue, room: int) -> Cue:
    """The beginning of a cue that has no more than so many tokens."""
    letters = len(cue.text)
    while letters > 1 and (size := _tokens(model, _lines(model, [cue]))[0]) > room:
        letters = max(1, min(letters - 1, letters * room // size))
        cue = replace(cue, text=cue.text[:letters].rstrip("…") + "…")
    return cue


def _lines(model: ImageLLM, cues: Sequence[Cue]) -> list[str]:
    return [model.readable(for_model(line)) for line in cue_lines(cues)]


def _tokens(model: ImageLLM, lines: list[str]) -> list[int]:
    """Of each line, with the end of the line."""
    if not lines:
        return []
    encoded = model.tokenizer([f"{line}\n" for line in lines], add_special_tokens=False)["input_ids"]
    return [len(ids) for ids in encoded]
