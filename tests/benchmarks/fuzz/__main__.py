"""Small files of twenty kinds, changed at random: each is read or refused, and who asks lives on.

    python -m tests.benchmarks.fuzz [--minutes 10] [--seed 0]

Prints how they ended. What ends in anything but a clip or a message is kept beside, and the exit code is 1.
"""

import argparse
import random
import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

import numpy as np

from core.errors import ReelTalkError
from core.video.child_process import ChildAhead
from core.video.clip import VideoLimits
from core.video.read_video import read_video
from core.video.sampling import SamplingPlan
from tests.benchmarks.fuzz.containers import write_all
from tests.benchmarks.fuzz.mutations import mutated

LIMITS = VideoLimits(wall_clock=20.0)
PLAN = SamplingPlan(frames=4, area=64 * 64)


def outcome(path: Path, child: ChildAhead) -> str:
    """ "read", "damaged", or the key of the message. AssertionError for a clip that makes no sense."""
    try:
        clip, frames = read_video(path, PLAN, LIMITS, start=child.take)
    except ReelTalkError as error:
        return error.key
    finally:
        child.prepare()
    count = len(frames.images)
    assert 0 < count == len(frames.seconds) == len(frames.thumbnails) <= PLAN.frames
    assert np.isfinite(frames.seconds).all()
    assert np.isfinite([clip.duration, clip.fps]).all()
    assert 0 <= clip.duration <= LIMITS.max_duration
    assert frames.images[0].size <= 3 * 2 * PLAN.area
    return "damaged" if clip.damaged else "read"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    chance, child, ends, wrong = random.Random(asked.seed), ChildAhead(), Counter(), 0
    with tempfile.TemporaryDirectory() as folder:
        seeds = write_all(Path(folder))
        for path in seeds:
            assert outcome(path, child) in ("read", "damaged"), path.name
        idle = peak()
        end = time.monotonic() + 60 * asked.minutes
        while time.monotonic() < end:
            seed = chance.choice(seeds)
            content = mutated(seed.read_bytes(), chance)
            path = Path(folder) / f"changed{seed.suffix}"
            path.write_bytes(content)
            try:
                ends[outcome(path, child)] += 1
            except Exception:
                wrong += 1
                kept = Path(tempfile.gettempdir()) / f"fuzz-{asked.seed}-{sum(ends.values())}{seed.suffix}"
                kept.write_bytes(content)
                print(f"{kept} from {seed.name}:", traceback.format_exc(), file=sys.stderr)
    told = ", ".join(f"{key} {count}" for key, count in ends.most_common())
    print(f"{len(seeds)} kinds, {sum(ends.values()) + wrong} files, {asked.minutes:g} minutes: {told}")
    print(f"crashes of the process that asks: 0; ends without a message: {wrong}")
    print(f"peak of its memory: {peak() - idle:+.0f} MB over the files as they were")
    sys.exit(wrong > 0)


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
