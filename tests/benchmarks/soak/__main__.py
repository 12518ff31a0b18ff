"""A server process under many visitors for a while: does it lose an answer, does it grow?

    python -m tests.benchmarks.soak [--visitors 200] [--minutes 30] [--seed 0]

The server is `python -m demo` with the tiny model of the tests, so that it is the server that is measured.
First everybody comes and goes until as many tabs were closed as a server keeps, so that what has a bound has
reached it; growth is counted from there, over `--minutes`, until all have left. Exits with 1 where an answer
was lost or memory has grown by more than 5 %.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Sequence
from pathlib import Path

import httpx
import psutil

from demo.server.tabs import MOST_CLOSED
from tests.benchmarks.soak.state import State, state_of, table
from tests.benchmarks.soak.visitor import LostError, Visitor
from tests.real_server import RealServer
from tests.trust.files.hostile_clips import write_ten
from tests.video_files import write_clip

GROWTH = 0.05
PARTS = 5  # of the time, at whose ends it is measured
SETTLED = 30.0  # seconds after which a server that nobody asks has done all it will


async def play(visitor: Visitor, good: Sequence[Path], bad: Sequence[Path], seconds: float) -> None:
    """One visit after another, as chance says, for so long."""
    chance, counts = visitor.chance, visitor.counts
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        what = chance.random()
        if what < 0.2:
            await attempt(visitor, visitor.open(chance.choice(good), True))
        elif what < 0.3:
            await attempt(visitor, visitor.open(chance.choice(bad), False))
        elif what < 0.7:
            await attempt(visitor, visitor.ask(stop=False))
        elif what < 0.85:
            await attempt(visitor, visitor.ask(stop=True))
        else:
            counts["reloads"] += 1
            await visitor.leave()
            await visitor.arrive()
        await asyncio.sleep(chance.uniform(0.5, 4))
    await visitor.leave()
    await visitor.browser.aclose()


async def warm_up(visitor: Visitor, good: Sequence[Path]) -> None:
    """One tab after another, until all together have closed as many as are kept; then one that stays."""
    while visitor.counts["tabs closed"] <= MOST_CLOSED:
        await come(visitor, good)
        await visitor.leave()
    await come(visitor, good)


async def come(visitor: Visitor, good: Sequence[Path]) -> None:
    """Everything once."""
    await visitor.arrive()
    await attempt(visitor, visitor.open(visitor.chance.choice(good), True, anew=False))
    await attempt(visitor, visitor.ask(stop=False))


async def attempt(visitor: Visitor, act: Awaitable[None]) -> None:
    try:
        await act
    except (LostError, httpx.HTTPError) as error:
        visitor.counts["LOST"] += 1
        print(f"lost: {type(error).__name__} {error}", file=sys.stderr, flush=True)


async def play_all(server: RealServer, asked: argparse.Namespace, folder: Path) -> tuple[dict, Counter]:
    good = [write_clip(folder / "a.mp4"), write_clip(folder / "b.mp4", size=(96, 160), frames=40)]
    bad = [path for path in write_ten(folder) if path.suffix == ".mp4" or path.suffix == ".webm"]
    counts: Counter[str] = Counter()
    process = psutil.Process(server.process.pid)
    states: dict[str, State] = {"idle": state_of(process, server.temporary)}
    addresses = [f"10.{number // 250}.{number % 250}.1" for number in range(asked.visitors)]
    visitors = [
        Visitor(server.url, each, random.Random(f"{asked.seed} {each}"), counts) for each in addresses
    ]
    begun = time.monotonic()
    await asyncio.gather(*(warm_up(each, good) for each in visitors))
    print(f"warm after {(time.monotonic() - begun) / 60:.1f} minutes", file=sys.stderr, flush=True)
    states["warm"] = await asyncio.to_thread(state_of, process, server.temporary)
    playing = [asyncio.create_task(play(each, good, bad, 60 * asked.minutes)) for each in visitors]
    for part in range(1, PARTS):
        await asyncio.sleep(60 * asked.minutes / PARTS)
        now = await asyncio.to_thread(state_of, process, server.temporary)
        states[f"{asked.minutes * part / PARTS:.0f} min"] = now
    await asyncio.gather(*playing)
    await asyncio.sleep(SETTLED)
    states["end"] = await asyncio.to_thread(state_of, process, server.temporary)
    return states, counts


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--visitors", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        options = ["--senses-at-once", "0", "--proxy", "127.0.0.1", "--queue", str(4 * asked.visitors)]
        server = RealServer(Path(folder) / "server", options)
        try:
            states, counts = asyncio.run(play_all(server, asked, Path(folder)))
            alive = server.process.poll() is None
        finally:
            server.close()
        tracebacks = server.log.count("Traceback")
        left = [
            str(path.relative_to(server.temporary)) for path in server.temporary.rglob("*") if path.is_file()
        ]
    grown = states["end"].memory / states["warm"].memory - 1
    print(f"{asked.visitors} visitors, {asked.minutes:g} minutes")
    print(table(states))
    print(", ".join(f"{name} {count}" for name, count in sorted(counts.items())))
    print(f"memory {grown:+.1%}; tracebacks in the log: {tracebacks}; temporary files left behind: {left}")
    sys.exit(not alive or counts["LOST"] > 0 or grown > GROWTH)


if __name__ == "__main__":
    main()
