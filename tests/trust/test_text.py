"""Text that strangers bring: what nobody sees is taken out, and bytes of any encoding are read and told."""

import json

import pytest

from core.language.detection import detect
from core.text.cleaning import clean, for_model, one_line
from core.text.encodings import ENCODINGS, decode, encoding_named
from core.text.lines import json_line, lines_of


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\ud800b\udfffc", "abc"),
        ("\ud83d\ude00", "😀"),  # a pair that JSON left apart
        ("wh\u200ba\u2060t\ufeff is\u00ad it", "what is it"),
        ("\u200b\u200d\u2060\u3164\ufeff\ufe0f", ""),
        ("a\x00b\x1b[31mc\x7f\x9bd", "ab[31mcd"),
        ("evil\u202egpj.exe\u2066x\u2069\u200f", "evilgpj.exex"),
        ("a\r\nb\rc\u2028d\u2029e\x85f\x0bg\r\r\nh\ti", "a\nb\nc\nd\ne\nf\ng\nh\ti"),
        ("hidden\U000e0069\U000e0067\U000e006e", "hidden"),
        ("a\ufe0f\ufe01\ufe02\ufe03", "a\ufe0f"),
        ("word\u200d word", "word word"),
    ],
)
def test_what_nobody_sees_is_taken_out(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "What?\n\tWhy?",
        "它往哪个方向移动？",
        "👨‍👩‍👧 ❤️",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "می‌خواهم",
        "葛󠄀",
        "e\u0301",
        "Ｗｈａｔ",
        "नमस्ते",
    ],
)
def test_what_is_seen_stays_as_it_was(text: str) -> None:
    assert clean(text) == text
    assert clean(clean(text)) == clean(text)


def test_a_line_is_one() -> None:
    assert one_line(" a\u2028b\u200b\n c ") == "a b c"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Ｗｈａｔ　ｉｓ　ｉｔ？", "What is it?"),
        ("视频里的Ｌｏｇｏ是什么？（第１个）", "视频里的Logo是什么？（第1个）"),
        ("它怎么样…好吗？", "它怎么样…好吗？"),
        ("① ½ ﬁ", "1 1⁄2 fi"),
        ("ｶﾒは？", "カメは？"),
        ("Wait… what", "Wait… what"),
    ],
)
def test_a_model_reads_plain_letters_and_chinese_marks(text: str, read: str) -> None:
    assert for_model(text) == read


def test_full_width_letters_are_words_of_english() -> None:
    assert detect("Ｗｈａｔ ｄｏｅｓ 猫 ｍｅａｎ？") == "en"


SAID = {
    "UTF-8": "这只乌龟慢慢地爬过草地",
    "UTF-16 LE": "这只乌龟慢慢地爬过草地",
    "UTF-16 BE": "The turtle slowly crosses the grass",
    "UTF-32 LE": "這隻烏龜慢慢地爬過草地",
    "GB18030": "大家好，欢迎收看今天的节目\n这只乌龟慢慢地爬过草地",
    "Big5": "大家好，歡迎收看今天的節目\n這隻烏龜慢慢地爬過草地",
    "Shift-JIS": "皆さんこんにちは、今日の番組へようこそ\nこの亀はゆっくり歩く",
    "EUC-JP": "皆さんこんにちは、今日の番組へようこそ\nこの亀はゆっくり歩く",
    "EUC-KR": "여러분 안녕하세요 오늘의 방송입니다\n거북이가 천천히 기어갑니다",
    "Windows-1251": "Добрый вечер, дорогие друзья\nЧерепаха ползёт по траве",
    "KOI8-R": "Добрый вечер, дорогие друзья\nЧерепаха ползет по траве",
    "Windows-1252": "Das Mädchen läuft über die Straße, schön und größer",
    "Windows-1250": "Dzień dobry, żółw idzie powoli przez trawę. Gdzie są wszyscy?",
    "Windows-1253": "Καλησπέρα αγαπητοί φίλοι\nΗ χελώνα περπατάει αργά",
    "Windows-1255": "ערב טוב חברים יקרים\nהצב הולך לאט על הדשא",
    "Windows-1256": "مساء الخير أيها الأصدقاء\nالسلحفاة تمشي ببطء على العشب",
    "Windows-874": "สวัสดีตอนเย็นเพื่อนๆ ที่รัก\nเต่าคลานช้าๆ บนหญ้า",
}


def as_srt(said: str) -> str:
    lines = enumerate(said.split("\n"), 1)
    return "".join(f"{n}\n00:00:0{n},500 --> 00:00:0{n},900\n{line}\n\n" for n, line in lines)


@pytest.mark.parametrize("encoding", SAID)
def test_an_encoding_without_a_mark_is_recognised_and_told(encoding: str) -> None:
    text = as_srt(SAID[encoding])
    found = decode(text.encode(ENCODINGS[encoding]))
    assert (found.text, found.encoding, found.lost) == (text, encoding, 0)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_mark_of_byte_order_is_no_part_of_the_text(encoding: str) -> None:
    assert decode("{}".encode(encoding)).text == "{}"


@pytest.mark.parametrize("encoding", ["UTF-8", "GB18030", "Big5", "Shift-JIS", "EUC-KR", "Windows-1251"])
def test_a_cut_byte_spoils_no_more_than_its_line(encoding: str) -> None:
    said = SAID[encoding] if "\n" in SAID[encoding] else SAID[encoding] + "\n" + SAID[encoding]
    content = as_srt(said).encode(ENCODINGS[encoding])
    last = max(place for place, byte in enumerate(content) if byte > 127)
    found = decode(content[:last] + content[last + 1 :])
    assert found.encoding == encoding
    assert said.split("\n")[0] in found.text


def test_the_encoding_can_be_chosen() -> None:
    content = "你好".encode("big5")
    assert decode(content, "Big5").text == "你好"
    assert decode(content, "GB18030").text != "你好"
    names = {"gbk": "GB18030", "BIG5": "Big5", "sjis": "Shift-JIS", "utf8": "UTF-8", "cp1251": "Windows-1251"}
    assert {name: encoding_named(name) for name in names} == names
    assert encoding_named("klingon") is None


def test_lines_end_where_files_end_them_and_nowhere_else() -> None:
    assert lines_of("\ufeffa\u2028b\r\nc\rd\x0be\n".encode()).texts == ["a\u2028b", "c", "d\x0be", ""]


def test_a_line_in_a_wrong_encoding_spoils_no_other() -> None:
    good, other = "视频里有什么？", "它往哪个方向移动？"
    content = good.encode() + b"\n" + other.encode("gb18030") + b"\n" + good.encode()
    assert lines_of(content) == ([good, other, good], "GB18030")


def test_a_line_of_json_is_one_for_every_reader() -> None:
    value = {"a": "x\u2028y\u2029z\x85", "b": "\ud800", "c": "猫"}
    line = json_line(value)
    assert line.splitlines() == [line.removesuffix("\n")]
    assert json.loads(line.encode()) == value
    assert "猫" in line


@pytest.mark.parametrize("content", [b"\xff\xfe\n{}", b'{"a": "plain"}\n\0\0', b'{"a": "plain"}\n\0'])
def test_damage_does_not_make_a_plain_file_another(content: bytes) -> None:
    assert "{" in lines_of(content).texts[-1] + lines_of(content).texts[0]
