"""Clips of what is said and written: they are as their scripts say, and answers are judged by their facts."""

import re
import shutil
from collections import Counter
from pathlib import Path

import av
import pytest

from core.dialogue.conversation import Cue
from core.lab.heard.clips import FONTS, make
from core.lab.heard.plain import plain
from core.lab.heard.scoring import is_right, table, was_sensed
from core.lab.heard.scripts import KINDS, LANGUAGES, Question, first, scripts
from core.lab.heard.voices import Voices
from core.senses.hearing import Hearing
from core.senses.reading import Reading
from core.senses.running import run_sense

HEARD = {"heard": (Cue(4.0, 7.0, "We arrive at half past four, on deck 7.", source="heard"),)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Twenty-five dogs", "25 dogs"),
        ("one hundred and five", "105"),
        ("five thousand two hundred", "5200"),
        ("40,000 bees", "40000 bees"),
        ("一千二百元", "1200元"),
        ("一九七〇年", "1970年"),
        ("兩萬三千", "23000"),
        ("十五", "15"),
    ],
)
def test_numbers_are_the_same_in_words_and_in_digits(text: str, expected: str):
    assert plain(text) == expected


def test_of_each_kind_and_language_there_are_forty_questions_and_every_fact_is_in_its_script():
    asked = Counter((question.kind, script.language) for script, question in first(scripts(), None))
    assert all(asked[kind, language] >= 40 for kind in KINDS for language in LANGUAGES)
    for script in scripts():
        texts = {"said": list(script.said), "written": [text.text for text in script.written]}
        for question in script.questions:
            if question.right:
                assert re.search(question.right, plain(" ".join(texts[question.kind]))), question
            if question.kind == "when":
                source, number = question.at
                assert texts[source][number], question


@pytest.mark.parametrize(
    ("question", "answer", "right"),
    [
        (Question("said", "Which deck?", right=r"\b7\b"), "It is on deck seven.", True),
        (Question("said", "Which deck?", right=r"\b7\b"), "It is on deck three.", False),
        (Question("said", "Which deck?", right=r"\b7\b"), "在七层。", False),
        (Question("when", "When?", at=("said", 0)), "At 0:05.", True),
        (Question("when", "When?", at=("said", 0)), "At 0:09.", False),
        (Question("refused", "What does it cost?"), "The price isn't mentioned.", True),
        (Question("refused", "What does it cost?"), "It costs 30 dollars.", False),
        (Question("refused", "What does it cost?"), "They don't say, but about 30 dollars.", False),
    ],
)
def test_an_answer_is_judged_by_its_facts_its_time_and_what_it_invents(
    question: Question, answer: str, right: bool
):
    assert is_right(question, "en", answer, 4.2, HEARD) == right


def test_what_the_model_was_never_given_is_told_apart():
    assert was_sensed(Question("said", "", right="half past 4"), 0.0, HEARD)
    assert not was_sensed(Question("said", "", right="corsica"), 0.0, HEARD)
    assert not was_sensed(Question("when", "", at=("said", 0)), 12.0, HEARD)
    assert was_sensed(Question("refused", ""), 0.0, HEARD) is None


def test_the_table_has_both_numbers():
    row = {"kind": "said", "language": "en"}
    rows = [{**row, "right": True, "sensed": True}, {**row, "right": False, "sensed": False}]
    lines = table(rows).splitlines()
    assert lines[2].startswith("| said | 50%")
    assert lines[3].startswith("| said: in the cues | 50%")
    assert lines[4].startswith("| said: answered, where in the cues | 100%")


@pytest.mark.slow
@pytest.mark.skipif(not Path(FONTS[0]).exists(), reason="Debian's fonts-noto-cjk is not there")
def test_a_clip_of_texts_is_as_long_as_they_stand_and_can_be_read(tmp_path: Path):
    script = next(each for each in scripts() if each.id == "sign-noodles-zh")
    made = make(script, 3, Voices([]), tmp_path)
    assert made.starts["written"] == (0.0, 6.0, 10.0, 16.0)
    with av.open(str(made.path)) as file:
        assert not file.streams.audio
    cues = run_sense(Reading(), made.path).cues
    assert any("老刘" in cue.text and cue.start < 1.0 for cue in cues)
    assert any("18" in cue.text and abs(cue.start - 10.0) < 2.0 for cue in cues)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="Debian's espeak-ng is not there")
def test_the_lines_of_a_clip_are_heard_at_their_times(tmp_path: Path):
    script = next(each for each in scripts() if each.id == "garden-en")
    made = make(script, 0, Voices([]), tmp_path)
    cues = run_sense(Hearing(), made.path).cues
    (strawberries,) = [cue for cue in cues if "strawberries" in cue.text]
    assert abs(strawberries.start - made.starts["said"][1]) < 2.0


def test_recordings_of_a_folder_speak_and_mandarin_without_one_is_left_to_nobody(tmp_path: Path):
    (tmp_path / "lines.tsv").write_text("file\ttext\na.wav\t你好\n", encoding="utf-8")
    voices = Voices([tmp_path])
    assert voices.can_say("你好", "zh")
    assert not voices.can_say("再见", "zh")
