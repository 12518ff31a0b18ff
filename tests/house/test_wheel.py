"""The wheel: built, installed into an environment of its own, and used from another folder."""

import os
import site
import subprocess
import sys
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

import core
from core.image_llm.registry import EMBEDDED

ROOT = Path(core.__file__).parents[1]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that has the wheel, and its dependencies from this one."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(folder), str(ROOT)],
        check=True,
        timeout=300,
    )
    (wheel,) = folder.glob("reeltalk-*.whl")
    venv.create(folder / "env")
    programs = folder / "env" / "bin"
    python = str(programs / "python")
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", str(wheel)],
        check=True,
        timeout=300,
    )
    (packages,) = (folder / "env" / "lib").glob("python*/site-packages")
    (packages / "dependencies.pth").write_text("\n".join(site.getsitepackages()))
    return programs


@pytest.fixture
def environment() -> dict[str, str]:
    """As a user's: nothing says where this checkout is."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def test_it_has_everything_but_tests_and_papers(installed: Path):
    (packages,) = (installed.parent / "lib").glob("python*/site-packages")
    held = {path.name for path in packages.iterdir()}
    assert {"core", "demo", "assets", "locales"} <= held
    assert "tests" not in held
    assert (packages / "core" / "py.typed").exists()
    assert (packages / "locales" / "zh.json").exists()
    for size in EMBEDDED:
        assert (packages / "assets" / size / "model.safetensors").exists()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("reeltalk --version", f"ReelTalk {core.__version__}\n"),
        ("python -m core --version", f"ReelTalk {core.__version__}\n"),
        ("reeltalk demo --help", "--port"),
        ("python -m demo --help", "--port"),
    ],
)
def test_its_programs_are_there(
    installed: Path, tmp_path: Path, environment: dict[str, str], line: str, told: str
):
    name, *arguments = line.split()
    command = [installed / name, *arguments]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert told in done.stdout


def test_a_clip_is_asked_about_from_another_folder(
    installed: Path, tmp_path: Path, environment: dict[str, str]
):
    clip = ROOT / "assets" / "examples" / "turtle.mp4"
    answered = subprocess.run(
        [installed / "reeltalk", "ask", str(clip), "视频里有什么？", "--model", "compact-mini"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert answered.returncode == 0, answered.stderr
    assert "乌龟" in answered.stdout


@pytest.fixture
def page(installed: Path, tmp_path: Path, environment: dict[str, str], free_port: int) -> Iterator[str]:
    """The address of the page that it serves."""
    command = [installed / "python", "-m", "demo", "--model", "compact-mini", "--port", str(free_port)]
    server = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE)
    assert server.stdout is not None
    try:
        server.stdout.readline()  # says where it is
        yield f"http://127.0.0.1:{free_port}"
    finally:
        server.terminate()
        server.wait(60)


def test_the_page_is_served_from_another_folder(page: str):
    html = urllib.request.urlopen(page).read().decode()
    assert "ReelTalk 影语" in html
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{page}/health")  # 200 once the model is there
        except urllib.error.HTTPError:
            time.sleep(0.5)
        else:
            return
    pytest.fail("the model was never ready")
