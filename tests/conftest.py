"""What all tests share: a cache folder of their own, a tiny model, a small real clip.

Run them as `python -m pytest`, so that `core` and `tests` are found; with `-m "not slow and not browser"` in
two minutes.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from core.folders import weights_folder

if TYPE_CHECKING:
    from core.engine.video_chat import VideoChat
    from core.video.clip import Clip, Frames
    from tests.tiny_model import TinyImageLLM
    from tests.video.web import Web

ROOT = Path(__file__).parent.parent
# Before each commit two families show what all show: ten take half as long as everything else.
SHOWN_ALWAYS = ("llava", "qwen2_5_vl")
os.environ["REELTALK_WEIGHTS"] = str(weights_folder())  # the user's, before any test hides the cache


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What drives a browser; what is slow: the real compact model, and the same shown of one more family."""
    for item in items:
        if ROOT / "tests" / "browser" in item.path.parents:
            item.add_marker(pytest.mark.browser)
        shown_of = item.callspec.params.get("model_type") if hasattr(item, "callspec") else None
        one_more_family = shown_of is not None and shown_of not in SHOWN_ALWAYS
        if one_more_family or "compact_chat" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test reads or fills the user's cache."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("REELTALK_CACHE", str(folder))
    return folder


@pytest.fixture(scope="session", autouse=True)
def own_uploads(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Two processes share no folder of uploads: gradio names a file there by what is in it, and a server that
    ends deletes all files that were uploaded to it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("uploads")))
        yield


@pytest.fixture(scope="session")
def compact_chat(tmp_path_factory: pytest.TempPathFactory) -> "VideoChat":
    """The real model, the smaller size, with the user's base weights; the clips it reads go elsewhere."""
    from core.engine.video_chat import VideoChat
    from core.image_llm.registry import load_image_llm
    from core.progress import no_progress

    return VideoChat(load_image_llm("compact-mini", no_progress), tmp_path_factory.mktemp("compact"))


@pytest.fixture(scope="session")
def files_read() -> "dict[Any, tuple[Clip, Frames]]":
    """What came of reading files, by their bytes and what was asked of them."""
    return {}


@pytest.fixture
def read_once(files_read: "dict[Any, tuple[Clip, Frames]]", monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine decodes a file once for all tests: a process each time is half of what they would cost."""
    from core.engine import opening
    from core.video.child_process import ChildAhead

    read = opening.read_video

    def read_or_known(path: Path, plan: Any, limits: Any, sha256: str, start: Any) -> "tuple[Clip, Frames]":
        asked = (sha256, plan, limits)
        if asked not in files_read:
            files_read[asked] = read(path, plan, limits, sha256, start)
        return files_read[asked]

    monkeypatch.setattr(opening, "read_video", read_or_known)
    monkeypatch.setattr(ChildAhead, "prepare", lambda _: None)


@pytest.fixture
def free_port() -> int:
    """One that nobody listens on just now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def tiny() -> "TinyImageLLM":
    from tests.tiny_model import TinyImageLLM

    return TinyImageLLM()


@pytest.fixture
def chat(tiny: "TinyImageLLM", own_cache: Path) -> "VideoChat":
    """An engine with the tiny model; `chat.model` counts what it encodes and is fed."""
    from core.engine.video_chat import VideoChat

    return VideoChat(tiny, own_cache)


@pytest.fixture
def tiny_in_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--model tiny` works."""
    from core.image_llm import registry

    monkeypatch.setitem(registry.FAMILIES, "tiny", "tests.tiny_model:load_tiny")


@pytest.fixture(scope="session")
def clip_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real mp4 of 2.4 seconds."""
    from tests.video_files import write_clip

    return write_clip(tmp_path_factory.mktemp("clips") / "clip.mp4")


@pytest.fixture(scope="session")
def other_clip_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another clip, of 1 second, upright."""
    from tests.video_files import write_clip

    return write_clip(tmp_path_factory.mktemp("clips") / "other.mp4", frames=10, size=(96, 160))


def _hear_interrupts() -> None:
    """In the child: a test run in the background was started with interrupts ignored, and passes that on."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def start_command_line() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `python -m core` with the tiny model in the registry, as a process of its own."""
    started: list[subprocess.Popen[str]] = []
    program = (
        "import sys; from core.image_llm import registry; from core.cli.main import main; "
        "registry.FAMILIES['tiny'] = 'tests.tiny_model:load_tiny'; sys.exit(main())"
    )

    def start(*arguments: str) -> subprocess.Popen[str]:
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
            cwd=ROOT,
            text=True,
            encoding="utf-8",
            preexec_fn=_hear_interrupts,
            **pipes,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def web() -> "Iterator[Web]":
    """A site that clips can be fetched from."""
    from tests.video.web import Web

    site = Web()
    yield site
    site.shutdown()
