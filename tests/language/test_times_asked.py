"""Times of a clip as people ask for them."""

import pytest

from core.language.times import stretches_asked, times_asked


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("what happens at 12:30?", [750]),
        ("1:02:05", [3725]),
        ("1：30说了什么？", [90]),
        ("１：３０", [90]),
        ("12分30秒发生了什么？", [750]),
        ("十二分三十秒", [750]),
        ("第5分钟说了什么", [300]),
        ("两分钟的时候", [120]),
        ("一分半", [90]),
        ("3分那里", [180]),
        ("1小时2分钟", [3720]),
        ("1小時30分", [5400]),
        ("after 90 seconds", [90]),
        ("at 90s", [90]),
        ("1m30s", [90]),
        ("is that an iPhone 6s?", []),
        ("twenty-five seconds in", [25]),
        ("a hundred and twenty seconds", []),
        ("Explain this in one minute", []),
        ("5分20发生了什么", [320]),
        ("3分发生了什么", [180]),
        ("第3分", [180]),
        ("这一秒发生了什么", []),
        ("下一分钟呢", []),
        ("十分时尚", []),
        ("十十秒", []),
        ("两三秒", []),
        ("用一分钟总结", []),
        ("at 1 hour", [3600]),
        ("2 minutes and 5 seconds in", [125]),
        ("at two minutes thirty seconds", [150]),
        ("in minute 3", [180]),
        ("it costs 30 dollars", []),
        ("下午1點30分", []),
        ("十分重要的是什么", []),
        ("得了3分", []),
        ("三分之一", []),
        ("how many minutes long is it", []),
    ],
)
def test_times_are_understood_as_people_write_them(text: str, times: list[float]):
    assert times_asked(text) == times


@pytest.mark.parametrize(
    ("text", "stretch"),
    [
        ("What is said in the last 10 seconds?", (590, 600)),
        ("最后十秒说了什么", (590, 600)),
        ("the last two minutes", (480, 600)),
        ("the final minute", (540, 600)),
        ("the first 30 seconds", (0, 30)),
        ("前30秒", (0, 30)),
        ("開頭的20秒", (0, 20)),
        ("第三分钟说了什么", (120, 180)),
        ("at 1:30", (90, 90)),
        ("镜头3分20秒", (200, 200)),
    ],
)
def test_a_stretch_has_two_ends(text: str, stretch: tuple[float, float]):
    assert stretches_asked(text, end=600) == [stretch]
