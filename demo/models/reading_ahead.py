"""What stands before a tab's next question is read by its model while nobody waits for an answer."""

from demo.models.pool import Models
from demo.models.spare_work import SpareWork
from demo.server.tabs import Tab


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
            _Work(self.models, tab, talk.reading.host, conversation).begin()


class _Work(SpareWork):
    """What is read ahead of one conversation."""

    NAME = "read-ahead"

    def work(self) -> bool:
        return all(not self.must_yield for _ in self.host.chat.read_ahead(self.conversation))
