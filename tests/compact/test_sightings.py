"""What compact's notes tell for sure is told to people, too, with its times."""

from pathlib import Path

from core.compact.seen import Seen
from core.compact.words.names import Name
from core.compact.words.notes import Note
from core.engine.video_chat import VideoChat
from tests.tiny_compact import tiny_compact
from tests.tiny_model import TinyImageLLM

CAT, CUP = Name("cat", "cats", "猫"), Name("cup", "cups", "杯子")


def test_a_note_becomes_the_stretches_of_its_frames_and_a_guess_becomes_nothing(
    own_cache: Path, clip_file: Path, monkeypatch
):
    model = tiny_compact()
    notes = [Note(0, 1, CAT, "cat 猫"), Note(1, 3, CUP, "perhaps cup 杯子", sure=False)]
    monkeypatch.setattr("core.compact.seen.Seer._seen", lambda *_: Seen(notes, (False, "", "", "")))
    clip = VideoChat(model, own_cache).open(clip_file)
    (sighting,) = clip.sightings
    assert sighting.names == {"en": "cat", "zh": "猫"}
    middle = (clip.seconds[1] + clip.seconds[2]) / 2
    assert (sighting.start, sighting.end) == (0.0, middle)


def test_a_model_that_does_not_tell_shows_nothing(own_cache: Path, clip_file: Path):
    assert VideoChat(TinyImageLLM(), own_cache).open(clip_file).sightings == ()
