"""Who may import whom. The walls of the house, read from the source of every file."""

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

import core

ROOT = Path(__file__).parents[2]

# Room of core -> the rooms beside itself that it may import. A room is a module or a package; of several the
# longest name that fits a module counts.
BASE = ("core.dialogue", "core.features", "core.language", "core.text", "core.errors", "core.progress")
ENGINE = (*BASE, "core.engine", "core.folders", "core.image_llm", "core.senses", "core.video", "core.weights")
WALLS: dict[str, tuple[str, ...]] = {
    "core.errors": (),
    "core.progress": (),
    "core.text": (),
    "core.language": ("core.text",),
    "core.dialogue": ("core.language", "core.text", "core.errors"),
    "core.video": ("core.errors",),
    "core.features": ("core.errors", "core.kept", "core.video.sampling"),
    "core.senses": (
        *("core.carriers", "core.dialogue", "core.errors", "core.folders", "core.kept", "core.language"),
        *("core.progress", "core.video", "core.weights"),
    ),
    "core.folders": (),
    "core.addresses": ("core.errors", "core.progress", "core.text"),
    "core.downloads": (),
    "core.carriers": ("core.weights",),
    "core.kept": (),
    "core.weights": ("core.downloads", "core.errors", "core.folders", "core.progress"),
    "core.image_llm": (*BASE, "core.weights"),
    "core.engine": ENGINE,
    "core.compact": (
        *(
            *BASE,
            "core.image_llm.base",
            "core.image_llm.batching",
            "core.image_llm.hardware",
            "core.image_llm.load_options",
            "core.weights",
            "core.carriers",
        ),
    ),
    "core.evaluation": ENGINE,
    "core.serve": (*ENGINE, "core.addresses", "core.kept", "core.cli.options", "core"),
    "core.training": (*ENGINE, "core.evaluation", "core.kept"),
    "core.cli": (
        *ENGINE,
        "core.evaluation",
        "core.training",
        "core.compact",
        "core.serve.command",
        "core",
    ),
    "core.lab": (*ENGINE, "core.evaluation", "core.training", "core.compact", "core.cli.main"),
    "core.__main__": ("core.cli.main",),
    "core": (*ENGINE, "core.addresses", "core.kept", "core.serve"),  # the public names
}
PAGES = ("gradio", "fastapi", "uvicorn", "starlette")
SERVERS = PAGES[1:]  # of these the API is made
STRANGERS = ("demo", "tests")

# What every model shares, and what it must not say: all of this is of one model.
GENERAL = (
    "core.engine",
    "core.features",
    "core.dialogue",
    "core.image_llm.base",
    "core.image_llm.batching",
    "core.image_llm.hugging_face",
    "core.training",
)
OF_ONE_MODEL = (
    r"compact",
    r"closer look|\.looks\b|\blooks[:=),\]]|\blooks of\b",  # crops, as they were called
    r"photograph.?gate",
    r"word.?heads?\b",
    r"second.?token",
    r"\barticles?\b",
    r"traditional",
    r"foreign.?token",
    r"openvino",
)


def room_of(module: str, rooms: Iterable[str]) -> str | None:
    """The longest of these names that is the module or a package around it; `core` is itself alone."""
    fits = [room for room in rooms if module == room or (room != "core" and module.startswith(f"{room}."))]
    return max(fits, key=len, default=None)


@cache
def modules() -> dict[str, Path]:
    """Every module of core and demo, by its name."""
    found = {}
    for path in sorted(path for folder in ("core", "demo") for path in (ROOT / folder).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def within(package: str) -> list[str]:
    return [module for module in modules() if f"{module}.".startswith(f"{package}.")]


@cache
def source(module: str) -> str:
    return modules()[module].read_text(encoding="utf-8")


@cache
def imports(module: str) -> frozenset[str]:
    """Every module that this one names in an import, at any depth: functions and type checking too.

    `from core.video.clip import Clip` names `core.video.clip`; `from core.video import clip` names that, too,
    because it is a module, but `from core import Clip` names `core`.
    """
    return frozenset(name for node in ast.walk(ast.parse(source(module))) for name in _named_by(node, module))


def _named_by(node: ast.AST, module: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"{module}: imports are absolute, so that these rules can be read"
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            yield inner if inner in modules() else node.module or ""


def may_import(module: str, name: str) -> bool:
    """Whether a module of core may name another one of core."""
    room = room_of(module, WALLS)
    return room is not None and room_of(name, (room, *WALLS[room])) is not None


def first_names(module: str) -> set[str]:
    return {name.split(".")[0] for name in imports(module)}


def test_every_room_of_core_imports_only_what_stands_below_it() -> None:
    wrong = [f"{module} stands in no room" for module in within("core") if not room_of(module, WALLS)]
    assert not wrong, f"{wrong}: say in WALLS what they may import"
    wrong = [
        f"{module} imports {name}"
        for module in within("core")
        for name in sorted(imports(module))
        if name.split(".")[0] == "core" and not may_import(module, name)
    ]
    assert not wrong, "\n".join(wrong)


def test_core_knows_nothing_of_pages_and_nothing_imports_tests() -> None:
    wrong = [
        f"{module} imports {name}"
        for module in modules()
        for name in sorted(first_names(module))
        if name in ((*PAGES, *STRANGERS) if module.startswith("core") else ("tests",))
        and not (name in SERVERS and room_of(module, WALLS) == "core.serve")
    ]
    assert not wrong, "\n".join(wrong)


def test_the_page_knows_core_only_by_its_public_names() -> None:
    wrong: list[str] = []
    for module in within("demo"):
        deeper = [name for name in imports(module) if name.startswith("core.")]
        wrong += [f"{module} imports {name}" for name in sorted(deeper)]
        for node in ast.walk(ast.parse(source(module))):
            if isinstance(node, ast.ImportFrom) and node.module == "core":
                private = {alias.name for alias in node.names} - set(core.__all__)
                wrong += [f"{module} takes {name} of core, which is not public" for name in sorted(private)]
    assert not wrong, "\n".join(wrong)


def test_what_all_models_share_says_nothing_of_one_of_them() -> None:
    """`core.image_llm.registry` is the one place that names compact."""
    general = [module for room in GENERAL for module in within(room)]
    wrong = [
        f"{module}: {line.strip()}"
        for module in general
        for line in source(module).splitlines()
        if any(re.search(pattern, line, re.IGNORECASE) for pattern in OF_ONE_MODEL)
    ]
    wrong += [
        f"{module}: {line.strip()}"
        for module in within("demo")
        for line in source(module).splitlines()
        if re.search("compact", line, re.IGNORECASE)
    ]
    assert not wrong, "\n".join(wrong)


def test_no_room_is_crowded_and_no_file_is_long() -> None:
    """A dozen files to a folder, 300 lines to a file of code."""
    rooms = [ROOT / room for room in ("core", "demo", "tests", "docs", "locales")]
    files = [path for room in rooms for path in room.rglob("*") if path.is_file()]
    files = [path for path in files if "__pycache__" not in path.parts]
    crowded = [
        f"{room}: {count} files" for room, count in Counter(f.parent for f in files).items() if count > 12
    ]
    lengths = {name: source(name).count("\n") for name in modules()}
    assert not crowded + [f"{name}: {lines} lines" for name, lines in lengths.items() if lines > 300]


def test_every_public_name_is_there() -> None:
    assert all(getattr(core, name) is not None for name in core.__all__)


@pytest.mark.slow
@pytest.mark.parametrize(
    "module",
    [
        "core",
        "core.cli.main",
        "core.serve.application",
        "core.video.child",
        "core.image_llm.fitting",
        "demo.page.app",
    ],
)
def test_what_must_start_fast_does_not_load_torch(module: str) -> None:
    program = f"import sys, {module}; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=60).returncode == 0


@pytest.mark.slow
def test_the_page_is_built_before_torch_is_loaded(tmp_path: Path) -> None:
    program = f"""
import sys
from pathlib import Path
from core import LoadOptions, VideoLimits
from demo.page.app import build_app
from demo.server.options import offered
build_app(offered(["compact"], False, 1, 1, None, LoadOptions()), VideoLimits(), Path({str(tmp_path)!r}))
sys.exit("torch" in sys.modules or "transformers" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=60).returncode == 0
