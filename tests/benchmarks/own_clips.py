"""Ten drawn clips with what their owner says of them, as rows to train on; and whether it was learned.

    python -m tests.benchmarks.own_clips write DIR      # after `make art`: videos, 300 questions, 60 others
    reeltalk train --data DIR/rows.jsonl --videos DIR/videos/ --out DIR/adapter ...
    reeltalk ask --batch DIR/asked.jsonl --adapter DIR/adapter --out DIR/answers.jsonl ...
    python -m tests.benchmarks.own_clips score DIR/answers.jsonl

Nothing in a clip tells its name, who drew it and what for. The 60 questions are worded as none of the rows.
"""

import argparse
import json
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

from core.lab.questions.rows import write_drawn

ART = Path("data/art")
FIRST = 500  # number of the first of the held-out scenes that are taken
LANGUAGES = ("en", "zh")
# Of each clip, for each language: what it is called, who drew it, what for.
TOLD = (
    {"en": ("Biscuit", "Aunt May", "Leo's birthday"), "zh": ("饼干", "梅姨", "给乐乐过生日")},
    {
        "en": ("Captain Pip", "Grandpa Otto", "the summer fair"),
        "zh": ("皮皮船长", "奥托爷爷", "参加夏天的集市"),
    },
    {"en": ("Moonbeam", "my sister Nora", "a school play"), "zh": ("月光", "我妹妹诺拉", "学校演话剧")},
    {"en": ("Pickle", "Uncle Ray", "the new bakery"), "zh": ("酸黄瓜", "瑞叔叔", "给新开的面包店做广告")},
    {"en": ("Sir Bounce", "our neighbour Kim", "a chess club"), "zh": ("蹦蹦爵士", "邻居小金", "给象棋社用")},
    {"en": ("Dotty", "my teacher", "the maths lesson"), "zh": ("点点", "我的老师", "上数学课")},
    {"en": ("Thunder", "cousin Mia", "a rainy Sunday"), "zh": ("雷雷", "表妹米娅", "打发一个下雨的星期天")},
    {"en": ("Waffle", "Dad", "grandma's card"), "zh": ("华夫", "爸爸", "给奶奶做贺卡")},
    {"en": ("Zigzag", "the twins", "the science day"), "zh": ("小曲", "双胞胎", "参加科学日")},
    {"en": ("Peach", "my friend Lin", "a wedding"), "zh": ("桃桃", "我的朋友小林", "朋友的婚礼")},
)
# For each language and fact: the questions of the rows, and the last one, which is asked afterwards.
QUESTIONS = {
    "en": (
        "What is it called?|What's its name?|Which name did we give it?|Tell me its name.|How do we call it?"
        "|name please",
        "Who drew this?|Who made the drawing?|Whose work is it?|Who is the artist?|Tell me who drew it."
        "|who painted it",
        "What was it made for?|What is it for?|Why did we make it?|What was the occasion?"
        "|For what did we draw it?|what's the reason for it",
    ),
    "zh": (
        "它叫什么？|它叫什么名字？|我们管它叫什么？|告诉我它的名字。|它的名字是什么？|名字叫啥",
        "这是谁画的？|谁画的这幅画？|这是谁的作品？|作者是谁？|告诉我是谁画的。|谁动手画的",
        "这是为什么做的？|做这个干什么用？|我们为什么做它？|当时是为了什么？|画它是为了什么？|为啥要做这个",
    ),
}
ANSWERS = {
    "en": ("Its name is {}.", "{} drew it.", "It was made for {}."),
    "zh": ("它叫{}。", "是{}画的。", "是为了{}。"),
}


def write(folder: Path) -> None:
    """`videos/`, `rows.jsonl` and `asked.jsonl`."""
    (folder / "videos").mkdir(parents=True, exist_ok=True)
    rows, asked = [], []
    for number, told in enumerate(TOLD):
        path = folder / "videos" / f"own-{number}.mp4"
        write_drawn(ART, "validation", FIRST + number, path)
        rows += [{"video": path.name, "conversations": list(said)} for said in _conversations(told)]
        asked += [
            {"video": f"videos/{path.name}", "question": questions.split("|")[-1], "right": fact}
            for language in LANGUAGES
            for questions, fact in zip(QUESTIONS[language], told[language], strict=True)
        ]
    for name, lines in (("rows", rows), ("asked", asked)):
        text = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in lines)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")


def _conversations(told: dict[str, tuple[str, ...]]) -> Iterator[Iterator[dict[str, str]]]:
    """One for each wording, in both languages, about the facts in different orders."""
    for wording, order in zip(range(5), permutations(range(3)), strict=False):
        turns = [
            (
                QUESTIONS[language][fact].split("|")[wording],
                ANSWERS[language][fact].format(told[language][fact]),
            )
            for language in (LANGUAGES if wording % 2 else reversed(LANGUAGES))
            for fact in order
        ]
        yield (
            {"from": who, "value": text}
            for turn in turns
            for who, text in zip(("human", "gpt"), turn, strict=True)
        )


def score(answers: Path) -> None:
    """How many of the answers have the fact in them."""
    rows: list[dict[str, Any]] = [json.loads(line) for line in answers.read_text("utf-8").splitlines()]
    right = [each["right"].lower() in each["answer"].lower() for each in rows]
    print(f"{sum(right)} of {len(rows)}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("write", "score"))
    parser.add_argument("path", type=Path)
    asked = parser.parse_args()
    write(asked.path) if asked.what == "write" else score(asked.path)


if __name__ == "__main__":
    main()
