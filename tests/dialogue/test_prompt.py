"""Prompts: what stands where, and times as people read them."""

import pickle

import pytest

from core.dialogue.conversation import Conversation, Cue, Turn
from core.dialogue.cues import cue_lines, line_text
from core.dialogue.prompt import (
    ChatTemplate,
    ClipInPrompt,
    PromptPart,
    VisualStretch,
    build_prompt,
    stretch_starts,
    timestamp,
    visual_prefix_parts,
)

TEMPLATE = ChatTemplate("<user>", "\n", "<user>", "</user><model>", "</model>")
VISUAL: list[PromptPart] = [VisualStretch("spatial", 0, 2)]


def text(parts: list[PromptPart]) -> str:
    return "".join(
        part if isinstance(part, str) else f"[{part.name} {part.start}+{part.count}]" for part in parts
    )


def test_the_first_question_follows_the_visual_prefix() -> None:
    prompt = build_prompt(TEMPLATE, [ClipInPrompt(VISUAL)], ["What?"], [])
    assert text(prompt) == "<user>[spatial 0+2]\nWhat?</user><model>"


def test_earlier_turns_stand_between_the_visual_prefix_and_the_question() -> None:
    prompt = build_prompt(TEMPLATE, [ClipInPrompt(VISUAL)], ["What?", "Where?", "When?"], ["A cat.", "Left."])
    assert text(prompt) == (
        "<user>[spatial 0+2]\nWhat?</user><model>A cat.</model>"
        "<user>Where?</user><model>Left.</model><user>When?</user><model>"
    )


def test_a_later_prompt_goes_on_where_the_earlier_one_ended() -> None:
    first = text(build_prompt(TEMPLATE, [ClipInPrompt(VISUAL)], ["What?"], []))
    second = text(build_prompt(TEMPLATE, [ClipInPrompt(VISUAL)], ["What?", "Where?"], ["A cat."]))
    assert second.startswith(first + "A cat.")


def test_a_prompt_without_an_open_question_is_refused() -> None:
    with pytest.raises(AssertionError, match="open question"):
        build_prompt(TEMPLATE, [ClipInPrompt(VISUAL)], ["What?"], ["A cat."])


def test_every_temporal_token_stands_behind_its_time() -> None:
    parts = visual_prefix_parts(9, [10.0, 30.0], timestamps=True)
    assert text(parts) == "[spatial 0+9]0:00[temporal 0+1]0:20[temporal 1+1]"


def test_both_tokens_of_a_frame_stand_behind_one_time() -> None:
    parts = visual_prefix_parts(0, [10.0, 30.0], timestamps=True, per_frame=2)
    assert text(parts) == "0:00[temporal 0+2]0:20[temporal 2+2]"


@pytest.mark.parametrize("frames", [1, 2, 16])
def test_frames_at_the_middles_of_equal_stretches_tell_where_these_begin(frames: int) -> None:
    middles = [30.0 * (index + 0.5) / frames for index in range(frames)]
    if frames == 1:
        assert stretch_starts(middles) == middles  # nothing is known of its length
    else:
        assert stretch_starts(middles) == pytest.approx([30.0 * index / frames for index in range(frames)])


def test_a_prefix_without_frames_is_spatial_tokens_alone() -> None:
    assert text(visual_prefix_parts(9, [], timestamps=True)) == "[spatial 0+9]"


def test_without_timestamps_temporal_tokens_are_one_stretch() -> None:
    assert text(visual_prefix_parts(9, [0.5, 1.5], timestamps=False)) == "[spatial 0+9][temporal 0+2]"


def test_what_is_said_stands_with_its_times_between_the_clip_and_the_first_question() -> None:
    said = line_text("subtitles", cue_lines([Cue(0.5, 2.0, "Hello."), Cue(61.0, 62.0, "再见。")]))
    prompt = build_prompt(TEMPLATE, [ClipInPrompt(VISUAL, said)], ["What?"], [])
    assert text(prompt) == (
        "<user>[spatial 0+2]\nSubtitles of this video, each with its time:\n0:00 Hello.\n1:01 再见。\n\n"
        "What?</user><model>"
    )


def test_two_clips_stand_behind_their_numbers_each_within_what_the_family_puts_around_one() -> None:
    template = ChatTemplate(
        "<user><see>", "</see>\n", "<user>", "</user><model>", "</model>", "", "<see>", "</see>"
    )
    clips = [
        ClipInPrompt(visual_prefix_parts(2, [0.5], False, clip=clip), said)
        for clip, said in enumerate(("Hi.\n", ""))
    ]
    assert text(build_prompt(template, clips, ["What?"], [])) == (
        "<user>Video 1:\n<see>[spatial 0+2][temporal 0+1]</see>\nHi.\n"
        "Video 2:\n<see>[spatial 2 0+2][temporal 2 0+1]</see>\nWhat?</user><model>"
    )


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0.0, "0:00"), (7.4, "0:07"), (59.99, "0:59"), (60.0, "1:00"), (754.2, "12:34"), (3725.0, "1:02:05")],
)
def test_times_are_written_as_people_read_them(seconds: float, written: str) -> None:
    assert timestamp(seconds) == written


def test_a_conversation_is_plain_data() -> None:
    conversation = Conversation("key", turns=[Turn("它是什么？", "一只猫。", "zh", finished=True)])
    assert pickle.loads(pickle.dumps(conversation)) == conversation


def test_no_two_conversations_share_their_name() -> None:
    assert Conversation("key").id != Conversation("key").id
