"""Claims about the detector of people and things: it calculates what was published, and boxes hold."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from core.compact.vision import detections
from core.compact.vision.coco import COCO
from core.compact.vision.detections import LOWEST, MOST, best_boxes
from core.compact.vision.frame_encoder import GRID
from core.compact.vision.nanodet import AREA, BINS, CLASSES, STRIDES, NanoDet, edges, prepared
from core.compact.vision.tracks import tracks_of
from core.lab.detector.convert_nanodet import PublishedGraph

# Of `waves()`: what TensorFlow.js 4.22 made of the published graph (WebAssembly), in some of its cells.
REFERENCE = Path(__file__).parent / "nanodet_reference.npz"
PERSON, DOG = 0, 16


@pytest.fixture(scope="module")
def detector() -> NanoDet:
    return NanoDet.load()


def waves() -> Tensor:
    """A picture of the size that the published graph takes, uint8 [1, 416, 416, 3]."""
    rows, columns = np.mgrid[:416, :416]
    planes = [np.sin(rows / 23 + k) + np.cos(columns / (17 + 9 * k)) for k in range(3)]
    return torch.from_numpy((np.stack(planes, axis=-1) * 60 + 127).astype(np.uint8))[None]


@torch.inference_mode()
def test_it_calculates_what_the_published_graph_does():
    reference = np.load(REFERENCE)
    found = NanoDet.load(torch.float32)(prepared(waves()))
    for maps, name in zip(found, ("scores", "distances"), strict=True):
        cells = torch.cat([each.flatten(2) for each in maps], dim=2)[0].T  # Shape: (3549, ...)
        torch.testing.assert_close(
            cells[reference["cells"]], torch.from_numpy(reference[name]), atol=1e-4, rtol=1e-4
        )


@pytest.mark.parametrize("size", [(416, 416), (360, 640), (640, 360), (100, 900), (1080, 1920), (20, 30)])
def test_pictures_of_any_shape_fit_and_keep_their_area(size: tuple[int, int]):
    pictures = prepared(torch.zeros(1, *size, 3, dtype=torch.uint8))
    assert all(side % STRIDES[-1] == 0 for side in pictures.shape[-2:])
    assert pictures.shape[-2] * pictures.shape[-1] == pytest.approx(AREA, rel=0.15)


@pytest.mark.parametrize("size", [(416, 416), (360, 640), (640, 200)])
def test_boxes_keep_to_the_picture(detector: NanoDet, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(detections, "LOWEST", 0.0)  # in noise there are none otherwise
    frames = torch.randint(0, 256, (2, *size, 3), dtype=torch.uint8, generator=torch.manual_seed(0))
    boxes = detector.detect(frames).boxes
    assert boxes.shape == (2, MOST, 6)
    assert (boxes[..., 0] >= 0).any()
    left, top, right, bottom = boxes[..., 2:].unbind(-1)
    assert (left >= 0).all()
    assert (top >= 0).all()
    assert (right <= 1).all()
    assert (bottom <= 1).all()
    assert (left <= right).all()
    assert (top <= bottom).all()


@pytest.mark.parametrize("shade", [0, 128, 255, None])
def test_where_there_is_nothing_nothing_is_believed(detector: NanoDet, shade: int | None):
    noise = torch.randint(0, 256, (3, 320, 480, 3), dtype=torch.uint8, generator=torch.manual_seed(1))
    frames = noise if shade is None else torch.full_like(noise, shade)
    found = detector.detect(frames)
    assert tracks_of(found.boxes) == []
    assert found.patches.shape == (3, GRID[0] * GRID[1], CLASSES)


def test_each_frame_is_seen_by_itself(detector: NanoDet):
    frames = torch.cat([waves(), waves().flip(1), waves()])
    found, alone = detector.detect(frames), detector.detect(frames[:1])
    torch.testing.assert_close(found.boxes[2], alone.boxes[0], atol=0.02, rtol=0)
    torch.testing.assert_close(found.patches[2], alone.patches[0], atol=0.02, rtol=0)


def test_a_distance_is_counted_in_strides_from_the_middle_of_a_cell():
    sure_of_two = 100 * torch.eye(BINS)[2].repeat(4)[None, :, None, None]  # Shape: (1, 44, 1, 1)
    left, top, right, bottom = edges(sure_of_two, 16)[0, 0].tolist()
    assert (left, top, right, bottom) == pytest.approx((8 - 32, 8 - 32, 8 + 32, 8 + 32))


def best(*found: tuple[int, float, tuple[float, float, float, float]]) -> list[int]:
    """The classes of what is kept of some boxes."""
    scores = torch.zeros(len(found), CLASSES)
    for cell, (number, score, _) in enumerate(found):
        scores[cell, number] = score
    boxes = best_boxes(torch.tensor([box for *_, box in found]), scores)
    return [int(number) for number in boxes[:, 0] if number >= 0]


def test_of_boxes_of_one_thing_one_is_kept():
    assert best((PERSON, 0.8, (0.1, 0.1, 0.4, 0.9)), (PERSON, 0.7, (0.12, 0.1, 0.42, 0.9))) == [PERSON]


def test_people_side_by_side_keep_their_boxes():
    assert best((PERSON, 0.8, (0.1, 0.1, 0.4, 0.9)), (PERSON, 0.7, (0.3, 0.1, 0.6, 0.9))) == [PERSON] * 2


def test_a_thing_has_one_name_but_a_dog_may_sit_on_a_lap():
    box, lap = (0.1, 0.1, 0.6, 0.9), (0.2, 0.4, 0.5, 0.7)
    assert best((PERSON, 0.6, box), (DOG, 0.8, box)) == [DOG]
    assert best((PERSON, 0.8, box), (DOG, 0.6, lap)) == [PERSON, DOG]


def test_every_class_has_names_and_is_believed_from_more_than_what_is_kept():
    assert len(COCO) == CLASSES
    assert all(each.en and each.plural and each.zh for each in COCO)
    assert len({each.en for each in COCO}) == len({each.zh for each in COCO}) == CLASSES
    assert all(LOWEST < each.sure < 1 for each in COCO)


def test_a_bias_of_the_graph_is_what_is_added_to_its_convolution():
    nodes = [
        {"name": f"convolution{end}", "op": "Conv2D", "input": ["x", f"kernel{end}"]}
        for end in ("_10", "", "_2")
    ]
    nodes += [
        {"name": f"Add{end}", "op": "Add", "input": [f"convolution{end}", f"bias{end}"]}
        for end in ("_10", "", "_2")
    ]
    constants = {
        f"{kind}{end}": np.array([n])
        for kind in ("kernel", "bias")
        for n, end in enumerate(("", "_2", "_10"))
    }
    found = PublishedGraph(nodes, constants).convolutions()
    assert [(int(kernel[0]), int(bias[0])) for kernel, bias in found] == [(0, 0), (1, 1), (2, 2)]
