"""Twenty small files of the kinds that people bring."""

from pathlib import Path

import numpy as np
from PIL import Image

from tests.video_files import write_clip

NO_B = {"bf": "0"}
VIDEOS = {
    "h264.mp4": {},
    "h264.mov": {"rotation": 90},
    "sound.mp4": {"audio": 1.0},
    "fragments.mp4": {"container": {"movflags": "frag_keyframe+empty_moov"}},
    "mpeg4.mp4": {"codec": "mpeg4"},
    "h264.mkv": {},
    "ffv1.mkv": {"codec": "ffv1", "encoder": NO_B},
    "vp8.webm": {"codec": "libvpx"},
    "vp9.webm": {"codec": "libvpx-vp9"},
    "mpeg4.avi": {"codec": "mpeg4"},
    "mjpeg.avi": {"codec": "mjpeg", "pixels": "yuvj420p", "encoder": NO_B},
    "h264.ts": {},
    "mpeg2.mpg": {"codec": "mpeg2video", "fps": 25},
    "h264.flv": {},
    "wmv2.wmv": {"codec": "wmv2", "encoder": NO_B},
}
PICTURES = ("jpg", "png", "gif", "webp", "bmp")


def write_all(folder: Path) -> list[Path]:
    usual = {"frames": 12, "size": (64, 48)}
    videos = [write_clip(folder / name, **usual | options) for name, options in VIDEOS.items()]
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8))
    pictures = [folder / f"picture.{form}" for form in PICTURES]
    for path in pictures:
        moves = {"save_all": True, "append_images": [image.rotate(180)], "duration": 200}
        image.save(path, **(moves if path.suffix in (".gif", ".webp") else {}))
    return [*videos, *pictures]
