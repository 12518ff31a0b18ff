"""Which Image LLMs there are, by exact name. A new family is one file and one line here."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from core.errors import ModelError
from core.image_llm.base import ImageLLM

Progress = Callable[[str, float], None]  # (message key, fraction done in 0..1)

# name -> "module:function"; the function takes (cache folder, progress) and returns a loaded ImageLLM.
# Text, so that listing the names imports no model.
FAMILIES: dict[str, str] = {
    "compact": "core.image_llm.compact.model:load_compact",
}


def load_image_llm(name: str, cache: Path, progress: Progress) -> ImageLLM:
    """Load the model of this exact name. Raises ModelError("unknown_model") with the known names."""
    if name not in FAMILIES:
        raise ModelError("unknown_model", name=name, known=", ".join(FAMILIES))
    module, function = FAMILIES[name].split(":")
    return getattr(import_module(module), function)(cache, progress)
