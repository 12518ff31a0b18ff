"""Clips with sound for the tests: speech, and sounds that are none, under a plain picture."""

import subprocess
from fractions import Fraction
from pathlib import Path

import av
import gradio
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer

RATE = 16_000
RECORDINGS = Path(gradio.__file__).parent / "media_assets" / "audio"  # real ones, in English


def recording(name: str) -> np.ndarray:
    """One that gradio's package brings: float32 [n] at RATE."""
    return samples_of(RECORDINGS / name)


def spoken(text: str, folder: Path) -> np.ndarray:
    """By espeak-ng, which Whisper understands in English."""
    path = folder / "spoken.wav"
    subprocess.run(["espeak-ng", "-v", "en-us", "-s", "150", "-w", str(path), text], check=True, timeout=60)
    return samples_of(path)


def samples_of(path: Path) -> np.ndarray:
    with av.open(str(path)) as file:
        resampler = av.AudioResampler("flt", "mono", RATE)
        parts = [part.to_ndarray()[0] for frame in file.decode(audio=0) for part in resampler.resample(frame)]
    return np.concatenate(parts)


def silence(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * RATE), np.float32)


def clip_with(path: Path, samples: np.ndarray) -> Path:
    """A video of a grey picture with this sound."""
    with av.open(str(path), "w") as file:
        video = file.add_stream("libx264", rate=2)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio = file.add_stream("aac", rate=RATE)
        file.start_encoding()
        for number in range(max(1, int(2 * len(samples) / RATE))):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 80, np.uint8), "rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 2)
            file.mux(video.encode(frame))
        file.mux(video.encode())
        write_sound(file, audio, samples)
    return path


def write_sound(file: OutputContainer, stream: AudioStream, samples: np.ndarray) -> None:
    """All of it, float32 [n] at RATE, into the stream of a file that is being written."""
    for start in range(0, len(samples), 1024):
        piece = np.ascontiguousarray(samples[None, start : start + 1024], np.float32)
        frame = av.AudioFrame.from_ndarray(piece, "fltp", "mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        file.mux(stream.encode(frame))
    file.mux(stream.encode())


def without_speech() -> dict[str, np.ndarray]:
    """Ten sounds of eight seconds in which nobody speaks: float32 [n] each, by what they are."""
    random = np.random.default_rng(0)
    time = np.arange(8 * RATE) / RATE
    noise = random.normal(0, 1, len(time))
    smooth = np.cumsum(noise)
    smooth = (smooth - smooth.mean()) / np.abs(smooth - smooth.mean()).max()
    beat = np.exp(-12 * (time % 0.5))
    notes = 220 * 2 ** (np.array([0, 4, 7, 12, 7, 4, 0, -5])[(time * 4).astype(int) % 8] / 12)
    melody = np.sin(2 * np.pi * np.cumsum(notes) / RATE)
    chord = sum(np.sin(2 * np.pi * f * time) for f in (196, 247, 294)) / 3
    swept = np.sin(2 * np.pi * (200 * time + 60 * time**2))
    sounds = {
        "silence": np.zeros(len(time)),
        "hiss": 0.2 * noise,
        "quiet hiss": 0.005 * noise,
        "rumble": 0.6 * smooth,
        "a tone": 0.4 * np.sin(2 * np.pi * 440 * time),
        "a siren": 0.4 * swept,
        "drums": 0.6 * beat * noise / 3,
        "a melody": 0.4 * melody * np.exp(-3 * (time % 0.25)),
        "a chord that swells": 0.5 * chord * (0.5 + 0.5 * np.sin(2 * np.pi * 0.7 * time)),
        "a melody over drums": 0.3 * melody + 0.2 * beat * noise / 3,
    }
    return {name: samples.astype(np.float32) for name, samples in sounds.items()}
