"""Claims about a trained folder made of another."""

from pathlib import Path

import torch
from safetensors.torch import load_file

from core.compact.trained_parts import TEMPORAL_FOLDER, WEIGHTS_FILE, CompactConfig, below, save_compact
from core.features.adapter import load_temporal_module
from core.lab.experiments.trained_folder import with_parts
from tests.lab.experiments.test_averaging import TAUGHT, run
from tests.tiny_compact import tiny_compact

LOCATOR = {"out.bias": torch.full((4,), 3.0)}


def test_one_part_is_replaced_and_all_others_stay(tmp_path: Path):
    folder = run(tmp_path / "folder", ["猫", "鱼"], 1.0)
    with_parts(folder, {"locator": LOCATOR}, tmp_path / "out")
    state, before = load_file(tmp_path / "out" / WEIGHTS_FILE), load_file(folder / WEIGHTS_FILE)
    assert state.keys() == before.keys()
    for name, value in before.items():
        assert torch.equal(state[name], value) != name.startswith("locator.")
    g_t, g_t_before = (
        load_file(each / TEMPORAL_FOLDER / WEIGHTS_FILE) for each in (tmp_path / "out", folder)
    )
    assert all(torch.equal(g_t[name], value) for name, value in g_t_before.items())


def test_its_g_t_is_marked_as_made_for_the_new_weights(tmp_path: Path):
    folder = run(tmp_path / "folder", ["猫"], 1.0)
    with_parts(folder, {"locator": LOCATOR}, tmp_path / "out")
    state = load_file(tmp_path / "out" / WEIGHTS_FILE)
    parts = {part: below(state, part) for part in {name.partition(".")[0] for name in state}}
    fingerprint = save_compact(tmp_path / "again", CompactConfig(), ["猫"], parts, TAUGHT)
    load_temporal_module(
        tmp_path / "out" / TEMPORAL_FOLDER, tiny_compact(labels=3).alignment, "tiny", fingerprint
    )
