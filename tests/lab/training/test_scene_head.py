"""Claims about the scene head: it tells apart what it was shown, and keeps the other trained parts."""

import shutil
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from core.compact.trained_parts import EYES, WEIGHTS_FILE
from core.lab.art.scenes import ScenePhoto
from core.lab.training import scene_head
from core.lab.training.scene_head import SceneSettings, fit_scene_head

COLOURS = {"grass": (40, 160, 50), "sand": (220, 200, 150)}


def pictures(folder: Path, number: int) -> list[ScenePhoto]:
    """Noisy pictures of one colour each."""
    random, made = np.random.default_rng(number), []
    for name, colour in COLOURS.items():
        for index in range(number):
            noise = random.normal(0, 25, (96, 128, 3))
            path = folder / f"{name}-{number}-{index}.png"
            Image.fromarray((np.array(colour) + noise).clip(0, 255).astype(np.uint8)).save(path)
            made.append(ScenePhoto(path, frozenset({name, "outdoors"})))
    Random(0).shuffle(made)
    return made


@pytest.mark.slow
def test_it_learns_from_few_photographs_and_changes_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shutil.copy(EYES / WEIGHTS_FILE, tmp_path)
    splits = {"train": pictures(tmp_path, 8), "test": pictures(tmp_path, 4)}
    monkeypatch.setattr(scene_head, "scene_photos", lambda art, split: splits[split])
    report = fit_scene_head(tmp_path, tmp_path, SceneSettings())
    assert "| grass | 4 | 4/4 | 4/4 |" in report
    assert "| snow | 0 | 0/0 | 0/0 |" in report
    before, after = load_file(EYES / WEIGHTS_FILE), load_file(tmp_path / WEIGHTS_FILE)
    assert before.keys() <= after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before if not name.startswith("scene."))
