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


def spoken(tmp_path: Path, name: str, content: str) -> tuple[list[str], set[str]]:
    """What a file says, and the kinds of repairs that are told."""
    found = read_subtitles(written(tmp_path, name, content))
    return [cue.text for cue in found.cues], {repair.key for repair in found.repairs}


def test_a_good_file_needs_no_repair(tmp_path: Path) -> None:
    for name, content in (("a.srt", SRT), ("a.vtt", VTT)):
        found = read_subtitles(written(tmp_path, name, content))
        assert (found.repairs, found.encoding) == ((), "UTF-8")


@pytest.mark.parametrize(
    ("repair", "change"),
    [
        ("full_width", lambda srt: srt.replace(":", "：").replace(",", "，", 2)),
        ("full_width", lambda srt: srt.replace("00:00:01", "００:００:０１")),
        ("arrow", lambda srt: srt.replace("-->", "->")),
        ("arrow", lambda srt: srt.replace("-->", "→")),
        ("arrow", lambda srt: srt.replace("-->", "–>")),
        ("decimal", lambda srt: srt.replace(",000", ".000")),
        ("decimal", lambda srt: srt.replace(",000", ":000")),
        ("numbers", lambda srt: srt.replace("1\n00", "00").replace("2\n00", "00")),
        ("line_ends", lambda srt: srt.replace("\n", "\r\r\n")),
    ],
)
def test_srt_is_repaired_and_each_repair_told(tmp_path: Path, repair: str, change) -> None:
    path = tmp_path / "a.srt"
    path.write_bytes(change(SRT).encode())
    found = read_subtitles(path)
    assert found.cues == CUES
    assert {each.key for each in found.repairs} == {repair}


def test_blank_lines_of_srt_may_be_too_many_or_missing(tmp_path: Path) -> None:
    assert spoken(tmp_path, "a.srt", SRT.replace("\n", "\n\n"))[0] == [cue.text for cue in CUES]
    assert spoken(tmp_path, "a.srt", SRT.replace("\n\n", "\n"))[0] == [cue.text for cue in CUES]


def test_a_number_that_somebody_says_is_not_lost(tmp_path: Path) -> None:
    times = [f"00:00:0{second},000 --> 00:00:0{second},900\n" for second in (1, 2, 3)]
    numbered = "".join(f"{n}\n{line}{4 - n}\n\n" for n, line in enumerate(times, 1))
    assert spoken(tmp_path, "a.srt", numbered) == (["3", "2", "1"], set())
    bare = "".join(f"{line}year\n{1984 + n}\n\n" for n, line in enumerate(times))
    assert spoken(tmp_path, "a.srt", bare) == (["year 1984", "year 1985", "year 1986"], {"numbers"})


def test_cues_that_end_too_early_or_stand_in_the_wrong_order_are_kept(tmp_path: Path) -> None:
    second, first = SRT.replace("00:01:02,000", "00:00:00,000"), "00:00:00,100 --> 00:00:00,900\nFirst\n"
    found = read_subtitles(written(tmp_path, "a.srt", f"{second}\n3\n{first}"))
    assert [cue.text for cue in found.cues] == ["First", "Hello there", "你好，世界"]
    assert found.cues[-1].end > found.cues[-1].start
    assert {repair.key for repair in found.repairs} == {"order", "ends"}


def test_vtt_is_read_as_vtt(tmp_path: Path) -> None:
    content = """WEBVTT
Kind: captions

STYLE
::cue { color: lime }

REGION
id:fred

NOTE
of several
lines --> with an arrow

00:00.500 --> 00:02.000 position:10%,line-left
&gt;&gt; R&amp;D &lt;b&gt; &nbsp;it&#39;s <00:00:01.000><c.yellow>fine</c>

cue
00:02.500 --> 00:04.500
<v Mary><i>Hi</i> there &lrm;&notanentity

00:05.000 --> 00:06.000
NOTE this is said
a &lt;-- b
"""
    said, repairs = spoken(tmp_path, "a.vtt", content)
    assert said == [">> R&D <b> it's fine", "Hi there &notanentity", "NOTE this is said a <-- b"]
    assert repairs == set()


@pytest.mark.parametrize(
    ("repair", "change"),
    [
        ("header", lambda vtt: vtt.partition("\n\n")[2]),
        ("decimal", lambda vtt: vtt.replace(".000", ",000")),
        ("line_ends", lambda vtt: vtt.replace("\n", "\r\r\n")),
    ],
)
def test_vtt_is_repaired_and_each_repair_told(tmp_path: Path, repair: str, change) -> None:
    path = tmp_path / "a.vtt"
    path.write_bytes(change(VTT).encode())
    found = read_subtitles(path)
    assert found.cues == CUES
    assert {each.key for each in found.repairs} == {repair}


ROLLING = """WEBVTT
Kind: captions
Language: en

00:00:00.240 --> 00:00:01.910 align:start position:0%
\x20
hello<00:00:00.480><c> my</c><00:00:00.719><c> name</c><00:00:01.000><c> is</c><00:00:01.200><c> Luke</c>

00:00:01.910 --> 00:00:01.920 align:start position:0%
hello my name is Luke
\x20

00:00:01.920 --> 00:00:03.500 align:start position:0%
hello my name is Luke
no

00:00:03.500 --> 00:00:03.510 align:start position:0%
no
\x20

00:00:03.510 --> 00:00:05.000 align:start position:0%
no
no
"""


def test_rolling_captions_are_read_without_repetition_or_loss(tmp_path: Path) -> None:
    found = read_subtitles(written(tmp_path, "a.vtt", ROLLING))
    assert found.cues == (
        Cue(0.24, 1.92, "hello my name is Luke"),
        Cue(1.92, 3.51, "no"),
        Cue(3.51, 5.0, "no"),  # somebody says it twice
    )
    assert [str(repair) for repair in found.repairs] == ["Lines that rolling captions repeat, kept once: 4."]


def test_a_refrain_is_no_rolling_caption(tmp_path: Path) -> None:
    words = ["La la la", "La la la", "La la la", "I love you", "so much", "you know", "my dear", "my friend"]
    lines = [f"{n}\n00:00:0{n},000 --> 00:00:0{n + 1},000\n{word}\n" for n, word in enumerate(words, 1)]
    assert spoken(tmp_path, "a.srt", "\n".join(lines)) == (words, set())


def test_an_encoding_is_told_and_can_be_changed(tmp_path: Path) -> None:
    path = written(tmp_path, "a.srt", SRT.replace("你好，世界", "這隻烏龜慢慢地爬過草地"), "big5")
    found = read_subtitles(path)
    assert (found.encoding, found.cues[1].text) == ("Big5", "這隻烏龜慢慢地爬過草地")
    other = read_subtitles(path, "GB18030")
    assert (other.encoding, other.path) == ("GB18030", path)
    assert other.cues[1].text != found.cues[1].text


def test_a_cut_byte_does_not_refuse_a_file(tmp_path: Path) -> None:
    content = SRT.replace("你好，世界", "这只乌龟慢慢地爬过草地").encode()
    path = written(tmp_path, "a.srt", content.replace("龟".encode(), "龟".encode()[:2]))
    found = read_subtitles(path)
    assert [str(repair) for repair in found.repairs] == [
        "Characters that are damaged and could not be read: 1."
    ]
    assert found.cues[0] == CUES[0]


def test_what_nobody_sees_is_not_in_a_cue(tmp_path: Path) -> None:
    said, _ = spoken(tmp_path, "a.srt", SRT.replace("there", "th\u200bere\u202e\u2028you\x00"))
    assert said[0] == "Hello there you"
