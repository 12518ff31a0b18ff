"""How much memory is free on this machine, or in the container that this runs in. Imports no torch."""

import re
from pathlib import Path

import psutil

GIGABYTE = 10**9
CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUP = Path("/proc/self/cgroup")


def free_memory() -> int:
    """Bytes that can be had without swapping, within every limit that is set for this process."""
    return min([psutil.virtual_memory().available, *_left_in_cgroups()])


def _left_in_cgroups() -> list[int]:
    """What each limit around this process leaves: of containers the system's own figure knows nothing."""
    try:
        line = re.search(r"^0::/(.*)$", OWN_CGROUP.read_text(), re.MULTILINE)
    except OSError:  # not Linux
        return []
    own = CGROUPS / (line[1] if line else "")
    around = [own, *own.parents]
    return [
        left for folder in around if folder.is_relative_to(CGROUPS) and (left := _left_in(folder)) is not None
    ]


def _left_in(cgroup: Path) -> int | None:
    try:
        limit = (cgroup / "memory.max").read_text().strip()
        used = int((cgroup / "memory.current").read_text())
        idle = re.search(r"^inactive_file (\d+)", (cgroup / "memory.stat").read_text(), re.MULTILINE)
    except OSError:  # no such group, or none that counts memory
        return None
    if limit == "max":
        return None
    cached = int(idle[1]) if idle else 0  # of files, as downloads are: given up where memory is wanted
    return max(0, int(limit) - used + cached)
