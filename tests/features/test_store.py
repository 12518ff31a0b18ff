"""Pooled features on disk: what comes back, what is made again, what has to go."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.features.pooling import PooledFeatures
from core.features.store import FeatureStore, StoredClip, feature_key
from core.video.sampling import SamplingPlan

ROOT = Path(__file__).parents[2]
KEY = "a" * 64


def stored(seed: int = 0) -> StoredClip:
    random = torch.Generator().manual_seed(seed)
    features = PooledFeatures(
        spatial=torch.randn(9, 4, generator=random),
        temporal=torch.randn(3, 4, generator=random).bfloat16(),
        cells=torch.randn(3, 4, 16, generator=random).transpose(1, 2),  # not contiguous, as slices are
        seconds=torch.tensor([0.1, 0.2, 1 / 3], dtype=torch.float64),
        grid=(3, 3),
        extras={"seen": torch.randn(3, 4, generator=random), "covered": torch.rand(3, 9, generator=random)},
    )
    thumbnails = torch.randint(256, (3, 6, 8, 3), dtype=torch.uint8, generator=random)
    return StoredClip(features, thumbnails, {"duration": 1 / 3, "name": "猫.mp4", "damaged": False})


def same(one: StoredClip, other: StoredClip) -> bool:
    pairs = [(one.thumbnails, other.thumbnails)]
    names = ("spatial", "temporal", "cells", "seconds")
    pairs += [(getattr(one.features, name), getattr(other.features, name)) for name in names]
    mine, theirs = one.features.extras, other.features.extras
    assert mine.keys() == theirs.keys() != set()
    pairs += [(mine[name], theirs[name]) for name in mine]
    plain, of_other = ((each.facts, each.features.grid) for each in (one, other))
    return plain == of_other and all(a.dtype == b.dtype and torch.equal(a, b) for a, b in pairs)


@pytest.fixture
def store(tmp_path: Path) -> FeatureStore:
    return FeatureStore(tmp_path / "features", 10**8)


def forbidden() -> StoredClip:
    raise AssertionError("computed although it was there")


def entry_file(store: FeatureStore) -> Path:
    (path,) = store.folder.iterdir()
    return path


def test_an_entry_comes_back_exactly(store: FeatureStore) -> None:
    fresh, was_there = store.get_or_compute(KEY, stored)
    assert not was_there
    again, was_there = FeatureStore(store.folder, 10**8).get_or_compute(KEY, forbidden)
    assert was_there
    assert same(fresh, again)
    assert same(again, stored())


def test_what_is_not_there_is_none(store: FeatureStore) -> None:
    assert store.get(KEY) is None


def truncate(content: bytes) -> bytes:
    return content[: len(content) // 2]


def empty(content: bytes) -> bytes:
    return b""


def garbage(content: bytes) -> bytes:
    return bytes(range(256)) * 8


def huge_header(content: bytes) -> bytes:
    return b"\xff" * 8 + content[8:]


def flip_a_bit(content: bytes) -> bytes:
    return content[:-5] + bytes([content[-5] ^ 1]) + content[-4:]


@pytest.mark.parametrize("damage", [truncate, empty, garbage, huge_header, flip_a_bit])
def test_a_damaged_entry_is_made_again(store: FeatureStore, damage: Callable[[bytes], bytes]) -> None:
    store.get_or_compute(KEY, stored)
    path = entry_file(store)
    path.write_bytes(damage(path.read_bytes()))
    assert store.get(KEY) is None
    again, was_there = store.get_or_compute(KEY, stored)
    assert not was_there
    assert same(again, stored())
    assert same(store.get_or_compute(KEY, forbidden)[0], stored())


INTERRUPTED = """
import signal, sys
from pathlib import Path
import pytest
from core.features.store import FeatureStore
from tests.features.test_store import KEY, stored

store = FeatureStore(Path(sys.argv[1]), 10**8)
store.get_or_compute(KEY, stored)
signal.signal(signal.SIGALRM, signal.default_int_handler)

def read_until_interrupted():
    signal.setitimer(signal.ITIMER_REAL, 0.002)
    while store.get(KEY):
        pass

for _ in range(30):
    with pytest.raises(KeyboardInterrupt):
        read_until_interrupted()
"""


def test_an_entry_with_what_is_no_number_is_made_again(store: FeatureStore) -> None:
    broken = stored()
    broken.features.temporal[0, 0] = float("nan")
    store.get_or_compute(KEY, lambda: broken)
    assert store.get(KEY) is None
    entry, cached = store.get_or_compute(KEY, stored)
    assert (same(entry, stored()), cached) == (True, False)


@pytest.mark.slow
def test_an_interrupt_while_an_entry_is_read_is_not_taken_for_damage(tmp_path: Path) -> None:
    """In a process of its own: an interrupt in the midst of torch's code may leave that in disorder."""
    done = subprocess.run([sys.executable, "-c", INTERRUPTED, str(tmp_path)], cwd=ROOT, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def test_the_folder_stays_below_its_bytes_and_the_least_recently_used_goes_first(store: FeatureStore) -> None:
    store.get_or_compute("first", stored)
    store.max_bytes = 3 * entry_file(store).stat().st_size
    for age, key in enumerate(["second", "third"]):
        store.get_or_compute(key, stored)
        os.utime(store.folder / f"{key}.safetensors", (time.time() - 50 + age,) * 2)
    os.utime(store.folder / "first.safetensors", (time.time() - 100,) * 2)
    assert store.get("first") is not None  # used: now the youngest
    store.get_or_compute("fourth", stored)
    assert sorted(path.stem for path in store.folder.iterdir()) == ["first", "fourth", "third"]
    assert sum(path.stat().st_size for path in store.folder.iterdir()) <= store.max_bytes


def test_an_entry_larger_than_the_store_still_serves_its_clip(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path, max_bytes=1)
    store.get_or_compute("first", stored)
    store.get_or_compute("second", stored)
    assert [path.stem for path in store.folder.iterdir()] == ["second"]
    assert store.get("second") is not None


def test_simultaneous_requests_for_one_clip_compute_once(store: FeatureStore) -> None:
    started, go_on, calls = threading.Event(), threading.Event(), []

    def slow() -> StoredClip:
        calls.append(1)
        started.set()
        go_on.wait(10)
        return stored()

    results: list[tuple[StoredClip, bool]] = []
    threads = [
        threading.Thread(target=lambda: results.append(store.get_or_compute(KEY, slow))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    assert started.wait(10)
    other, _ = store.get_or_compute("b" * 64, stored)  # another clip does not wait
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert len(calls) == 1
    assert sorted(was_there for _, was_there in results) == [False, True, True, True]
    assert all(same(entry, other) for entry, _ in results)


def test_a_failure_is_not_kept(store: FeatureStore) -> None:
    def fails() -> StoredClip:
        raise OSError("no such luck")

    with pytest.raises(OSError, match="luck"):
        store.get_or_compute(KEY, fails)
    assert not list(store.folder.iterdir())
    assert store.get_or_compute(KEY, stored)[1] is False


def test_no_half_written_entry_is_ever_seen(store: FeatureStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks while it is written, and after the writer died, finds nothing."""
    from core.features import store as feature_store

    write = feature_store.save_file
    seen: list[StoredClip | None] = []

    def dies_halfway(tensors: dict, path: str, metadata: dict) -> None:
        write(tensors, path, metadata=metadata)
        content = Path(path).read_bytes()
        Path(path).write_bytes(content[:100])
        seen.append(store.get(KEY))
        raise OSError("disk full")

    monkeypatch.setattr(feature_store, "save_file", dies_halfway)
    entry, known = store.get_or_compute(KEY, stored)
    assert same(entry, stored()), "who wanted it has it"
    assert not known
    assert seen == [None]
    assert store.get(KEY) is None
    assert not list(store.folder.iterdir())


def test_readers_beside_a_writer_see_whole_entries_or_none(store: FeatureStore) -> None:
    done = threading.Event()
    seen: list[StoredClip] = []

    def read() -> None:
        reader = FeatureStore(store.folder, 10**8)  # as another process would
        while not done.is_set():
            if (entry := reader.get(KEY)) is not None:
                seen.append(entry)

    thread = threading.Thread(target=read)
    thread.start()
    deadline = time.monotonic() + 20
    while len(seen) < 50 and time.monotonic() < deadline:
        store._put(KEY, stored())
    done.set()
    thread.join(10)
    assert seen
    assert all(same(entry, stored()) for entry in seen)


def test_the_key_changes_with_everything_that_changes_the_features() -> None:
    plan = SamplingPlan()
    plans = [
        plan,
        replace(plan, frames=8),
        replace(plan, fps=1.0),
        replace(plan, start=1.0),
        replace(plan, end=1.0),
        replace(plan, area=plan.area + 1),
    ]
    keys = [feature_key("0" * 64, each, "model") for each in plans]
    keys += [feature_key("1" * 64, plan, "model"), feature_key("0" * 64, plan, "other")]
    assert len(set(keys)) == len(keys)
    assert feature_key("0" * 64, SamplingPlan(), "model") == keys[0]
