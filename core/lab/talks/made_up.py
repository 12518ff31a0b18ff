"""A situation as the LLM meets it: visual tokens that say its words, and the text behind them.

Tokens are mixed of the LLM's own embeddings as g and g_t mix them, with the mistakes that those make: a wrong
name beside the right one, a frame that says nothing, a motion that nobody made.
"""

from collections.abc import Sequence
from random import Random

import torch
import torch.nn.functional as F
from torch import Tensor

from core.compact.vision.colours import THIRDS
from core.compact.words.embeddings import NameWords
from core.compact.words.names import Name, closed_labels
from core.compact.words.notes import (
    CLOSE,
    Note,
    both,
    colour_text,
    label_text,
    one,
    scene_text,
    several,
    thirds_text,
    written,
)
from core.dialogue.conversation import Cue
from core.dialogue.cues import cue_lines, line_text, nothing_text
from core.dialogue.prompt import stretch_starts, timestamp
from core.lab.talks.sequences import Asked
from core.lab.talks.situations import Situation, Thing

PATCHES = 36
ROWS = 6


def start_of(situation: Situation, thing: Thing) -> str:
    return timestamp(stretch_starts(list(situation.seconds))[thing.first])


def until(situation: Situation, thing: Thing) -> str:
    return timestamp(situation.seconds[thing.last])


def notes_of(situation: Situation) -> str:
    """The text behind the visual tokens: what was recognised, heard and read."""
    notes = [
        Note(thing.first, thing.last, thing.name, _note(thing), thing.count) for thing in situation.things
    ]
    last = len(situation.seconds) - 1
    if situation.perhaps:
        notes.append(Note(0, last, situation.perhaps, f"perhaps {both(situation.perhaps)}"))
    if situation.setting:
        notes.append(Note(0, last, situation.setting, both(situation.setting)))
    colour = label_text("colour", situation.background)
    scene = scene_text(situation.scene)
    thirds = thirds_text(dict(zip(THIRDS, situation.thirds, strict=False)))
    text = written(notes, situation.seconds, situation.drawn, colour, scene, thirds)
    return text + "".join(line_text(source, cue_lines(cues)) for source, cues in _sensed(situation).items())


def asked_of(situation: Situation, asked: Asked) -> Asked:
    """The turn as the LLM reads it: that nothing is said or written stands before a question about it."""
    silent = [source for source, cues in _sensed(situation).items() if not cues]
    return Asked(nothing_text(silent, asked.question) + asked.question, asked.answer)


def _sensed(situation: Situation) -> dict[str, tuple[Cue, ...]]:
    """The cues of each source that was looked for."""
    said = "subtitles" if situation.as_subtitles else "heard"
    cues = {said: situation.heard, "read": situation.read}
    return {source: those for source, those in cues.items() if those is not None}


def _note(thing: Thing) -> str:
    if thing.count > 1:
        return several(both(thing.name), thing.count)
    return one(
        both(thing.name),
        colour_text(thing.colours),
        CLOSE if thing.close else "",
        label_text("place", thing.place),
        label_text("motion", thing.motion),
    )


class MadeUpTokens:
    """Writes visual tokens in the words of one LLM."""

    def __init__(self, words: NameWords, offsets: Tensor) -> None:
        """offsets [N, K]: the words of places."""
        self._words, self._offsets = words, offsets
        self._index = {name.en: number for number, name in reversed(list(enumerate(words.table.names)))}

    def __call__(self, situation: Situation, random: Random) -> dict[str, Tensor]:
        """spatial [N, K], temporal [T * 2, K]."""
        return {"spatial": self._spatial(situation, random), "temporal": self._temporal(situation, random)}

    def _spatial(self, situation: Situation, random: Random) -> Tensor:
        rows = []
        for patch in range(PATCHES):
            column = patch % ROWS
            there = [thing for thing in situation.things if random.random() < 0.5 and _covers(thing, column)]
            names = [thing.name for thing in there[:2]]
            names += [situation.setting] if situation.setting and (not names or random.random() < 0.3) else []
            rows.append(self._mixed(names, random))
        tokens = torch.stack(rows)
        return F.normalize(tokens + self._offsets, dim=-1) * self._words.length

    def _temporal(self, situation: Situation, random: Random) -> Tensor:
        rows = []
        for frame in range(len(situation.seconds)):
            there = [thing for thing in situation.things if thing.first <= frame <= thing.last]
            names = [thing.name for thing in there[:3]]
            names += [situation.setting] if situation.setting and random.random() < 0.6 else []
            names += [situation.perhaps] if situation.perhaps and random.random() < 0.5 else []
            rows += [self._mixed(names, random), self._second(there, random)]
        return torch.stack(rows)

    def _mixed(self, names: Sequence[Name], random: Random) -> Tensor:
        """A token that says these names, and beside them some that are not there. Shape: (K,)."""
        total = torch.zeros_like(self._words.names[0])
        for name in names:
            total += random.uniform(0.4, 1.0) * self._words.names[self._index[name.en]]
        for _ in range(random.choice((0, 1, 2, 3))):
            total += random.uniform(0.05, 0.35) * random.choice(self._words.names)
        return F.normalize(total + 1e-4 * self._words.names[0], dim=-1) * self._words.length

    def _second(self, there: Sequence[Thing], random: Random) -> Tensor:
        """What moves where, how many there are. Shape: (K,)."""
        said = [("change", random.choice(("new", "same"))), ("count", str(min(4, max(1, len(there)))))]
        for thing in there[:1]:
            said += [("place", thing.place)] if thing.place else []
            said += [("motion", thing.motion or "still")]
        total = torch.zeros_like(self._words.names[0])
        for group, key in said:
            labels = [label.key for label in closed_labels(group)]
            if random.random() < 0.15:
                key = random.choice(labels)
            total += random.uniform(0.3, 1.0) * self._words.groups[group][labels.index(key)]
        return F.normalize(total, dim=-1) * self._words.length


def _covers(thing: Thing, column: int) -> bool:
    """Whether a thing may be in this column of patches."""
    third = {"left": (0, 1), "middle": (2, 3), "right": (4, 5)}
    return thing.place is None or column in third.get(thing.place, (0, 1, 2, 3, 4, 5))
