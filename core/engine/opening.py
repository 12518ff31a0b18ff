"""A file becomes a `StoredClip`: pictures sampled, encoded and pooled. Callers get an `OpenedClip`."""

from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from core.features.pooling import pool
from core.features.sighting import Sighting
from core.features.store import StoredClip
from core.image_llm.base import ImageLLM
from core.progress import Progress
from core.video.child_process import Start
from core.video.clip import VideoLimits
from core.video.read_video import read_video
from core.video.sampling import SamplingPlan


@dataclass(frozen=True)
class OpenedClip:
    """A clip that can be talked about. `key` is its content hash with everything that shaped its features."""

    key: str
    name: str  # of the file, for people
    duration: float  # s; 0 of a single picture
    reader: str
    damaged: bool  # only a part of the file could be read
    seconds: tuple[float, ...]  # times of the sampled frames
    thumbnails: Tensor  # uint8 [T, h, w, 3]
    visual_tokens: int  # N + T * tokens_per_frame
    from_cache: bool  # whether the features were on disk already
    sightings: tuple[Sighting, ...] = ()  # what the model recognised, and when


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
