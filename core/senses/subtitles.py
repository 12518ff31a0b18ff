"""The tracks of subtitles inside a file: mov_text, ASS, WebVTT and SubRip, as text.

Of several, the one that the file marks as its default is taken, else the longest: a track of a few lines is
what is left untranslated in a dubbed film.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.dialogue.conversation import Cue
from core.dialogue.repairs import RepairLog
from core.dialogue.rolling import unrolled
from core.dialogue.shown import Shown
from core.senses.sense import NothingThere, Sense, SenseOptions, Tell
from core.video.clip import VideoLimits

VERSION = 2  # raise it when the results change
DECODERS = "ass,ssa,mov_text,srt,subrip,text,webvtt"
MOST_CUES = 50_000  # of one track
MOST_FIGURES = 0.25  # of a track's letters; one with more is a drone's or a dashboard's telemetry
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
            tracks: dict[int, list[Shown]] = {stream.index: [] for stream in streams}
            try:
                for packet in container.demux(streams):
                    track = tracks[packet.stream.index]
                    if packet.pts is not None and packet.size and len(track) < MOST_CUES:
                        track += _shown(packet, origin)
            except av.error.FFmpegError:  # the file ends here
                pass
            default = {stream.index for stream in streams if stream.disposition & stream.disposition.default}
            tracks = {index: [] if _is_data(track) else track for index, track in tracks.items()}
            best = max(tracks, key=lambda index: (bool(tracks[index]), index in default, len(tracks[index])))
            language = next(_language(stream) for stream in streams if stream.index == best)
        tell(1.0)
        if not tracks[best]:
            raise NothingThere("no_tracks")
        for each in unrolled(sorted(tracks[best], key=lambda each: each.start), RepairLog()):
            yield Cue(round(each.start, 2), round(each.end, 2), " ".join(each.lines), language=language)


def _is_data(track: list[Shown]) -> bool:
    signs = [sign for each in track for line in each.lines for sign in line if sign.isalnum()]
    return sum(map(str.isdigit, signs)) > MOST_FIGURES * len(signs)


def _shown(packet: Any, origin: float) -> Iterator[Shown]:
    """Of one packet; what cannot be decoded is left out."""
    import av

    try:
        decoded = packet.stream.codec_context.decode2(packet)
    except av.error.FFmpegError:
        return
    start = float(packet.pts * packet.time_base) - origin
    end = start + float((packet.duration or 0) * packet.time_base)
    for rectangle in decoded or ():
        if lines := _plain(getattr(rectangle, "ass", b"") or getattr(rectangle, "text", b"")):
            yield Shown(max(0.0, start), max(start, end), lines)


def _plain(event: bytes) -> list[str]:
    """The lines of an event of ASS, which FFmpeg makes of all kinds, without their styles."""
    text = event.decode("utf-8", errors="replace")
    text = text.split(",", FIELDS)[-1] if text.count(",") >= FIELDS else text
    text = re.sub(r"\{[^}]*\}", "", text)
    text = re.sub(r"<[^>]*>", "", text.replace("\\h", " ")).replace("-->", "→")
    lines = [" ".join(line.split()) for line in re.split(r"\\[Nn]|\n", text)]
    return [line for line in lines if line]


def _language(stream: Any) -> str:
    code = (stream.metadata.get("language") or "").lower()
    return ISO.get(code, code[:2])
