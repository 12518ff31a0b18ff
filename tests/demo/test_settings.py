"""The drawer of settings: what its sliders mean, and what the times are for."""

import pytest

from core import ChatSettings
from core.dialogue.prompt import timestamp
from demo.settings.span import end_of_range, span_of


@pytest.mark.parametrize(
    ("first", "last", "span"),
    [
        (0.0, 4.0, None),
        (0.0, 3.9, None),  # the last step of a clip of 3.96 s
        (1.0, 2.0, (1.0, 2.0)),
        (2.0, 1.0, (1.0, 2.0)),
        (2.0, 2.0, None),
    ],
)
def test_two_sliders_mean_a_range_in_whichever_order(first, last, span):
    assert span_of(first, last, 4.0) == span


@pytest.mark.parametrize(("duration", "end"), [(3.96, 3.9), (4.0, 4.0), (3.9999999999999996, 4.0)])
def test_a_range_ends_within_the_clip_and_where_it_ends_for_a_reader(duration, end):
    assert end_of_range(duration) == end


def test_a_model_that_reads_times_is_told_them_unless_that_is_switched_off(chat, clip_file):
    clip = chat.open(clip_file)

    def tokens_fed(timestamps: bool) -> int:
        before = chat.model.fed_tokens
        settings = ChatSettings(max_new_tokens=1, timestamps=timestamps)
        list(chat.ask(chat.start(clip), "What is it?", settings))
        return chat.model.fed_tokens - before

    times = sum(len(timestamp(seconds)) for seconds in clip.seconds)  # the tiny model reads letters
    assert tokens_fed(timestamps=True) - tokens_fed(timestamps=False) == times
