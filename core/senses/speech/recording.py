"""What is said in a short recording, such as a question that is spoken. Nothing of it is kept."""

import threading
from pathlib import Path

from core.errors import SettingError, VideoError
from core.senses.registry import find_sense
from core.senses.running import run_sense
from core.senses.sense import DONE, SenseLimits, SenseOptions


def spoken_text(
    path: Path,
    options: SenseOptions = SenseOptions(),
    limits: SenseLimits = SenseLimits(),
    stop: threading.Event | None = None,
) -> str:
    """Empty where nothing is said. It is heard in a child process, which alone opens the file.

    Raises SettingError where hearing is not installed, VideoError for what cannot be heard, ModelError where
    the weights for it cannot be had.
    """
    hearing = find_sense("hearing")
    if not hearing.available:
        raise SettingError("sense_missing", sense=hearing.name, package=", ".join(hearing.packages))
    sensed = run_sense(hearing, path, options, limits, stop=stop)
    if sensed.reason not in DONE or sensed.reason == "sound_broken":
        raise VideoError("not_heard", name=path.name)
    return "".join(cue.text if cue.language == "zh" else f" {cue.text}" for cue in sensed.cues).strip()
