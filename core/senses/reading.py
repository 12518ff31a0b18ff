"""Reading: the text in the pictures of a clip, by PP-OCR on frames of its own."""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from core.dialogue.conversation import Cue
from core.senses.sense import NothingThere, Sense, SenseOptions, Tell
from core.video.clip import VideoLimits
from core.weights import BaseFile

VERSION = 3  # raise it when the results change


class Reading(Sense):
    """Lines of text with their times: signs, slides, burnt-in subtitles."""

    name = "reading"
    source = "read"
    packages = ("rapidocr", "onnxruntime")

    def weights(self) -> tuple[BaseFile, ...]:
        from core.senses.text.weights import ocr_weights

        return ocr_weights()

    def fingerprint(self, options: SenseOptions) -> str:
        try:
            return f"{VERSION} rapidocr {version('rapidocr')}"
        except PackageNotFoundError:
            return f"{VERSION}"

    def work(
        self, path: Path, limits: VideoLimits, options: SenseOptions, prepared: dict[str, Any], tell: Tell
    ) -> Iterator[Cue]:
        from core.senses.text.pictures import looks
        from core.senses.text.reader import Reader
        from core.senses.text.tracks import Tracks

        reader, tracks, found, seconds = None, Tracks(), 0, 0.0
        for look in looks(path, limits):
            seconds = look.seconds
            cues: list[Cue] = []
            if look.image is None:
                tracks.hold(seconds)
            else:
                reader = reader or Reader(options.threads)
                cues = tracks.read(seconds, reader.lines(look.image))
            tell(look.share)
            yield from cues
            found += len(cues)
        rest = tracks.finish(seconds)
        yield from rest
        if not found and not rest:
            raise NothingThere("no_text")
