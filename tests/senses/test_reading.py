"""Reading: what stands in the pictures, from when to when, once."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from core.senses.hearing import Hearing
from core.senses.reading import Reading
from core.senses.running import run_sense
from core.senses.subtitles import SubtitleTracks
from core.senses.text.tracks import Line, Tracks
from tests.video_files import write_clip

FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
SIZE = 640, 360
HERE, ABOVE = (0.2, 0.85, 1.4, 0.92), (0.2, 0.1, 0.8, 0.2)
Written = list[tuple[float, float, tuple[int, int], str]]  # from, to, where, text

needs_font = pytest.mark.skipif(not FONT.exists(), reason="Debian's fonts-noto-cjk is not there")


def clip_of(path: Path, seconds: float, written: Written, moving: bool = False) -> Path:
    """A clip in which texts come and go, at ten pictures a second."""
    font = ImageFont.truetype(str(FONT), 26)
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for number in range(int(seconds * 10)):
            time = number / 10
            grey = np.add.outer(np.arange(SIZE[1]), np.arange(SIZE[0])) / 8 + (10 * time if moving else 0)
            background = np.repeat((60 + grey % 60).astype(np.uint8)[:, :, None], 3, axis=2)
            image = Image.fromarray(background)
            for start, end, place, text in written:
                if start <= time < end:
                    ImageDraw.Draw(image).text(
                        place, text, fill="white", font=font, stroke_width=2, stroke_fill="black"
                    )
            frame = av.VideoFrame.from_image(image)
            frame.pts, frame.time_base = number, Fraction(1, 10)
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return path


@pytest.mark.slow
@needs_font
def test_burnt_in_subtitles_come_out_as_a_clean_track_beside_what_stands_all_the_time(tmp_path: Path):
    written = [
        (0, 9, (20, 15), "GARDEN TV"),
        (1, 4, (180, 310), "今天我们学习种西红柿"),
        (5, 8, (150, 310), "Water it twice a day"),
    ]
    cues = run_sense(Reading(), clip_of(tmp_path / "clip.mp4", 9, written, moving=True)).cues
    assert [cue.text for cue in cues] == ["GARDEN TV", "今天我们学习种西红柿", "Water it twice a day"]
    assert [(cue.start, cue.end) for cue in cues] == [
        (pytest.approx(start, abs=1.01), pytest.approx(end, abs=1.01)) for start, end, *_ in written
    ]
    assert [cue.language for cue in cues] == ["en", "zh", "en"]
    assert all(cue.source == "read" and cue.confidence > 0.8 for cue in cues)


@pytest.mark.slow
@needs_font
def test_english_and_chinese_in_one_line_and_upright_columns_are_read(tmp_path: Path):
    column: Written = [(0, 2, (500, 60 + 34 * row), letter) for row, letter in enumerate("小心地滑")]
    written = [(0, 2, (60, 150), "第2章 Chapter Two"), *column]
    cues = run_sense(Reading(), clip_of(tmp_path / "clip.mp4", 2, written)).cues
    text = "".join(cue.text for cue in cues).replace(" ", "")
    assert "ChapterTwo" in text
    assert "第2章" in text
    assert "地滑" in text


@pytest.mark.slow
def test_where_nothing_is_written_nothing_is_read(tmp_path: Path):
    sensed = run_sense(Reading(), write_clip(tmp_path / "clip.mp4", frames=20))
    assert (sensed.cues, sensed.reason) == ((), "no_text")


@pytest.mark.slow
@needs_font
def test_a_picture_that_stands_still_is_read_once(tmp_path: Path):
    from core.senses.text.pictures import looks
    from core.video.clip import VideoLimits

    path = clip_of(tmp_path / "clip.mp4", 8, [(4, 8, (60, 150), "Part two")])
    read = [look.seconds for look in looks(path, VideoLimits()) if look.image is not None]
    assert read == [pytest.approx(0, abs=0.1), pytest.approx(4, abs=0.5)]


@pytest.fixture
def tracks() -> Tracks:
    return Tracks()


def line(text: str, confidence: float = 0.95, box: tuple[float, float, float, float] = HERE) -> Line:
    return Line(text, confidence, box)


def read_all(tracks: Tracks, pictures: list[list[Line]]) -> list[tuple[float, float, str]]:
    """One picture a second."""
    cues = [cue for second, lines in enumerate(pictures) for cue in tracks.read(float(second), lines)]
    return sorted((cue.start, cue.end, cue.text) for cue in [*cues, *tracks.finish(float(len(pictures)))])


def test_a_text_that_is_misread_now_and_then_is_one_cue_with_its_surest_reading(tracks: Tracks):
    pictures = [[line("Grand opening")], [line("Grand openimg", 0.7)], [line("Grand opening", 0.99)], []]
    assert read_all(tracks, pictures) == [(0, 3, "Grand opening")]


def test_a_text_that_is_missed_once_goes_on(tracks: Tracks):
    assert read_all(tracks, [[line("Exit")], [], [line("Exit")], [], []]) == [(0, 3, "Exit")]


def test_one_subtitle_after_another_at_the_same_place_are_two(tracks: Tracks):
    pictures = [[line("你好，世界")], [line("再见，朋友们")], []]
    assert read_all(tracks, pictures) == [(0, 1, "你好，世界"), (1, 2, "再见，朋友们")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("HOME 0 AWAY 0", "HOME 1 AWAY 0"),
        ("第1步", "第2步"),
        ("Price: $10", "Price: $25"),
        ("我喜欢吃苹果", "我不喜欢吃苹果"),
        ("You can go there today", "You can't go there today"),
        ("李明 经理", "李红 经理"),
    ],
)
def test_another_text_that_is_nearly_the_same_is_another_cue(tracks: Tracks, one: str, other: str):
    pictures = [[line(one)]] * 2 + [[line(other)]] * 2 + [[]]
    assert [text for _, _, text in read_all(tracks, pictures)] == [one, other]


@pytest.mark.parametrize(
    ("texts", "kept"),
    [
        (["Chapter 1", "Chapter 1", "Chapter l"], "Chapter 1"),
        (["REC 0:01", "REC 0:01", "REC 0:02", "REC 0:03"], "REC 0:01"),
        ([f"{speed} km/h" for speed in range(60, 70)], "60 km/h"),
    ],
    ids=["misread", "clock", "counter"],
)
def test_a_figure_that_was_misread_and_one_that_runs_make_no_new_cues(
    tracks: Tracks, texts: list[str], kept: str
):
    found = read_all(tracks, [[line(text)] for text in texts])
    assert found == [(0, len(texts), kept)]


def test_a_text_that_is_written_letter_by_letter_is_one_cue(tracks: Tracks):
    pictures = [[line("Chap")], [line("Chapter")], [line("Chapter Two")], []]
    assert read_all(tracks, pictures) == [(0, 3, "Chapter Two")]


def test_two_lines_of_one_subtitle_are_one_cue(tracks: Tracks):
    below = (0.2, 0.93, 1.4, 1.0)
    pictures = [[line("First fill the pot"), line("with soil", box=below)], []]
    assert read_all(tracks, pictures) == [(0, 1, "First fill the pot with soil")]


def test_what_was_read_once_and_not_surely_is_left_out(tracks: Tracks):
    assert read_all(tracks, [[line("lIl1", 0.65)], []]) == []


def test_what_was_read_twice_may_be_less_sure(tracks: Tracks):
    assert read_all(tracks, [[line("Cafe Luna", 0.65)], [line("Cafe Luna", 0.65)]]) == [(0, 2, "Cafe Luna")]


def test_a_picture_that_is_as_the_one_before_carries_its_texts_on(tracks: Tracks):
    tracks.read(0.0, [line("Exit", box=ABOVE)])
    tracks.hold(5.0)
    (cue,) = tracks.finish(6.0)
    assert (cue.start, cue.end) == (0.0, 6.0)


@pytest.mark.slow
@needs_font
def test_a_photograph_is_read_and_has_no_sound(tmp_path: Path):
    image = Image.new("RGB", (1600, 1200), "white")
    font = ImageFont.truetype(str(FONT), 48)
    ImageDraw.Draw(image).text((200, 300), "营业时间 9:00-18:00\nClosed on Monday", fill="black", font=font)
    path = tmp_path / "sign.jpg"
    image.save(path)
    read = run_sense(Reading(), path)
    text = " ".join(cue.text for cue in read.cues)
    assert "营业时间" in text
    assert "Closed on Monday" in text
    assert {(cue.start, cue.end) for cue in read.cues} == {(0.0, 0.0)}
    assert run_sense(Hearing(), path).reason == "no_sound"
    assert run_sense(SubtitleTracks(), path).reason == "no_tracks"
