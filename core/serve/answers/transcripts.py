"""What was heard, in the forms that OpenAI's API has for it."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from core.dialogue.conversation import Cue


def as_srt(cues: Sequence[Cue]) -> str:
    return _subtitles(cues, "srt")


def as_vtt(cues: Sequence[Cue]) -> str:
    return _subtitles(cues, "vtt")


def verbose(cues: Sequence[Cue], text: str) -> dict[str, Any]:
    languages = Counter(cue.language for cue in cues)
    return {
        "task": "transcribe",
        "language": languages.most_common(1)[0][0] if languages else "",
        "duration": max((cue.end for cue in cues), default=0.0),
        "text": text,
        "segments": [
            {
                "id": number,
                "start": cue.start,
                "end": cue.end,
                "text": cue.text,
                "confidence": cue.confidence,
            }
            for number, cue in enumerate(cues)
        ],
    }


def _subtitles(cues: Sequence[Cue], form: str) -> str:
    import pysubs2

    file = pysubs2.SSAFile()
    for cue in cues:
        file.append(pysubs2.SSAEvent(round(cue.start * 1000), round(cue.end * 1000), cue.text))
    return file.to_string(form)
