"""What every feature of the page is made of: components, views of them, and events."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import gradio as gr

from core import VideoLimits
from demo.clip.examples import Example
from demo.links.fetched import LinkedClips
from demo.models.pool import Models
from demo.page.i18n import LANGUAGES, texts
from demo.senses.work import SensesOfTabs
from demo.server.tabs import Tab, Tabs

Updates = dict[Any, Any]  # component -> its update, made with gr.update
# attribute of a feature -> property of its component -> key of the text
Texts = Mapping[str, Mapping[str, str]]

FIRST_LANGUAGE = LANGUAGES[0]  # that the page is built in, before a visitor's own is known
# Options of an event that is for the page alone. A handler that may show a notice needs the queue.
HIDDEN: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
# The click on one of several buttons inside a piece of HTML becomes an event with the button's data.
BUTTON_CLICKS = """
element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) trigger("click", { ...button.dataset });
});
"""


def merged(*several: Updates) -> Updates:
    """All updates together; two for one component become one that sets the properties of both."""
    result: Updates = {}
    for updates in several:
        for component, update in updates.items():
            result[component] = {**result.get(component, {}), **update}
    return result


def distinct(components: Iterable[Any]) -> list[Any]:
    """Each of them once, in the order of their first appearance."""
    return list(dict.fromkeys(components))


def shown(wanted: bool, **more: Any) -> dict[str, Any]:
    """Hidden components stay on the page, so that they keep their values and places."""
    return gr.update(visible=True if wanted else "hidden", **more)


class View:
    """Some components, and what they show of a tab. Views add up.

    `outputs` are what an event has to name to show the view; calling it gives the updates.
    """

    def __init__(self, outputs: Iterable[Any], updates: Callable[[Tab], Updates]) -> None:
        self.outputs = distinct(outputs)
        self._updates = updates

    def __call__(self, tab: Tab) -> Updates:
        return self._updates(tab)

    def __add__(self, other: "View") -> "View":
        return View([*self.outputs, *other.outputs], lambda tab: merged(self(tab), other(tab)))


@dataclass(frozen=True)
class Views:
    """What changes together, whichever features show it."""

    everything: View
    model: View  # what the tab's model can do
    chosen: View  # all that another model changes
    clip: View  # how far the clip is read, and what can be done with it
    chat: View  # the conversation while no answer is being written
    suggestions: View
    opened: View  # all that a newly opened clip changes
    another: View  # all that is different for another clip of the tab
    clips: View  # the row of clips, the subtitles and the comparison
    record: View  # what the browser keeps, and what can be saved


@dataclass(frozen=True)
class Site:
    """What the features of one page share."""

    models: Models
    tabs: Tabs
    limits: VideoLimits
    examples: Sequence[Example]
    uploads: bool  # whether visitors may bring clips of their own
    senses: SensesOfTabs
    keeps: bool  # what was found in clips, after the server has ended
    links: LinkedClips | None = None  # None: visitors' links are not followed


class Feature:
    """A part of the page. Its constructor builds the components where it is called in the layout."""

    TEXTS: ClassVar[Texts] = {}

    def __init__(self, site: Site) -> None:
        self.site = site
        self.tabs = site.tabs

    @classmethod
    def text(cls, name: str) -> dict[str, Any]:
        """The properties of a component that are texts, as the page is built with them."""
        return texts(cls.TEXTS[name], FIRST_LANGUAGE)

    @property
    def labels(self) -> View:
        """All that depends on nothing but the language."""

        def updates(tab: Tab) -> Updates:
            return {
                getattr(self, name): gr.update(**texts(keys, tab.language))
                for name, keys in self.TEXTS.items()
            }

        return View([getattr(self, name) for name in self.TEXTS], updates)


def html_label(component: gr.HTML, render: Callable[[str], str]) -> View:
    """A piece of HTML that depends on nothing but the language."""
    return View([component], lambda tab: {component: gr.update(value=render(tab.language))})
