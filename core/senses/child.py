"""What runs in the child process: one sense makes cues of one file.

`python -m core.senses.child` takes a request as JSON on stdin and writes lines of JSON to stdout:
{"done": share}, {"cue": {...}}, and at the end {"end": reason} or {"error": key, "values": {...}}. Anything
else that goes wrong ends the process with a traceback.
"""

import json
import os
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.errors import ReelTalkError
from core.senses.registry import find_sense
from core.senses.sense import NothingThere, SenseOptions
from core.video.child_process import limit_memory
from core.video.clip import VideoLimits

PATIENT = 10  # how far it stands back for others: an answer that is written meanwhile goes first


def main() -> None:
    reply = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not end up in the reply
    if not (asked := sys.stdin.read()):
        return
    request = json.loads(asked)
    limit_memory(request["memory"])
    with suppress(AttributeError, OSError):
        os.nice(PATIENT)

    def tell(values: dict[str, Any]) -> None:
        reply.write(json.dumps(values).encode() + b"\n")
        reply.flush()

    sense, options = find_sense(request["sense"]), SenseOptions(**request["options"])
    try:
        for cue in sense.work(
            Path(request["path"]),
            VideoLimits(**request["limits"]),
            options,
            request["prepared"],
            lambda share: tell({"done": round(min(1.0, share), 4)}),
        ):
            tell({"cue": asdict(cue)})
    except NothingThere as nothing:
        tell({"end": nothing.reason})
    except ReelTalkError as error:
        tell({"error": error.key, "values": error.values})
    else:
        tell({"end": ""})


if __name__ == "__main__":
    main()
