"""What stands before a tab's next question is read by its model while nobody waits for an answer.

It has its turn as an answer has, piece by piece, and gives it up as soon as somebody asks. It neither loads a
model nor keeps one from being dropped.
"""

import logging
import threading
import time

from core import Conversation, ReelTalkError
from demo.models.host import ModelHost
from demo.models.pool import Models
from demo.server.tabs import TICK, Tab

log = logging.getLogger(__name__)


class ReadingAhead:
    def __init__(self, models: Models) -> None:
        self.models = models

    def begin(self, tab: Tab) -> None:
        """Read ahead for what is on the page now; returns at once."""
        talk = tab.talk
        if tab.stop is not None or talk.reading is None:  # an answer reads all this by itself
            return
        conversation = talk.spoken_with(talk.reading.host, self.models.forget)
        if conversation is not None:
            work = _Work(self.models, tab, talk.reading.host, conversation)
            threading.Thread(target=work.do, name="read-ahead", daemon=True).start()


class _Work:
    """What is read ahead of one conversation."""

    def __init__(self, models: Models, tab: Tab, host: ModelHost, conversation: Conversation) -> None:
        self.models, self.tab, self.host, self.conversation = models, tab, host, conversation
        self.turns = len(conversation.turns)

    @property
    def wanted(self) -> bool:
        """Whether the tab is open, still shows this conversation, and has asked nothing since."""
        shown = self.tab.talk.conversation is self.conversation and self.tab.closed_at is None
        return shown and len(self.conversation.turns) == self.turns

    def do(self) -> None:
        turn = self.models.turn
        try:
            done = False
            while self.wanted and not done:
                if turn.wanted:
                    time.sleep(TICK)
                elif turn.acquire(timeout=TICK):
                    try:
                        done = self._in_turn()
                    finally:
                        turn.release()
        except ReelTalkError:  # the question will say it
            return
        except Exception:
            log.exception("a clip could not be read ahead")

    def _in_turn(self) -> bool:
        """Whether there is no more to do."""
        with self.models.spare(self.host) as there:
            return not there or self._read()

    def _read(self) -> bool:
        """Until somebody needs the turn or the room; whether it came to its end.

        Its own function, so that nothing here refers to the model when `spare` ends, which may drop it.
        """
        for _ in self.host.chat.read_ahead(self.conversation):
            if self.models.turn.wanted or not self.wanted or self.models.room_wanted(self.host):
                return False
        return True
