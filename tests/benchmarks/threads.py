"""Memory and speed of compact with 1, 2 and 4 threads, as it comes and with --low-memory.

Each case runs in a process of its own, because a process never forgets its peak.
"""

import json
import os
import subprocess
import sys

from tests.benchmarks.timing import Finding

THREADS = (1, 2, 4)
ASKED = """
import json, sys
from core.engine.video_chat import VideoChat
from core.image_llm.load_options import LoadOptions
from tests.benchmarks.memory import peak_mebibytes
chat = VideoChat.load(sys.argv[3], options=LoadOptions(low_memory=sys.argv[2] == "low"))
clip = chat.open(sys.argv[1])
turns = []
for _ in range(4):  # what a first call costs is not an answer's
    conversation = chat.start(clip)
    for question in ("Describe the video.", "Which way does it move?"):
        "".join(chat.ask(conversation, question))
    turns += conversation.turns[-2:]
    chat.forget(conversation.id)
first, later = ([turn.seconds_to_first_token for turn in turns[number::2]] for number in (2, 3))
writing = [(turn.tokens - 1) / (turn.seconds - turn.seconds_to_first_token) for turn in turns[2::2]]
print(json.dumps([min(first), min(later), max(writing), peak_mebibytes()]))
"""


def findings(model: str, clip: str) -> list[Finding]:
    """Peak memory of each case; its seconds to a first token and tokens a second beside it."""
    found = []
    for kind in ("usual", "low"):
        for threads in THREADS:
            done = subprocess.run(
                [sys.executable, "-c", ASKED, clip, kind, model],
                env={**os.environ, "OMP_NUM_THREADS": str(threads)},
                capture_output=True,
                text=True,
                check=True,
            )
            first, later, speed, mebibytes = json.loads(done.stdout)
            detail = f"first token {first:.3f} s, of a later turn {later:.3f} s, {speed:.0f} tokens/s"
            key = f"peak_rss_mib_{threads}_threads" + ("_low_memory" if kind == "low" else "")
            found.append(Finding(key, mebibytes, "at most 4096; compact-mini 2560", detail))
    return found
