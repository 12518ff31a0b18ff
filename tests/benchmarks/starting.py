"""From nothing to a page that answers, and to a model that does; and the memory of it."""

import subprocess
import sys
import time
from urllib.error import URLError
from urllib.request import urlopen

from tests.benchmarks.timing import Finding

ASKED = """
import sys, tempfile, time
from pathlib import Path
from core.engine.video_chat import VideoChat
from tests.benchmarks.memory import peak_mebibytes
chat = VideoChat.load(sys.argv[3])
loaded = time.time()
with tempfile.TemporaryDirectory() as folder:  # nothing is kept of the clip
    chat = VideoChat(chat.model, Path(folder))
    conversation = chat.start(chat.open(sys.argv[2]))
    for _ in chat.read_ahead(conversation):
        pass
    seen = time.time()
    "".join(chat.ask(conversation, "What is in the video?"))
    "".join(chat.ask(conversation, "Describe all of it in detail, and write a poem about it."))
first, long = conversation.turns
speed = (long.tokens - 1) / (long.seconds - long.seconds_to_first_token)
print(loaded - float(sys.argv[1]), seen - loaded, first.seconds_to_first_token, peak_mebibytes(), speed)
"""


def page_seconds(model: str, port: int) -> float:
    """Until the page of `python -m demo` is there."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "demo", "--model", model, "--port", str(port)]
    page = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while time.perf_counter() - started < 120:
            try:
                with urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                    if "ReelTalk" in answer.read().decode():
                        return time.perf_counter() - started
            except (URLError, ConnectionError):
                time.sleep(0.05)
        return float("nan")
    finally:
        page.terminate()  # a background job of sh would not hear SIGINT
        page.wait()


def findings(model: str, clip: str, port: int = 7979) -> list[Finding]:
    done = subprocess.run(
        [sys.executable, "-c", ASKED, str(time.time()), clip, model],
        capture_output=True,
        text=True,
        check=True,
    )
    ready, seen, first, peak, speed = (float(word) for word in done.stdout.split())
    return [
        Finding("page_seconds", page_seconds(model, port), "at most 5", "from `python -m demo` to its page"),
        Finding("ready_seconds_warm", ready, "at most 10", "from a new process to a loaded model"),
        Finding("clip_ready_seconds", seen, "at most 9; compact-mini 5", "10 s: opened, and read ahead"),
        Finding("first_token_seconds", first, "at most 0.5; compact-mini 0.2", "of the first question then"),
        Finding("peak_rss_mib", peak, "", "of that process, after two answers"),
        Finding("tokens_per_second", speed, "at least 12; compact-mini 30", "of a long answer"),
    ]
