"""Claims about the mean of two runs."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from core.compact.llm.vocabulary import Name, Vocabulary
from core.compact.trained_parts import (
    TEMPORAL_FOLDER,
    WEIGHTS_FILE,
    CompactConfig,
    below,
    save_compact,
    word_rows,
)
from core.errors import ModelError
from core.features.adapter import load_temporal_module, save_temporal_module
from core.lab.experiments.averaging import average
from tests.tiny_compact import WIDTH, tiny_compact

TAUGHT = Vocabulary((Name("cat", "cats", "猫"), Name("fish", "fish", "鱼")), ("There is a", "有"))


def run(folder: Path, words: list[str], value: float, labels: int = 3) -> Path:
    """A trained folder in which every number is `value`."""
    model = tiny_compact(labels)
    for part in vars(model).values():
        for parameter in part.parameters():
            nn.init.constant_(parameter, value)
    parts = {
        "words": {"rows": torch.full((len(words), WIDTH), value)},
        "lora": {"layer.a": torch.full((2, WIDTH), value)},
        "alignment": model.alignment.state_dict(),
        "places": model.places.state_dict(),
        "locator": {"out.bias": torch.full((4,), value)},
    }
    save_compact(folder, CompactConfig(), words, parts, TAUGHT)
    save_temporal_module(model.temporal_module, folder / TEMPORAL_FOLDER)
    return folder


def test_each_number_lies_between_those_of_the_two_runs(tmp_path: Path):
    first, second = run(tmp_path / "first", ["猫"], 1.0), run(tmp_path / "second", ["猫"], 2.0)
    average(first, second, 0.25, tmp_path / "mean")
    for folder in (Path(), Path(TEMPORAL_FOLDER)):
        for name, value in load_file(tmp_path / "mean" / folder / WEIGHTS_FILE).items():
            if name.startswith("locator."):
                continue
            both = [load_file(each / folder / WEIGHTS_FILE)[name].float() for each in (first, second)]
            torch.testing.assert_close(value.float(), torch.lerp(*both, 0.25), atol=0.01, rtol=0.01)


def test_g_and_g_t_can_stay_those_of_the_first(tmp_path: Path):
    first, second = run(tmp_path / "first", ["猫"], 1.0), run(tmp_path / "second", ["猫"], 2.0)
    average(first, second, 0.5, tmp_path / "mean", keep_alignment=True)
    for name, value in load_file(tmp_path / "mean" / WEIGHTS_FILE).items():
        kept = name.startswith(("alignment", "places", "locator"))
        source = load_file(first / WEIGHTS_FILE)[name] if kept else torch.full_like(value, 1.5)
        torch.testing.assert_close(value, source)
    for name, value in load_file(tmp_path / "mean" / TEMPORAL_FOLDER / WEIGHTS_FILE).items():
        torch.testing.assert_close(value, load_file(first / TEMPORAL_FOLDER / WEIGHTS_FILE)[name])


def test_a_word_that_one_run_alone_has_is_as_that_run_has_it(tmp_path: Path):
    first, second = run(tmp_path / "first", ["猫", "鱼"], 1.0), run(tmp_path / "second", ["狗", "猫"], 2.0)
    average(first, second, 0.5, tmp_path / "mean")
    rows = {word: row[0].item() for word, row in word_rows(tmp_path / "mean").items()}
    assert rows == {"猫": 1.5, "鱼": 1.0, "狗": 2.0}


def test_a_word_that_is_to_be_spelled_gets_no_token(tmp_path: Path):
    first, second = run(tmp_path / "first", ["猫"], 1.0), run(tmp_path / "second", ["猫", "数目"], 2.0)
    average(first, second, 0.5, tmp_path / "mean", spelled=["数目"])
    assert list(word_rows(tmp_path / "mean")) == ["猫"]


def test_its_g_t_is_marked_as_made_for_its_g(tmp_path: Path):
    first, second = run(tmp_path / "first", ["猫"], 1.0), run(tmp_path / "second", ["猫"], 2.0)
    average(first, second, 0.5, tmp_path / "mean")
    state = load_file(tmp_path / "mean" / WEIGHTS_FILE)
    parts = {part: below(state, part) for part in ("words", "lora", "alignment", "places", "locator")}
    fingerprint = save_compact(tmp_path / "again", CompactConfig(), ["猫"], parts, TAUGHT)
    load_temporal_module(
        tmp_path / "mean" / TEMPORAL_FOLDER, tiny_compact(labels=3).alignment, "tiny", fingerprint
    )


def test_runs_of_other_labels_have_no_mean(tmp_path: Path):
    first, second = run(tmp_path / "first", ["猫"], 1.0), run(tmp_path / "second", ["猫"], 2.0, labels=4)
    with pytest.raises(ModelError) as caught:
        average(first, second, 0.5, tmp_path / "mean")
    assert caught.value.key == "adapter_mismatch"


def test_the_locator_stays_that_of_the_first(tmp_path: Path):
    """It goes with one encoder, and a mean of two would point between what each means."""
    first, second = run(tmp_path / "first", ["猫"], 1.0), run(tmp_path / "second", ["猫"], 2.0)
    average(first, second, 0.25, tmp_path / "mean")
    assert below(load_file(tmp_path / "mean" / WEIGHTS_FILE), "locator")["out.bias"].tolist() == [1.0] * 4
