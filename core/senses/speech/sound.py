"""The sound of a file as samples that Whisper takes, in stretches of bounded length.

Hours of sound are never in memory at once. A stretch ends where it is quietest, so that no word is cut.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer

from core.senses.sense import NothingThere
from core.video.clip import VideoLimits
from core.video.container import open_container

DECODERS = (
    "aac,ac3,adpcm_ima_qt,adpcm_ima_wav,adpcm_ms,alac,amrnb,amrwb,eac3,flac,mp1,mp1float,mp2,mp2float,mp3,mp3float,"
    "nellymoser,opus,libopus,pcm_alaw,pcm_f32be,pcm_f32le,pcm_f64le,pcm_mulaw,pcm_s16be,pcm_s16le,pcm_s24be,"
    "pcm_s24le,pcm_s32be,pcm_s32le,pcm_s8,pcm_u8,speex,libspeex,truehd,vorbis,libvorbis,wmapro,wmav1,wmav2"
)
RATE = 16_000  # samples a second
STRETCH = 60.0  # seconds, at most
SEARCHED = 15.0  # seconds at its end, among which it is cut
QUIET = 0.2  # seconds that are quietest there
GAP = 0.5  # seconds by which the file's clock may be ahead of its sound before that counts as silence


@dataclass(frozen=True)
class Stretch:
    """Sound from `start` (seconds of the clip) on: samples float32 [n] in -1..1 at RATE."""

    start: float
    samples: np.ndarray

    @property
    def end(self) -> float:
        return self.start + len(self.samples) / RATE


class Sound:
    """The best stream of sound of a file. Raises NothingThere where it has none, and VideoError."""

    def __init__(self, container: InputContainer, limits: VideoLimits) -> None:
        stream = container.streams.best("audio")
        if not isinstance(stream, AudioStream):
            raise NothingThere("no_sound")
        self._container, self._stream, self._limits = container, stream, limits
        self._origin = (container.start_time or 0) / av.time_base  # the clip's start in the file's clock
        self.duration = min((container.duration or 0) / av.time_base, limits.max_duration)  # s; 0: not known

    def stretches(self) -> Iterator[Stretch]:
        """All of it. What cannot be decoded is left out; raises NothingThere if that is everything."""
        waiting: list[np.ndarray] = []
        start, length, found = 0.0, 0, False
        for time, samples in self._pieces():
            if time - start > self._limits.max_duration:
                break
            here = start + length / RATE
            if length and abs(time - here) > GAP:  # silence that the file leaves out, or a clock that jumped
                yield Stretch(start, np.concatenate(waiting))
                waiting, length = [], 0
            if not length:
                start = time
            waiting.append(samples)
            length, found = length + len(samples), True
            if length >= STRETCH * RATE:
                whole = np.concatenate(waiting)
                cut = quietest(whole)
                yield Stretch(start, whole[:cut])
                waiting, start, length = [whole[cut:]], start + cut / RATE, len(whole) - cut
        if length:
            yield Stretch(start, np.concatenate(waiting))
        if not found:
            raise NothingThere("sound_broken")

    def _pieces(self) -> Iterator[tuple[float, np.ndarray]]:
        """Times in seconds of the clip, and samples float32 [n]."""
        resampler = None
        shape: tuple[object, ...] = ()
        clock = 0.0
        for frame in self._frames():
            if (frame.rate, frame.format.name, frame.layout.name) != shape:  # it may change midway
                shape = frame.rate, frame.format.name, frame.layout.name
                resampler = av.AudioResampler("flt", "mono", RATE)
            if frame.time is not None:
                clock = frame.time - self._origin
            assert resampler is not None
            for part in resampler.resample(frame):
                samples = np.nan_to_num(part.to_ndarray()[0])
                yield clock, samples
                clock += len(samples) / RATE

    def _frames(self) -> Iterator[av.AudioFrame]:
        try:
            for packet in self._container.demux(self._stream):
                try:
                    yield from packet.decode()
                except av.error.FFmpegError:  # damaged: the next one may be whole
                    continue
        except av.error.FFmpegError:  # the file ends here
            return


def open_sound(path: Path, limits: VideoLimits) -> Sound:
    """The sound of a file. Raises NothingThere and VideoError."""
    return Sound(open_container(path, DECODERS), limits)


def quietest(samples: np.ndarray) -> int:
    """Where among the last SEARCHED seconds it is quietest: an index of samples [n]."""
    window, first = int(QUIET * RATE), len(samples) - int(SEARCHED * RATE)
    tail = samples[max(0, first) :]
    count = len(tail) // window
    loudness = np.square(tail[: count * window]).reshape(count, window).mean(axis=1)  # Shape: (count,)
    return max(0, first) + int(loudness.argmin()) * window + window // 2
