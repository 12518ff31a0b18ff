"""Progress of what takes longer than a moment."""

from collections.abc import Callable

Progress = Callable[[str, float], None]  # (message key, fraction done in 0..1)


def no_progress(key: str, fraction: float) -> None:
    """For callers that show none."""
