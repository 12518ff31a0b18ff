"""The whole page: where its features stand, what they show together, and who works with whom.

What a feature consists of, shows and does is told in its own file.
"""

from collections.abc import Sequence
from pathlib import Path

import gradio as gr

from core import VideoLimits
from demo.chat.asking import Asking
from demo.chat.chatbox import Chatbox
from demo.chat.feedback import FeedbackFile
from demo.chat.question import QuestionBox
from demo.chat.rating import Ratings
from demo.chat.tools import Tools
from demo.clip.compare import Compare
from demo.clip.examples import Example, list_examples
from demo.clip.gallery import Gallery
from demo.clip.opening import Opening
from demo.clip.player import Player
from demo.clip.row import ClipRow
from demo.clip.status import Status
from demo.clip.subtitles import SubtitlesRow
from demo.keep.drawer import KeepDrawer
from demo.keep.memory import Memory
from demo.keep.undo import Undo
from demo.links.fetched import LinkedClips
from demo.links.line import Links
from demo.models.menu import Menu
from demo.models.pool import Models
from demo.page.events import PageEvents
from demo.page.feature import Site, View, Views
from demo.page.head import Head, Privacy
from demo.page.states import PageStates
from demo.senses.panel import TranscriptPanel
from demo.senses.work import SensesOfTabs
from demo.server.tabs import Tabs
from demo.settings.drawer import Settings
from demo.suggestions.starters import Starters
from demo.suggestions.summaries import Summaries


def build_app(
    models: Models,
    limits: VideoLimits,
    data: Path,
    examples: Sequence[Example] | None = None,
    uploads: bool = True,
    senses_at_once: int = 1,
    keeps: bool = True,
    links: LinkedClips | None = None,
) -> gr.Blocks:
    """The page, ready to be launched; it offers all `models`, and keeps in `data` what is to stay.

    senses_at_once: how many clips are heard or read at the same time; 0: none ever is.
    keeps: whether what was found in clips outlives the server, which the page tells.
    links: fetches clips from visitors' links; None: nothing does.
    """
    examples = list_examples() if examples is None else examples
    return Page(models, limits, data, examples, uploads, senses_at_once, keeps, links).blocks


class Page:
    def __init__(
        self,
        models: Models,
        limits: VideoLimits,
        data: Path,
        examples: Sequence[Example],
        uploads: bool,
        senses_at_once: int = 1,
        keeps: bool = True,
        links: LinkedClips | None = None,
    ) -> None:
        senses = SensesOfTabs(models, limits, senses_at_once)
        tabs = Tabs(models.first, models.forget)
        site = Site(models, tabs, limits, examples, uploads, senses, keeps, links)
        site.tabs.when_left = senses.leave
        with PageEvents(
            title="ReelTalk 影语", analytics_enabled=False, delete_cache=(3600, 86400)
        ) as self.blocks:
            self._lay_out(site, FeedbackFile(data / "feedback.jsonl"))
            self._connect(site, self._views())
        # Not before: at the end of the block gradio puts one of its own in its place.
        self.blocks.state_holder = PageStates(lambda: site.tabs.sessions)

    def _lay_out(self, site: Site, feedback: FeedbackFile) -> None:
        self.memory = Memory(site)
        with gr.Row(elem_id="rt-head"):
            self.head = Head(site)
        self.settings = Settings(site)
        self.keep = KeepDrawer(site)
        self.history = self.keep.history
        with gr.Row(elem_id="rt-main"):
            with gr.Column(scale=6, min_width=340, elem_id="rt-watch"):
                self.row = ClipRow(site)
                self.player = Player(site)
                self.links = Links(site)
                self.status = Status(site)
                self.transcript = TranscriptPanel(site)
                self.subtitles = SubtitlesRow(site)
                self.compare = Compare(site)
                self.gallery = Gallery(site)
            with gr.Column(scale=7, min_width=340, elem_id="rt-talk"):
                self.chatbox = Chatbox(site)
                self.ratings = Ratings(site, feedback)
                self.starters = Starters(site)
                self.undo = Undo(site)
                self.summaries = Summaries(site)
                self.question = QuestionBox(site)
                self.tools = Tools(site)
        with gr.Row(elem_id="rt-foot"):
            self.menu = Menu(site)
            self.privacy = Privacy(site)

    def _views(self) -> Views:
        """The order of outputs is that in which programs get them from the events that have an API name."""
        record = self.memory.view + self.keep.exports
        clips = self.row.view + self.subtitles.view + self.compare.view + self.transcript.view
        chat = (
            self.chatbox.view
            + self.question.buttons
            + self.tools.view
            + self.starters.view
            + self.summaries.view
            + self.question.editing_view
            + self.ratings.view
            + self.undo.view
            + record
        )
        clip = (
            self.status.view
            + self.chatbox.empty
            + self.starters.by_clip
            + self.settings.range_view
            + clips
            + self.undo.view
            + self.summaries.view
        )
        opened = self.status.view + chat + self.settings.range_view + clips + self.player.view
        by_model = self.menu.view + self.settings.by_model + self.starters.view + self.chatbox.empty
        model = by_model + self.settings.senses_view + clips
        return Views(
            everything=self._labels() + self.keep.remembers + model + clip + _unless_answering(chat),
            model=model,
            chosen=by_model + opened + self.settings.senses_view,
            clip=clip,
            chat=chat,
            suggestions=self.starters.view,
            opened=opened,
            another=clip + chat + self.player.view + self.settings.frames_view,
            clips=clips,
            record=record,
        )

    def _labels(self) -> View:
        labels = self.head.labels
        for feature in (
            *(self.player, self.links, self.transcript, self.subtitles, self.compare, self.gallery),
            *(self.chatbox, self.ratings, self.question, self.tools),
            *(self.settings, self.keep, self.history, self.menu, self.privacy),
        ):
            labels += feature.labels
        return labels

    def _connect(self, site: Site, views: Views) -> None:
        self.opening = Opening(site, self.player, self.status, views)
        asking = Asking(site, self.chatbox, self.question, self.tools, self.undo, views)
        self.memory.connect(self.blocks, self.head, self.opening, self.settings, views)
        self.head.connect(self.memory, views)
        self.row.connect(self.opening, self.settings, views)
        self.player.connect(self.opening, self.settings, views)
        self.links.connect(self.opening, self.settings, views)
        self.transcript.connect(self.opening, views)
        self.subtitles.connect(self.player, self.opening, views)
        self.compare.connect(self.opening, views)
        self.gallery.connect(self.opening, self.settings, views)
        self.ratings.connect(self.chatbox, views)
        self.starters.connect(asking, self.settings)
        self.summaries.connect(self.chatbox, self.starters)
        self.question.connect(self.chatbox, asking, self.settings)
        self.tools.connect(self.chatbox, asking, self.settings, views)
        self.history.connect(self.opening, self.settings, views)
        self.undo.connect(self.opening, self.settings, views)
        self.settings.connect(self.opening, views)
        self.keep.connect(self.opening, views)
        self.menu.connect(self.opening, self.settings, views)


def _unless_answering(chat: View) -> View:
    """An answer that is being written shows the chat by itself."""
    return View(chat.outputs, lambda tab: chat(tab) if tab.stop is None else {})
