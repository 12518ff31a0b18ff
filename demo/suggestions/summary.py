"""What a clip is, in a line or two."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Summary:
    """Made by the model that has read the clip.

    sources: of the lines that it knew then, also of those that were found to be none.
    """

    text: str
    clip_key: str
    language: str
    sources: frozenset[str]

    def is_of(self, clip_key: str, language: str, sources: Collection[str]) -> bool:
        return (clip_key, language, {*sources}) == (self.clip_key, self.language, self.sources)
