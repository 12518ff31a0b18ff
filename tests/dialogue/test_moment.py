"""Which questions mean the moment at which their viewer is."""

import pytest

from core.dialogue.moment import asks_about_now, moment_line


@pytest.mark.parametrize(
    "question",
    [
        "What is this?",
        "who's that in this picture here?",
        "What is happening now?",
        "What did she just say?",
        "Where is the dog at this moment?",
        "What is this animal?",
        "What is this man talking about?",
        "What is this woman showing?",
        "What is this man about to do?",
        "Who is this musician?",
        "What is this classic car?",
        "这个歌手是谁？",
        "这个讲话的人是谁？",
        "这一秒发生了什么？",
        "现在这是什么？",
        "这是谁",
        "他刚才说了什么？",
        "此刻画面里有几个人？",
        "現在在說什麼？",
        "這隻動物是什麼？",
    ],
)
def test_these_are_about_now(question):
    assert asks_about_now(question)


@pytest.mark.parametrize(
    "question",
    [
        "What is in the video?",
        "What is this video about?",
        "Is this whole clip about cooking?",
        "Who is in this film?",
        "What is this at 0:05?",
        "Summarise it.",
        "What is this lecture about?",
        "What is this about?",
        "What's this song?",
        "What is this in the last ten seconds?",
        "这节课讲了什么？",
        "这个讲座的主题是什么？",
        "这首歌叫什么？",
        "这是什么视频？",
        "这是关于什么的？",
        "1：30这是什么？",
        "Do you know the answer?",
        "视频里有什么？",
        "这个视频讲什么？",
        "这段视频多长？",
        "这一段片子里有谁？",
        "第5秒这是什么？",
        "它往哪个方向移动？",
    ],
)
def test_these_are_not(question):
    assert not asks_about_now(question)


def test_the_line_has_the_time_in_the_language_of_the_question():
    assert moment_line(72.9, "en") == "The viewer is at 1:12. "
    assert moment_line(12, "zh") == "观看者停在0:12。"
