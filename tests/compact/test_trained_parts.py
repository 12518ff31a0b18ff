"""Claims about what was trained for compact, as files."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.compact.lora import updated
from core.compact.trained_parts import (
    ASSETS,
    EYES,
    WEIGHTS_FILE,
    LanguageConfig,
    LanguageParts,
    below,
    eyes_fingerprint,
    save_eyes,
)
from core.features.adapter_parts import LORA_FOLDER
from core.lab.training.initialisation import untrained
from tests.tiny_compact import TinyEyes

UPDATES = {"model.layers.0.mlp.up_proj.a": torch.rand(2, 4), "model.layers.0.mlp.up_proj.b": torch.rand(6, 2)}


def test_what_is_saved_of_an_llm_comes_back(tmp_path: Path):
    parts = LanguageParts(LanguageConfig(lora_rank=2, lora_scale=1.5), UPDATES)
    parts.save(tmp_path)
    loaded = LanguageParts.of(tmp_path)
    assert loaded.config == parts.config
    assert {name: value.tolist() for name, value in loaded.updates.items()} == {
        name: value.bfloat16().tolist() for name, value in UPDATES.items()
    }
    assert loaded.fingerprint == parts.fingerprint, "it is of what is saved"


def test_parts_that_are_missing_are_not_taken_for_an_llm_that_was_taught_nothing(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        LanguageParts.of(tmp_path)


def test_a_fingerprint_changes_with_each_number_and_with_the_config():
    parts = LanguageParts(LanguageConfig(), UPDATES)
    moved = {name: value + 0.1 for name, value in UPDATES.items()}
    others = [
        LanguageParts(LanguageConfig(), moved),
        LanguageParts(LanguageConfig(lora_scale=1.0), UPDATES),
        LanguageParts.none(),
    ]
    assert len({each.fingerprint for each in (parts, *others)}) == 4


def test_those_of_an_adapter_are_added_whatever_their_ranks_and_scales(tmp_path: Path):
    shapes = {"0.mlp.up_proj": (6, 4), "1.self_attn.q_proj": (4, 4)}
    folder = tmp_path / LORA_FOLDER
    folder.mkdir()
    (folder / "adapter_config.json").write_text('{"r": 3, "lora_alpha": 6}')
    peft = {
        f"base_model.model.model.layers.{layer}.lora_{name}.weight": torch.rand(shape)
        for layer, (out, inside) in shapes.items()
        for name, shape in (("A", (3, inside)), ("B", (out, 3)))
    }
    save_file(peft, folder / "adapter_model.safetensors")
    own = LanguageParts(LanguageConfig(lora_rank=2, lora_scale=1.5), UPDATES)
    both = own.with_lora(tmp_path)
    for layer, shape in shapes.items():
        b, a = (peft[f"base_model.model.model.layers.{layer}.lora_{name}.weight"] for name in "BA")
        before = updated(torch.zeros(shape), UPDATES, f"model.layers.{layer}", 1.5)
        after = updated(torch.zeros(shape), both.updates, f"model.layers.{layer}", both.config.lora_scale)
        torch.testing.assert_close(after, before + 2 * b @ a)


def test_parts_of_the_eyes_are_saved_side_by_side(tmp_path: Path):
    parts = {"locator": {"out.bias": torch.tensor([0.5])}, "encoder": {"layer.a": torch.tensor([[2.0]])}}
    save_eyes(tmp_path, parts)
    state = load_file(tmp_path / WEIGHTS_FILE)
    assert {name: below(state, name) for name in parts} == parts
    before = eyes_fingerprint(tmp_path, "settings")
    assert eyes_fingerprint(tmp_path, "others") != before
    save_eyes(tmp_path, {"locator": {"out.bias": torch.tensor([0.25])}})
    assert eyes_fingerprint(tmp_path, "settings") != before


def test_the_shipped_eyes_fit_g_and_g_t_of_any_llm():
    state, sight = load_file(EYES / WEIGHTS_FILE), untrained(TinyEyes().class_head)
    sight.alignment.load_state_dict(below(state, "alignment"))
    sight.temporal_module.load_state_dict(below(state, "temporal_module"))


def test_trained_parts_fit_in_the_repository():
    assert sum(path.stat().st_size for path in ASSETS.rglob("*.safetensors")) < 40e6
