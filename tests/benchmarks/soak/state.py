"""What a server process holds: memory, open files, threads, processes, temporary files."""

from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

FEW = 40.0  # of which two are 5 %: one more reader in waiting, or idle thread, is no growth


@dataclass(frozen=True)
class State:
    """memory: MB that are the server process's alone. files: also sockets."""

    memory: float
    files: int
    threads: int
    processes: int
    temporary: int


def state_of(process: psutil.Process, temporary: Path) -> State:
    return State(
        memory=process.memory_full_info().uss / 1e6,
        files=process.num_fds(),
        threads=process.num_threads(),
        processes=len(process.children(recursive=True)),
        temporary=sum(path.is_file() for path in temporary.rglob("*")),
    )


def grown(start: State, end: State) -> dict[str, float]:
    """By what share the end has more than the start; of few things, of FEW."""
    before, after = asdict(start), asdict(end)
    return {name: (after[name] - before[name]) / max(FEW, before[name]) for name in before}


def table(states: dict[str, State]) -> str:
    """A row for each moment."""
    names = list(asdict(next(iter(states.values()))))
    rows = [["", *names]] + [
        [moment, *(f"{value:.0f}" for value in asdict(state).values())] for moment, state in states.items()
    ]
    return "\n".join(" | ".join(f"{cell:>10}" for cell in row) for row in rows)
