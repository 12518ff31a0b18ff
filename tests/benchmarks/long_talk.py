"""An hour of talk: how long hearing takes, and what is answered from five places of it.

    python -m tests.benchmarks.long_talk 60 compact

The talk is made of the lines of `core.lab.heard` in espeak-ng's voices, in random order, with five sentences
among them that are said once. Of these the model is asked, then what happens when the third of them is
said, and for a summary of the whole.
"""

import re
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from random import Random

import av
import numpy as np

from core.engine.video_chat import VideoChat
from core.lab.heard.scripts import scripts
from core.lab.heard.voices import Voices
from core.senses.speech.sound import RATE
from tests.benchmarks.memory import peak_mebibytes

PICTURE = np.full((180, 320, 3), (70, 90, 120), np.uint8)
PAUSE = 0.4, 1.2  # s between two sentences
SAMPLES = 1024  # of a packet


@dataclass(frozen=True)
class Fact:
    place: float  # in the talk, 0 to 1
    said: str
    question: str
    right: str  # a regular expression


FACTS = (
    Fact(
        0.1,
        "My neighbour Gregory keeps seven peacocks in his garage.",
        "What is in Gregory's garage?",
        "peacock",
    ),
    Fact(
        0.3,
        "The train to Istanbul leaves at a quarter past six on Monday.",
        "When does the train leave?",
        "Monday|six",
    ),
    Fact(
        0.5,
        "Our winner baked a chocolate cake that weighed ninety kilos.",
        "How heavy was the cake?",
        "90|ninety",
    ),
    Fact(
        0.7,
        "The lighthouse was painted red and white by two sisters.",
        "Who painted the lighthouse?",
        "sisters",
    ),
    Fact(
        0.93,
        "Finally, the chess club moves to the old school.",
        "Where does the chess club meet now?",
        "school",
    ),
)


def talk(seconds: float) -> tuple[np.ndarray, list[float]]:
    """Sound float32 [samples] at RATE, at least so long, and when each fact is said, in seconds."""
    voices, random = Voices([]), Random(1)
    lines = [line for script in scripts() if script.language == "en" for line in script.said]
    spoken = [voices.say(line, number // 5) for number, line in enumerate(lines)]
    parts: list[np.ndarray] = []
    starts: list[float] = []
    length, order = 0, list[int]()
    while length < seconds * RATE:
        if len(starts) < len(FACTS) and length >= FACTS[len(starts)].place * seconds * RATE:
            sound = voices.say(FACTS[len(starts)].said, 2)
            starts.append(length / RATE)
        else:
            order = order or random.sample(range(len(lines)), len(lines))
            sound = spoken[order.pop()]
        parts += [sound, np.zeros(int(random.uniform(*PAUSE) * RATE), np.float32)]
        length += sum(len(part) for part in parts[-2:])
    return np.concatenate(parts), starts


def write(path: Path, sound: np.ndarray) -> None:
    """One gray picture a second, and the sound."""
    height, width, _ = PICTURE.shape
    with av.open(str(path), "w") as file:
        pictures = file.add_stream("libx264", rate=1, options={"preset": "ultrafast"})
        pictures.width, pictures.height, pictures.pix_fmt = width, height, "yuv420p"
        track = file.add_stream("aac", rate=RATE, layout="mono")
        for number in range(len(sound) // RATE):
            picture = av.VideoFrame.from_ndarray(PICTURE, "rgb24")
            picture.pts, picture.time_base = number, Fraction(1, 1)
            file.mux(pictures.encode(picture))
        file.mux(pictures.encode())
        for start in range(0, len(sound), SAMPLES):
            packet = av.AudioFrame.from_ndarray(sound[None, start : start + SAMPLES], "fltp", "mono")
            packet.sample_rate, packet.pts, packet.time_base = RATE, start, Fraction(1, RATE)
            file.mux(track.encode(packet))
        file.mux(track.encode())


def main(minutes: float, model: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "talk.mp4"
        sound, starts = talk(minutes * 60)
        write(path, sound)
        print(f"{len(sound) / RATE:.0f} s of talk, {path.stat().st_size / 1e6:.0f} MB", flush=True)
        del sound
        chat = VideoChat(VideoChat.load(model).model, Path(folder) / "engine")  # nothing is known of it
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        work = chat.senses(path, ["hearing"])
        work.wait()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        heard = work.cues()["heard"]
        print(
            f"heard: {len(heard)} lines in {time.monotonic() - began:.0f} s, {processor:.0f} s of the "
            f"processor, {after.ru_maxrss / 1024:.0f} MiB in the child",
            flush=True,
        )
        conversation = chat.start(chat.open(path))
        conversation.cues = work.cues()
        right = 0
        for fact, start in zip(FACTS, starts, strict=True):
            answer = "".join(chat.ask(conversation, fact.question))
            right += bool(re.search(fact.right, answer, re.IGNORECASE))
            first = conversation.turns[-1].seconds_to_first_token or 0.0
            print(f"{start:.0f} s, first token {first:.1f} s: {fact.question} {answer}", flush=True)
        print(f"{right} of {len(FACTS)} right")
        moment = f"{int(starts[2]) // 60}:{int(starts[2]) % 60:02}"
        for question in (f"What is said at {moment}?", "Summarise the whole talk."):
            print(f"{question} {''.join(chat.ask(conversation, question))}", flush=True)
        print(f"{peak_mebibytes():.0f} MiB in the engine's process")


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2])
