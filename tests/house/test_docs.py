"""Claims about the documents: links lead somewhere, commands parse, examples run and print what is shown.

A new kind of command line in a ```sh block fails until it is said here how it is checked.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import typer

from core.folders import weights_folder

ROOT = Path(__file__).parents[2]
READMES = [ROOT / "README.md", ROOT / "README.zh.md"]
CARD = ROOT / "assets" / "compact" / "README.md"
HISTORY = ROOT / "docs" / "HISTORY.md"
DOCUMENTS = [
    *READMES,
    *sorted((ROOT / "docs").glob("*.md")),
    *(ROOT / name for name in ("CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")),
    ROOT / "assets" / "README.md",
    CARD,
]
# Lines that no test runs or parses. What they name is looked at where that is possible.
NOT_RUN = (
    "git clone --depth 1 ",
    ". .venv/bin/activate",
    "hf download ",
    "curl http://127.0.0.1:7860/",
    "curl http://127.0.0.1:8000/",  # tests/serve/test_documents.py runs them
    "docker compose -f deploy/compose.yaml ",  # tests/deploy reads the file
    "python -m tests.benchmarks",
    "serve run core.serve:app ",  # tests/serve/cluster runs it
)
# program -> where its commands are; `reeltalk` also has those of the entry points.
PROGRAMS = {
    "reeltalk": "core.cli.main:app",
    "python -m core": "core.cli.main:app",
    "python -m core.lab": "core.lab.__main__:app",
    "python -m demo": "demo.__main__:main",
}
WEIGHTS = weights_folder()  # the user's, before any test hides it
Shown = tuple[str, tuple[str, ...]]  # a command line, and the lines that it is shown to print


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def text_of(path: Path) -> str:
    """The document as readers see it."""
    return re.sub(r"<!--.*?-->", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def blocks(path: Path, language: str) -> list[str]:
    """The fenced blocks of a language; "" for those that name none."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", text_of(path), flags=re.DOTALL | re.MULTILINE)
    return [block for its_language, block in fenced if its_language == language]


def prose(path: Path) -> str:
    """The document without fenced blocks."""
    return re.sub(r"^```.*?^```$", "", text_of(path), flags=re.DOTALL | re.MULTILINE)


def command_lines(path: Path) -> list[str]:
    """Of all ```sh blocks; a line that ends in a backslash goes on in the next."""
    lines = [line for block in blocks(path, "sh") for line in block.replace("\\\n", " ").splitlines()]
    return [line for line in lines if line.strip() and not line.startswith("#")]


def commands_in_prose(path: Path) -> list[str]:
    """What stands in backticks and begins as one of our programs does. A history tells of old ones."""
    spans = re.findall(r"`([^`\n]+)`", prose(path)) if path != HISTORY else []
    return [each for each in spans if each.startswith(tuple(f"{name} " for name in (*PROGRAMS, "make")))]


@cache
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


# Links and names


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_relative_link_leads_to_something(path: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", prose(path))
    relative = [link.partition("#")[0] for link in links if "://" not in link and not link.startswith("#")]
    missing = [link for link in relative if not (path.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_path_that_is_named_exists(path: Path) -> None:
    if path in (HISTORY, ROOT / "CHANGELOG.md"):
        return  # they tell of what was
    named = re.findall(r"`((?:core|demo|docs|tests|locales|assets)/[\w./-]*)`", prose(path))
    assert not [each for each in named if not (ROOT / each).exists()]


def tree(path: Path) -> list[str]:
    """The folders in a README's tree, as paths."""
    found: list[str] = []
    (block,) = (each for each in blocks(path, "") if each.startswith("core/"))
    for line in block.splitlines():
        indent, folder = re.match(r"( *)([\w.]+/)", line).groups()
        found.append("core/" + folder if indent else folder)
    return found


@pytest.mark.parametrize("path", READMES, ids=name_of)
def test_the_tree_names_folders_that_exist(path: Path) -> None:
    assert all((ROOT / folder).is_dir() for folder in tree(path))
    assert tree(path) == tree(READMES[0])


def test_every_room_of_core_is_told() -> None:
    rooms = [each.parent.relative_to(ROOT / "core") for each in (ROOT / "core").glob("*/__init__.py")]
    told = "\n".join(tree(READMES[0])) + text_of(ROOT / "docs" / "architecture.md")
    assert len(rooms) > 5
    assert not [room for room in rooms if f"{room}/" not in told]


@pytest.mark.parametrize("path", READMES, ids=name_of)
def test_a_readme_is_a_page(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 150


def test_both_readmes_tell_the_same_numbers() -> None:
    english, chinese = (set(re.findall(r"\d[\d.,]*\d|\d", prose(path))) for path in READMES)
    assert english == chinese


def test_both_readmes_show_the_same_lines() -> None:
    english, chinese = ([shown for block in blocks(path, "sh") for shown in asked(block)] for path in READMES)
    assert english == chinese


def test_the_card_is_a_page() -> None:
    assert len(CARD.read_text(encoding="utf-8").splitlines()) < 150


# Commands


def command_of(words: list[str]) -> tuple[Any, list[str]] | None:
    """The command that these words begin with, as a parser, and what is left for it; None: none of ours."""
    for name in sorted(PROGRAMS, key=len, reverse=True):
        if words[: len(name.split())] == name.split():
            rest = words[len(name.split()) :]
            break
    else:
        return None
    entry_points = project()["entry-points"]["reeltalk.commands"]
    if name == "reeltalk" and rest and rest[0] in entry_points:
        return parser(entry_points[rest[0]]), rest[1:]
    program = parser(PROGRAMS[name])
    if not hasattr(program, "commands") or not rest or rest[0].startswith("-"):
        return program, rest
    assert rest[0] in program.commands, f"{name} has no command {rest[0]}"
    return program.commands[rest[0]], rest[1:]


def parser(place: str) -> Any:
    """A typer program, or a function that is one command."""
    module, name = place.split(":")
    found = getattr(import_module(module), name)
    if isinstance(found, typer.Typer):
        return typer.main.get_command(found)
    app = typer.Typer(add_completion=False)
    app.command()(found)
    return typer.main.get_command(app)


def parse(words: list[str], whole: bool = True) -> str | None:
    """What is wrong with a command line of ours; nothing of it is called. whole: all of it is there."""
    command, arguments = command_of(words) or (None, [])
    assert command is not None
    for word in arguments:  # what has to exist does
        if word.endswith(".jsonl"):
            Path(word).parent.mkdir(parents=True, exist_ok=True)
            Path(word).touch()
        if word.endswith("/"):
            Path(word).mkdir(parents=True, exist_ok=True)
    try:
        command.make_context(" ".join(words), list(arguments))
    except typer.Exit:  # --help and --version
        return None
    except Exception as error:
        if not whole and type(error).__name__ in ("MissingParameter", "NoArgsIsHelpError"):
            return None
        return f"{type(error).__name__}: {error}"
    return None


def problem(line: str, whole: bool = True) -> str | None:
    """What is wrong with a line of a ```sh block."""
    words = shlex.split(line, comments=True)
    words[0] = words[0].removeprefix(".venv/bin/")
    if words[:2] == ["accelerate", "launch"]:  # several processes of what follows
        words[:2] = ["python"]
    line = " ".join(words)
    if words[0] == "make":
        wrong = {word for word in words[1:] if "=" not in word} - make_targets()
        return f"no target {wrong}" if wrong else None
    if words[:2] == ["pip", "install"]:
        extras = set(re.findall(r"[\w-]+", "".join(re.findall(r"\[(.*)\]", words[2]))))
        known = set(project()["optional-dependencies"])
        return None if words[2].startswith(".") and extras <= known else f"not of ours: {words[2]}"
    if command_of(words):
        return parse(words, whole)
    if words[:2] == ["python", "-m"] and not find_spec(words[2]):
        return f"no module {words[2]}"
    return None if line.startswith(NOT_RUN) else "a new kind of line: say here how it is checked"


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_command_lines_are_ones_that_there_are(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [(line, True) for line in command_lines(path)]
    lines += [(line, False) for line in commands_in_prose(path)]
    monkeypatch.chdir(tmp_path)
    wrong = {line: said for line, whole in lines if (said := problem(line, whole))}
    assert not wrong


def test_commands_are_found_in_the_documents() -> None:
    assert sum(len(command_lines(path)) for path in DOCUMENTS) > 25
    assert commands_in_prose(CARD)


@pytest.mark.parametrize(
    "line",
    [
        "make cake",
        "reeltalk ask clip.mp4 What --colour red",
        "reeltalk ask clip.mp4 What --dtype int3",
        "reeltalk chat clip.mp4",
        "reeltalk evaluate msvd-qa",
        "reeltalk demo --port here",
        "python -m core.lab train --steps none",
        "python -m core.nothing",
        "pip install '.[everything]'",
        "rm -rf data",
    ],
)
def test_a_wrong_line_is_seen(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        said = problem(line)
    except (AssertionError, ModuleNotFoundError) as error:
        said = str(error)
    assert said


# Examples


def asked(block: str) -> Iterator[Shown]:
    """The lines of a block that ask about an example clip, each with the lines of # below it."""
    for match in re.finditer(r"^(reeltalk ask assets/.*)\n((?:# .*\n)*)", block, re.MULTILINE):
        yield match[1], tuple(line.removeprefix("# ") for line in match[2].splitlines())


QUESTIONS = [shown for block in blocks(READMES[0], "sh") for shown in asked(block)]


# Prints what each of the examples prints, as JSON: a list of words is a command line, a text is Python.
ONE_AFTER_THE_OTHER = """
import contextlib, io, json, sys
from core.cli.main import main
from core.engine import video_chat

load, loaded, told = video_chat.load_image_llm, [], []

def load_once(model, progress, options):
    if not loaded:
        loaded.append(load("compact", progress, options))
    return loaded[0]

video_chat.load_image_llm = load_once
for example in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        if isinstance(example, list):
            assert main(example) == 0, example
        else:
            exec(example, {})
    told.append(printed.getvalue())
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the lines of a README that ask print, then what the Python of both READMEs prints.

    In one process with one model, `compact`, which a smaller machine would not choose: to load it anew would
    be most of what each of them costs.
    """
    lines = [[*shlex.split(line)[1:], "--model", "compact"] for line, _ in QUESTIONS]
    programs = [program for path in READMES for program in blocks(path, "python")]
    own = {"REELTALK_WEIGHTS": str(WEIGHTS), "REELTALK_CACHE": str(tmp_path_factory.mktemp("cache"))}
    done = subprocess.run(
        [sys.executable, "-c", ONE_AFTER_THE_OTHER, json.dumps([*lines, *programs])],
        cwd=ROOT,
        env={**os.environ, **own, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=500,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_two_examples_are_asked() -> None:
    assert len(QUESTIONS) == 2
    assert all(len(shlex.split(line)) - 3 == len(answers) > 0 for line, answers in QUESTIONS)


FACTS = (("rocket", "up"), ("乌龟", "左"))  # of the answers to each line's two questions


@pytest.mark.slow
@pytest.mark.parametrize("place", range(len(FACTS)))
def test_the_embedded_model_tells_what_the_readme_shows(told: list[str], place: int) -> None:
    """The facts, not the words: processors round differently, and so do one thread and two."""
    _, answers = QUESTIONS[place]
    lines = told[place].splitlines()
    assert len(lines) == len(answers)
    for fact, *both in zip(FACTS[place], lines, answers, strict=True):
        assert all(fact in answer.lower() for answer in both)


@pytest.mark.slow
def test_the_python_of_each_readme_runs_and_prints_an_answer(told: list[str]) -> None:
    assert len(told) == len(QUESTIONS) + len(READMES)
    assert all(answer.strip() for answer in told[len(QUESTIONS) :])


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_all_python_can_be_read(path: Path) -> None:
    for block in blocks(path, "python"):
        compile(block, str(path), "exec")
