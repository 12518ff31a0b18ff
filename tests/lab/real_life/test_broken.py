"""Which answers are broken whatever the clip shows, and which are sound."""

import pytest

from core.lab.real_life.broken import Row, finds

BROKEN = [
    ("When does it appear?", "The dog appears at 0:060:05.", "doubled time"),
    ("它什么时候出现？", "它在 0:060:05 出现。", "doubled time"),
    ("What colour is the background?", "The background is coffee.", "no colour"),
    ("背景是什么颜色？", "背景是咖啡。", "no colour"),
    ("what's in it", "The video shows a cat, a dog and a cat.", "named twice"),
    ("有什么", "视频里有一只猫、一条狗和一只猫。", "named twice"),
    ("what's in it", "The video shows a do\ufffd.", "half word"),
    ("what's in it", "The video shows a c and a dog.", "half word"),
    ("有什么", "视频里有一只\ufffd。", "half word"),
    ("is there a chessboard?", "No, the video shows noboard.", "half word"),
    ("描述一下", "视频里有一棵房子。", "measure word"),
    ("describe", "A man man walks on the street.", "repetition"),
    ("describe", "It is red, it is red, it is red.", "repetition"),
    ("描述一下", "很多人在走很多人在走很多人在走。", "repetition"),
    ("what is it", "视频里有一只猫。", "wrong language"),
    ("这是什么", "The video shows a cat.", "wrong language"),
    ("这是什么", "视频里有一只 kitten。", "wrong language"),
    ("這是什麼？", "視頻里有一隻猫。", "wrong script"),
    ("describe", "The video shows a man who is walking on the", "unfinished"),
    ("描述一下", "视频里有一个男人在街上走，他的旁边有一", "unfinished"),
    ("who is this?", "This is John Smith.", "invented name"),
    ("他叫什么名字", "他叫张伟。", "invented name"),
    ("what is it", '{"answer": "a cat"}', "markup"),
    ("what is it", "It is **a cat**.", "markup"),
    ("what is it", "A cat.<|im_end|>", "template"),
    ("what is it", "Seen: cat, dog.", "template"),
    ("这是什么", "assistant\n一只猫。", "template"),
    ("what happens in the clip", "What happens in the clip?", "echo"),
    ("视频里发生了什么事情", "视频里发生了什么事情？", "echo"),
    ("what is it", "  ", "empty"),
]
SOUND = [
    ("When does it appear?", "The dog appears at 0:06 and again at 1:05."),
    ("What colour is the background?", "The background is coffee-brown."),
    ("What colour is the car?", "I cannot see a car in the video."),
    ("背景是什么颜色？", "背景是咖啡色的。"),
    ("有没有颜色", "没有看出来。"),
    ("what's in it", "The video shows a tuk-tuk, a T-shirt and a dog."),
    ("what's in it", "A black dog and a white dog play. The dog is happy."),
    ("有什么", "视频里有一只黑猫和一只白猫。"),
    ("有什么", "视频里有一棵树、一匹马和一位老人。"),
    ("who is there", "There is nobody, and I see no noodles; it shows nothing."),
    ("is there a fox", "The video shows no northern fox and no notebook."),
    ("what is the capital of France", "Paris"),
    ("1+1", "2"),
    ("一加一等于几", "2"),
    ("bye", "Bye bye!"),
    ("hi", "Hi"),
    ("你好", "你好"),
    ("what is it", "It's a cat; that's all I can tell."),
    ("who are you", "I am ReelTalk's compact model."),
    ("你是谁", "我是影语 ReelTalk 的小模型。"),
    ("他叫什么名字", "我看不出他叫什么。"),
    ("who is that?", "I cannot tell: a clip shows no names."),
    ("who are you", "I am an assistant that looks at your video."),
    ("answer in chinese", "视频里有一只猫。"),
    ("數一數總共幾只？", "有一隻河狸。"),
    ("謝謝！", "不客氣。"),
    ("好笑吗", "哈哈哈，挺好笑的。"),
]


@pytest.mark.parametrize(("question", "answer", "kind"), BROKEN)
def test_a_broken_answer_is_found_with_its_kind(question: str, answer: str, kind: str) -> None:
    assert kind in {find.kind for find in finds(Row(question, answer))}


@pytest.mark.parametrize(("question", "answer"), SOUND)
def test_nothing_is_found_in_a_sound_answer(question: str, answer: str) -> None:
    assert finds(Row(question, answer)) == []


def test_an_answer_as_long_as_may_be_is_unfinished() -> None:
    assert [find.kind for find in finds(Row("describe", "A dog runs.", cut=True))] == ["unfinished"]


def test_rows_are_objects_or_lists() -> None:
    assert Row.of(["apple.mp4", "what", "An apple.", None]) == Row("what", "An apple.")
    assert Row.of({"question": "what", "answer": "An apple.", "cut": True}) == Row("what", "An apple.", True)
