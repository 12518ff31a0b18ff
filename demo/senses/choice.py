"""Which senses a visitor wants, and which there are. It knows nothing of clips."""

from collections.abc import Collection
from dataclasses import dataclass

SPEECH = ("auto", "zh", "en")  # languages of speech that can be chosen
# What a switch of the page means by senses of the engine. Subtitles inside a file are what is said in it.
GROUPS = {"hear": ("subtitles", "hearing"), "read": ("reading",)}
SAID = GROUPS["hear"]
Unasked = Collection[str] | None  # senses that a model uses by itself; None: not known yet, so all


@dataclass(frozen=True)
class SenseChoice:
    """What a visitor has switched on or off; None: as the model has it."""

    hear: bool | None = None
    read: bool | None = None
    speech: str = "auto"  # its language

    @classmethod
    def beside(cls, unasked: Unasked, hear: bool, read: bool, speech: str) -> "SenseChoice":
        """A switch that stands as the model has it is no choice: another model may have it otherwise."""
        as_it_is = cls()
        changed = {
            name: on for name, on in (("hear", hear), ("read", read)) if on != as_it_is.wants(name, unasked)
        }
        return cls.from_json({**changed, "speech": speech})

    def wants(self, name: str, unasked: Unasked) -> bool:
        """Whether a switch is on."""
        chosen: bool | None = getattr(self, name)
        return (unasked is None or GROUPS[name][-1] in unasked) if chosen is None else chosen

    def groups(self, still: bool, unasked: Unasked = None) -> tuple[str, ...]:
        """Those that are wanted for a clip; a single picture says nothing."""
        return tuple(name for name in GROUPS if self.wants(name, unasked) and not (still and name == "hear"))

    def as_json(self) -> dict[str, object]:
        return {"hear": self.hear, "read": self.read, "speech": self.speech}

    @classmethod
    def from_json(cls, data: object) -> "SenseChoice":
        """Of what a browser has kept, what makes sense."""
        values = data if isinstance(data, dict) else {}
        speech = values.get("speech")
        hear, read = (value if isinstance(value := values.get(name), bool) else None for name in GROUPS)
        return cls(hear, read, speech if speech in SPEECH else "auto")


def offered(available: Collection[str]) -> tuple[str, ...]:
    """The switches that do something, where these senses are installed."""
    return tuple(name for name, senses in GROUPS.items() if senses[-1] in available)
