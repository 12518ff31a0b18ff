"""Which Image LLMs there are, by exact name. A new family is one file and one line here."""

import logging
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

from core.errors import ModelError
from core.image_llm.load_options import LoadOptions
from core.progress import Progress

if TYPE_CHECKING:
    from core.image_llm.base import ImageLLM
    from core.image_llm.hugging_face import HuggingFaceImageLLM
    from core.weights import Embedded

# Text, so that listing the names imports no model.
# name -> "module:function"; the function takes a Progress and LoadOptions, and returns a loaded ImageLLM.
FAMILIES: dict[str, str] = {
    "compact": "core.compact.loading:load_compact",
    "compact-mini": "core.compact.loading:load_compact_mini",
}
# name -> "module:Embedded"; the files and the memory of those that need no hub, the largest first.
EMBEDDED: dict[str, str] = {
    "compact": "core.compact.base_files:COMPACT",
    "compact-mini": "core.compact.base_files:COMPACT_MINI",
}
# name -> "module:class"; a HuggingFaceImageLLM, for checkpoints that the user names.
CHECKPOINT_FAMILIES: dict[str, str] = {
    "smolvlm": "core.image_llm.families.smolvlm:SmolVLM",
    "lfm2-vl": "core.image_llm.families.lfm2_vl:Lfm2VL",
    "fastvlm": "core.image_llm.families.fastvlm:FastVLM",
    "internvl": "core.image_llm.families.internvl:InternVL",
    "qwen2-vl": "core.image_llm.families.qwen2_vl:Qwen2VL",
    "qwen2.5-vl": "core.image_llm.families.qwen2_5_vl:Qwen2p5VL",
    "qwen3-vl": "core.image_llm.families.qwen3_vl:Qwen3VL",
    "llava": "core.image_llm.families.llava:Llava",
    "llava-onevision": "core.image_llm.families.llava_onevision:LlavaOneVision",
    "gemma3": "core.image_llm.families.gemma3:Gemma3",
}
_log = logging.getLogger(__name__)


def embedded(name: str) -> "Embedded":
    """Files and memory of one of our own models. Raises ModelError where that is none of them."""
    if name not in EMBEDDED:
        raise ModelError("unknown_model", name=name, known=", ".join(EMBEDDED))
    return _load(EMBEDDED[name])


def describe_families() -> Iterator[dict[str, Any]]:
    """Facts of each family, without loading weights: exact name, languages, one line.

    Of our own models also bytes of files and memory, and whether the files are here.
    """
    for family in (*_own_families(), *checkpoint_families()):
        own = embedded(family.name) if family.name in EMBEDDED else None
        yield {
            "family": family.name,
            "model_types": list(family.model_types),
            "example_checkpoint": family.example_checkpoint,
            "languages": list(family.languages),
            "senses": list(family.senses),
            "summary": (family.__doc__ or "").strip().partition("\n")[0],
            "bytes": own and own.size,
            "memory": own and own.memory,
            "here": own and not own.lacking,
        }


def load_image_llm(
    name: str | None,
    progress: Progress,
    options: LoadOptions = LoadOptions(),
) -> "ImageLLM":
    """Load a model by an exact name of ours, by a hub id, or from a folder with a checkpoint.

    None means that of our own which fits into memory, and a family's name alone its example checkpoint.
    Raises ModelError, with what is known or supported where the name or the checkpoint's kind is neither.
    """
    from core.image_llm.checkpoints import find_checkpoint
    from core.image_llm.fitting import check_fits, fitting_model
    from core.image_llm.loading import load_checkpoint, pick_device

    if name is None:
        fitting = fitting_model(options.low_memory)
        _log.info("%s Another: --model.", fitting)
        name = fitting.name
    elif name in EMBEDDED and pick_device(options.device) == "cpu":
        check_fits(name)
    if name in FAMILIES:
        return _load(FAMILIES[name])(progress, options)

    check_model_name(name)
    if name in CHECKPOINT_FAMILIES:
        name = _load(CHECKPOINT_FAMILIES[name]).example_checkpoint
    checkpoint = find_checkpoint(name, options.allow_pickle, check_config, progress)
    return load_checkpoint(family_of(checkpoint.config), checkpoint, options, progress)


def check_model_name(name: str) -> None:
    """Raises ModelError, with what is known, where no model can be called so. Loads nothing."""
    from core.image_llm.checkpoints import is_checkpoint_name

    if not (name in FAMILIES or name in CHECKPOINT_FAMILIES or is_checkpoint_name(name)):
        raise ModelError("unknown_model", name=name, known=", ".join([*FAMILIES, *CHECKPOINT_FAMILIES]))


def family_of(config: dict[str, Any]) -> type["HuggingFaceImageLLM"]:
    """The family for a checkpoint with this config.json. Raises ModelError with what is supported."""
    families = {each: family for family in checkpoint_families() for each in family.model_types}
    model_type = config.get("model_type")
    if model_type not in families:
        raise ModelError("unsupported_model_type", model_type=model_type, supported=", ".join(families))
    return families[model_type]


def check_config(config: dict[str, Any]) -> None:
    """Raises ModelError where no family can use a checkpoint with this config.json."""
    family_of(config).check(config)


def checkpoint_families() -> list[type["HuggingFaceImageLLM"]]:
    """Every family whose checkpoints the user brings."""
    return [_load(place) for place in CHECKPOINT_FAMILIES.values()]


def _own_families() -> Iterator[type["ImageLLM"]]:
    from core.image_llm.base import ImageLLM

    for name, place in FAMILIES.items():
        members = vars(import_module(place.split(":")[0])).values()
        classes = [each for each in members if isinstance(each, type) and issubclass(each, ImageLLM)]
        yield next(each for each in classes if getattr(each, "name", None) == name)


def _load(place: str) -> Any:
    module, name = place.split(":")
    return getattr(import_module(module), name)
