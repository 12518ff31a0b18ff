"""Claims about crops: where they are cut out, what they show, and what is made of it."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from core.compact.agreement import with_crops
from core.compact.eyes import PATCH_WIDTH, load_encoder
from core.compact.trained_parts import EYES, WEIGHTS_FILE, below
from core.compact.vision.crops import (
    SIDE,
    Crops,
    ObjectDetector,
    Window,
    covered,
    cut_out,
    going_round,
    middles,
)
from core.compact.vision.efficientnet import FEATURES
from core.compact.vision.frame_encoder import FRAME_AREA, GRID, FrameEncoder
from core.features.pooling import CELLS, PooledFeatures
from core.lab.training.object_detector import DetectorSettings, Located, fit_detector, measure
from core.video.child_process import start_child
from core.video.clip import VideoLimits
from core.video.read_video import read_video
from core.video.sampling import SamplingPlan
from tests.tiny_compact import tiny_compact, tiny_sight

EXAMPLES = Path(__file__).parents[3] / "assets" / "examples"
LABELS = 3


@pytest.fixture(scope="module")
def detector() -> ObjectDetector:
    """The one that is shipped."""
    found = ObjectDetector.of(below(load_file(EYES / WEIGHTS_FILE), "locator"))
    assert found, "compact has one"
    return found


def updates() -> dict[str, Tensor]:
    """Those of the encoder that are shipped."""
    return below(load_file(EYES / WEIGHTS_FILE), "encoder")


@pytest.fixture(scope="module")
def encoder(detector: ObjectDetector) -> FrameEncoder:
    return FrameEncoder(load_encoder(), updates(), detector=detector)


@pytest.mark.parametrize("window", [Window(0.0, 0.0, 0.4), Window(1.2, 0.5, 0.3), Window(0.5, 0.5, 2.0)])
def test_a_window_is_a_square_within_the_picture(window: Window):
    left, top, right, bottom = window.sides(180, 320)
    assert right - left == pytest.approx(bottom - top)
    assert 0 <= left < right <= 320
    assert 0 <= top < bottom <= 180


def test_a_window_covers_as_much_of_the_patches_as_of_the_picture():
    window = Window(0.4, 0.6, 0.5)
    left, top, right, bottom = window.sides(180, 320)
    share = (right - left) * (bottom - top) / (180 * 320)
    assert covered(window, (180, 320), GRID).mean().item() == pytest.approx(share)
    assert covered(None, (180, 320), GRID).sum() == 0


def test_what_is_cut_out_is_what_lies_in_the_window():
    frames = torch.zeros(1, 180, 320, 3, dtype=torch.uint8)
    frames[:, 45:135, 200:290] = 255
    part = cut_out(frames, [Window(245 / 320, 0.5, 0.5)])
    assert part.shape == (1, SIDE, SIDE, 3)
    assert (part == 255).all()


def test_of_several_things_each_is_cropped_in_turn():
    one, other = Window(0.2, 0.5, 0.3), Window(0.8, 0.5, 0.3)
    assert going_round([[one, other], [one, other], [], [one]]) == [one, other, None, one]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["apple", "car", "rocket", "turtle"])  # drawn, each with one thing
def test_a_crop_of_an_example_holds_most_of_the_thing(
    detector: ObjectDetector, encoder: FrameEncoder, name: str
):
    """The examples show one thing before one colour: it is where the picture differs from its corner."""
    path = EXAMPLES / f"{name}.mp4"
    _, frames = read_video(path, SamplingPlan(frames=4, area=FRAME_AREA), VideoLimits(), "", start_child)
    pictures = frames.images.astype(int)
    seen = abs(pictures - pictures[:, :1, :1]).max(axis=-1) > 60  # Shape: (T, H, W)
    windows = going_round(detector.windows(encoder.maps(torch.from_numpy(frames.images))))
    for thing, window in zip(seen, windows, strict=True):
        assert window
        left, top, right, bottom = (round(edge) for edge in window.sides(*thing.shape))
        inside = thing[top:bottom, left:right]
        assert inside.sum() > thing.sum() / 2
        assert inside.mean() > 2 * thing.mean()


@pytest.mark.slow
def test_cropping_changes_nothing_about_the_patches(encoder: FrameEncoder):
    frames = np.random.default_rng(0).integers(0, 255, (2, 320, 320, 3), dtype=np.uint8)
    without = FrameEncoder(load_encoder(), updates())(frames)
    assert not without.extras
    torch.testing.assert_close(encoder(frames).x, without.x)


def test_where_nothing_is_seen_there_is_no_crop(encoder: FrameEncoder):
    blank = np.full((3, 320, 320, 3), 128, np.uint8)
    crops = Crops.of(encoder(blank).extras)
    assert crops
    assert crops.coverage.sum() == 0
    assert crops.features.sum() == 0


def seen_as(label: int, sure: float = 5.0) -> Tensor:
    """Log-probabilities [1, LABELS] of a crop of one thing."""
    return (sure * torch.eye(LABELS)[label : label + 1]).log_softmax(dim=-1)


def test_a_crop_that_is_sure_outvotes_a_token_that_is_not():
    logits = torch.tensor([[1.0, 0.5, 0.0, -3.0]])
    assert with_crops(logits, seen_as(2), torch.ones(1, 1)).argmax(dim=-1).tolist() == [2]


def test_a_crop_does_not_say_that_there_is_nothing():
    logits = torch.randn(4, LABELS + 1)
    told = with_crops(logits, seen_as(1).expand(4, -1), torch.rand(4, 1))
    nothing = logits.softmax(dim=-1)[:, -1], told.softmax(dim=-1)[:, -1]
    torch.testing.assert_close(*nothing)


def crops_of(frames: int, patches: int, share: float) -> Crops:
    return Crops(torch.randn(frames, FEATURES), torch.full((frames, patches), share))


def batch(clips: int, frames: int = 5, patches: int = 4) -> tuple[Tensor, Tensor]:
    """Spatial tokens [B, N, D] and cells [B, T, C, D]."""
    return torch.rand(clips, patches, PATCH_WIDTH), torch.rand(clips, frames, CELLS**2, PATCH_WIDTH)


@torch.no_grad()
def test_crops_of_nothing_change_nothing():
    sight = tiny_sight()
    (z, cells), none = batch(1), Crops(torch.randn(1, 5, FEATURES), torch.zeros(1, 5, 4))
    g, g_t = sight.alignment, sight.temporal_module
    torch.testing.assert_close(g.shares_of_places(z, cells, none), g.shares_of_places(z, cells))
    t, seconds = torch.rand(1, 5, PATCH_WIDTH), torch.arange(5.0)[None]
    torch.testing.assert_close(g_t(t, cells, seconds, none.as_extras()), g_t(t, cells, seconds))


@torch.no_grad()
def test_crops_of_a_batch_are_those_at_each_clip():
    g = tiny_sight().alignment
    z, cells = batch(2)
    crops = Crops(torch.randn(2, 5, FEATURES), torch.rand(2, 5, 4))
    alone = [
        g.shares_of_places(z[i], cells[i], Crops(crops.features[i], crops.coverage[i])) for i in range(len(z))
    ]
    torch.testing.assert_close(g.shares_of_places(z, cells, crops), torch.stack(alone))


@torch.no_grad()
def test_patches_hear_of_crops_that_cover_them_alone():
    g = tiny_sight().alignment
    told = g._predicted(Crops(torch.randn(2, FEATURES), torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])))
    assert told
    places = told.at_places(torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]))
    torch.testing.assert_close(places.names[:2], told.names)
    assert places.trust[2] == 0


@torch.inference_mode()
def test_spatial_tokens_hear_of_the_crops_beside_the_features():
    model = tiny_compact()
    for parameter in model.alignment.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    (spatial,), (cells,) = batch(1, patches=36)
    temporal, seconds = torch.rand(5, PATCH_WIDTH), torch.arange(5.0, dtype=torch.float64)
    crops = crops_of(5, 36, 0.5).as_extras()
    with_crops_, without = (
        model.visual_prefix(PooledFeatures(spatial, temporal, cells, seconds, GRID, extras))["spatial"]
        for extras in (crops, {})
    )
    assert with_crops_.shape == (36, model.embedding_width)
    assert not torch.allclose(with_crops_, without)


@pytest.mark.slow
def test_a_detector_learns_where_things_are():
    """In maps in which a thing's places differ from all others it is found, after a few seconds."""
    torch.manual_seed(0)
    maps, things = 0.1 * torch.rand(60, FEATURES, 8, 8), []
    rows, columns = middles(8, 8)
    for each in maps:
        x, y, size = (torch.tensor([0.2, 0.2, 0.2]) + torch.tensor([0.6, 0.6, 0.3]) * torch.rand(3)).tolist()
        on_it = torch.maximum(abs(rows - y), abs(columns - x)) < size / 2
        each[:40, on_it] += 1.0
        things.append(torch.tensor([[x, y, size]]))
    pictures, settings = [Located(maps.half(), things)], DetectorSettings(steps=120)
    measured = measure(fit_detector(pictures, settings), pictures, settings)
    assert measured["midst"] > 0.95
    assert max(measured["x"], measured["y"]) < 0.06  # half a place


def test_a_crop_of_a_photograph_is_not_heard():
    """Of those our head of objects knows too little; asked all the same it made the LLM stammer times."""
    g = tiny_sight().alignment
    torch.nn.init.constant_(g.photograph.bias, 100.0)
    told = g._predicted(crops_of(5, 4, 1.0))
    assert told
    assert told.trust.max() < 1e-6
