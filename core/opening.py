"""A file becomes a `StoredClip`: its pictures are sampled, encoded, divided into chapters and pooled.

Knows nothing of what is kept, of prompts or of conversations.
"""

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import torch
from torch import Tensor

from core.chapters import ChapterPlan, find_chapters
from core.errors import VideoError
from core.feature_store import StoredClip
from core.image_llm.base import ImageLLM
from core.pooling import pool
from core.video import Frames, SamplingPlan, VideoLimits, hash_file, read_video
from core.video_process import Start

Progress = Callable[[str, float], None]  # (message key, fraction done in 0..1)
THUMBNAIL_HEIGHT = 112  # pixels


def hash_readable(path: Path) -> str:
    """The hash of a file's bytes, or a VideoError where there is no file or it may not be read."""
    try:
        if path.is_file():
            return hash_file(path)
    except OSError as error:  # no right to read it, a name longer than the system takes, a bad disk
        raise VideoError("not_a_video", name=path.name) from error
    raise VideoError("file_not_found", path=path)


def read_clip(
    model: ImageLLM,
    path: Path,
    plan: SamplingPlan,
    limits: VideoLimits,
    chapters: ChapterPlan,
    sha256: str,
    progress: Progress,
    start: Start,
) -> StoredClip:
    """Decode and encode what `plan` wants of a file with these bytes. Raises VideoError, SettingError.

    start: gives the child process that reads the file.
    """
    progress("decoding", 0.1)
    clip, frames = read_video(path, plan, limits, sha256, start)
    progress("encoding", 0.4)
    patches = model.encode(frames.images)
    seconds = torch.from_numpy(frames.seconds)
    # A third of what the LLM can read: as much again for a second clip, and the rest for the talk.
    room = max(1, model.context_length // 3 // patches.x.shape[1])
    chapters = replace(chapters, most=min(chapters.most, room))
    starts = find_chapters(patches.x.mean(dim=1), seconds, chapters)
    facts = {name: value for name, value in asdict(clip).items() if name != "path"}
    features = pool(patches.x, patches.grid, seconds, starts, patches.looks)
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
