"""Which of our own models is taken, by the memory that is free; none is loaded, nothing is downloaded."""

import logging
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core import VideoChat, fitting_model
from core.errors import ModelError
from core.image_llm import fitting, memory, registry
from core.image_llm.load_options import LoadOptions
from core.image_llm.memory import free_memory
from core.image_llm.registry import EMBEDDED, embedded, load_image_llm
from core.progress import no_progress
from tests import tiny_model

GB = 10**9


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch):
    """Sets how much memory is free."""

    def set_free(gigabytes: float) -> None:
        monkeypatch.setattr(fitting, "free_memory", lambda: round(gigabytes * GB))

    return set_free


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Our own models are the tiny one; the names that were loaded."""
    names: list[str] = []

    def recorded(name: str) -> Callable[..., tiny_model.TinyImageLLM]:
        def load(*asked: Any) -> tiny_model.TinyImageLLM:
            names.append(name)
            return tiny_model.load_tiny(*asked)

        return load

    for name in EMBEDDED:
        monkeypatch.setattr(tiny_model, name, recorded(name), raising=False)
        monkeypatch.setitem(registry.FAMILIES, name, f"tests.tiny_model:{name}")
    return names


# The choice


@pytest.mark.parametrize(
    ("gigabytes", "name"),
    [(64, "compact"), (4.7, "compact"), (4.6, "compact-mini"), (2, "compact-mini"), (0.5, "compact-mini")],
)
def test_the_largest_that_fits_beside_hearing_is_taken_else_the_smallest(free, gigabytes: float, name: str):
    free(gigabytes)
    assert fitting_model().name == name


def test_where_little_memory_is_to_be_used_the_smallest_is_taken(free):
    free(64)
    assert fitting_model(low_memory=True).name == "compact-mini"


def test_one_line_says_why(free):
    free(11.2)
    assert str(fitting_model()) == "11.2 GB of memory are free: compact is used (needs 4.7 GB)."
    free(3.1)
    assert str(fitting_model()) == "3.1 GB of memory are free: compact-mini is used (needs 2.7 GB)."
    free(1.5)
    line = "1.5 GB of memory are free, which may be too little: compact-mini is used (needs 2.7 GB)."
    assert str(fitting_model()) == line


def test_the_largest_comes_first_and_no_two_need_the_same():
    needed = [embedded(name).memory for name in EMBEDDED]
    assert needed == sorted(set(needed), reverse=True)


# Loading


@pytest.mark.parametrize(
    ("gigabytes", "low_memory", "name"),
    [
        (8, False, "compact"),
        (3, False, "compact-mini"),
        (1, False, "compact-mini"),
        (8, True, "compact-mini"),
    ],
)
def test_without_a_name_that_one_is_loaded_and_the_log_says_so(
    free, loads: list[str], caplog: pytest.LogCaptureFixture, gigabytes: float, low_memory: bool, name: str
):
    free(gigabytes)
    with caplog.at_level(logging.INFO, logger="core.image_llm"):
        VideoChat.load(options=LoadOptions(device="cpu", low_memory=low_memory))
    assert loads == [name]
    assert caplog.messages == [f"{fitting_model(low_memory)} Another: --model."]


def test_one_that_cannot_fit_is_refused_by_name_but_the_smallest_is_tried(free, loads: list[str]):
    free(1)
    options = LoadOptions(device="cpu")
    with pytest.raises(ModelError, match=r"compact needs about 4\.0 GB of memory, and 1\.0 GB are free"):
        load_image_llm("compact", no_progress, options)
    load_image_llm("compact-mini", no_progress, options)
    assert loads == ["compact-mini"]


def test_what_was_taken_at_the_start_is_loaded_though_a_little_less_is_free_by_then(free, loads: list[str]):
    free(4.7)
    taken = fitting_model().name
    free(3.4)
    load_image_llm(taken, no_progress, LoadOptions(device="cpu"))
    assert loads == ["compact"]


@pytest.mark.parametrize("name", EMBEDDED)
def test_one_that_no_source_has_is_one_clear_line(
    free, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
):
    free(8)
    monkeypatch.setenv("REELTALK_WEIGHTS", str(tmp_path))
    monkeypatch.setattr("core.weights._sources", lambda *_: [])
    with pytest.raises(ModelError, match=r"\(\d+ MB\) is not on this machine, and no source has it"):
        load_image_llm(name, no_progress, LoadOptions(device="cpu"))


# What is free


@pytest.fixture
def cgroups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with 20 GB free, on which this process is in the group a/b; no limit is set yet."""
    own = tmp_path / "own"
    own.write_text("4:memory:/elsewhere\n0::/a/b\n")
    monkeypatch.setattr(memory, "OWN_CGROUP", own)
    monkeypatch.setattr(memory, "CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(memory.psutil, "virtual_memory", lambda: SimpleNamespace(available=20 * GB))
    return tmp_path / "cgroup"


def limit(group: Path, most: str, used: int, files: int = 0) -> None:
    group.mkdir(parents=True, exist_ok=True)
    (group / "memory.max").write_text(f"{most}\n")
    (group / "memory.current").write_text(f"{used}\n")
    (group / "memory.stat").write_text(f"anon 1\ninactive_file {files}\nactive_file 1\n")


def test_without_a_limit_the_systems_own_figure_counts(cgroups: Path):
    assert free_memory() == 20 * GB
    limit(cgroups / "a" / "b", "max", used=5 * GB)
    assert free_memory() == 20 * GB


@pytest.mark.parametrize("group", ["", "a", "a/b"])
def test_the_limit_of_a_container_counts_wherever_it_is_set(cgroups: Path, group: str):
    limit(cgroups / "a" / "b", "max", used=GB)
    limit(cgroups / group, str(4 * GB), used=GB)
    assert free_memory() == 3 * GB


def test_files_that_the_system_keeps_for_later_are_free_memory(cgroups: Path):
    limit(cgroups / "a", str(4 * GB), used=3 * GB, files=2 * GB)
    assert free_memory() == 3 * GB


def test_a_limit_that_leaves_more_than_the_machine_has_changes_nothing(cgroups: Path):
    limit(cgroups / "a", str(99 * GB), used=GB)
    assert free_memory() == 20 * GB


def test_a_system_without_such_limits_is_asked_alone(cgroups: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(memory, "OWN_CGROUP", cgroups / "none")
    assert free_memory() == 20 * GB
