"""Claims about the benchmarks: what they compare is what they say. How fast anything is, is not tested."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks import sampling
from tests.benchmarks.clips import FPS, repeated, write_clip
from tests.benchmarks.timing import in_turn


def test_what_is_compared_is_called_in_turn():
    calls: list[str] = []
    first, second = in_turn(3, lambda: calls.append("a"), lambda: calls.append("b"))
    assert calls == ["a", "b"] * 3
    assert len(first.seconds) == len(second.seconds) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_process_tells_its_own_peak_of_memory_and_not_its_parents():
    own = "from tests.benchmarks.memory import peak_mebibytes; print(peak_mebibytes())"
    large = f"""
import subprocess, sys
taken = b"." * 2**28
{own}
sys.stdout.flush()
subprocess.run([sys.executable, "-c", {own!r}], check=True)
"""
    done = subprocess.run([sys.executable, "-c", large], capture_output=True, text=True, check=True)
    parent, child = (float(line) for line in done.stdout.split())
    assert parent > 256
    assert child < 128


@pytest.mark.slow
def test_every_reader_is_asked_for_the_same_pictures_of_a_long_clip(tmp_path: Path):
    import av

    once = write_clip(tmp_path / "once.mp4", 1)
    twice = repeated(once, 2, tmp_path / "twice.mp4")
    with av.open(str(twice)) as file:
        assert sum(1 for _ in file.decode(video=0)) == 2 * FPS
    found = {each.key: each for each in sampling.findings(twice, "60 s", repeats=1)}
    assert set(found) == {f"sampling_speedup_{frames}_frames" for frames in (16, 32, 100)}
    for each in found.values():
        assert all(name in each.detail for name in ("ours", *sampling.OTHERS))
