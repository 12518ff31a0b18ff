"""Which models can be had without a hub: our own, and whole checkpoints in the hub's local cache.

Asks no network, and loads the families' code only where the cache holds a checkpoint at all.
"""

from collections.abc import Iterator
from pathlib import Path

from core.errors import ModelError
from core.image_llm.checkpoints import is_complete, read_config
from core.image_llm.registry import EMBEDDED, FAMILIES, check_config, embedded


def installed_models() -> Iterator[str]:
    """Names as VideoChat.load takes them: ours first, then hub ids in alphabetical order."""
    yield from FAMILIES
    yield from sorted(name for name, folder in _cached() if is_complete(folder) and _is_supported(folder))


def download_size(name: str) -> int:
    """Bytes of what one of our own models lacks on this machine; 0 for others, of which it is not known."""
    return embedded(name).lacking if name in EMBEDDED else 0


def _cached() -> Iterator[tuple[str, Path]]:
    """The models of the cache: hub id, and the folder with what is here of its newest known version."""
    from huggingface_hub import constants, scan_cache_dir

    folder = Path(constants.HF_HUB_CACHE).expanduser()
    if not folder.is_dir():  # nothing was ever downloaded
        return
    for repo in scan_cache_dir(folder).repos:
        if repo.repo_type == "model" and "main" in repo.refs:
            yield repo.repo_id, repo.refs["main"].snapshot_path


def _is_supported(folder: Path) -> bool:
    try:
        check_config(read_config(folder))
    except ModelError:  # the very question: other kinds of models lie in the same cache
        return False
    return True
