"""Who speaks the lines: recordings that a folder brings, else espeak-ng.

Whisper understands espeak-ng's English. Its Mandarin it does not, so lines in Mandarin want recordings.
"""

import csv
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.senses.speech.sound import open_sound
from core.video.clip import VideoLimits

TABLE = "lines.tsv"  # of a folder: which file says what
ESPEAK = ("en-us", "en-gb", "en-us+f3", "en-gb+f2")  # one for each clip, in turn
SPEED = 150  # words a minute
QUIET = 0.02  # of the loudest: what is quieter at the beginning and the end is cut off


class Voices:
    """Speaks lines of text."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """folders: with recordings, and a lines.tsv with columns file and text. Raises OSError."""
        self._files: dict[str, Path] = {}
        for folder in folders:
            with (folder / TABLE).open(encoding="utf-8", newline="") as table:
                for row in csv.DictReader(table, delimiter="\t"):
                    self._files.setdefault(row["text"], folder / row["file"])
        self._espeak = shutil.which("espeak-ng")

    def can_say(self, text: str, language: str) -> bool:
        return text in self._files or (language == "en" and self._espeak is not None)

    def say(self, text: str, number: int) -> np.ndarray:
        """Samples float32 [n] at RATE, without silence around them; number: of the clip."""
        if text in self._files:
            return _trimmed(_samples(self._files[text]))
        assert self._espeak is not None, "asked for before"
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "line.wav"
            voice = ESPEAK[number % len(ESPEAK)]
            command = [self._espeak, "-v", voice, "-s", str(SPEED), "-w", str(path), text]
            subprocess.run(command, check=True, timeout=60)
            return _trimmed(_samples(path))


def _samples(path: Path) -> np.ndarray:
    return np.concatenate([stretch.samples for stretch in open_sound(path, VideoLimits()).stretches()])


def _trimmed(samples: np.ndarray) -> np.ndarray:
    loud = np.flatnonzero(np.abs(samples) > QUIET * np.abs(samples).max())
    return samples[loud[0] : loud[-1] + 1] if len(loud) else samples
