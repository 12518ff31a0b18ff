"""A question as it is asked: cleaned, within its limits, in a language, about a moment or not."""

from collections.abc import Sequence

from core.dialogue.conversation import Turn
from core.dialogue.moment import asks_about_now
from core.engine.settings import ChatSettings
from core.errors import SettingError
from core.language.detection import spoken_in
from core.language.script import script_of
from core.text.cleaning import clean

MOST_CHARACTERS = 10_000  # of a question


def asked(question: str, settings: ChatSettings, before: Sequence[Turn] = ()) -> Turn:
    """A turn after those `before`, without its answer. Raises SettingError: empty, or too long."""
    if len(question) > MOST_CHARACTERS:
        raise SettingError("question_too_long", length=len(question), limit=MOST_CHARACTERS)
    if not (question := clean(question).strip()):
        raise SettingError("question_empty")
    language = settings.language
    if language == "auto":
        language = spoken_in(question, before[-1].language if before else None)
    said = (text for turn in reversed(before) for text in (turn.question, turn.answer))
    turn = Turn(question, language=language, script=script_of([question, *said]))
    turn.moment = settings.moment if asks_about_now(question) else None
    return turn
