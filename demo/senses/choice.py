"""Which senses a visitor wants, and which there are. It knows nothing of clips."""

from collections.abc import Collection
from dataclasses import dataclass

SPEECH = ("auto", "zh", "en")  # languages of speech that can be chosen
# What a switch of the page means by senses of the engine. Subtitles inside a file are what is said in it.
GROUPS = {"hear": ("subtitles", "hearing"), "read": ("reading",)}
SAID = GROUPS["hear"]


@dataclass(frozen=True)
class SenseChoice:
    """What a visitor has switched on."""

    hear: bool = True
    read: bool = True
    speech: str = "auto"  # its language

    def groups(self, still: bool) -> tuple[str, ...]:
        """Those that are wanted for a clip; a single picture says nothing."""
        return tuple(name for name in GROUPS if getattr(self, name) and not (still and name == "hear"))

    def as_json(self) -> dict[str, object]:
        return {"hear": self.hear, "read": self.read, "speech": self.speech}

    @classmethod
    def from_json(cls, data: object) -> "SenseChoice":
        """Of what a browser has kept, what makes sense."""
        values = data if isinstance(data, dict) else {}
        speech = values.get("speech")
        return cls(
            values.get("hear") is not False,
            values.get("read") is not False,
            speech if speech in SPEECH else "auto",
        )


def offered(available: Collection[str]) -> tuple[str, ...]:
    """The switches that do something, where these senses are installed."""
    return tuple(name for name, senses in GROUPS.items() if senses[-1] in available)
