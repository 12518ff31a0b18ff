"""Hearing, with the real Whisper: facts of what was said, and nothing where nobody speaks."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from core.senses.hearing import Hearing
from core.senses.running import run_sense
from core.senses.sense import Sensed, SenseOptions
from core.senses.speech.sound import RATE, STRETCH, quietest
from core.senses.speech.whisper import in_chinese, is_speech
from core.video.clip import VideoLimits
from tests.senses.sounds import clip_with, recording, samples_of, silence, spoken, without_speech
from tests.video_files import write_clip

MANDARIN = Path("/work/shared/speech")  # not in the repository: its licence is not ours to give


def heard(path: Path, **options: str) -> Sensed:
    return run_sense(Hearing(), path, SenseOptions(**options))


def text_of(sensed: Sensed) -> str:
    return " ".join(cue.text for cue in sensed.cues).lower()


@pytest.mark.slow
def test_a_real_recording_is_heard(tmp_path: Path):
    sensed = heard(clip_with(tmp_path / "clip.mp4", recording("heath_ledger.mp3")))
    assert "for free" in text_of(sensed)
    assert sensed.language == "en"
    assert all(cue.source == "heard" and 0 < cue.confidence <= 1 for cue in sensed.cues)


@pytest.mark.slow
def test_what_is_said_has_its_time_and_numbers_are_facts(tmp_path: Path):
    first = spoken("The next station is River Park.", tmp_path)
    second = spoken("This camera costs three hundred dollars.", tmp_path)
    start = 5 + len(first) / RATE + 4
    sensed = heard(clip_with(tmp_path / "c.mp4", np.concatenate([silence(5), first, silence(4), second])))
    station = next(cue for cue in sensed.cues if "station" in cue.text.lower())
    camera = next(cue for cue in sensed.cues if "camera" in cue.text.lower())
    assert abs(station.start - 5) < 1
    assert abs(camera.start - start) < 1
    assert "300" in camera.text


@pytest.mark.slow
@pytest.mark.skipif(not MANDARIN.is_dir(), reason="its recordings are not in the repository")
def test_mandarin_is_heard_in_simplified_characters_with_its_numbers(tmp_path: Path):
    said = np.concatenate([samples_of(MANDARIN / f"mandarin-{number}.ogg") for number in (2, 5)])
    sensed = heard(clip_with(tmp_path / "clip.mp4", said))
    assert sensed.language == "zh"
    assert "人民公园" in text_of(sensed)
    assert "300" in text_of(sensed) or "三百" in text_of(sensed)


@pytest.mark.slow
@pytest.mark.parametrize("name", without_speech())
def test_where_nobody_speaks_nothing_is_invented(tmp_path: Path, name: str):
    sensed = heard(clip_with(tmp_path / "clip.mp4", without_speech()[name]))
    assert sensed.cues == ()
    assert sensed.reason == "nothing_said"


def test_a_clip_without_sound_says_so_and_needs_no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Hearing, "prepare", lambda *_: {"files": {}})
    sensed = heard(write_clip(tmp_path / "clip.mp4", frames=5))
    assert (sensed.cues, sensed.reason, sensed.complete) == ((), "no_sound", True)


def test_broken_sound_gives_a_reason_and_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Hearing, "prepare", lambda *_: {"files": {}})
    path = write_clip(tmp_path / "clip.mp4", frames=5, audio=3.0)
    content = bytearray(path.read_bytes())
    begin = content.index(b"mdat") + 4
    content[begin : content.index(b"moov") - 4] = bytes(content.index(b"moov") - 4 - begin)
    path.write_bytes(content)
    sensed = heard(path)
    assert sensed.cues == ()
    assert sensed.reason in ("sound_broken", "nothing_said")


def test_long_sound_is_cut_where_it_is_quietest():
    samples = np.random.default_rng(0).normal(0, 0.1, int(STRETCH * RATE)).astype(np.float32)
    pause = slice(int((STRETCH - 6) * RATE), int((STRETCH - 5) * RATE))
    samples[pause] = 0
    assert pause.start <= quietest(samples) <= pause.stop


def test_long_sound_comes_in_stretches_that_follow_each_other(tmp_path: Path):
    from core.senses.speech.sound import open_sound

    path = write_clip(tmp_path / "clip.mp4", frames=3, audio=200.0)
    stretches = [*open_sound(path, VideoLimits()).stretches()]
    assert max(len(each.samples) for each in stretches) <= (STRETCH + 1) * RATE
    assert stretches[-1].end == pytest.approx(200, abs=0.5)
    for one, other in pairwise(stretches):
        assert other.start == pytest.approx(one.end, abs=0.01)


def test_what_whisper_is_unsure_of_is_dropped():
    assert is_speech(no_speech=0.1, likelihood=-0.3, repetition=1.4)
    assert not is_speech(no_speech=0.6, likelihood=-0.3, repetition=1.4)
    assert not is_speech(no_speech=0.1, likelihood=-0.9, repetition=1.4)
    assert not is_speech(no_speech=0.1, likelihood=-0.3, repetition=3.0)


def test_mandarin_gets_simplified_characters_and_its_own_punctuation():
    assert in_chinese("現在,我們學習3,000個字!") == "现在，我们学习3,000个字！"
