"""The subtitles inside a file."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.subtitles.subtitle import SubtitleSet

from core.senses.running import run_sense
from core.senses.subtitles import SubtitleTracks
from tests.video_files import write_clip

FILES = {
    "srt": "1\n00:00:01,000 --> 00:00:02,500\n你好，<i>世界</i>\n\n"
    "2\n00:00:03,000 --> 00:00:04,000\nOne, two\nthree\n",
    "vtt": "WEBVTT\n\n00:01.000 --> 00:02.500\n你好，世界\n\n00:03.000 --> 00:04.000\nOne, two\nthree\n",
    "ass": "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize\n"
    "Style: Default,Arial,20\n\n[Events]\n"
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    "Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,{\\i1}你好，世界\n"
    "Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,One, two\\Nthree\n",
}


def clip_with_subtitles(path: Path, source: Path) -> Path:
    with av.open(str(path), "w") as file, av.open(str(source)) as subtitles:
        video = file.add_stream("libx264", rate=2)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        track = file.add_stream_from_template(subtitles.streams.subtitles[0])
        for number in range(10):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 80, np.uint8), "rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 2)
            file.mux(video.encode(frame))
        file.mux(video.encode())
        for packet in subtitles.demux(subtitles.streams.subtitles[0]):
            if packet.size:
                packet.stream = track
                file.mux(packet)
    return path


@pytest.mark.parametrize("kind", FILES)
def test_a_track_is_read_with_its_times_and_without_its_styles(tmp_path: Path, kind: str):
    source = tmp_path / f"said.{kind}"
    source.write_text(FILES[kind], encoding="utf-8")
    cues = run_sense(SubtitleTracks(), clip_with_subtitles(tmp_path / "clip.mkv", source)).cues
    assert [(cue.start, cue.end, cue.text) for cue in cues] == [
        (1.0, 2.5, "你好，世界"),
        (3.0, 4.0, "One, two three"),
    ]


def test_captions_that_roll_inside_a_file_say_each_line_once(tmp_path: Path):
    spoken = ["we plant", "tomatoes", "in a pot", "with soil"]
    source = tmp_path / "said.srt"
    source.write_text(
        "\n".join(
            f"{number}\n00:00:0{number},000 --> 00:00:0{number + 1},000\n{before}\n{line}\n"
            for number, (before, line) in enumerate(zip(["hello", *spoken], spoken, strict=False))
        )
    )
    cues = run_sense(SubtitleTracks(), clip_with_subtitles(tmp_path / "clip.mkv", source)).cues
    assert " ".join(cue.text for cue in cues) == "hello we plant tomatoes in a pot with soil"


def test_telemetry_is_no_subtitles(tmp_path: Path):
    source = tmp_path / "flight.srt"
    source.write_text(
        "\n".join(
            f"{number}\n00:00:0{number},000 --> 00:00:0{number},900\n"
            f"FrameCnt: {number}, DiffTime: 33ms [iso: 100] [shutter: 1/240.0] [latitude: 22.54{number}]\n"
            for number in range(5)
        )
    )
    sensed = run_sense(SubtitleTracks(), clip_with_subtitles(tmp_path / "clip.mkv", source))
    assert (sensed.cues, sensed.reason) == ((), "no_tracks")


def test_a_file_without_a_track_says_so(tmp_path: Path):
    sensed = run_sense(SubtitleTracks(), write_clip(tmp_path / "clip.mp4", frames=5))
    assert (sensed.cues, sensed.reason, sensed.complete) == ((), "no_tracks", True)


HEADER = (
    b"[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\n"
    b"Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, "
    b"Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, "
    b"MarginL, MarginR, MarginV, Encoding\n"
    b"Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,1\n\n"
    b"[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
)
IN_CONTAINERS = {"mp4": "mov_text", "mov": "mov_text", "mkv": "ass", "webm": "webvtt"}
ENGLISH = [(1.0, 2.5, "Hello"), (3.0, 4.0, "One, two")]
CHINESE = [(1.0, 2.5, "你好"), (3.0, 4.0, "一，二"), (4.0, 4.5, "三")]


def clip_with_tracks(path: Path, codec: str, tracks: dict[str, list[tuple[float, float, str]]]) -> Path:
    """A file whose tracks, by their language, FFmpeg itself encoded for this container."""
    with av.open(str(path), "w") as file:
        video = file.add_stream("libvpx" if path.suffix == ".webm" else "libx264", rate=2)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        streams: dict[str, Any] = {}
        for language in tracks:
            stream: Any = file.add_stream(codec)
            streams[language] = stream
            stream.codec_context.subtitle_header = HEADER
            stream.codec_context.time_base = Fraction(1, 1000)
            stream.metadata["language"] = language
        for number in range(10):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 80, np.uint8), "rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 2)
            file.mux(video.encode(frame))
        file.mux(video.encode())
        for language, stream in streams.items():
            for start, end, text in tracks[language]:
                length = round(1000 * (end - start))
                event = SubtitleSet.create(f"0,0,Default,,0,0,0,,{text}".encode(), 0, length)
                packet = stream.codec_context.encode_subtitle(event)
                packet.stream, packet.time_base = stream, Fraction(1, 1000)
                packet.pts = packet.dts = round(1000 * start)
                packet.duration = length
                file.mux(packet)
    return path


@pytest.mark.parametrize("suffix", IN_CONTAINERS)
def test_the_tracks_of_each_kind_of_file_are_read(tmp_path: Path, suffix: str):
    path = clip_with_tracks(tmp_path / f"clip.{suffix}", IN_CONTAINERS[suffix], {"eng": ENGLISH})
    cues = run_sense(SubtitleTracks(), path).cues
    assert [(cue.start, cue.end, cue.text, cue.language) for cue in cues] == [
        (start, end, text, "en") for start, end, text in ENGLISH
    ]


def test_of_two_tracks_the_default_one_is_taken_though_it_is_shorter(tmp_path: Path):
    path = clip_with_tracks(tmp_path / "clip.mp4", "mov_text", {"eng": ENGLISH, "zho": CHINESE})
    with av.open(str(path)) as file:
        first, second = file.streams.subtitles
        assert first.disposition & first.disposition.default
        assert not second.disposition & second.disposition.default
    assert [cue.text for cue in run_sense(SubtitleTracks(), path).cues] == ["Hello", "One, two"]
