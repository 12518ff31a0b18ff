"""A server process under many visitors for a while: does it lose an answer, does it grow?

    python -m tests.benchmarks.soak [--visitors 200] [--minutes 30] [--seed 0]

The server is `python -m demo` with the tiny model of the tests, so that it is the server that is measured.
First everybody comes and goes until what has a bound has reached it: the tabs that were closed, and the clips
that are kept for who comes back. Then all leave, and that is the start. Then they play for `--minutes` and
leave again, and that is the end. Exits with 1 where an answer was lost, or where the server holds more of
anything at the end than at the start, by 5 %.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import httpx
import psutil

from demo.keep.clips import MOST_LEFT
from demo.server.tabs import MOST_CLOSED
from tests.benchmarks.soak.state import State, grown, state_of, table
from tests.benchmarks.soak.visitor import LostError, Visitor
from tests.real_server import RealServer
from tests.trust.files.hostile_clips import write_ten
from tests.video_files import write_clip

GROWTH = 0.05
PARTS = 5  # of the time, at whose ends it is measured
SETTLED = 30.0  # seconds after which a server that nobody asks has done all it will


async def play(visitor: Visitor, good: Sequence[Path], bad: Sequence[Path], over: Callable[[], bool]) -> None:
    """One visit after another, as chance says, until it is over."""
    chance, counts = visitor.chance, visitor.counts
    await attempt(visitor, visitor.arrive())
    while not over():
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
            await attempt(visitor, visitor.arrive())
        await asyncio.sleep(chance.uniform(0.5, 4))
    await visitor.leave()


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

    async def all_play(over: Callable[[], bool]) -> None:
        await asyncio.gather(*(play(each, good, bad, over) for each in visitors))
        await asyncio.sleep(SETTLED)

    def warm() -> bool:
        return counts["tabs closed"] > 2 * MOST_CLOSED and counts["clips read"] > 2 * MOST_LEFT

    begun = time.monotonic()
    await all_play(warm)
    print(f"warm after {(time.monotonic() - begun) / 60:.1f} minutes", file=sys.stderr, flush=True)
    states["start"] = await asyncio.to_thread(state_of, process, server.temporary)
    begun, seconds = time.monotonic(), 60 * asked.minutes
    playing = asyncio.create_task(all_play(lambda: time.monotonic() > begun + seconds))
    for part in range(1, PARTS):
        await asyncio.sleep(seconds / PARTS)
        now = await asyncio.to_thread(state_of, process, server.temporary)
        states[f"{asked.minutes * part / PARTS:.0f} min"] = now
    await playing
    states["end"] = await asyncio.to_thread(state_of, process, server.temporary)
    for each in visitors:
        await each.browser.aclose()
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
    more = grown(states["start"], states["end"])
    print(f"{asked.visitors} visitors, {asked.minutes:g} minutes")
    print(table(states))
    print(", ".join(f"{name} {count}" for name, count in sorted(counts.items())))
    print(", ".join(f"{name} {share:+.1%}" for name, share in more.items()))
    print(f"tracebacks in the log: {tracebacks}; temporary files left behind: {left}")
    sys.exit(not alive or counts["LOST"] > 0 or max(more.values()) > GROWTH)


if __name__ == "__main__":
    main()
