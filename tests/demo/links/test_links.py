"""A link that a visitor pastes: what it leads to comes as an upload would, and no other way."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import gradio as gr
import pytest

from core import ReelTalkError, VideoChat, VideoLimits
from demo.limits.rates import Rate
from demo.limits.space import Room, Space
from demo.links.fetched import LinkedClips, UnwantedError
from demo.models.pool import Models
from demo.page.app import Page
from demo.page.i18n import t
from demo.server.tabs import Tab
from tests.demo.client import wait_for
from tests.tiny_model import TinyImageLLM
from tests.video.web import NAME, Web

REQUEST = gr.Request(session_hash="mine", headers={"accept-language": "zh-CN"})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of visitors' files."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    return tmp_path / "uploads"


@pytest.fixture
def page(web: Web, folder: Path, tmp_path: Path) -> Page:
    models = Models(["tiny"], lambda name, progress: VideoChat(TinyImageLLM(), tmp_path / "engine"))
    models.start()
    links = LinkedClips(web.trusted(), Space(folder))
    return Page(models, VideoLimits(), tmp_path, [], True, 0, links=links)


@pytest.fixture
def paste(page: Page) -> Callable[[str], Iterator[dict]]:
    """Pastes a link; gives the steps that the page shows."""
    page.links.tabs.begun(REQUEST)
    return lambda link: page.links.open_link(8, REQUEST, gr.EventData(None, {"url": link}))


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []


def tab_of(page: Page) -> Tab:
    return page.links.tabs.of(REQUEST)


def test_a_link_becomes_a_clip_as_an_upload_does(
    page: Page, paste, web: Web, folder: Path, clip_file: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("demo.clip.opening.PUT_BACK", 0.0)
    steps = list(paste(web.holds("/a%20cat.mp4", clip_file.read_bytes())))
    talk = tab_of(page).talk
    assert talk.clip is not None
    assert talk.file_name == "a cat.mp4"
    shown = Path(steps[-1][page.player.player]["value"])
    assert shown.read_bytes() == clip_file.read_bytes()
    assert len(shown.relative_to(folder).parts[0]) == 64, "nobody can guess where it lies"
    assert t("progress.fetching", "zh", percent=0) in steps[0][page.status.status]["value"]
    assert page.links.tabs.clips.again(talk.clip_id or "", tab_of(page).host), "a reload finds it again"
    list(page.opening.remove(tab_of(page), talk))
    wait_for(lambda: files(folder) == [])


@pytest.mark.parametrize(
    ("link", "key", "values"),
    [
        ("https://other.example/a.mp4", "url_not_allowed", {"hosts": f"{NAME}:{{port}}"}),
        ("http://ada:word@clips.example/a.mp4", "url_invalid", {}),
        ("http://clips.example:{port}/page", "url_no_clip", {}),
        ("http://clips.example:{port}/notes.mp4", "not_a_video", {"name": "notes.mp4"}),
    ],
)
def test_what_cannot_be_used_is_told_and_leaves_nothing(page, paste, web, folder, link, key, values):
    web.holds("/page", content_type="text/html")
    web.holds("/notes.mp4", b"dear diary " * 100)
    values = {name: value.format(port=web.server_port) for name, value in values.items()}
    steps = list(paste(link.format(port=web.server_port)))
    assert t(f"error.{key}", "zh", **values) in steps[-1][page.status.status]["value"]
    assert files(folder) == []
    assert tab_of(page).talk.vacant, "another clip may take the place"


def test_whoever_takes_the_clip_away_while_it_comes_ends_its_fetching(page, paste, web, folder):
    goes_on = threading.Event()

    def pieces() -> Iterator[bytes]:
        yield b"x" * 100_000
        goes_on.wait(20)
        yield b"x" * 100_000

    url = web.holds("/long.mp4")
    web.pages["/long.mp4"] = (200, {"content-type": "video/mp4", "content-length": "200000"}, pieces())
    steps = paste(url)
    next(steps)
    tab = tab_of(page)
    reading = tab.talk.reading
    wait_for(lambda: reading.fraction > 0)
    list(page.opening.remove(tab, tab.talk))
    assert tab.removed is None, "there is nothing that could be put back"
    list(steps)
    goes_on.set()
    wait_for(reading.done.is_set)
    wait_for(lambda: files(folder) == [])
    assert reading.clip is None


def test_another_model_or_number_of_pictures_fetches_a_clip_anew_that_has_not_come(page, paste, web):
    next(paste(web.holds("/a.mp4")))
    reading = tab_of(page).talk.reading
    reading.link = "http://clips.example/a.mp4"
    assert reading.again(reading.host).link == reading.link


def test_a_clip_from_a_link_fills_the_share_of_its_visitor(web: Web, folder: Path):
    links = LinkedClips(web.trusted(), Space(folder, Room(each=1000, all=10**6)))

    def fetch(path: str, visitor: str) -> Path:
        link = web.holds(path, b"x" * 600, content_length="600")
        return links.fetch(link, links.place(link).parent, visitor, lambda: True, lambda *_: None)

    first = fetch("/a.mp4", "ada")
    with pytest.raises(ReelTalkError) as refused:
        fetch("/b.mp4", "ada")
    assert (refused.value.key, refused.value.values["limit"]) == ("uploads_own", 0)
    fetch("/c.mp4", "bob")
    first.unlink()
    fetch("/b.mp4", "ada")
    assert files(folder) == ["b.mp4", "c.mp4"]


def test_what_nobody_wants_is_not_even_asked_for(web: Web, folder: Path):
    links = LinkedClips(web.trusted(), Space(folder))
    link = web.holds("/a.mp4")
    with pytest.raises(UnwantedError):
        links.fetch(link, links.place(link).parent, "ada", lambda: False, lambda *_: None)
    assert web.hosts == []
    assert [*folder.iterdir()] == []


def test_links_of_one_visitor_are_bounded_in_rate(page, paste, monkeypatch: pytest.MonkeyPatch):
    told: list[str] = []
    monkeypatch.setattr("gradio.Warning", lambda text, **_: told.append(text))
    page.links.rate = Rate(1, 60.0)
    list(paste("https://other.example/a.mp4"))
    assert told == []
    list(paste("https://other.example/a.mp4"))
    assert told == [t("limits.too_often", "zh")]


def test_where_no_host_is_allowed_there_is_neither_line_nor_event(tmp_path: Path):
    models = Models(["tiny"], lambda name, progress: pytest.fail("nothing is to be loaded"))
    page = Page(models, VideoLimits(), tmp_path, [], True)
    assert not page.links.line.visible
    assert page.links.open_link.__name__ not in {block.name for block in page.blocks.fns.values()}
