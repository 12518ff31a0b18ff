"""Whatever text somebody brings, it is read or refused in plain words, and what is read makes sense."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import ReelTalkError, clean, read_subtitles
from core.cli.batch import answer_rows, split_lines
from core.engine.settings import ChatSettings
from core.engine.video_chat import VideoChat
from core.errors import SettingError, SubtitlesError
from core.language.detection import detect
from core.text.cleaning import for_model
from core.text.encodings import ENCODINGS, decode
from core.text.lines import lines_of
from core.video.sampling import SamplingPlan
from demo.chat.messages import user
from demo.keep.transcripts import (
    FORMAT,
    LONGEST_QUESTION,
    MOST_TURNS,
    VERSION,
    from_dict,
    from_file,
    to_json,
    to_markdown,
    to_srt,
)
from demo.server.entry_text import without_halves
from tests.tiny_model import TinyImageLLM

MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FEW = settings(MANY, max_examples=25)
ANY_TEXT = st.text(st.characters(), max_size=60)  # halves of surrogate pairs among it
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT
ANY_JSON = st.recursive(
    PLAIN, lambda of: st.lists(of, max_size=4) | st.dictionaries(ANY_TEXT, of, max_size=4)
)


def nearly(**fields: st.SearchStrategy) -> st.SearchStrategy:
    """An object with these fields, of which some are missing or are something else."""
    return st.fixed_dictionaries({}, optional={name: field | ANY_JSON for name, field in fields.items()})


TURN = nearly(
    question=ANY_TEXT,
    answer=ANY_TEXT,
    language=st.sampled_from(["en", "zh", "fr"]),
    finished=st.booleans(),
    tokens=st.integers(),
    seconds=st.floats(),
)
CUE = st.tuples(st.floats(), st.floats(), ANY_TEXT).map(list)
CONVERSATION = nearly(
    format=st.just(FORMAT),
    version=st.just(VERSION),
    clip=nearly(name=ANY_TEXT, duration=st.floats()),
    model=ANY_TEXT,
    turns=st.lists(TURN, max_size=3),
    subtitles=nearly(name=ANY_TEXT, cues=st.lists(CUE, max_size=3)),
)
PIECES = st.sampled_from(
    [
        *("WEBVTT", "NOTE x", "STYLE", "REGION", "1", "2", "-->", "->", "：", "00:00:01,000", "00:00:02.5"),
        *("00:61:99,999", "-1:00", "<c.a>", "</i>", "<00:00:01.000>", "&amp;", "&#xD800;", "\n", "\n\n"),
        *("\r\r\n", " ", "\ufeff", "\x00", "你好", "{\\an8}", "\u202e", "99999999999999999999:00:00"),
    ]
)
SUBTITLES = st.lists(PIECES | ANY_TEXT, max_size=40).map("".join)


@pytest.mark.slow
@MANY
@given(CONVERSATION | ANY_JSON)
def test_a_conversation_of_any_kind_is_read_or_refused(data: object) -> None:
    try:
        read = from_dict(data)
    except ValueError:
        return
    assert len(read.turns) <= MOST_TURNS
    assert all(turn.question.strip() and len(turn.question) <= LONGEST_QUESTION for turn in read.turns)
    for written in (to_json(read, "en"), to_markdown(read, "zh"), to_srt(read, "en")):
        written.encode()
    assert from_dict(json.loads(to_json(read, "en"))).turns == read.turns, "it comes back as it went"


@pytest.mark.slow
@MANY
@given(content=st.binary(max_size=300) | st.text(max_size=100).map(str.encode) | st.just(b"[" * 100_000))
def test_a_file_of_any_bytes_is_a_conversation_or_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "talk.json"
    path.write_bytes(content)
    with pytest.raises(ReelTalkError) as failure:
        from_file(path)
    assert failure.value.key == "transcript_unreadable"


@MANY
@given(text=SUBTITLES, encoding=st.sampled_from(sorted(ENCODINGS)), suffix=st.sampled_from([".srt", ".vtt"]))
def test_subtitles_of_any_kind_are_read_or_refused(
    tmp_path: Path, text: str, encoding: str, suffix: str
) -> None:
    path = tmp_path / f"said{suffix}"
    path.write_bytes(text.encode(ENCODINGS[encoding], "replace"))
    for chosen in (None, encoding):
        try:
            cues = read_subtitles(path, chosen).cues
        except SubtitlesError:
            continue
        assert all(0 <= cue.start <= cue.end < 10**9 for cue in cues)
        assert [cue.start for cue in cues] == sorted(cue.start for cue in cues)
        assert all(cue.text == clean(cue.text) and cue.text.strip() for cue in cues)


@MANY
@given(st.binary(max_size=400))
def test_any_bytes_are_text_and_lines(content: bytes) -> None:
    decode(content).text.encode("utf-8", "surrogatepass")
    assert all("\n" not in line for line in lines_of(content).texts)
    without_halves(b'"' + content + b'"').decode()


@MANY
@given(ANY_TEXT)
def test_any_text_is_cleaned_once_and_for_all(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert clean(cleaned) == cleaned
    for_model(cleaned).encode()
    user(cleaned)["content"].encode()
    assert detect(cleaned) in ("en", "zh")


@pytest.fixture(scope="module")
def talking(tmp_path_factory: pytest.TempPathFactory) -> VideoChat:
    return VideoChat(TinyImageLLM(), tmp_path_factory.mktemp("cache"))


@FEW
@given(question=ANY_TEXT)
def test_any_question_is_answered_or_refused(talking: VideoChat, clip_file: Path, question: str) -> None:
    conversation = talking.start(talking.open(clip_file))
    try:
        "".join(talking.ask(conversation, question, ChatSettings(max_new_tokens=2))).encode()
    except SettingError:
        assert not clean(question).strip()
        assert conversation.turns == []
    finally:
        talking.forget(conversation.id)


@FEW
@given(rows=st.lists(nearly(video=st.just("clip.mp4"), question=ANY_TEXT) | ANY_JSON | ANY_TEXT, max_size=4))
def test_each_row_of_a_batch_has_an_answer_or_an_error(
    talking: VideoChat, clip_file: Path, rows: list[object], caplog: pytest.LogCaptureFixture
) -> None:
    texts = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    lines = split_lines(lines_of("\n".join(texts).encode("utf-8", "replace")).texts)
    plan, short = SamplingPlan(frames=2), ChatSettings(max_new_tokens=2)
    answered = [*answer_rows(talking, lines, clip_file.parent, plan, short, lambda _: {})]
    assert len(answered) == len(lines)
    assert all(("answer" in row) != ("error" in row) for row in answered)
    assert [record for record in caplog.records if record.exc_info] == [], "a bug is no answer"
