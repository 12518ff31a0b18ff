"""What `core.video` promises, on real files."""

import dataclasses
import math
import os
import re
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from core.errors import MESSAGES, ReelTalkError, SettingError, VideoError
from core.video.child import read, thumbnails
from core.video.child_process import ChildAhead, ask
from core.video.clip import Clip, Frames, VideoLimits
from core.video.read_video import hash_file, read_video
from core.video.sampling import SamplingPlan
from tests.video_files import number_of, picture, write_clip

LIMITS = VideoLimits()


@pytest.fixture(scope="module")
def clip_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 pictures in 4 seconds."""
    return write_clip(tmp_path_factory.mktemp("clips") / "plain.mp4", frames=40, audio=4.0)


def numbers(frames: Frames) -> list[int]:
    return [number_of(image) for image in frames.images]


def with_reader(path: Path, reader: str, plan: SamplingPlan) -> Frames:
    """The pictures as one of the two readers gives them; fails if it was not that one."""
    header, images = read(path, plan, LIMITS, reader)
    assert header["clip"]["reader"] == reader
    return Frames(images, np.array(header["seconds"]), thumbnails(images))


def key_of(path: Path, limits: VideoLimits = LIMITS) -> str:
    """The key of the error that reading the file ends with. It must not quote a library."""
    with pytest.raises(ReelTalkError) as caught:
        read_video(path, limits=limits)
    sentence = str(caught.value)
    assert sentence == MESSAGES[caught.value.key].format(**caught.value.values)
    assert not re.search(r"errno|0x|/src/|avcodec|returned|invalid data|traceback", sentence, re.IGNORECASE)
    return caught.value.key


# Choosing moments


def test_frames_are_the_midpoints_of_equal_segments(clip_path: Path) -> None:
    _, frames = read_video(clip_path, SamplingPlan(frames=4))
    assert numbers(frames) == [5, 15, 25, 35]  # on screen at 0.5, 1.5, 2.5 and 3.5 s
    np.testing.assert_allclose(frames.seconds, [0.5, 1.5, 2.5, 3.5], atol=1e-3)


def test_a_range_is_sampled_like_a_clip_of_its_own(clip_path: Path) -> None:
    _, frames = read_video(clip_path, SamplingPlan(frames=2, start=1.0, end=3.0))
    np.testing.assert_allclose(frames.seconds, [1.5, 2.5], atol=1e-3)
    assert numbers(frames) == [15, 25]


def test_fps_sets_the_number_of_frames_up_to_the_maximum() -> None:
    np.testing.assert_allclose(SamplingPlan(fps=2.0).moments(3.0), [0.25, 0.75, 1.25, 1.75, 2.25, 2.75])
    np.testing.assert_allclose(SamplingPlan(fps=2.0, frames=3).moments(3.0), [0.5, 1.5, 2.5])
    assert len(SamplingPlan(fps=0.1).moments(3.0)) == 1


def test_a_range_may_end_a_rounding_error_after_the_clip() -> None:
    np.testing.assert_allclose(SamplingPlan(frames=1, start=2.0, end=4.3).moments(4.0), [3.0])


@pytest.mark.parametrize("plan", [SamplingPlan(start=4.0), SamplingPlan(end=60.0)])
def test_a_range_outside_of_the_clip_is_an_error(clip_path: Path, plan: SamplingPlan) -> None:
    with pytest.raises(SettingError) as caught:
        read_video(clip_path, plan)
    assert caught.value.key == "bad_range"


@pytest.mark.parametrize(
    "settings",
    [
        {"frames": 0},
        {"frames": 5000},
        {"fps": 0.0},
        {"fps": math.nan},
        {"area": 0},
        {"start": -1.0},
        {"start": math.nan},
        {"end": 0.0},
        {"end": math.nan},
        {"start": 2.0, "end": 2.0},
    ],
)
def test_an_impossible_plan_cannot_be_made(settings: dict) -> None:
    with pytest.raises(SettingError) as caught:
        SamplingPlan(**settings)
    assert caught.value.key == "bad_setting"


def test_a_clip_with_fewer_frames_than_wanted_gives_each_once(tmp_path: Path) -> None:
    _, frames = read_video(write_clip(tmp_path / "short.mp4", frames=5))
    assert numbers(frames) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("name", ["vfr.mp4", "vfr.mkv"])
@pytest.mark.parametrize("reader", ["decord", "pyav"])
def test_variable_frame_rate_is_sampled_by_time(tmp_path: Path, name: str, reader: str) -> None:
    path = write_clip(tmp_path / name, times=[0, 0.1, 0.2, 0.3, 1, 1.1, 1.2, 3, 3.05, 3.1, 5, 5.2, 5.3, 5.9])
    frames = with_reader(path, reader, SamplingPlan(frames=6))  # the moments are 0.5, 1.5, ... 5.5 s
    assert numbers(frames) == [3, 6, 9, 12]  # never the same picture twice
    np.testing.assert_allclose(frames.seconds, [0.3, 1.2, 3.1, 5.3], atol=2e-3)


@pytest.mark.parametrize("reader", ["decord", "pyav"])
def test_a_picture_that_stands_is_seen_for_as_long_as_it_stands(tmp_path: Path, reader: str) -> None:
    slides = write_clip(tmp_path / "slides.mp4", times=[0, 0.5, 1, 20, 39.9])
    frames = with_reader(slides, reader, SamplingPlan(frames=8))  # the moments are 2.5, 7.5, ... 37.5 s
    assert numbers(frames) == [2, 2, 2, 2, 3, 3, 3, 3]
    np.testing.assert_allclose(frames.seconds, [1, 7.5, 12.5, 17.5, 22.5, 27.5, 32.5, 37.5], atol=2e-3)


def test_a_trimmed_file_starts_where_its_edit_list_says(tmp_path: Path, clip_path: Path) -> None:
    path = tmp_path / "trimmed.mp4"
    with (
        av.open(str(clip_path)) as source,
        av.open(str(path), "w", options={"avoid_negative_ts": "disabled"}) as target,
    ):
        old = source.streams.video[0]
        new = target.add_stream_from_template(old)
        for packet in source.demux(old):
            if packet.dts is not None:
                earlier = round(1.5 / packet.time_base)
                packet.pts, packet.dts, packet.stream = packet.pts - earlier, packet.dts - earlier, new
                target.mux(packet)
    clip, frames = read_video(path, SamplingPlan(frames=5))
    assert clip.duration == pytest.approx(2.5, abs=0.01)
    assert not clip.damaged
    assert numbers(frames) == [17, 22, 27, 32, 37]
    np.testing.assert_allclose(frames.seconds, [0.2, 0.7, 1.2, 1.7, 2.2], atol=2e-3)


def test_a_clock_that_does_not_start_at_zero_makes_no_difference(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "late.ts", times=[7 + i / 10 for i in range(40)])
    clip, frames = read_video(path, SamplingPlan(frames=4))
    assert clip.duration == pytest.approx(4.0, abs=0.02)
    assert numbers(frames) == [5, 15, 25, 35]
    np.testing.assert_allclose(frames.seconds, [0.5, 1.5, 2.5, 3.5], atol=2e-3)


# The two readers


def test_both_readers_give_the_same_pictures(clip_path: Path) -> None:
    by_decord, by_pyav = (with_reader(clip_path, reader, SamplingPlan()) for reader in ("decord", "pyav"))
    assert by_decord.images.shape == by_pyav.images.shape == (16, 96, 160, 3)
    assert np.abs(by_decord.images.astype(float) - by_pyav.images).mean() < 2
    np.testing.assert_allclose(by_decord.seconds, by_pyav.seconds, atol=1e-3)


@pytest.mark.parametrize("rotation", [90, 180, 270])
@pytest.mark.parametrize(("name", "reader"), [("a.mp4", "decord"), ("a.mp4", "pyav"), ("a.mkv", "pyav")])
def test_rotation_is_honoured(tmp_path: Path, rotation: int, name: str, reader: str) -> None:
    path = write_clip(tmp_path / name, frames=40, rotation=rotation)
    clip, _ = read_video(path, SamplingPlan(frames=1))
    assert (clip.rotation, clip.width, clip.height) == (rotation, 160, 96)
    frames = with_reader(path, reader, SamplingPlan(frames=4))
    for image, number in zip(frames.images, [5, 15, 25, 35], strict=True):
        assert np.abs(image.astype(float) - picture(number, 160, 96)).mean() < 8


def test_a_seek_and_reading_on_give_the_same_pictures(tmp_path: Path) -> None:
    for name, codec in (
        ("a.mp4", "libx264"),
        ("a.ts", "libx264"),
        ("a.mpg", "mpeg2video"),
        ("a.mkv", "libx264"),
    ):
        path = write_clip(tmp_path / name, frames=48, fps=25, codec=codec)
        few, all_frames = (with_reader(path, "pyav", SamplingPlan(frames=n)) for n in (4, 48))
        for image, second in zip(few.images, few.seconds, strict=True):
            same = np.abs(all_frames.seconds - second).argmin()
            np.testing.assert_allclose(all_frames.seconds[same], second, atol=1e-6)
            assert np.abs(all_frames.images[same].astype(float) - image).mean() < 0.5, name


def test_a_long_clip_is_read_by_the_reader_that_passes_over_pictures(
    clip_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_decord = with_reader(clip_path, "decord", SamplingPlan())
    monkeypatch.setattr("core.video.timeline.SKIPPING_PAYS", 0)
    header, images = read(clip_path, SamplingPlan(), LIMITS, "decord")
    assert header["clip"]["reader"] == "pyav"
    assert images is not None
    assert numbers(Frames(images, by_decord.seconds, thumbnails(images))) == numbers(by_decord)
    np.testing.assert_allclose(header["seconds"], by_decord.seconds, atol=1e-3)


FAKE_DECORD = """
import os, time
class DECORDError(Exception): pass
class VideoReader:
    def __init__(self, *args, **settings): {what}
"""


@pytest.mark.slow
@pytest.mark.parametrize("what", ["os.abort()", "time.sleep(600)", "raise DECORDError('/src/video.cc:1')"])
def test_pyav_takes_over_when_decord_dies(
    tmp_path: Path, clip_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    (tmp_path / "decord.py").write_text(FAKE_DECORD.format(what=what))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    clip, frames = read_video(clip_path, SamplingPlan(frames=4), VideoLimits(wall_clock=6.0))
    assert clip.reader == "pyav"
    assert numbers(frames) == [5, 15, 25, 35]


# What a clip is


def test_a_clip_tells_what_it_is(clip_path: Path) -> None:
    clip, _ = read_video(clip_path, SamplingPlan(frames=1))
    assert clip == Clip(
        path=clip_path,
        sha256=hash_file(clip_path),
        duration=pytest.approx(4.0, abs=0.01),
        fps=pytest.approx(10.0, abs=0.1),
        width=160,
        height=96,
        rotation=0,
        codec="h264",
        reader="decord",
        damaged=False,
    )
    assert clip == read_video(clip_path, SamplingPlan(frames=4))[0]


def test_pictures_are_scaled_to_the_area_and_never_enlarged(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "large.mp4", frames=3, size=(640, 360))
    _, frames = read_video(path, SamplingPlan(frames=1, area=16 * 9 * 400))
    assert frames.images.shape == (1, 180, 320, 3)
    assert SamplingPlan().size(160, 96) == (160, 96)


def test_oblong_pixels_are_displayed_square(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "oblong.mp4", encoder={"aspect": "2"})
    clip, _ = read_video(path, SamplingPlan(frames=1))
    assert (clip.width, clip.height) == (320, 96)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("recorded.webm", {"codec": "libvpx", "container": {"live": "1"}}),  # no duration, no index
        ("fragments.mp4", {"container": {"movflags": "frag_keyframe+empty_moov"}}),
        ("picture.gif", {"codec": "gif", "pixels": "rgb8"}),
        ("disc.ts", {"codec": "libx264"}),
        ("old.avi", {"codec": "mpeg4", "encoder": {"bf": "0", "b": "2000000"}}),
        ("screen.mov", {"codec": "png", "pixels": "rgb24"}),
        ("new.mkv", {"codec": "libsvtav1"}),
    ],
)
def test_formats_without_decord_work_too(tmp_path: Path, name: str, settings: dict) -> None:
    clip, frames = read_video(write_clip(tmp_path / name, frames=20, **settings), SamplingPlan(frames=4))
    assert clip.duration == pytest.approx(2.0, abs=0.02)
    assert numbers(frames) == [2, 7, 12, 17]
    assert not clip.damaged


@pytest.mark.parametrize("name", ["one.mp4", "one.mkv"])
def test_one_frame_is_a_clip(tmp_path: Path, name: str) -> None:
    clip, frames = read_video(write_clip(tmp_path / name, frames=1))
    assert clip.duration > 0
    assert (numbers(frames), frames.seconds.tolist()) == ([0], [0.0])


# Bad input


def test_what_is_no_video_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("I am not a film.\n" * 50)
    assert key_of(text) == "not_a_video"
    (tmp_path / "empty.mp4").touch()
    assert key_of(tmp_path / "empty.mp4") == "file_empty"
    assert key_of(tmp_path / "nowhere.mp4") == "file_not_found"
    assert key_of(tmp_path) == "not_a_video"
    assert key_of(write_clip(tmp_path / "sound.mp4", size=None, audio=1.0)) == "no_video_stream"


@pytest.mark.parametrize(
    "playlist",
    [
        "ffconcat version 1.0\nfile {other}\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{other}\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nhttp://127.0.0.1:9/{other}\n#EXT-X-ENDLIST\n",
    ],
)
def test_a_playlist_cannot_open_another_file(tmp_path: Path, clip_path: Path, playlist: str) -> None:
    path = tmp_path / "list.mp4"
    path.write_text(playlist.format(other=clip_path))
    assert key_of(path) == "not_a_video"


def test_a_file_without_pictures_is_refused(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "nothing.mp4", frames=0, container={"movflags": "frag_keyframe+empty_moov"})
    assert key_of(path) == "no_frames"


def test_sizes_out_of_bounds_are_refused_before_decoding(tmp_path: Path, clip_path: Path) -> None:
    dot = write_clip(tmp_path / "dot.mkv", codec="ffv1", pixels="yuv444p", size=(1, 1))
    assert key_of(dot) == "video_too_small"
    path = write_clip(tmp_path / "huge.mov", frames=3, codec="png", pixels="rgb24")
    data = bytearray(path.read_bytes())
    size_field = data.index(b"png ") + 28  # in the description of the track
    data[size_field : size_field + 4] = (16_000).to_bytes(2, "big") * 2
    path.write_bytes(data)
    assert key_of(path) == "video_too_big"
    assert key_of(clip_path, VideoLimits(max_bytes=1000)) == "file_too_large"
    assert key_of(clip_path, VideoLimits(max_duration=3.0)) == "video_too_long"


def test_a_length_hidden_by_the_header_is_found_out(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "recorded.webm", codec="libvpx", container={"live": "1"})
    assert key_of(path, VideoLimits(max_duration=1.0)) == "video_too_long"


@pytest.mark.parametrize("part", [0.5, 0.6, 0.7])
@pytest.mark.parametrize(("name", "container"), [("cut.mkv", {}), ("cut.mp4", {"movflags": "faststart"})])
def test_the_readable_part_of_a_cut_file_is_read(
    tmp_path: Path, name: str, container: dict, part: float
) -> None:
    path = write_clip(tmp_path / name, frames=48, fps=5, container=container)
    path.write_bytes(path.read_bytes()[: round(path.stat().st_size * part)])
    clip, frames = read_video(path, SamplingPlan(frames=3))
    assert clip.damaged
    assert 2.0 < clip.duration < 8.0
    assert len(frames.images) in (2, 3)  # the last ones may need what was cut off
    assert numbers(frames) == [round(second * 5) for second in frames.seconds]


def test_a_file_whose_index_is_lost_is_refused(tmp_path: Path, clip_path: Path) -> None:
    path = tmp_path / "cut.mp4"
    path.write_bytes(clip_path.read_bytes()[:2000])
    assert key_of(path) == "not_a_video"


def test_rubbish_in_the_middle_is_survived(tmp_path: Path, clip_path: Path) -> None:
    data = bytearray(clip_path.read_bytes())
    noise = np.random.default_rng(0).integers(0, 256, 600, np.uint8).tobytes()
    data[1500:2100] = noise
    path = tmp_path / "noise.mp4"
    path.write_bytes(data)
    _, frames = read_video(path, SamplingPlan(frames=4))
    assert 1 <= len(frames.images) <= 4


# Limits of the child


def children() -> list[str]:
    """The command lines of this process's children, Linux only."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid():
                found.append((entry / "cmdline").read_text())
        except (FileNotFoundError, ProcessLookupError):  # it ended while we looked
            continue
    return found


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_hang_is_ended_and_nothing_is_left_behind(
    tmp_path: Path, clip_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "av.py").write_text("import time; time.sleep(600)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert key_of(clip_path, VideoLimits(wall_clock=0.5)) == "decoding_timeout"
    assert not [line for line in children() if "core.video.child" in line]


def test_a_child_started_ahead_reads_what_one_started_late_reads(clip_path: Path) -> None:
    ahead = ChildAhead()
    ahead.prepare()
    clip, frames = read_video(clip_path, SamplingPlan(frames=4), start=ahead.take)
    late_clip, late_frames = read_video(clip_path, SamplingPlan(frames=4))
    assert clip == late_clip
    assert np.array_equal(frames.images, late_frames.images)


def test_every_file_has_a_child_of_its_own(clip_path: Path) -> None:
    ahead = ChildAhead()
    ahead.prepare()
    ahead.prepare()  # there is one already
    first, second = ahead.take(), ahead.take()
    assert first.pid != second.pid
    for child in (first, second):
        ask(child, b"", seconds=60)
        assert child.returncode == 0  # without a request there is nothing to do, and that is no fault


def test_a_child_that_died_before_its_file_came_is_replaced(clip_path: Path) -> None:
    ahead = ChildAhead()
    ahead.prepare()
    (waiting,) = ahead._waiting
    waiting.kill()
    waiting.wait()
    assert read_video(clip_path, SamplingPlan(frames=2), start=ahead.take)[1].images.shape[0] == 2


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_child_started_ahead_goes_with_who_started_it() -> None:
    ahead = ChildAhead()
    ahead.prepare()
    (pid,) = (child.pid for child in ahead._waiting)
    assert Path(f"/proc/{pid}").exists()
    del ahead
    assert not Path(f"/proc/{pid}").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit is enforced on Linux only")
def test_a_file_that_needs_too_much_memory_is_refused(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "large.mp4", frames=4, size=(3840, 2160), encoder={"preset": "ultrafast"})
    assert read_video(path)[1].images.shape[0] == 4
    with pytest.raises(VideoError) as caught:
        read_video(path, limits=dataclasses.replace(LIMITS, memory=100 * 2**20))
    assert caught.value.key in ("decoding_crashed", "no_frames")


def test_the_child_needs_no_torch() -> None:
    code = "import sys, core.video.read_video, core.video.child; sys.exit('torch' in sys.modules)"
    assert os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-c", code]) == 0
