"""Files of subtitles: what people have on their disks is read, and what is none is refused."""

from pathlib import Path

import pytest

from core.dialogue.conversation import Cue
from core.dialogue.subtitles import MAX_BYTES, read_subtitles
from core.errors import SubtitlesError

SRT = """1
00:00:01,000 --> 00:00:02,500
<i>Hello</i>
there

2
00:01:00,000 --> 00:01:02,000
{\\an8}你好，世界
"""
VTT = """WEBVTT - made by hand

NOTE nobody sees this

intro
00:01.000 --> 00:02.500 align:start
<v Ann>Hello there

01:00.000 --> 01:02.000
你好，世界
"""
CUES = (Cue(1.0, 2.5, "Hello there"), Cue(60.0, 62.0, "你好，世界"))


def written(folder: Path, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


@pytest.mark.parametrize(("name", "content"), [("a.srt", SRT), ("a.vtt", VTT), ("wrong.srt", VTT)])
def test_a_file_becomes_its_cues_without_markup(tmp_path: Path, name: str, content: str) -> None:
    found = read_subtitles(written(tmp_path, name, content))
    assert (found.name, found.cues) == (name, CUES)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16", "utf-8"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_encodings_are_told_apart(tmp_path: Path, encoding: str, line_end: str) -> None:
    path = written(tmp_path, "a.srt", SRT.replace("\n", line_end), encoding)
    assert read_subtitles(path).cues == CUES


@pytest.mark.parametrize("content", [b"", b"dear diary", b"\x00\xff\x81" * 50, b"WEBVTT\n", b"\xff\xfea"])
def test_what_holds_no_cue_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(SubtitlesError) as failure:
        read_subtitles(written(tmp_path, "a.srt", content))
    assert failure.value.key == "subtitles_unreadable"


def test_a_file_that_is_too_large_or_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SubtitlesError) as failure:
        read_subtitles(written(tmp_path, "a.srt", b" " * (MAX_BYTES + 1)))
    assert failure.value.key == "file_too_large"
    with pytest.raises(SubtitlesError) as failure:
        read_subtitles(tmp_path / "none.srt")
    assert failure.value.key == "file_not_found"


def test_only_what_is_said_in_the_range_is_taken(tmp_path: Path) -> None:
    said = read_subtitles(written(tmp_path, "a.srt", SRT))
    assert said.within(None) == CUES
    assert said.within((0.0, 2.0)) == CUES[:1]
    assert said.within((2.5, 60.5)) == CUES[1:]
    assert said.within((10.0, 20.0)) == ()


def test_nothing_in_a_cue_can_end_it_in_the_player(tmp_path: Path) -> None:
    path = written(tmp_path, "a.srt", SRT.replace("there", "a --> b"))
    assert read_subtitles(path).cues[0].text == "Hello a → b"
