"""A question as it is asked: cleaned, within its limits, in a language, about a moment or not."""

from core.dialogue.conversation import Turn
from core.dialogue.moment import asks_about_now
from core.engine.settings import ChatSettings
from core.errors import SettingError
from core.language.detection import detect
from core.text.cleaning import clean

MOST_CHARACTERS = 10_000  # of a question


def asked(question: str, settings: ChatSettings) -> Turn:
    """A turn without its answer. Raises SettingError for an empty or too long question."""
    if len(question) > MOST_CHARACTERS:
        raise SettingError("question_too_long", length=len(question), limit=MOST_CHARACTERS)
    if not (question := clean(question).strip()):
        raise SettingError("question_empty")
    turn = Turn(question, language=detect(question) if settings.language == "auto" else settings.language)
    turn.moment = settings.moment if asks_about_now(question) else None
    return turn
