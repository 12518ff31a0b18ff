"""The container: its file is linted, and each of its steps is run, in folders and an environment of its own.

No container engine is asked for. Absolute paths of the image are folders of the test; libraries that a step
would install are those of this environment.
"""

import json
import os
import re
import shutil
import site
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from dockerfile_parse import DockerfileParser

from core.cli.main import app
from tests.serve.server import ApiServer

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
FILE = DEPLOY / "Dockerfile"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
Step = dict[str, Any]


def stages() -> dict[str, list[Step]]:
    """The steps of each stage by its name, the first of them FROM."""
    found: dict[str, list[Step]] = {}
    for step in DockerfileParser(fileobj=FILE.open("r+b")).structure:
        if step["instruction"] == "FROM":
            found[step["value"].split(" AS ")[1]] = []
        if step["instruction"] != "COMMENT":
            found[[*found][-1]].append(step)
    return found


def values(stage: str, instruction: str) -> list[str]:
    """Of a stage and those that it stands on, the first ones first."""
    steps = stages()[stage]
    base = steps[0]["value"].split()[0]
    before = values(base, instruction) if base in stages() else []
    return before + [step["value"] for step in steps if step["instruction"] == instruction]


@pytest.mark.skipif(shutil.which("hadolint", path=Path(sys.executable).parent) is None, reason="no hadolint")
def test_the_linter_has_nothing_to_say():
    linter = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([linter, "--no-color", FILE], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("stage", ["cpu", "cuda", "cpu-with-weights"])
def test_no_stage_that_is_run_runs_as_root_or_without_a_health_check(stage: str):
    assert values(stage, "USER")[-1] == "1000"
    assert values(stage, "HEALTHCHECK")
    assert json.loads(values(stage, "ENTRYPOINT")[-1]) == ["reeltalk"]


def test_all_that_is_written_goes_to_the_volume():
    told = " ".join(values("cpu", "ENV"))
    for name in ("HOME", "TMPDIR", "REELTALK_CACHE", "REELTALK_WEIGHTS"):
        assert re.search(rf"{name}=/data\b", told), name
    assert values("cpu", "VOLUME") == ["/data"]


def test_all_that_is_copied_is_let_through_and_is_there():
    let_through = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    copied = [
        word for value in (*values("wheel", "COPY"), *values("cpu", "COPY")) for word in value.split()[:-1]
    ]
    files = [word for word in copied if not word.startswith(("-", "/"))]
    assert files
    for name in files:
        assert (ROOT / name).exists()
        assert f"!{name}" in let_through


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A folder that stands for the root, and the environment of the steps, after all of stage `cpu`."""
    root = tmp_path_factory.mktemp("image")
    venv.create(root / "venv", with_pip=True)
    (packages,) = (root / "venv" / "lib").glob("python*/site-packages")
    (packages / "dependencies.pth").write_text("\n".join(site.getsitepackages()))
    for name in ("useradd", "chown"):  # this machine keeps its users
        stand_in = root / "venv" / "bin" / name
        stand_in.write_text("#!/bin/sh\n")
        stand_in.chmod(0o755)
    environment = {
        "PATH": f"{root}/venv/bin:{os.environ['PATH']}",
        "PIP_NO_DEPS": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        **{name: value for name, value in os.environ.items() if name.startswith(("PIP_", "LANG", "LC_"))},
    }
    for name in ("wheel", "common", "cpu"):
        for step in stages()[name]:
            run(step, root, environment)
    return root, environment


def inside(text: str, root: Path) -> str:
    """The paths of the image as those of the test."""
    return re.sub(r"(?<![\w/.])/(src|wheels|data|opt)\b", rf"{root}/\1", text)


def run(step: Step, root: Path, environment: dict[str, str]) -> None:
    """One step, as far as it concerns files, the environment and commands."""
    value = inside(step["value"], root)
    folder = root / environment.get("WORKDIR", "").lstrip("/")
    if step["instruction"] == "WORKDIR":
        environment["WORKDIR"] = step["value"]
        (root / step["value"].lstrip("/")).mkdir(parents=True)
    elif step["instruction"] == "FROM":
        environment["WORKDIR"] = ""
    elif step["instruction"] == "ENV":
        environment |= dict(word.split("=", 1) for word in value.split())
    elif step["instruction"] == "COPY" and "--from" not in value:
        *sources, target = value.split()
        for source in sources:
            to = (
                folder / target
                if len(sources) == 1 and not target.endswith("/")
                else folder / target / source
            )
            to.parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
            copy(ROOT / source, to)
    elif step["instruction"] == "RUN":
        done = subprocess.run(
            ["sh", "-ec", value], cwd=folder, env=environment, capture_output=True, text=True, timeout=400
        )
        assert done.returncode == 0, f"{value}\n{done.stdout}\n{done.stderr}"


@pytest.mark.slow
def test_the_steps_end_in_a_program_that_runs(image: tuple[Path, dict[str, str]]):
    root, environment = image
    (wheel,) = (root / "wheels").glob("*.whl")
    assert wheel.name.startswith("reeltalk-")
    told = subprocess.run(
        ["reeltalk", "--version"], env=environment, cwd=root, capture_output=True, text=True, timeout=120
    )
    assert told.stdout.startswith("ReelTalk ")
    where = "import core; print(core.__file__)"
    place = subprocess.run(
        [f"{root}/venv/bin/python", "-c", where], env=environment, cwd=root, capture_output=True, text=True
    )
    assert place.stdout.startswith(str(root))


def test_the_health_check_sees_whether_the_server_answers(server: ApiServer, free_port: int):
    (check,) = values("common", "HEALTHCHECK")
    command = json.loads(check[check.index("[") :])
    command[0] = sys.executable
    for port, status in ((server.port, 0), (free_port, 1)):
        at = [word.replace(":8000/", f":{port}/") for word in command]
        assert subprocess.run(at, capture_output=True, timeout=60).returncode == status


def words_of(service: dict[str, Any]) -> list[str]:
    return service.get("command") or json.loads(values("cpu", "CMD")[-1])


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_a_service_is_closed_but_for_its_port_and_its_command_is_one(name: str, tmp_path: Path):
    service = COMPOSE["services"][name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert service["build"]["target"] in stages()
    assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).resolve() == FILE
    command, *options = words_of(service)
    parser: Any = typer.main.get_command(app)
    assert parser.commands[command].make_context(command, options)
    grace = int(service["stop_grace_period"].removesuffix("s"))
    assert grace > 60  # what `--grace` gives answers


def test_a_space_starts_the_page_with_options_that_there_are(monkeypatch: pytest.MonkeyPatch):
    from importlib.util import module_from_spec, spec_from_file_location

    from demo.server import options

    monkeypatch.setenv("SPACE_HOST", "ada-reeltalk.hf.space")
    spec = spec_from_file_location("space_app", DEPLOY / "space" / "app.py")
    assert spec is not None
    assert spec.loader is not None
    space = module_from_spec(spec)
    spec.loader.exec_module(space)
    program = typer.Typer()
    program.command()(options.main)
    words = [word for option in space.OPTIONS.items() for word in option]
    context = typer.main.get_command(program).make_context("space", words)
    assert context.params["trust_host"] == ["ada-reeltalk.hf.space"]
    front = yaml.safe_load((DEPLOY / "space" / "README.md").read_text(encoding="utf-8").split("---")[1])
    assert (front["sdk"], front["app_file"]) == ("gradio", "app.py")
    assert (
        f"gradio>={'.'.join(front['sdk_version'].split('.')[:2])}" in (ROOT / "requirements.txt").read_text()
    )
