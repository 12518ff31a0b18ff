"""Progress of what takes longer than a moment."""

from typing import Protocol


class Progress(Protocol):
    """Is told a message key, the fraction done in 0..1, and the values of the message, where it has some.

    "downloading_file" has: name, and done and total in megabytes. "encoding_clips": done and total.
    """

    def __call__(self, key: str, fraction: float, **values: object) -> None: ...


def no_progress(key: str, fraction: float, **values: object) -> None:
    """For callers that show none."""
