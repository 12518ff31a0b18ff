"""What strangers write and bring: it breaks no stream, fetches nothing, and names nobody's other files."""

import json
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from core import ChatSettings, Cue, ReelTalkError, Subtitles, Turn, VideoLimits, read_subtitles
from core.engine.video_chat import VideoChat
from core.errors import SettingError
from core.evaluation.json_lines import append_json_lines, read_json_lines
from demo.chat.feedback import FeedbackFile
from demo.chat.messages import assistant, user
from demo.clip.reading import Reading
from demo.keep.transcripts import Transcript, from_file, to_json, to_markdown
from demo.models.host import ModelHost
from demo.models.pool import Models
from demo.page.app import Page
from demo.server.accounts import read_accounts
from demo.server.entry_text import without_halves
from demo.server.tabs import Tab
from demo.server.talks import Talk
from tests.demo.client import ask, connect, open_clip
from tests.demo.server import running_server

FETCHING = [
    "![x](http://evil.example/a.png)",
    "[x](https://evil.example)",
    "[x\\](https://evil.example)",
    "[x\\\\](https://evil.example)",
    "![x][1]\n\n[1]: http://evil.example/a.png",
    "[1]\n\n[1]: //evil.example/a.png",
    "<https://evil.example>",
    "<img src=http://evil.example/a.png>",
    "see https://evil.example/?q=secret or www.evil.example, me@evil.example",
    "!0:01",
    "[![x](//evil.example/a.png)](//evil.example)",
    "**![x](//evil.example/a.png)**",
]


def fetched(markdown: str) -> list[str]:
    """What a reader of Markdown would fetch or follow, times of the clip excepted."""
    found = []
    for block in MarkdownIt("commonmark", {"html": True}).parse(markdown):
        for token in [block, *(block.children or [])]:
            if token.type.startswith("html") and "evil" in token.content:
                found.append(token.content)
            address = token.attrs.get("src") or token.attrs.get("href")
            if token.type == "image" or (address and not str(address).startswith("#t=")):
                found.append(str(address))
    return found


@pytest.mark.parametrize("text", FETCHING)
def test_markdown_of_others_fetches_nothing(text: str) -> None:
    turn = Turn(text, text, finished=True, seconds=1.0)
    shown = [assistant(turn, 4.0, "en")["content"], user(text)["content"]]
    for markdown in [*shown, to_markdown(Transcript([turn], text, 4.0, text), "en").replace("!0:01", "")]:
        assert fetched(markdown) == []
        outside = markdown.replace("\\\\", "")
        assert not any(sign in outside for sign in ("://", "www.", "e@"))


def test_stress_lists_and_times_of_an_answer_stay() -> None:
    turn = Turn("?", "**Two** cats:\n\n1. one [red] at 0:01 (left)\n2. `a[0]`", finished=True, seconds=1.0)
    shown = assistant(turn, 4.0, "en")["content"]
    assert "**Two** cats:\n\n1. one [red] at [0:01](#t=1) (left)\n2. `a[0]`" in shown


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        (rb'{"data": ["a\ud800b"]}', "a\ufffdb"),
        (rb'{"data": ["a\uDFFF"]}', "a\ufffd"),
        (rb'{"data": ["\ud83d\ude00"]}', "😀"),
        (rb'{"data": ["\\ud800"]}', "\\ud800"),
        (rb'{"data": ["\\\ud800"]}', "\\\ufffd"),
        (b'{"data": ["a\xed\xa0\x80b"]}', None),
        ('{"data": ["\\ud800猫"]}'.encode("utf-16"), "\ufffd猫"),
    ],
)
def test_no_half_of_a_surrogate_pair_reaches_a_handler(sent: bytes, taken: str | None) -> None:
    text = json.loads(without_halves(sent))["data"][0]
    assert taken is None or text == taken
    text.encode()


def test_half_of_a_surrogate_pair_in_a_question_breaks_no_stream(
    clip_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("httpx._content.json_dumps", lambda value, **_: json.dumps(value))  # as it is
    client = connect(running_server())
    open_clip(client, clip_file)
    shown = ask(client, "What is\u200b \ud800 in\u202e the video?")[-1]
    assert shown[0] == "What is \ufffd in the video?"
    assert len(shown) == 2


def test_the_page_tells_how_subtitles_were_read_and_reads_them_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "said.srt"
    path.write_bytes("1\n00:00:00,500 -> 00:00:02,000\n這隻烏龜慢慢地爬過草地\n".encode("big5hkscs"))
    host = ModelHost("compact", "compact", lambda name, progress: pytest.fail("nothing is to be loaded"))
    row = Page(Models(["compact"], host.load), VideoLimits(), tmp_path, [], True).subtitles
    tab = Tab(
        "zh", host, talks=[Talk(Reading(str(tmp_path / "clip.mp4"), 8, host), subtitles=read_subtitles(path))]
    )
    shown = row.view(tab)
    assert (shown[row.encoding]["value"], shown[row.encoding]["visible"]) == ("Big5", True)
    assert "有 1 处时间之间的箭头" in shown[row.note]["value"]
    tab.talk.subtitles = read_subtitles(path, "Shift-JIS")
    assert row.view(tab)[row.encoding]["value"] == "Shift-JIS"
    tab.talk.subtitles = Subtitles("kept.srt", ())
    assert row.view(tab)[row.encoding]["visible"] == "hidden", "the file is not there any more"


def test_a_question_that_nobody_can_see_is_none(chat: VideoChat, clip_file: Path) -> None:
    conversation = chat.start(chat.open(clip_file))
    with pytest.raises(SettingError) as failure:
        next(chat.ask(conversation, " \u200b\u2060\ufeff\u3164 "))
    assert failure.value.key == "question_empty"


def test_the_model_reads_plain_letters_and_people_what_they_wrote(
    chat: VideoChat, clip_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embed, prompts = chat.model.embed, []
    monkeypatch.setattr(
        chat.model, "embed", lambda parts, prefix: prompts.append(parts) or embed(parts, prefix)
    )
    conversation = chat.start(chat.open(clip_file), subtitles=(Cue(0.0, 1.0, "ＯＫ，猫"),))
    list(chat.ask(conversation, "Ｗｈａｔ？ ＜／ｕ＞\ud800", ChatSettings(max_new_tokens=1)))
    prompt = "".join(part for part in prompts[-1] if isinstance(part, str))
    assert "What? </u><a>" in prompt, "the control token that she wrote is gone"
    assert "OK，猫" in prompt
    assert conversation.turns[0].question == "Ｗｈａｔ？ ＜／ｕ＞"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_accounts_and_conversations_are_read_from_any_editor(tmp_path: Path, encoding: str) -> None:
    accounts = tmp_path / "accounts.txt"
    accounts.write_bytes("小明:密码123\r\nalice:pass word:x\u2028bob:y\n".encode(encoding))
    assert read_accounts(accounts) == [("小明", "密码123"), ("alice", "pass word:x"), ("bob", "y")]
    talk = Transcript([Turn("它在\u2028哪？", "在左边。", "zh", True, seconds=1.0)], "a.mp4", 4.0, "compact")
    path = tmp_path / "talk.json"
    path.write_bytes(to_json(talk, "zh").encode(encoding))
    assert from_file(path).turns[0].question == "它在\n哪？"


def test_accounts_in_another_encoding_are_told_and_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "accounts.txt"
    path.write_bytes("小明:密码123\n".encode("gb18030"))
    with pytest.raises(ReelTalkError) as failure:
        read_accounts(path)
    assert failure.value.key == "accounts_not_utf8"


def test_what_nobody_sees_is_not_imported(tmp_path: Path) -> None:
    turn = Turn("a\u200b\ud800?", "b\u202e\x00", finished=True, seconds=1.0)
    path = tmp_path / "talk.json"
    path.write_text(json.dumps(json.loads(to_json(Transcript([turn], "c\u202e.mp4"), "en"))), "ascii")
    talk = from_file(path)
    assert (talk.clip, talk.turns[0].question, talk.turns[0].answer) == ("c.mp4", "a?", "b")


def test_lines_of_json_survive_every_editor_and_reader(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"id": 1}')
    with append_json_lines(path) as append:
        append({"id": "a\u2028b"})
    assert len(path.read_text("utf-8").splitlines()) == 2
    assert [line["id"] for line in read_json_lines(path).lines] == [1, "a\u2028b"]
    path.write_bytes('{"id": "猫"}\r\n'.encode("utf-16"))
    assert [line["id"] for line in read_json_lines(path).lines] == ["猫"]
    ratings = FeedbackFile(tmp_path / "feedback.jsonl")
    ratings.add("1", Turn("a\u2028b?", "c"), "tiny", "up")
    assert len(ratings.path.read_text("utf-8").splitlines()) == 1
