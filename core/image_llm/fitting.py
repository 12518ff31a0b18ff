"""Which of our own models fits into the memory that is free: it is taken where none is named."""

from dataclasses import dataclass

from core.errors import ModelError
from core.image_llm.memory import GIGABYTE, free_memory
from core.image_llm.registry import EMBEDDED, embedded

# Where less than this share of what it needs is free, a model is not even tried. The libraries, part of that,
# are in memory by then; and what was chosen at the start shall stand though free memory varies.
LEAST = 0.75
HEARING = 700_000_000  # bytes of the process that hears a clip, beside the model; what reads takes less


@dataclass(frozen=True)
class Fitting:
    """The model that is taken, and why; as text, one line for people."""

    name: str
    needed: int  # bytes of memory, with hearing where that is used
    free: int

    def __str__(self) -> str:
        short = "" if self.needed <= self.free else ", which may be too little"
        return (
            f"{self.free / GIGABYTE:.1f} GB of memory are free{short}: {self.name} is used "
            f"(needs {self.needed / GIGABYTE:g} GB)."
        )


def fitting_model(low_memory: bool = False) -> Fitting:
    """The largest of our own models that fits, with hearing beside it; the smallest where none does.

    low_memory: little is to be used, so nothing is heard unasked and the smallest is taken.
    """
    free, beside = free_memory(), 0 if low_memory else HEARING
    models = [Fitting(name, embedded(name).memory + beside, free) for name in EMBEDDED]
    smallest = models[-1]
    return smallest if low_memory else next((each for each in models if each.needed <= free), smallest)


def check_fits(name: str) -> None:
    """Raises ModelError where one of our own models has not enough memory. The smallest is always tried."""
    needed, free = embedded(name).memory, free_memory()
    if name != [*EMBEDDED][-1] and free < LEAST * needed:
        told = {"needed": f"{needed / GIGABYTE:.1f}", "free": f"{free / GIGABYTE:.1f}"}
        raise ModelError("not_enough_memory", name=name, **told)
