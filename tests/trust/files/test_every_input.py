"""Every kind of input that was tried, as one suite: read, or refused in plain words, and nothing else."""

import os
from pathlib import Path

import numpy as np
import pytest

from core.errors import VideoError
from core.video.clip import VideoLimits
from core.video.read_video import read_video
from core.video.sampling import SamplingPlan
from demo.page.i18n import LANGUAGES, error_text
from tests.trust.files.inputs import READ, REFUSED

PLAN = SamplingPlan(frames=4)
LIMITS = VideoLimits(wall_clock=60.0, max_decoded=150 * 640 * 360)

pytestmark = pytest.mark.slow


def test_there_are_as_many_as_were_tried() -> None:
    assert (len(REFUSED), len(READ)) == (43, 30)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_clip_is_refused_in_both_languages(tmp_path: Path, name: str) -> None:
    make, keys = REFUSED[name]
    make(tmp_path / name)
    with pytest.raises(VideoError) as failure:
        read_video(tmp_path / name, PLAN, LIMITS)
    assert failure.value.key in keys
    for lang in LANGUAGES:
        assert str(tmp_path) not in error_text(failure.value, lang)


@pytest.mark.parametrize("name", READ)
def test_what_is_odd_is_read(tmp_path: Path, name: str) -> None:
    READ[name](tmp_path / name)
    clip, frames = read_video(tmp_path / name, PLAN, LIMITS)
    assert 0 < len(frames.images) <= PLAN.frames
    assert (np.diff(frames.seconds) > 0).all()
    assert 0 <= clip.duration < 60


@pytest.mark.parametrize("what", ["folder", "pipe", "device", "nothing", "too long a name"])
def test_what_is_no_file_is_refused(tmp_path: Path, what: str) -> None:
    path = tmp_path / "clip.mp4"
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "device":
        path.symlink_to("/dev/zero")
    elif what == "too long a name":
        path = tmp_path / ("n" * 300)
    with pytest.raises(VideoError) as failure:
        read_video(path, PLAN, LIMITS)
    assert failure.value.key in ("file_not_found", "not_a_video")
