"""Which pictures of a clip are wanted: chosen by time, never by index.

Variable frame rates and trimmed files are common.
"""

import math
from dataclasses import dataclass

import numpy as np

from core.errors import SettingError

ROUNDING = 0.5  # seconds by which a range may end after the clip: people and sliders round up


@dataclass(frozen=True)
class SamplingPlan:
    """Which pictures of a clip are wanted, and how large."""

    frames: int = 16  # how many pictures; with `fps` set, the largest number of them
    fps: float | None = None  # pictures per second of video instead of a fixed number
    start: float | None = None  # seconds from the clip's start; None is its start
    end: float | None = None  # seconds from the clip's start; None is its end
    area: int = 260 * 260  # width * height of a picture, in pixels; smaller clips are not enlarged

    def __post_init__(self) -> None:
        start = 0.0 if self.start is None else self.start
        end = math.inf if self.end is None else self.end
        for name, value, possible, reason in (
            ("frames", self.frames, 1 <= self.frames <= 1024, "it must lie between 1 and 1024"),
            ("fps", self.fps, self.fps is None or 0 < self.fps <= 240, "it must lie above 0 and up to 240"),
            ("start", self.start, 0 <= start < math.inf, "it must not be negative"),
            ("end", self.end, end > start, "it must lie after the start"),
            ("area", self.area, 64 <= self.area <= 1920 * 1080, "it must lie between 64 and 2073600"),
        ):
            if not possible:
                raise SettingError("bad_setting", name=name, value=value, reason=reason)

    def moments(self, duration: float) -> np.ndarray:
        """The wanted moments of a clip of `duration` seconds: float64 [T], seconds, increasing.

        They are the midpoints (i + 0.5) / T of T equal segments of the range. With `fps`, T is the
        number of whole frames at that rate, at least 1 and at most `frames`: a long clip is thinned
        out evenly, not cut off. A single picture has no duration, and is on screen at 0 alone.
        """
        start = 0.0 if self.start is None else self.start
        end = duration if self.end is None else self.end
        if (start > 0 and start >= duration) or end > duration + ROUNDING:
            raise SettingError("bad_range", start=start, end=round(end, 2), duration=round(duration, 2))
        length = min(end, duration) - start
        count = self.frames if self.fps is None else min(self.frames, max(1, round(length * self.fps)))
        return start + length * (np.arange(count) + 0.5) / count

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of the pictures for a clip of `width` x `height` pixels, aspect kept."""
        scale = min(1.0, math.sqrt(self.area / (width * height)))
        return max(1, round(width * scale)), max(1, round(height * scale))
