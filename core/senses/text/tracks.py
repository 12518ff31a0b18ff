"""The same text in picture after picture becomes one cue with a start and an end.

A reader takes a letter for another now and then, so texts are compared loosely; the surest reading is kept.
But a text that stood for a while is another one if a figure differs, a "not" or a Chinese character.
Lines that come and go together, one below the other, are one cue: a subtitle of two lines, a paragraph.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from core.dialogue.conversation import Cue
from core.language.detection import detect

ALIKE, ALIKE_HERE = 0.85, 0.6  # of the letters of two texts, anywhere and at the same place
SURE, SURE_TWICE = 0.8, 0.6  # confidence of a text that was read once, and of one read more often
SURE_ALONE = 0.95  # the same of a single letter, which has to be read twice
SURELY, STOOD = 0.9, 1.0  # confidence, and seconds for which a text is there that is no running counter
CHARACTERS_ALIKE = 0.95  # of two Chinese texts that were read surely
TOGETHER = 0.6  # seconds by which lines of one cue may differ in start and end
_CHINESE = re.compile(r"[㐀-鿿豈-﫿]")
_FIGURES, _CLOCK = re.compile(r"\d+"), re.compile(r"\d{1,2}[:：]\d\d")
_NOT = re.compile(r"\b(?:not|no|never|cannot|\w+n['’]t)\b")


@dataclass(frozen=True)
class Line:
    """A text in a picture: left, top, right, bottom in shares of the picture's height."""

    text: str
    confidence: float
    box: tuple[float, float, float, float]


@dataclass
class Track:
    """A text from `start` on, last read at `last`."""

    line: Line  # the surest reading
    latest: Line
    since: float  # when it was first read as in `latest`
    start: float
    last: float
    times: int = 1
    end: float | None = None  # where it was not there any more


class Tracks:
    """Told of each picture in order of time; gives cues as texts disappear."""

    def __init__(self) -> None:
        self._open: list[Track] = []

    def hold(self, seconds: float) -> None:
        """The picture is as the last one that was read."""
        for track in self._open:
            if track.end is None:
                track.last = seconds

    def read(self, seconds: float, lines: Iterable[Line]) -> list[Cue]:
        """The texts of a picture; the cues that ended. A text may be missed once."""
        free = list(self._open)
        for line in lines:
            found = max(free, key=lambda track: _likeness(track.line, line), default=None)
            if found is None or not _same(found.line, line) or _says_another(found, line):
                self._open.append(Track(line, line, seconds, seconds, seconds))
                continue
            free.remove(found)
            found.last, found.end, found.times = seconds, None, found.times + 1
            if _letters(line.text) != _letters(found.latest.text):
                found.latest, found.since = line, seconds
            if _better(line, found.line):
                found.line = line
        gone = [track for track in free if track.end is not None]
        for track in free:
            track.end = seconds if track.end is None else track.end
        self._open = [track for track in self._open if track not in gone]
        return [*_cues(gone)]

    def finish(self, seconds: float) -> list[Cue]:
        """The clip ends."""
        for track in self._open:
            track.end = seconds if track.end is None else track.end
        gone, self._open = self._open, []
        return [*_cues(gone)]


def _same(one: Line, other: Line) -> bool:
    likeness = _likeness(one, other)
    return likeness >= ALIKE or (_at_one_place(one, other) and (likeness >= ALIKE_HERE or _grows(one, other)))


def _says_another(track: Track, line: Line) -> bool:
    """Whether a text took the place of one that is like it: step 2 after step 1, 李红 after 李明, a "not"."""
    known = track.latest
    if min(known.confidence, line.confidence) < SURELY or track.last - track.since < STOOD:
        return False
    if _grows(known, line):
        return False
    texts = [_CLOCK.sub("", each.text.casefold()) for each in (known, line)]
    figures, nots, characters = (
        [pattern.findall(text) for text in texts] for pattern in (_FIGURES, _NOT, _CHINESE)
    )
    if len(figures[0]) == len(figures[1]) and figures[0] != figures[1]:  # else one was taken for a letter
        return True
    alike = SequenceMatcher(None, characters[0], characters[1], autojunk=False).ratio()
    return nots[0] != nots[1] or alike < CHARACTERS_ALIKE


def _likeness(one: Line, other: Line) -> float:
    return SequenceMatcher(None, _letters(one.text), _letters(other.text), autojunk=False).ratio()


def _grows(one: Line, other: Line) -> bool:
    """Whether it is written letter by letter."""
    short, long = sorted((_letters(one.text), _letters(other.text)), key=len)
    return len(short) > 1 and long.startswith(short)


def _better(line: Line, known: Line) -> bool:
    more = len(_letters(line.text)) - len(_letters(known.text))
    return line.confidence > known.confidence if abs(more) < 2 else more > 0


def _at_one_place(one: Line, other: Line) -> bool:
    """Whether their boxes share half of the lower one's height, and any width."""
    a, b = one.box, other.box
    shared = min(a[3], b[3]) - max(a[1], b[1])
    return shared > 0.5 * min(a[3] - a[1], b[3] - b[1]) and min(a[2], b[2]) > max(a[0], b[0])


def _letters(text: str) -> str:
    return re.sub(r"\W", "", text).casefold()


def _cues(tracks: list[Track]) -> Iterator[Cue]:
    """Those that were read surely enough, with what belongs together joined."""
    sure = [track for track in tracks if _is_sure(track)]
    sure.sort(key=lambda track: (track.line.box[1], track.line.box[0]))
    while sure:
        group = [sure.pop(0)]
        while below := next((track for track in sure if _goes_on(group[-1], track)), None):
            sure.remove(below)
            group.append(below)
        text = _joined([track.line.text for track in group])
        yield Cue(
            round(min(track.start for track in group), 2),
            round(max(track.end or track.last for track in group), 2),
            text,
            round(min(track.line.confidence for track in group), 3),
            detect(text),
            "read",
        )


def _is_sure(track: Track) -> bool:
    letters = _letters(track.line.text)
    if len(letters) < 2:  # patterns are taken for a letter or a digit more often than one stands alone
        return track.times > 1 and track.line.confidence >= SURE_ALONE
    return track.line.confidence >= (SURE if track.times == 1 or len(letters) < 3 else SURE_TWICE)


def _goes_on(above: Track, below: Track) -> bool:
    """Whether one line of text goes on in another: close below it, as high, and shown at the same time."""
    if abs(above.start - below.start) > TOGETHER or abs((above.end or 0) - (below.end or 0)) > TOGETHER:
        return False
    a, b = above.line.box, below.line.box
    high, low = sorted((a[3] - a[1], b[3] - b[1]))
    return low < 1.4 * high and -0.5 * high < b[1] - a[3] < 0.35 * high and min(a[2], b[2]) > max(a[0], b[0])


def _joined(texts: list[str]) -> str:
    """With a space between two lines, unless both are Chinese there."""
    whole = ""
    for text in texts:
        chinese = whole and _CHINESE.match(text[:1]) and _CHINESE.match(whole[-1])
        whole += text if not whole or chinese else f" {text}"
    return whole
