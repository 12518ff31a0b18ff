"""Which Image LLMs there are, by exact name. A new family is one file and one line here."""

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import ModelError

if TYPE_CHECKING:
    from core.image_llm.base import ImageLLM

Progress = Callable[[str, float], None]  # (message key, fraction done in 0..1)

# name -> "module:function"; the function takes (cache folder, progress) and returns a loaded ImageLLM.
# Text, so that listing the names imports no model.
FAMILIES: dict[str, str] = {
    "compact": "core.image_llm.compact.model:load_compact",
}


def describe_families() -> Iterator[dict[str, Any]]:
    """What can be told of each family without its weights: exact name, languages, one line."""
    from core.image_llm.base import ImageLLM

    for name, place in FAMILIES.items():
        members = vars(import_module(place.split(":")[0])).values()
        classes = [each for each in members if isinstance(each, type) and issubclass(each, ImageLLM)]
        family = next(each for each in classes if getattr(each, "name", None) == name)
        summary = (family.__doc__ or "").strip().partition("\n")[0]
        yield {"family": name, "languages": list(family.languages), "summary": summary}


def load_image_llm(name: str, cache: Path, progress: Progress) -> "ImageLLM":
    """Load the model of this exact name. Raises ModelError("unknown_model") with the known names."""
    if name not in FAMILIES:
        raise ModelError("unknown_model", name=name, known=", ".join(FAMILIES))
    module, function = FAMILIES[name].split(":")
    return getattr(import_module(module), function)(cache, progress)
