"""A conversation as a file: what is written can be read again, and nothing else can."""

import json
from dataclasses import replace

import pytest

from core import Cue, ReelTalkError, Subtitles, Turn
from demo.keep.transcripts import Transcript, from_file, to_dict, to_json, to_markdown, to_srt

TURNS = [
    Turn(
        "What is it?",
        "A red square.\n\nIt starts at 0:01 and stops at 0:03.",
        finished=True,
        seconds_to_first_token=0.1,
        seconds=0.5,
        tokens=9,
    ),
    Turn("它在哪？", "停在第2秒。", "zh", seconds=1.0, tokens=3),
    Turn("Why?", "", finished=True, seconds=0.2),
]
TALK = Transcript(TURNS, "square.mp4", 4.0, "compact")


def test_what_was_saved_as_json_comes_back_as_it_was(tmp_path):
    path = tmp_path / "talk.json"
    path.write_text(to_json(TALK, "en"), "utf-8")
    assert from_file(path) == TALK


def test_the_subtitles_beside_the_clip_come_back_with_the_conversation(tmp_path):
    said = Subtitles("a.srt", (Cue(0.0, 1.5, "Hello."), Cue(2.0, 3.0, "再见。")))
    talk = replace(TALK, subtitles=said)
    path = tmp_path / "talk.json"
    path.write_text(to_json(talk, "en"), "utf-8")
    assert from_file(path) == talk
    assert "Hello" not in json.dumps(to_dict(talk)), "the browser keeps only what was said"


@pytest.mark.parametrize(
    "subtitles",
    [
        3,
        {"name": "a"},
        {"name": "a", "cues": [["0", 1, "x"]]},
        {"name": 1, "cues": []},
        {"name": "a", "cues": [[1]]},
    ],
)
def test_subtitles_that_nobody_can_have_saved_are_refused(tmp_path, subtitles):
    path = tmp_path / "talk.json"
    path.write_text(changed(subtitles=subtitles), "utf-8")
    with pytest.raises(ReelTalkError):
        from_file(path)


def test_subtitles_stand_at_the_times_that_the_answers_name():
    cues = to_srt(TALK, "en").split("\n\n")
    assert cues[0].splitlines() == [
        "1",
        "00:00:01,000 --> 00:00:03,000",
        "Q: What is it?",
        "A: A red square.",
        "It starts at 0:01 and stops at 0:03.",
    ]
    assert to_srt(TALK, "zh").split("\n\n")[0].splitlines()[2] == "问：What is it?"
    assert cues[1].splitlines()[1] == "00:00:02,000 --> 00:00:04,000"
    assert cues[2].splitlines()[1] == "00:00:00,000 --> 00:00:04,000", "no time named: the whole clip"


def test_markdown_can_be_read_in_the_language_of_the_page():
    text = to_markdown(TALK, "zh")
    assert text.startswith("# square.mp4\n\n在影语 ReelTalk 里与“compact”的对话。\n\n> **问：** What is it?")
    assert "停在第2秒。" in text


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "停在第2秒。 (stopped)"), ("zh", "停在第2秒。（已停止）")], ids=["en", "zh"]
)
def test_a_stopped_answer_says_so_in_what_people_read(lang, said):
    assert f"{said}\n" in to_markdown(TALK, lang)
    assert to_srt(TALK, lang).split("\n\n")[1].endswith(said)
    assert to_markdown(TALK, lang).count(said[-6:]) == 1, "the finished ones do not"


def changed(**changes) -> str:
    return json.dumps(json.loads(to_json(TALK, "en")) | changes)


TURN = json.loads(to_json(TALK, "en"))["turns"][0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dear diary",
        "[]",
        "[" * 100_000,
        changed(format="another"),
        changed(version=2),
        changed(turns="many"),
        changed(turns=[TURN] * 501),
        changed(clip=None),
        changed(clip={"name": 5, "duration": 1}),
        changed(clip={"name": "x", "duration": "long"}),
        changed(turns=[None]),
        changed(turns=[TURN | {"question": "  "}]),
        changed(turns=[TURN | {"question": "x" * 2001}]),
        changed(turns=[TURN | {"answer": ["x"]}]),
        changed(turns=[TURN | {"language": "fr"}]),
        changed(turns=[TURN | {"seconds": -1}]),
        changed(turns=[TURN | {"tokens": True}]),
        changed(turns=[TURN]).replace('"tokens": 9', '"tokens": NaN'),
    ],
)
def test_what_is_no_conversation_is_refused(tmp_path, text):
    path = tmp_path / "talk.json"
    path.write_text(text, "utf-8")
    with pytest.raises(ReelTalkError, match="is not a conversation"):
        from_file(path)


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "talk.json"
    path.write_bytes(b"\xff\xfe\x00{")
    with pytest.raises(ReelTalkError):
        from_file(path)
