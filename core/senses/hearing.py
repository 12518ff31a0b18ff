"""Hearing: what is said in a clip, by Whisper on the processor.

Silero's detector finds speech first, so that a silent clip costs no model; and what Whisper itself takes for
no speech, or is unsure of, is dropped: rather nothing than an invention.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.dialogue.conversation import Cue
from core.progress import Progress
from core.senses.sense import NothingThere, Sense, SenseOptions, Tell
from core.video.clip import VideoLimits
from core.weights import BaseFile

VERSION = 1  # raise it when the results change
MEMORY = 3  # bytes that a byte of weights may take while they are loaded


class Hearing(Sense):
    """Lines of speech with their times."""

    name = "hearing"
    source = "heard"
    packages = ("faster_whisper",)

    def weights(self) -> tuple[BaseFile, ...]:
        from core.senses.speech.whisper import BASE

        return BASE

    def fingerprint(self, options: SenseOptions) -> str:
        settings = {
            "version": VERSION,
            "model": _identity(options.hearing_model),
            "language": options.language,
        }
        return hashlib.sha256(json.dumps(settings).encode()).hexdigest()

    def prepare(self, options: SenseOptions, progress: Progress) -> dict[str, Any]:
        from core.senses.speech.whisper import prepared_files

        files = prepared_files(options.hearing_model, progress)
        return {"files": files, "memory": MEMORY * sum(Path(file).stat().st_size for file in files.values())}

    def work(
        self, path: Path, limits: VideoLimits, options: SenseOptions, prepared: dict[str, Any], tell: Tell
    ) -> Iterator[Cue]:
        from core.senses.speech.sound import open_sound
        from core.video.pictures import picture_format

        if picture_format(path):
            raise NothingThere("no_sound")
        sound = open_sound(path, limits)
        from core.senses.speech.whisper import Whisper, spans_of_speech  # not for a clip without sound

        whisper, found = None, False
        for stretch in sound.stretches():
            if spans := spans_of_speech(stretch.samples):
                whisper = whisper or Whisper(prepared["files"], options.threads)
                for start, end, text, likelihood, language in whisper.segments(
                    stretch, spans, options.language
                ):
                    found = True
                    yield Cue(round(start, 2), round(end, 2), text, likelihood, language, self.source)
                    tell(end / sound.duration if sound.duration else 0.0)
            tell(stretch.end / sound.duration if sound.duration else 0.0)
        if not found:
            raise NothingThere("nothing_said")


def _identity(model: str) -> str:
    """What tells one model from another: of a folder its place, size and date of its weights."""
    weights = Path(model).expanduser() / "model.bin"
    if not weights.is_file():
        return model
    status = weights.stat()
    return f"{weights.absolute()} {status.st_size} {status.st_mtime_ns}"
