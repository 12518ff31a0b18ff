"""The engine with a tiny random model: caches change the time an answer takes, never the answer.

The tiny model answers in random bytes, many of them no valid UTF-8: the hardest text to stream, and to
find again in a cache, because what it wrote is not what its answer is tokenised to.
"""

import copy
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from core.dialogue.conversation import Conversation, Cue
from core.dialogue.prompt import PromptPart, VisualStretch
from core.engine.generation import stream_text
from core.engine.opening import OpenedClip
from core.engine.settings import ChatSettings, EngineLimits
from core.engine.video_chat import VideoChat
from core.errors import ModelError, SettingError, VideoError
from core.language.detection import ANSWER_IN
from core.language.script import common_script
from core.video.clip import VideoLimits
from core.video.sampling import SamplingPlan
from tests.tiny_model import GRID, TinyImageLLM

QUESTIONS = ["What is in the video?", "它往哪个方向移动？", "And then?", "What else?"]
SHORT = ChatSettings(max_new_tokens=24)

pytestmark = pytest.mark.usefixtures("read_once")


@pytest.fixture
def clip(chat: VideoChat, clip_file: Path) -> OpenedClip:
    return chat.open(clip_file)


def answer(chat: VideoChat, conversation: Conversation, question: str, settings: ChatSettings = SHORT) -> str:
    return "".join(chat.ask(conversation, question, settings))


def answers(
    chat: VideoChat, clip: OpenedClip, questions: list[str], settings: ChatSettings = SHORT
) -> list[str]:
    """Those of one new conversation."""
    conversation = chat.start(clip)
    return [answer(chat, conversation, question, settings) for question in questions]


def uncached_answers(chat: VideoChat, clip: OpenedClip, questions: list[str]) -> list[str]:
    conversation = chat.start(clip)
    found = []
    for question in questions:
        chat.forget(conversation.id)
        found.append(answer(chat, conversation, question))
    return found


class Spy:
    """What the model was fed, call by call, and which prompts were embedded."""

    def __init__(self, model: TinyImageLLM, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fed: list[int] = []
        self.prompts: list[list[PromptPart]] = []
        forward, embed = model.forward, model.embed

        def spied_forward(embeds: Any, cache: Any) -> Any:
            self.fed.append(len(embeds))
            return forward(embeds, cache)

        def spied_embed(parts: list[PromptPart], prefix: Any) -> Any:
            self.prompts.append(parts)
            return embed(parts, prefix)

        monkeypatch.setattr(model, "forward", spied_forward)
        monkeypatch.setattr(model, "embed", spied_embed)

    def text(self) -> str:
        """The words of the last prompt."""
        return "".join(part for part in self.prompts[-1] if isinstance(part, str))


@pytest.fixture
def spy(tiny: TinyImageLLM, monkeypatch: pytest.MonkeyPatch) -> Spy:
    return Spy(tiny, monkeypatch)


# Opening


def test_an_opened_clip_says_what_was_read(chat: VideoChat, clip_file: Path) -> None:
    clip = chat.open(clip_file, SamplingPlan(frames=6))
    assert clip.name == "clip.mp4"
    assert clip.duration == pytest.approx(2.4)
    assert clip.reader in ("decord", "pyav")
    assert clip.seconds == pytest.approx([0.2, 0.6, 1.0, 1.4, 1.8, 2.2], abs=0.1)
    assert clip.visual_tokens == GRID[0] * GRID[1] + 6
    assert clip.thumbnails.shape[0] == 6
    assert clip.thumbnails.shape[3] == 3
    assert not clip.damaged
    assert not clip.from_cache


def test_reopening_a_clip_runs_no_encoder_and_gives_identical_answers(
    chat: VideoChat, clip_file: Path, own_cache: Path
) -> None:
    first = chat.open(clip_file)
    found = answers(chat, first, QUESTIONS)
    restarted = VideoChat(TinyImageLLM(), own_cache)
    again = restarted.open(clip_file)
    assert again.from_cache
    assert restarted.model.encoded_frames == 0
    assert again.key == first.key
    assert again.seconds == first.seconds
    assert (again.thumbnails == first.thumbnails).all()
    assert answers(restarted, again, QUESTIONS) == found


def test_the_same_bytes_under_another_name_are_the_same_clip(
    chat: VideoChat, clip: OpenedClip, clip_file: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "再见.mp4"
    copy.write_bytes(clip_file.read_bytes())
    again = chat.open(copy)
    assert again.from_cache
    assert (again.key, again.name) == (clip.key, "再见.mp4")


def test_another_model_or_plan_reads_the_clip_anew(
    chat: VideoChat, clip: OpenedClip, clip_file: Path, own_cache: Path
) -> None:
    assert not chat.open(clip_file, SamplingPlan(frames=3)).from_cache
    assert not VideoChat(TinyImageLLM(seed=1), own_cache).open(clip_file).from_cache


def test_opening_reports_its_progress_to_the_end(chat: VideoChat, clip_file: Path) -> None:
    seen: list[tuple[str, float]] = []
    chat.open(clip_file, progress=lambda key, fraction: seen.append((key, fraction)))
    fractions = [fraction for _, fraction in seen]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0.0, 1.0)


def test_what_cannot_be_opened_is_a_users_error(chat: VideoChat, tmp_path: Path, clip_file: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    cases = {
        tmp_path / "nothing.mp4": "file_not_found",
        tmp_path: "not_a_video",
        tmp_path / ("x" * 300): "not_a_video",
        tmp_path / "text.mp4": "not_a_video",
    }
    for path, key in cases.items():
        with pytest.raises(VideoError) as failure:
            chat.open(path)
        assert failure.value.key == key
    with pytest.raises(VideoError) as failure:
        chat.open(clip_file, limits=VideoLimits(max_duration=1.0))
    assert failure.value.key == "video_too_long"


@pytest.mark.parametrize(
    ("content", "limits", "key"),
    [
        (bytes(2000), VideoLimits(max_bytes=1000), "file_too_large"),
        (b"I am not a film.\n" * 500_000, VideoLimits(), "not_a_video"),
        (b"", VideoLimits(), "file_empty"),
    ],
    ids=["too large", "text", "empty"],
)
def test_what_is_no_video_at_first_sight_is_refused_before_it_is_read_to_its_end(
    chat: VideoChat,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: bytes,
    limits: VideoLimits,
    key: str,
) -> None:
    def hashed(path: Path) -> str:
        raise AssertionError("it was read to its end")

    monkeypatch.setattr("core.engine.video_chat.hash_file", hashed)
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    with pytest.raises(VideoError) as failure:
        chat.open(path, limits=limits)
    assert failure.value.key == key


def test_an_unknown_model_lists_the_known(own_cache: Path) -> None:
    with pytest.raises(ModelError, match="compact"):
        VideoChat.load("no-such-model")


# Caches


def test_answers_with_the_kept_cache_are_those_without(chat: VideoChat, clip: OpenedClip) -> None:
    cached = answers(chat, clip, QUESTIONS)
    assert all(cached)
    assert cached == uncached_answers(chat, clip, QUESTIONS)


def test_tokens_chosen_with_the_kept_cache_are_those_chosen_without(
    chat: VideoChat, clip: OpenedClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.engine import video_chat as engine

    chosen: list[list[int]] = []
    generate = engine.generate_ids

    def spied(*arguments: Any) -> Iterator[int]:
        chosen.append([])
        for token in generate(*arguments):
            chosen[-1].append(token)
            yield token

    monkeypatch.setattr(engine, "generate_ids", spied)
    answers(chat, clip, QUESTIONS)
    uncached_answers(chat, clip, QUESTIONS)
    assert chosen[: len(QUESTIONS)] == chosen[len(QUESTIONS) :]


def test_a_second_question_runs_no_encoder_and_feeds_no_visual_prefix(
    chat: VideoChat, clip: OpenedClip, spy: Spy
) -> None:
    conversation = chat.start(clip)
    first = answer(chat, conversation, QUESTIONS[0])
    encoded, prefill = chat.model.encoded_frames, spy.fed[0]
    spy.fed.clear()
    answer(chat, conversation, QUESTIONS[1])
    template = chat.model.template
    since = first + template.after_answer + template.before_question + QUESTIONS[1] + template.after_question
    since_tokens = len(chat.model.tokenizer(since)["input_ids"])
    assert chat.model.encoded_frames == encoded
    assert prefill > clip.visual_tokens
    assert spy.fed[0] <= since_tokens
    assert all(count == 1 for count in spy.fed[1:])


def test_an_evicted_cache_changes_no_answer(clip_file: Path, own_cache: Path) -> None:
    roomy = VideoChat(TinyImageLLM(), own_cache)
    clip = roomy.open(clip_file)
    expected = answers(roomy, clip, QUESTIONS)
    cramped = VideoChat(TinyImageLLM(), own_cache, EngineLimits(kv_bytes=1))
    clip = cramped.open(clip_file)
    one, other = cramped.start(clip), cramped.start(clip)
    for index, question in enumerate(QUESTIONS):  # each turn throws out the cache of the other
        assert answer(cramped, one, question) == expected[index]
        assert answer(cramped, other, question) == expected[index]


def test_no_more_frames_are_looked_at_than_the_engine_allows(
    tiny: TinyImageLLM, clip_file: Path, own_cache: Path
) -> None:
    chat = VideoChat(tiny, own_cache, EngineLimits(frames=3))
    assert len(chat.open(clip_file, SamplingPlan(frames=6)).seconds) == 3
    assert len(chat.open(clip_file, SamplingPlan(frames=2)).seconds) == 2


def test_a_clip_that_fell_out_of_memory_is_found_on_disk(
    tiny: TinyImageLLM, clip_file: Path, other_clip_file: Path, own_cache: Path
) -> None:
    chat = VideoChat(tiny, own_cache, EngineLimits(open_clips=1))
    clip = chat.open(clip_file)
    expected = answers(chat, clip, QUESTIONS[:1])
    chat.open(other_clip_file)
    encoded = tiny.encoded_frames
    assert answers(chat, clip, QUESTIONS[:1]) == expected
    assert tiny.encoded_frames == encoded


def test_a_clip_that_is_kept_nowhere_any_more_is_a_users_error(
    tiny: TinyImageLLM, clip_file: Path, other_clip_file: Path, own_cache: Path
) -> None:
    chat = VideoChat(tiny, own_cache, EngineLimits(feature_bytes=1, open_clips=1))
    conversation = chat.start(chat.open(clip_file))
    chat.open(other_clip_file)
    with pytest.raises(VideoError) as failure:
        answer(chat, conversation, QUESTIONS[0])
    assert failure.value.key == "clip_expired"
    assert conversation.turns == []


def test_no_two_visual_tokens_share_a_number_in_a_prompt(tiny: TinyImageLLM) -> None:
    prefix = {"spatial": torch.zeros(4, 32), "temporal": torch.zeros(2, 32)}
    parts: list[PromptPart] = ["a", VisualStretch("spatial", 0, 4)]
    parts += ["b", VisualStretch("temporal", 0, 1), "c", VisualStretch("temporal", 1, 1)]
    prompt = tiny.embed(parts, prefix)
    visual = [number for number in prompt.ids if number < 0]
    assert len(set(visual)) == len(visual) == 6
    assert len(prompt.ids) == len(prompt.embeds) == 9


# Turns


@pytest.mark.parametrize("name", ["spatial", "temporal"])
def test_a_stretch_that_is_left_out_is_not_in_the_prompt(
    name: str, clip_file: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = TinyImageLLM()
    model.stretches = (name,)
    spy = Spy(model, monkeypatch)
    chat = VideoChat(model, own_cache)
    answer(chat, chat.start(chat.open(clip_file)), QUESTIONS[0])
    assert {part.name for part in spy.prompts[0] if isinstance(part, VisualStretch)} == {name}


def test_two_conversations_on_one_clip_do_not_mix(chat: VideoChat, clip: OpenedClip) -> None:
    one_alone = answers(chat, clip, QUESTIONS)
    other_alone = answers(chat, clip, QUESTIONS[::-1])
    one, other = chat.start(clip), chat.start(clip)
    for index in range(len(QUESTIONS)):
        assert answer(chat, one, QUESTIONS[index]) == one_alone[index]
        assert answer(chat, other, QUESTIONS[-1 - index]) == other_alone[index]


def test_answers_written_at_the_same_time_do_not_mix(
    chat: VideoChat, clip: OpenedClip, other_clip_file: Path
) -> None:
    clips = [clip, chat.open(other_clip_file)]
    expected = [answers(chat, each, QUESTIONS) for each in clips]
    found: dict[int, list[str]] = {}

    def talk(index: int) -> None:
        found[index] = answers(chat, clips[index % 2], QUESTIONS)

    threads = [threading.Thread(target=talk, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == {index: expected[index % 2] for index in range(4)}


def test_follow_ups_see_the_earlier_turns(chat: VideoChat, clip: OpenedClip, spy: Spy) -> None:
    conversation = chat.start(clip)
    first = answer(chat, conversation, QUESTIONS[0])
    answer(chat, conversation, QUESTIONS[1])
    assert QUESTIONS[0] in spy.text()
    assert first in spy.text()
    assert answer(chat, conversation, QUESTIONS[2]) != answers(chat, clip, [QUESTIONS[2]])[0]


def test_retry_gives_what_a_fresh_conversation_gives(chat: VideoChat, clip: OpenedClip) -> None:
    conversation = chat.start(clip)
    for question in QUESTIONS[:2]:
        answer(chat, conversation, question)
    before = [turn.answer for turn in conversation.turns]
    again = "".join(chat.retry(conversation, SHORT))
    assert [turn.answer for turn in conversation.turns] == before
    assert again == before[-1]


def test_without_a_question_there_is_nothing_to_retry(chat: VideoChat, clip: OpenedClip) -> None:
    with pytest.raises(SettingError) as failure:
        next(chat.retry(chat.start(clip)))
    assert failure.value.key == "nothing_to_retry"


def test_a_retry_keeps_question_and_answer_where_the_clip_is_not_kept_any_more(
    tiny: TinyImageLLM, clip_file: Path, other_clip_file: Path, own_cache: Path
) -> None:
    chat = VideoChat(tiny, own_cache, EngineLimits(feature_bytes=1, open_clips=1))
    conversation = chat.start(chat.open(clip_file))
    for question in QUESTIONS[:2]:
        answer(chat, conversation, question)
    before = copy.deepcopy(conversation.turns)
    chat.open(other_clip_file)
    with pytest.raises(VideoError) as failure:
        next(chat.retry(conversation, SHORT))
    assert failure.value.key == "clip_expired"
    assert conversation.turns == before


def test_an_edited_question_gives_what_a_fresh_conversation_gives(chat: VideoChat, clip: OpenedClip) -> None:
    edited = [QUESTIONS[0], "Where is it?", QUESTIONS[2]]
    expected = answers(chat, clip, edited)
    conversation = chat.start(clip)
    for question in QUESTIONS:
        answer(chat, conversation, question)
    del conversation.turns[1:]
    assert [answer(chat, conversation, question) for question in edited[1:]] == expected[1:]


def test_streamed_pieces_make_up_the_whole_answer(chat: VideoChat, clip: OpenedClip) -> None:
    conversation = chat.start(clip)
    for question in QUESTIONS:
        pieces = list(chat.ask(conversation, question, SHORT))
        turn = conversation.turns[-1]
        assert len(pieces) > 1
        assert all(pieces)
        assert "".join(pieces) == turn.answer
        assert turn.finished


def test_a_character_of_several_tokens_is_streamed_whole(tiny: TinyImageLLM) -> None:
    text = "一只猫 moves 👋🏽 ok"
    ids = tiny.tokenizer(text)["input_ids"]
    assert len(ids) > len(text)
    assert list(stream_text(tiny, iter(ids))) == list(text)


def test_half_a_character_at_the_end_is_left_out(tiny: TinyImageLLM) -> None:
    ids = tiny.tokenizer("猫猫")["input_ids"]
    assert "".join(stream_text(tiny, iter(ids[:-1]))) == "猫"


def test_bytes_that_are_no_character_are_left_out(tiny: TinyImageLLM) -> None:
    ids = tiny.tokenizer("一根猫。")["input_ids"]
    broken = [*ids[:6], *ids[6:8], *ids[9:]]  # the third character without its last byte
    assert "".join(stream_text(tiny, iter(broken))) == "一根。"


def test_a_turn_says_what_it_cost(chat: VideoChat, clip: OpenedClip) -> None:
    conversation = chat.start(clip)
    answer(chat, conversation, QUESTIONS[0])
    (turn,) = conversation.turns
    assert turn.seconds_to_first_token is not None
    assert turn.seconds is not None
    assert 0 < turn.seconds_to_first_token <= turn.seconds
    assert 0 < turn.tokens <= SHORT.max_new_tokens


# Two clips, and what is said in one


def test_a_conversation_about_two_clips_sees_both_and_goes_on_from_its_cache(
    chat: VideoChat, clip: OpenedClip, other_clip_file: Path, spy: Spy
) -> None:
    other = chat.open(other_clip_file)
    conversation = chat.start(clip, other)
    found = [answer(chat, conversation, question) for question in QUESTIONS[:1]]
    assert spy.text().count("Video 1:") == spy.text().count("Video 2:") == 1
    names = [part.name for part in spy.prompts[-1] if isinstance(part, VisualStretch)]
    assert list(dict.fromkeys(names)) == ["spatial", "temporal", "spatial 2", "temporal 2"]
    spy.fed.clear()
    found.append(answer(chat, conversation, QUESTIONS[1]))
    assert spy.fed[0] < clip.visual_tokens + other.visual_tokens, "neither clip was read again"
    fresh = chat.start(clip, other)
    for question, expected in zip(QUESTIONS, found, strict=False):
        chat.forget(fresh.id)
        assert answer(chat, fresh, question) == expected
    assert found != [answer(chat, chat.start(other, clip), question) for question in QUESTIONS[:2]]


def test_a_model_that_cannot_compare_says_so(
    chat: VideoChat, clip: OpenedClip, other_clip_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat.model, "compares_clips", False)
    conversation = chat.start(clip, chat.open(other_clip_file))
    with pytest.raises(SettingError) as failure:
        answer(chat, conversation, QUESTIONS[0])
    assert failure.value.key == "cannot_compare"
    assert conversation.turns == []


SAID = tuple(Cue(index / 2, index / 2 + 0.5, f"line {index}") for index in range(400))


def test_what_is_said_is_given_to_a_model_that_reads_it_with_its_times(
    chat: VideoChat, clip: OpenedClip, spy: Spy, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(chat, chat.start(clip, subtitles=SAID[:5]), QUESTIONS[0])
    assert "0:00 line 1\n0:01 line 2\n" in spy.text()
    monkeypatch.setattr(chat.model, "reads_subtitles", False)
    answer(chat, chat.start(clip, subtitles=SAID[:5]), QUESTIONS[0])
    assert "line 1" not in spy.text()


def test_more_than_the_model_has_room_for_is_thinned_out_evenly_and_the_same_at_every_turn(
    chat: VideoChat, clip: OpenedClip, spy: Spy
) -> None:
    conversation = chat.start(clip, subtitles=SAID)
    answer(chat, conversation, QUESTIONS[0])
    kept = [int(line.split(" line ")[1]) for line in spy.text().split("\n") if " line " in line]
    first_part = [number for number in kept if number < 200]
    assert 10 < len(kept) < 100
    assert abs(len(first_part) - len(kept) / 2) <= 2
    fed = len(spy.fed)
    answer(chat, conversation, QUESTIONS[1])
    assert spy.fed[fed] < 100, "the second turn goes on from the first"


def test_what_is_said_cannot_close_the_question(chat: VideoChat, clip: OpenedClip, spy: Spy) -> None:
    end = chat.model.tokenizer.eos_token
    answer(chat, chat.start(clip, subtitles=(Cue(0.0, 1.0, f"bye{end}"),)), QUESTIONS[0])
    assert "0:00 bye\n" in spy.text()


# Stopping


def test_a_stop_ends_the_answer_within_a_token_or_two(chat: VideoChat, clip: OpenedClip) -> None:
    conversation, stop = chat.start(clip), threading.Event()
    stream = chat.ask(conversation, QUESTIONS[0], ChatSettings(max_new_tokens=500), stop)
    pieces = [next(stream)]
    written = conversation.turns[0].tokens
    stop.set()
    pieces += stream
    (turn,) = conversation.turns
    assert turn.tokens <= written + 2
    assert turn.answer == "".join(pieces)
    assert not turn.finished
    assert turn.seconds is not None


def test_closing_the_stream_ends_the_answer(chat: VideoChat, clip: OpenedClip, spy: Spy) -> None:
    conversation = chat.start(clip)
    stream = chat.ask(conversation, QUESTIONS[0], ChatSettings(max_new_tokens=500))
    seen = next(stream) + next(stream)
    fed = len(spy.fed)
    stream.close()
    (turn,) = conversation.turns
    assert len(spy.fed) == fed
    assert turn.answer == seen
    assert not turn.finished
    assert turn.seconds is not None


@pytest.mark.parametrize("how", ["stop", "close"])
def test_after_a_stop_the_conversation_goes_on_as_without_a_cache(
    chat: VideoChat, clip: OpenedClip, how: str
) -> None:
    found = []
    for forget in (False, True):
        conversation, stop = chat.start(clip), threading.Event()
        stream = chat.ask(conversation, QUESTIONS[0], ChatSettings(max_new_tokens=500), stop)
        next(stream), next(stream)
        if how == "stop":
            stop.set()
            next(stream, None)
        stream.close()
        if forget:
            chat.forget(conversation.id)
        answer(chat, conversation, QUESTIONS[1])
        found.append([turn.answer for turn in conversation.turns])
    assert found[0] == found[1]


def test_a_stop_before_the_first_word_leaves_an_empty_answer(chat: VideoChat, clip: OpenedClip) -> None:
    conversation, stop = chat.start(clip), threading.Event()
    stop.set()
    assert list(chat.ask(conversation, QUESTIONS[0], SHORT, stop)) == []
    assert conversation.turns[0].answer == ""
    assert not conversation.turns[0].finished


def test_a_stop_that_was_not_used_serves_the_next_answer(chat: VideoChat, clip: OpenedClip) -> None:
    conversation, stop = chat.start(clip), threading.Event()
    for question in QUESTIONS[:2]:
        assert list(chat.ask(conversation, question, SHORT, stop))
    assert all(turn.finished for turn in conversation.turns)


# Settings


@pytest.mark.parametrize(
    ("language", "question", "instruction"),
    [
        ("auto", "What is it?", ""),
        ("auto", "它是什么？", ""),
        ("en", "What is it?", ""),
        ("zh", "What is it?", ANSWER_IN["zh"]),
        ("en", "它是什么？", ANSWER_IN["en"]),
    ],
)
def test_a_fixed_language_is_asked_for_where_the_question_is_in_another(
    chat: VideoChat, clip: OpenedClip, spy: Spy, language: str, question: str, instruction: str
) -> None:
    conversation = chat.start(clip)
    answer(chat, conversation, question, ChatSettings(max_new_tokens=1, language=language))
    assert spy.text().endswith(question + instruction + chat.model.template.after_question)
    assert conversation.turns[0].question == question  # people see what they wrote


def test_a_model_is_asked_in_the_words_that_it_reads(
    chat: VideoChat, clip: OpenedClip, spy: Spy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat.model, "readable", common_script)
    conversation = chat.start(clip)
    answer(chat, conversation, "這是什麼？")
    answer(chat, conversation, "What is it?")
    assert "这是什么？" + chat.model.template.after_question in spy.text()
    assert conversation.turns[0].question == "這是什麼？"  # people see what they wrote


def test_a_turn_keeps_its_language_when_the_next_one_has_another(
    chat: VideoChat, clip: OpenedClip, spy: Spy
) -> None:
    conversation = chat.start(clip)
    answer(chat, conversation, "What is it?", ChatSettings(max_new_tokens=1, language="zh"))
    answer(chat, conversation, "Where?", ChatSettings(max_new_tokens=1))
    assert [turn.language for turn in conversation.turns] == ["zh", "en"]
    assert "What is it?" + ANSWER_IN["zh"] in spy.text()


def test_a_question_of_one_mark_is_answered_as_the_conversation_is(
    chat: VideoChat, clip: OpenedClip, spy: Spy
) -> None:
    conversation = chat.start(clip)
    answer(chat, conversation, "這是什麼？", ChatSettings(max_new_tokens=1))
    answer(chat, conversation, "？", ChatSettings(max_new_tokens=1))
    assert spy.text().endswith("?" + ANSWER_IN["zh"] + chat.model.template.after_question)
    answer(chat, conversation, "What?", ChatSettings(max_new_tokens=1))
    answer(chat, conversation, "…", ChatSettings(max_new_tokens=1))
    turns = conversation.turns
    assert [(turn.language, turn.script) for turn in turns] == [("zh", "Hant")] * 2 + [("en", "Hant")] * 2


def test_the_same_seed_gives_the_same_answer_and_another_seed_another(
    chat: VideoChat, clip: OpenedClip
) -> None:
    found = [
        answers(chat, clip, QUESTIONS, ChatSettings(max_new_tokens=24, temperature=1.0, seed=seed))
        for seed in (1, 1, 2)
    ]
    assert found[0] == found[1] != found[2]


def test_a_seed_changes_nothing_without_a_temperature(chat: VideoChat, clip: OpenedClip) -> None:
    assert answers(chat, clip, QUESTIONS, ChatSettings(max_new_tokens=24, seed=5)) == answers(
        chat, clip, QUESTIONS
    )


@pytest.mark.parametrize("question", ["", "  \n"])
def test_an_empty_question_is_a_users_error(chat: VideoChat, clip: OpenedClip, question: str) -> None:
    conversation = chat.start(clip)
    with pytest.raises(SettingError) as failure:
        answer(chat, conversation, question)
    assert failure.value.key == "question_empty"
    assert conversation.turns == []


def test_a_conversation_that_the_model_cannot_read_is_a_users_error(
    chat: VideoChat, clip: OpenedClip, tiny: TinyImageLLM
) -> None:
    conversation = chat.start(clip)
    first = answer(chat, conversation, QUESTIONS[0])
    with pytest.raises(SettingError) as failure:
        answer(chat, conversation, "long " * (tiny.context_length // 4))
    assert failure.value.key == "conversation_too_long"
    assert [turn.answer for turn in conversation.turns] == [first]
    assert answer(chat, conversation, QUESTIONS[1]) == answers(chat, clip, QUESTIONS)[1]


def test_a_single_question_that_is_too_long_is_not_blamed_on_the_conversation(
    chat: VideoChat, clip: OpenedClip, tiny: TinyImageLLM
) -> None:
    with pytest.raises(SettingError) as failure:
        answer(chat, chat.start(clip), "long " * (tiny.context_length // 4))
    assert failure.value.key == "question_beyond_model"


def test_an_answer_ends_where_the_model_can_read_no_further(
    chat: VideoChat, clip: OpenedClip, tiny: TinyImageLLM, spy: Spy, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = chat.start(clip)
    answer(chat, conversation, QUESTIONS[0], ChatSettings(max_new_tokens=1))
    monkeypatch.setattr(tiny, "context_length", spy.fed[0] + 3)
    longer = chat.start(clip)
    answer(chat, longer, QUESTIONS[0], ChatSettings(max_new_tokens=50))
    assert longer.turns[0].tokens == 3


@pytest.mark.parametrize(
    "setting",
    [{"max_new_tokens": 0}, {"temperature": -0.1}, {"temperature": 3.0}, {"top_p": 0.0}, {"language": "fr"}],
)
def test_a_setting_that_makes_no_sense_is_a_users_error(setting: dict[str, Any]) -> None:
    with pytest.raises(SettingError) as failure:
        ChatSettings(**setting)
    assert failure.value.key == "bad_setting"
