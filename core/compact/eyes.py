"""Compact's eyes: from pictures to patch features, and the trained parts that read them.

Two networks look at each frame. EfficientNet-Lite2 gives 1,280 features a patch; NanoDet gives for each patch
how likely each of 80 classes of people and things is there, and boxes beside them. x is both side by side.
"""

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

from core.compact.base_files import ENCODER
from core.compact.trained_parts import EYES, WEIGHTS_FILE, below, eyes_fingerprint
from core.compact.vision.colours import COLOURS_KEY, HUES, MIDDLE, THIRDS, colours_of
from core.compact.vision.crops import MARGIN, MOST, SIDE, SURE, ObjectDetector
from core.compact.vision.detections import BOXES_KEY, LOWEST, SAME, SAME_PLACE
from core.compact.vision.efficientnet import FEATURES, EfficientNetLite2
from core.compact.vision.frame_encoder import FRAME_AREA as ENCODER_AREA
from core.compact.vision.frame_encoder import GRID, FrameEncoder, class_head
from core.compact.vision.nanodet import NOISE, NanoDet
from core.image_llm.base import PatchFeatures
from core.weights import fetch

FRAME_AREA = 416 * 416  # pixels that NanoDet was trained on
PATCH_WIDTH = FEATURES + 80  # D


def load_encoder() -> EfficientNetLite2:
    """The vision encoder with its published weights, float32."""
    encoder = EfficientNetLite2()
    encoder.load_state_dict(torch.load(fetch(ENCODER), weights_only=True))
    return encoder.eval()


class Eyes:
    """Frames in, x out. `fill` gives g and g_t what was trained for them."""

    def __init__(self, folder: Path = EYES) -> None:
        self._state = load_file(folder / WEIGHTS_FILE)
        settings = f"{ENCODER.sha256} {ENCODER_AREA} {FRAME_AREA} {GRID} {SIDE} {MARGIN} {SURE} {MOST}"
        settings += (
            # of the detector, and of colours
            f" {LOWEST} {SAME} {SAME_PLACE} {NOISE} {MIDDLE} {HUES} {THIRDS}"
        )
        self.fingerprint = eyes_fingerprint(folder, settings)
        encoder = load_encoder()
        self.class_head = class_head(encoder)
        detector = ObjectDetector.of(below(self._state, "locator"))
        self._looks = FrameEncoder(encoder, below(self._state, "encoder"), detector=detector)
        self._things = NanoDet.load()

    @torch.inference_mode()
    def __call__(self, frames: np.ndarray) -> PatchFeatures:
        """uint8 [T, H, W, 3] -> x float32 [T, N, D]; among the extras a crop of each frame, and boxes."""
        looks, things = self._looks(frames), self._things.detect(torch.from_numpy(frames))
        x = torch.cat([looks.x, things.patches], dim=-1)
        extras = {**looks.extras, BOXES_KEY: things.boxes, COLOURS_KEY: colours_of(frames, things.boxes)}
        return PatchFeatures(x, looks.grid, extras)

    def fill(self, alignment: nn.Module, temporal_module: nn.Module, scene: nn.Module) -> None:
        """Set the trained numbers of g, g_t and the scene head."""
        parts = {"alignment": alignment, "temporal_module": temporal_module, "scene": scene}
        for name, part in parts.items():
            part.load_state_dict(below(self._state, name))
            part.eval()
