"""One line on the console for each clip that was read, each answered question and each request to the API.

It says what was done, how it ended and what it cost, and nothing that a visitor wrote, showed or was told:
no question, no answer, no name of a file, nobody's address.
"""

import logging
import sys

from core import ReelTalkError, Turn

log = logging.getLogger(__name__)


def show_on_console() -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    for each in (log, logging.getLogger("core.serve")):
        each.addHandler(handler)
        each.setLevel(logging.INFO)
        each.propagate = False


def clip_read(model: str, frames: int, seconds: float, error: Exception | None) -> None:
    log.info("clip model=%s frames=%d seconds=%.1f outcome=%s", model, frames, seconds, outcome_of(error))


def answered(model: str, place: int, turn: Turn | None, outcome: str) -> None:
    """turn: None where the model never had its turn."""
    if turn is None:
        log.info("question model=%s turn=%d outcome=%s", model, place + 1, outcome)
        return
    log.info(
        "question model=%s turn=%d language=%s tokens=%d first=%.1f seconds=%.1f outcome=%s",
        model,
        place + 1,
        turn.language,
        turn.tokens,
        turn.seconds_to_first_token or 0.0,
        turn.seconds or 0.0,
        outcome,
    )


def outcome_of(error: Exception | None) -> str:
    """ "done", the key of what the visitor could put right, or "failed"."""
    if error is None:
        return "done"
    return error.key if isinstance(error, ReelTalkError) else "failed"
