"""The 80 classes of COCO (T.-Y. Lin et al., arXiv 1405.0312), as people call them, from `words/coco.tsv`.

"sure" was chosen by looking at what the detector boxed in 408 photographs and frames of films and in 900
drawings: some classes name well, others take in what COCO has no class for, as "sheep" takes hedgehogs and
bales of hay, and "fire hydrant" takes drawn faces.
"""

from dataclasses import dataclass

from core.compact.words.names import HERE, table_rows


@dataclass(frozen=True)
class CocoClass:
    """A class by the names of one, of several, and in Chinese."""

    en: str
    plural: str
    zh: str
    sure: float  # score from which on a box of it is believed


def _read() -> tuple[CocoClass, ...]:
    rows = table_rows(HERE / "coco.tsv")
    return tuple(CocoClass(row["en"], row["plural"], row["zh"], float(row["sure"])) for row in rows)


COCO = _read()  # a class number is an index
