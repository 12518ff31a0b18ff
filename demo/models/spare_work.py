"""What a model does for a tab while nobody waits for an answer.

It has its turn as an answer has, piece by piece, and gives it up as soon as somebody asks. It neither loads a
model nor keeps one from being dropped.
"""

import logging
import threading
import time
from abc import ABC, abstractmethod
from typing import ClassVar

from core import Conversation, ReelTalkError
from demo.models.host import ModelHost
from demo.models.pool import Models
from demo.server.tabs import TICK, Tab

log = logging.getLogger(__name__)


class SpareWork(ABC):
    """Work about one conversation, which goes on until it is done or nobody wants it any more."""

    NAME: ClassVar[str]  # of its thread

    def __init__(self, models: Models, tab: Tab, host: ModelHost, conversation: Conversation) -> None:
        self.models, self.tab, self.host, self.conversation = models, tab, host, conversation
        self.turns = len(conversation.turns)

    def begin(self) -> None:
        """Returns at once."""
        threading.Thread(target=self.go_on, name=self.NAME, daemon=True).start()

    @abstractmethod
    def work(self) -> bool:
        """Some of it, until `must_yield` or its end; whether it came to its end.

        Nothing of it may refer to the model afterwards, which may be dropped then.
        """

    @property
    def wanted(self) -> bool:
        """Whether the tab is open, still shows this conversation, and has asked nothing since."""
        shown = self.tab.talk.conversation is self.conversation and self.tab.closed_at is None
        return shown and len(self.conversation.turns) == self.turns

    @property
    def must_yield(self) -> bool:
        """To somebody who asks, or who needs the room; or nobody wants it any more."""
        return self.models.turn.wanted or not self.wanted or self.models.room_wanted(self.host)

    def go_on(self) -> None:
        """In its thread, until it is over, done or not."""
        turn = self.models.turn
        try:
            done = False
            while self.wanted and not done:
                if turn.wanted:
                    time.sleep(TICK)
                elif turn.acquire(timeout=TICK, alone=True):
                    try:
                        done = self._in_turn()
                    finally:
                        turn.release()
        except ReelTalkError:  # the question will say it
            return
        except Exception:
            log.exception("%s: it failed", self.NAME)

    def _in_turn(self) -> bool:
        """Whether there is no more to do."""
        with self.models.spare(self.host) as there:
            return not there or self.work()
