"""A file becomes a `StoredClip`: its pictures are sampled, encoded and pooled."""

from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor

from core.features.pooling import pool
from core.features.store import StoredClip
from core.image_llm.base import ImageLLM
from core.progress import Progress
from core.video.child_process import Start
from core.video.clip import Frames, VideoLimits
from core.video.read_video import read_video
from core.video.sampling import SamplingPlan

THUMBNAIL_HEIGHT = 112  # pixels


def read_clip(
    model: ImageLLM,
    path: Path,
    plan: SamplingPlan,
    limits: VideoLimits,
    sha256: str,
    progress: Progress,
    start: Start,
) -> StoredClip:
    """Decode and encode the pictures of `plan`. Raises VideoError, SettingError.

    sha256: of the file's bytes. start: gives the child process that reads the file.
    """
    progress("decoding", 0.1)
    clip, frames = read_video(path, plan, limits, sha256, start)
    progress("encoding", 0.4)
    patches = model.encode(frames.images)
    facts = {name: value for name, value in asdict(clip).items() if name != "path"}
    features = pool(patches.x, patches.grid, torch.from_numpy(frames.seconds), patches.extras)
    return StoredClip(features, _thumbnails(frames), facts)


def _thumbnails(frames: Frames) -> Tensor:
    """uint8 [T, H, W, 3] -> uint8 [T, THUMBNAIL_HEIGHT, w, 3]."""
    pictures = torch.from_numpy(frames.images).permute(0, 3, 1, 2).float()  # Shape: (T, 3, H, W)
    height, width = pictures.shape[-2:]
    size = (THUMBNAIL_HEIGHT, max(1, round(width * THUMBNAIL_HEIGHT / height)))
    small = torch.nn.functional.interpolate(
        pictures, size, mode="bilinear", antialias=True, align_corners=False
    )
    return small.round().clamp(0, 255).byte().permute(0, 2, 3, 1).contiguous()  # Shape: (T, h, w, 3)
