"""Claims about the tuning of compact's encoder: what changes, what may not, how a stopped run goes on."""

from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch

from core.compact import lora
from core.compact.eyes import load_encoder
from core.compact.vision.frame_encoder import (
    FrameEncoder,
    class_head,
    fold_batch_norms,
    tuned_layers,
)
from core.lab.art.sprites import Sprite
from core.lab.clips import dataset as clips
from core.lab.clips import still_features, trunk_maps
from core.lab.clips.render import picture_size
from core.lab.clips.scenes import sample_still
from core.lab.questions.words import concepts
from core.lab.training import encoder
from core.lab.training.encoder import EncoderSettings, Tail, TuningStills, mixed, tune_encoder
from core.lab.training.initialisation import untrained
from tests.plain_sprites import PlainSprites

AREA = 96 * 96  # pixels: small and fast


def some_updates(rank: int = 2) -> dict[str, torch.Tensor]:
    """Updates of every tuned layer, large enough to be seen."""
    torch.manual_seed(0)
    network = fold_batch_norms(load_encoder())
    attached = lora.attach(network, tuned_layers(network), rank, 1.0)
    for layer in attached.values():
        torch.nn.init.normal_(layer.b, std=0.02)
    return lora.state(attached)


def pictures(count: int = 2) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (count, 96, 96, 3), dtype=np.uint8)


def test_an_encoder_without_updates_is_the_wheel_s():
    untouched = FrameEncoder(load_encoder(), None, torch.float32, AREA)(pictures()).x
    tail = Tail(rank=2)  # updates that were never trained
    network = fold_batch_norms(load_encoder())
    planes = (torch.from_numpy(pictures()).permute(0, 3, 1, 2).float() - 127) / 128  # Shape: (2, 3, 96, 96)
    with torch.inference_mode():
        torch.testing.assert_close(tail(network.trunk(planes)), untouched, atol=1e-3, rtol=1e-3)


def test_merged_updates_see_what_attached_ones_saw():
    updates = some_updates()
    merged = FrameEncoder(load_encoder(), updates, torch.float32, AREA)(pictures()).x
    tail = Tail(rank=2)
    lora.begin_with(tail.updates, updates)
    planes = (torch.from_numpy(pictures()).permute(0, 3, 1, 2).float() - 127) / 128  # Shape: (2, 3, 96, 96)
    with torch.inference_mode():
        attached = tail(fold_batch_norms(load_encoder()).trunk(planes))
    torch.testing.assert_close(attached, merged, atol=1e-3, rtol=1e-3)
    assert not torch.allclose(
        merged, FrameEncoder(load_encoder(), None, torch.float32, AREA)(pictures()).x, atol=0.05
    )


def test_the_trunk_and_the_head_of_classes_are_never_tuned():
    layers = tuned_layers(load_encoder())
    assert len(layers) == 13
    assert {name.split(".")[1] for name in layers if name.startswith("_blocks")} == {
        str(number) for number in range(15, 21)
    }


def test_mixed_styles_keep_what_is_where():
    torch.manual_seed(1)
    maps = torch.randn(6, 120, 5, 5) * torch.rand(6, 120, 1, 1) + torch.rand(6, 120, 1, 1)
    after = mixed(maps)
    flat = zip(maps.flatten(2).flatten(0, 1), after.flatten(2).flatten(0, 1), strict=True)
    for before, now in flat:  # each channel is the same pattern, brighter or stronger
        assert torch.corrcoef(torch.stack([before, now]))[0, 1] == pytest.approx(1.0, abs=1e-3)
    assert not torch.allclose(maps, after, atol=0.05)


@pytest.fixture
def small_stills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for features of tiny stills of red squares, made in this process."""
    casting = {concept.id: (concept, [Sprite("noto", "x")]) for concept in concepts()[:9]}
    roles = [(concept, sprite) for concept, (sprite,) in casting.values()]

    def scene(art: Path, split: str, number: int):
        random = Random(f"{split}-{number}")
        return sample_still(random, roles[number % len(roles)], casting), random

    for module in (clips, trunk_maps):
        monkeypatch.setattr(module, "scene", scene)
        monkeypatch.setattr(module, "library", lambda art: PlainSprites())
        monkeypatch.setattr(module, "FRAME_AREA", AREA)
    trunk_maps._shape.cache_clear()
    return tmp_path


class Here:
    """A pool of workers that works in this process, where the red squares are."""

    def __init__(self, workers: int) -> None:
        self.threads = torch.get_num_threads()

    def __enter__(self) -> "Here":
        return self

    def __exit__(self, *_: object) -> None:
        torch.set_num_threads(self.threads)

    map = staticmethod(lambda function, tasks: [function(task) for task in tasks])


@pytest.fixture
def source(small_stills: Path, monkeypatch: pytest.MonkeyPatch) -> trunk_maps.Source:
    monkeypatch.setattr(trunk_maps, "get_context", lambda _: type("Context", (), {"Pool": Here}))
    return trunk_maps.make_trunk_maps(Path("art"), small_stills, "stills", range(14), workers=2)


def test_features_from_kept_maps_are_those_of_the_pictures(small_stills: Path, source: trunk_maps.Source):
    updates = some_updates()
    still_features.make_still_features(small_stills, "stills", source, updates)
    made = clips.load_features(small_stills, "stills")
    encode = FrameEncoder(load_encoder(), updates, torch.float32, AREA)
    for number in range(14):
        still, random = trunk_maps.scene(Path("art"), "stills", number)
        size = picture_size(still.aspect, AREA)
        drawn = trunk_maps.render(still, PlainSprites(), np.array([0.5]), size, random)
        wanted = encode(drawn).x[0].numpy()  # Shape: (N, D)
        np.testing.assert_allclose(made.spatial[number], wanted, atol=0.05)
        np.testing.assert_allclose(made.temporal[number][0], wanted.mean(axis=0), atol=0.02)


def tuned(source: trunk_maps.Source, checkpoint: Path) -> dict[str, torch.Tensor]:
    """The encoder's updates after three steps."""
    torch.manual_seed(5)
    settings = EncoderSettings(steps=3, stills=4, photos=2, rank=2, checkpoint_every=1)
    sight = untrained(class_head(load_encoder()))
    return tune_encoder(sight, TuningStills([source], source, source), settings, checkpoint)


@pytest.mark.slow
def test_a_stopped_tuning_goes_on_to_the_same_updates(
    source: trunk_maps.Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def tune(checkpoint: Path) -> dict[str, torch.Tensor]:
        return tuned(source, checkpoint)

    whole = tune(tmp_path / "whole.pt")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr(encoder, "measure", stop)  # after the first step, when it has been kept
        with pytest.raises(KeyboardInterrupt):
            tune(tmp_path / "stopped.pt")
    resumed = tune(tmp_path / "stopped.pt")
    assert whole.keys() == resumed.keys()
    for name, values in whole.items():
        torch.testing.assert_close(resumed[name], values)
