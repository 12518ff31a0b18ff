"""The tracks of subtitles inside a file: mov_text, ASS, WebVTT and SubRip, as text.

Of several, the one that the file marks as its default is taken, else the longest: a track of a few lines is
what is left untranslated in a dubbed film.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.dialogue.conversation import Cue
from core.senses.sense import NothingThere, Sense, SenseOptions, Tell
from core.video.clip import VideoLimits

VERSION = 1  # raise it when the results change
DECODERS = "ass,ssa,mov_text,srt,subrip,text,webvtt"
MOST_CUES = 50_000  # of one track
FIELDS = 8  # of an event of ASS as FFmpeg gives it, before its text
ISO = {"chi": "zh", "zho": "zh", "eng": "en", "und": "", "jpn": "ja", "kor": "ko", "fra": "fr", "deu": "de"}


class SubtitleTracks(Sense):
    """Lines of the subtitles that a file brings."""

    name = "subtitles"
    source = "subtitles"

    def fingerprint(self, options: SenseOptions) -> str:
        return str(VERSION)

    def work(
        self, path: Path, limits: VideoLimits, options: SenseOptions, prepared: dict[str, Any], tell: Tell
    ) -> Iterator[Cue]:
        import av

        from core.video.container import open_container
        from core.video.pictures import picture_format

        if picture_format(path):
            raise NothingThere("no_tracks")
        with open_container(path, DECODERS) as container:
            streams = [
                each
                for each in container.streams.subtitles
                if each.codec_context and each.codec_context.name in DECODERS.split(",")
            ]
            if not streams:
                raise NothingThere("no_tracks")
            origin = (container.start_time or 0) / av.time_base
            tracks: dict[int, list[Cue]] = {stream.index: [] for stream in streams}
            try:
                for packet in container.demux(streams):
                    cues = tracks[packet.stream.index]
                    if packet.pts is not None and packet.size and len(cues) < MOST_CUES:
                        cues += _cues(packet, origin, _language(packet.stream))
            except av.error.FFmpegError:  # the file ends here
                pass
            default = {stream.index for stream in streams if stream.disposition & stream.disposition.default}
            best = max(tracks, key=lambda index: (bool(tracks[index]), index in default, len(tracks[index])))
        tell(1.0)
        if not tracks[best]:
            raise NothingThere("no_tracks")
        yield from tracks[best]


def _cues(packet: Any, origin: float, language: str) -> Iterator[Cue]:
    """Of one packet; what cannot be decoded is left out."""
    import av

    try:
        decoded = packet.stream.codec_context.decode2(packet)
    except av.error.FFmpegError:
        return
    start = float(packet.pts * packet.time_base) - origin
    end = start + float((packet.duration or 0) * packet.time_base)
    for rectangle in decoded or ():
        if text := _plain(getattr(rectangle, "ass", b"") or getattr(rectangle, "text", b"")):
            yield Cue(round(max(0.0, start), 2), round(max(start, end), 2), text, language=language)


def _plain(event: bytes) -> str:
    """The text of an event of ASS, which FFmpeg makes of all kinds, on one line without its styles."""
    text = event.decode("utf-8", errors="replace")
    text = text.split(",", FIELDS)[-1] if text.count(",") >= FIELDS else text
    text = re.sub(r"\{[^}]*\}", "", text)
    text = re.sub(r"\\[Nnh]", " ", text)
    return " ".join(re.sub(r"<[^>]*>", "", text).replace("-->", "→").split())


def _language(stream: Any) -> str:
    code = (stream.metadata.get("language") or "").lower()
    return ISO.get(code, code[:2])
