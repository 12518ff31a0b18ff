"""Who may import whom. The walls of the house, read from the source of every file."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import core

ROOT = Path(__file__).parents[2]

# module of core, or package of it (ending in a dot) -> what of core it may import; none listed: anything.
# The longest name that fits counts. An entry that ends in a dot means all that is below.
ENGINE_AND_BELOW = {
    "core.engine.video_chat", "core.video.clip", "core.image_llm.", "core.features.pooling", "core.features.temporal_module",
    "core.compact.word_heads", "core.features.store", "core.dialogue.conversation", "core.language.detection", "core.engine.generation",
    "core.engine.kv_store", "core.errors", "core.engine.prompting", "core.features.chapters", "core.engine.opening", "core.video.process",
    "core.language.script", "core.compact.llm.articles", "core.compact.llm.grounding_old",
}  # fmt: skip
BELOW_FAMILIES = {
    "core.errors", "core.dialogue.conversation", "core.features.pooling", "core.features.temporal_module", "core.compact.word_heads", "core.language.detection",
    "core.compact.llm.grounding_old",
}  # fmt: skip
ALLOWED: dict[str, set[str]] = {
    "core.errors": set(),
    "core.language.detection": set(),
    "core.language.script": set(),
    "core.compact.llm.articles": set(),
    "core.compact.llm.grounding_old": set(),
    "core.dialogue.conversation": set(),
    "core.features.pooling": set(),
    "core.features.chapters": set(),
    "core.engine.kv_store": set(),
    "core.dialogue.subtitles": {"core.errors", "core.dialogue.conversation"},
    "core.video.clip": {"core.errors", "core.video.process"},
    "core.video.process": set(),
    "core.video.reader": {"core.errors", "core.video.clip"},
    "core.compact.word_heads": set(),
    "core.features.temporal_module": {"core.errors", "core.features.pooling", "core.compact.word_heads"},
    "core.features.store": {"core.features.chapters", "core.features.pooling", "core.video.clip"},
    "core.engine.generation": {"core.errors", "core.image_llm.base"},
    "core.image_llm.": {"core.image_llm.", *BELOW_FAMILIES},
    "core.engine.prompting": {
        "core.errors",
        "core.dialogue.conversation",
        "core.compact.llm.grounding_old",
        "core.language.detection",
        "core.language.script",
        "core.image_llm.base",
    },
    "core.engine.opening": {
        "core.features.chapters",
        "core.errors",
        "core.features.store",
        "core.image_llm.base",
        "core.features.pooling",
        "core.video.clip",
        "core.video.process",
    },
    "core.engine.video_chat": ENGINE_AND_BELOW - {"core.engine.video_chat"},
    "core.cli.options": {"core.image_llm.load_options", "core.cli.terminal", "core.engine.video_chat"},
    "core.cli.terminal": set(),
    "core.cli.batch": ENGINE_AND_BELOW,
    "core.training.": {"core.training.", *ENGINE_AND_BELOW},
    "core.evaluation.": {"core.evaluation.", "core.training.", *ENGINE_AND_BELOW},
    "core.cli.evaluate": {
        "core.evaluation.",
        "core.training.",
        "core.cli.options",
        *ENGINE_AND_BELOW,
    },
    "core.__main__": {"core."},
    "core": {"core."},
}


def is_within(module: str, place: str) -> bool:
    """`place` is a module, or a package where it ends in a dot."""
    return module == place.rstrip(".") or (place.endswith(".") and module.startswith(place))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules() -> dict[str, Path]:
    files = [path for folder in ("core", "demo") for path in (ROOT / folder).rglob("*.py")]
    return {module_name(path): path for path in sorted(files)}


@cache
def imports(module: str) -> frozenset[str]:
    """Every module that this one names in an import, at any depth: functions and type checking too.

    `from core.video.clip import Clip` names `core.video.clip`; `from core import video` names `core.video.clip`, because
    it is a module, but `from core import Clip` names `core`.
    """
    tree = ast.parse(modules()[module].read_text(encoding="utf-8"))
    return frozenset(name for node in ast.walk(tree) for name in _named_by(node, module))


def _named_by(node: ast.AST, module: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"{module}: imports are absolute, so that these rules can be read"
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            yield inner if inner in modules() else node.module or ""


def ours(module: str) -> set[str]:
    return {name for name in imports(module) if name.split(".")[0] in ("core", "demo", "tests")}


def outsiders(module: str) -> set[str]:
    """The first names of what is not ours."""
    return {name.split(".")[0] for name in imports(module)} - {"core", "demo", "tests"}


IN_CORE = [name for name in modules() if name.split(".")[0] == "core"]
IN_DEMO = [name for name in modules() if name.split(".")[0] == "demo"]


@pytest.mark.parametrize("module", IN_CORE)
def test_a_module_of_core_imports_only_what_stands_below_it(module: str) -> None:
    rules = [place for place in ALLOWED if is_within(module, place)]
    assert rules, f"{module} is new: say in ALLOWED what it may import"
    allowed = ALLOWED[max(rules, key=len)]
    wrong = {name for name in ours(module) if not any(is_within(name, place) for place in allowed)}
    assert not wrong, f"{module} must not import {sorted(wrong)}"


@pytest.mark.parametrize("module", IN_CORE)
def test_core_knows_nothing_of_pages(module: str) -> None:
    assert not outsiders(module) & {"gradio", "fastapi", "uvicorn", "starlette"}


@pytest.mark.parametrize("module", IN_DEMO)
def test_the_page_knows_core_only_by_its_public_names(module: str) -> None:
    assert all(name == "core" for name in ours(module) if not is_within(name, "demo."))
    tree = ast.parse(modules()[module].read_text(encoding="utf-8"))
    from_core = [
        node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "core"
    ]
    names = {alias.name for node in from_core for alias in node.names}
    assert names <= set(core.__all__), f"not public: {sorted(names - set(core.__all__))}"


@pytest.mark.parametrize("module", [*IN_CORE, *IN_DEMO])
def test_nothing_but_the_page_imports_the_page_and_nothing_imports_tests(module: str) -> None:
    strangers = {"tests"} if module in IN_DEMO else {"demo", "tests"}
    assert not {name for name in ours(module) if name.split(".")[0] in strangers}


def test_every_public_name_is_there() -> None:
    assert all(getattr(core, name).__module__.startswith("core.") for name in core.__all__)


@pytest.mark.parametrize(
    "module", ["core", "core.__main__", "core.video.reader", "core.image_llm.registry", "demo.events"]
)
def test_what_must_start_fast_does_not_load_torch(module: str) -> None:
    program = f"import sys, {module}; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=60).returncode == 0


def test_the_page_is_built_before_torch_is_loaded(tmp_path: Path) -> None:
    program = f"""
import sys
from pathlib import Path
from core import LoadOptions, VideoLimits
from demo.__main__ import offered
from demo.events import build_app
build_app(offered(["compact"], False, 1, None, LoadOptions()), VideoLimits(), Path({str(tmp_path)!r}))
sys.exit("torch" in sys.modules or "transformers" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=60).returncode == 0
