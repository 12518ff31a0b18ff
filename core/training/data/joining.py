"""Rows about a clip become one dialogue, so that a step reads the clip's tokens once for several answers."""

from collections.abc import Sequence
from dataclasses import replace

from core.training.data.rows import TrainingRow


def joined(rows: Sequence[TrainingRow], most: int) -> tuple[TrainingRow, ...]:
    """Dialogues of at most `most` turns, or of as many as a row has alone; in order of their first rows."""
    dialogues: list[TrainingRow] = []
    open_of: dict[str, int] = {}  # clip -> number of the dialogue that its next row may join
    for row in rows:
        number = open_of.get(row.video)
        if number is not None and len(dialogues[number].turns) + len(row.turns) <= most:
            dialogues[number] = replace(dialogues[number], turns=dialogues[number].turns + row.turns)
        else:
            open_of[row.video] = len(dialogues)
            dialogues.append(row)
    return tuple(dialogues)
