"""What counts as installed: our own models, and whole supported checkpoints in the cache of the hub."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from core import installed_models
from core.errors import ModelError
from core.image_llm.registry import check_model_name
from tests.tiny_checkpoints import tiny_families, write_checkpoint

ROOT = Path(__file__).parents[2]
OURS = ["compact", "compact-mini"]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty hub cache."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def put(cache: Path, name: str) -> Path:
    """A tiny checkpoint as huggingface_hub keeps it: blobs, and links to them. The folder with the links."""
    repo = cache / f"models--{name.replace('/', '--')}"
    snapshot = repo / "snapshots" / "abc123"
    snapshot.mkdir(parents=True)
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text("abc123")
    write_checkpoint(tiny_families()["smolvlm"], repo / "blobs")
    for blob in (repo / "blobs").iterdir():
        (snapshot / blob.name).symlink_to(blob)
    return snapshot


def test_without_a_cache_there_are_our_own_models(cache: Path) -> None:
    assert list(installed_models()) == OURS


def test_a_whole_checkpoint_of_a_supported_family_counts(cache: Path) -> None:
    put(cache, "someone/tiny")
    put(cache, "another/tiny")
    assert list(installed_models()) == [*OURS, "another/tiny", "someone/tiny"]


@pytest.mark.parametrize(
    "missing", ["model.safetensors", "config.json", "tokenizer_config.json", "preprocessor_config.json"]
)
def test_a_checkpoint_that_lacks_something_does_not(cache: Path, missing: str) -> None:
    snapshot = put(cache, "someone/tiny")
    for name in (missing, missing.replace("preprocessor", "processor")):
        (snapshot / name).unlink(missing_ok=True)
    assert list(installed_models()) == OURS


def test_a_checkpoint_whose_download_has_not_come_to_its_end_does_not(cache: Path) -> None:
    snapshot = put(cache, "someone/tiny")
    shards = {"a": "model.safetensors", "b": "model-00002-of-00002.safetensors"}
    index = snapshot / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": shards}))
    assert list(installed_models()) == OURS
    index.write_text("{")
    assert list(installed_models()) == OURS


def test_other_kinds_of_models_do_not(cache: Path) -> None:
    config = put(cache, "someone/bert") / "config.json"
    config.unlink()
    config.write_text(json.dumps({"model_type": "bert"}))
    assert list(installed_models()) == OURS


def test_a_name_can_be_checked_without_loading_anything() -> None:
    for name in ("compact", "smolvlm", "someone/model", str(ROOT)):
        check_model_name(name)
    with pytest.raises(ModelError, match="Known: compact, "):
        check_model_name("nope")
    program = "import sys, core; core.check_model_name('a/b'); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=60).returncode == 0
