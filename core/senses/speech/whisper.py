"""Whisper: its weights, and how sound becomes segments of text.

Base, multilingual, is ours: known by its sha256, wherever the bytes come from. Other sizes come from the hub,
and whoever has a model in CTranslate2's form names its folder.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from core.carriers import carriers_of
from core.errors import ModelError
from core.language.script import common_script
from core.progress import Progress
from core.senses.speech.sound import RATE, Stretch
from core.weights import BaseFile, fetch_all

OURS = "base"
# Sound without speech makes Whisper invent, and so does what it cannot make out: docs/performance.md says
# what these keep out.
MOST_SILENT, LEAST_LIKELY, MOST_REPEATED = 0.5, -0.8, 2.4
SURE = 0.5  # of the language of a stretch; below that it is that of most before it
LONG = 6.0  # seconds of a segment from which on it is cut at the ends of its sentences
ENDS = "。？！?!."
_HALF_WIDTH = re.compile(r"(?<=[㐀-鿿])[,?!;:]|[,?!;:](?=[㐀-鿿])")
_FULL_WIDTH = {",": "，", "?": "？", "!": "！", ";": "；", ":": "："}


def _base_file(name: str, sha256: str, size: int) -> BaseFile:
    return BaseFile(
        name=name,
        publisher="Systran, after OpenAI",
        licence="MIT",
        sha256=sha256,
        size=size,
        carriers=carriers_of(f"faster-whisper-base/{name}"),
        source="Systran/faster-whisper-base",
        revision="ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66",
    )


BASE = (
    _base_file("model.bin", "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9", 145_217_532),
    _base_file("config.json", "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a", 2_309),
    _base_file(
        "tokenizer.json", "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab", 2_203_239
    ),
    _base_file("vocabulary.txt", "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913", 459_861),
)


def prepared_files(model: str, progress: Progress) -> dict[str, str]:
    """The files of a model by their names in its folder. Raises ModelError where they cannot be had."""
    if model == OURS:
        paths = fetch_all(BASE, progress)
    else:
        folder = Path(model).expanduser()
        paths = sorted(each for each in (folder if folder.is_dir() else _of_hub(model)).iterdir())
    files = {path.name: str(path.absolute()) for path in paths if path.is_file()}
    if not {"model.bin", "config.json"} <= files.keys():
        raise ModelError("no_hearing_model", path=model)
    return files


def _of_hub(name: str) -> Path:
    from faster_whisper import available_models, download_model

    if name not in available_models() and "/" not in name:
        raise ModelError("unknown_hearing_model", name=name, known=", ".join(available_models()))
    try:
        return Path(download_model(name))
    except Exception as error:  # whatever the hub's client raises: no network, no such repository, no space
        raise ModelError("not_downloaded", name=f"Whisper {name}") from error


class Whisper:
    """A loaded model. It remembers in which languages was spoken."""

    def __init__(self, files: dict[str, str], threads: int) -> None:
        from faster_whisper import WhisperModel

        contents: dict[str, Any] = {name: Path(path).read_bytes() for name, path in files.items()}
        self._model = WhisperModel(
            "whisper", device="cpu", compute_type="int8", cpu_threads=threads, files=contents
        )
        self._languages: Counter[str] = Counter()

    def segments(
        self, stretch: Stretch, spans: list[dict[str, int]], language: str
    ) -> Iterator[tuple[float, float, str, float, str]]:
        """Of the spans with speech: start and end in s of the clip, text, likelihood 0..1, language."""
        from faster_whisper.transcribe import restore_speech_timestamps

        speech = np.concatenate([stretch.samples[span["start"] : span["end"]] for span in spans])
        language = self._language(speech) if language == "auto" else language
        found, _ = self._model.transcribe(
            speech,
            language=language,
            beam_size=1,
            temperature=0.0,
            condition_on_previous_text=False,
            no_speech_threshold=None,  # here, and stricter
            word_timestamps=True,
        )
        for segment in restore_speech_timestamps(found, spans, RATE):
            if not is_speech(segment.no_speech_prob, segment.avg_logprob, segment.compression_ratio):
                continue
            likelihood = float(np.exp(segment.avg_logprob))
            for start, end, text in sentences(segment):
                said = in_chinese(text) if language == "zh" else text
                yield stretch.start + start, stretch.start + end, said, round(likelihood, 3), language

    def _language(self, speech: np.ndarray) -> str:
        found, probability, _ = self._model.detect_language(speech)
        if probability < SURE and self._languages:
            return self._languages.most_common(1)[0][0]
        self._languages[found] += 1
        return found


def spans_of_speech(samples: np.ndarray) -> list[dict[str, int]]:
    """Where somebody may be speaking, by Silero's detector: "start" and "end" as indices of samples [n]."""
    from faster_whisper.vad import get_speech_timestamps

    return get_speech_timestamps(samples, min_silence_duration_ms=500, speech_pad_ms=300)


def is_speech(no_speech: float, likelihood: float, repetition: float) -> bool:
    """Whether a segment is kept: probability of no speech, mean log-likelihood, compression ratio."""
    return no_speech <= MOST_SILENT and likelihood >= LEAST_LIKELY and repetition <= MOST_REPEATED


def in_chinese(text: str) -> str:
    """Simplified, and with Chinese punctuation, where Whisper often writes that of English."""
    return _HALF_WIDTH.sub(lambda found: _FULL_WIDTH[found[0]], common_script(text))


def sentences(segment: Any) -> Iterator[tuple[float, float, str]]:
    """A segment of faster-whisper as start, end, text; a long one sentence by sentence."""
    text = segment.text.strip()
    if not segment.words or segment.end - segment.start < LONG:
        if text:
            yield segment.start, segment.end, text
        return
    words: list[Any] = []
    for word in segment.words:
        words.append(word)
        if word.word.rstrip().endswith(tuple(ENDS)) and not word.word.strip(ENDS + " ").isdigit():
            yield _joined(words)
            words = []
    if words:
        yield _joined(words)


def _joined(words: list[Any]) -> tuple[float, float, str]:
    return words[0].start, words[-1].end, "".join(word.word for word in words).strip()
