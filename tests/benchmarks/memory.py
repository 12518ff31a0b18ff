"""The peak of this process's resident memory, on Linux.

Not `ru_maxrss`: that survives exec, so that a small child of a large process tells its parent's peak.
"""

import re
from pathlib import Path


def peak_mebibytes() -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found, "Linux tells it"
    return int(found[1]) / 1024
