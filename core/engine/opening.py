"""A file becomes a `StoredClip`: its pictures are sampled, encoded and pooled."""

from dataclasses import asdict
from pathlib import Path

import torch

from core.features.pooling import pool
from core.features.store import StoredClip
from core.image_llm.base import ImageLLM
from core.progress import Progress
from core.video.child_process import Start
from core.video.clip import VideoLimits
from core.video.read_video import read_video
from core.video.sampling import SamplingPlan


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
    return StoredClip(features, torch.from_numpy(frames.thumbnails), facts)
