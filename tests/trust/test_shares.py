"""One visitor against all: places, time and room on the disk are shared out."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from gradio import EventData, Request

from core import Conversation, Turn, VideoLimits
from core.errors import VideoError
from core.video.read_video import read_video
from core.video.sampling import SamplingPlan
from demo.chat.rating import MOST as MOST_RATINGS
from demo.clip.reader import AT_ONCE
from demo.keep.drawer import MOST
from demo.limits.rates import Rate
from demo.limits.reading_places import MOST_WAITING, ReadingPlaces
from demo.limits.space import Room, Space
from demo.models.host import ModelHost
from demo.models.pool import Models
from demo.page.app import Page
from demo.server.tabs import Tabs
from demo.server.uploads import delete_upload
from tests.demo.client import connect, open_clip, wait_for
from tests.demo.server import DemoServer
from tests.trust.files.hostile_clips import write_costly
from tests.video_files import write_clip

HOST = ModelHost("compact", "compact", lambda name, progress: pytest.fail("nothing is to be loaded"))
CHINESE = {"accept-language": "zh-CN"}


def upload(server: DemoServer, size: int, **more) -> httpx.Response:
    files = {"files": (f"{size}.mp4", bytes([size % 251]) * size)}
    return httpx.post(f"{server.url}gradio_api/upload", files=files, **more)


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Starts a server with so much room and a folder of its own for uploads."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    started: list[DemoServer] = []

    def begin(room: Room) -> DemoServer:
        started.append(DemoServer(tmp_path, [], more={"space": Space(tmp_path / "uploads", room)}))
        return started[-1]

    yield begin
    for server in started:
        server.close()


def test_names_that_somebody_invents_make_no_tabs() -> None:
    tabs = Tabs(HOST, lambda id: None)
    for number in range(1001):
        request = Request(session_hash=f"invented {number}", headers={"accept-language": "zh"})
        assert tabs.of(request).language == "zh"
    assert len(tabs._tabs) == 0
    mine = tabs.begun(Request(session_hash="arrived", headers={}))
    assert tabs.of(Request(session_hash="arrived", headers={})) is mine


def test_a_rate_counts_for_each_and_for_a_while() -> None:
    now = 0.0
    rate = Rate(2, 60.0, lambda: now)
    assert [rate.allows("ada") for _ in range(3)] == [True, True, False]
    assert rate.allows("bob")
    now = 61.0
    assert rate.allows("ada")


def test_conversations_that_are_brought_are_bounded_in_rate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("gradio.Warning", lambda text, **_: told.append(text))
    keep = Page(Models(["compact"], HOST.load), VideoLimits(), tmp_path, [], True).keep
    path = tmp_path / "talk.json"
    path.write_text("{}")
    visitor = Request(session_hash="one", headers={"accept-language": "zh"})
    for _ in range(MOST + 5):
        keep.bring_back(str(path), visitor)
    assert sum("太频繁" in text for text in told) == 5


@pytest.mark.slow
def test_ratings_are_bounded_in_rate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("gradio.Warning", lambda text, **_: told.append(text))
    page = Page(Models(["compact"], HOST.load), VideoLimits(), tmp_path, [], True)
    visitor = Request(session_hash="one", headers={})
    tab = page.ratings.tabs.begun(visitor)
    tab.talk.conversation = Conversation("clip", turns=[Turn("What?", "A cat.", finished=True, seconds=1.0)])
    for number in range(MOST_RATINGS + 3):
        rating = "up" if number % 2 else "down"
        page.ratings.rate(visitor, EventData(None, {"turn": 0, "rating": rating}))
    assert len((tmp_path / "feedback.jsonl").read_text().splitlines()) == MOST_RATINGS
    assert len(told) == 3


def reads(places: ReadingPlaces, visitor: str, order: list[str], may_end: threading.Event) -> Callable:
    def read() -> None:
        with places.place(visitor, lambda: True) as wanted:
            assert wanted
            order.append(visitor)
            may_end.wait()

    return read


def test_six_clips_of_one_visitor_keep_nobody_waiting() -> None:
    """They take one place after the other; the last place is for somebody else."""
    places, order = ReadingPlaces(AT_ONCE), []
    costly_may_end, other_may_end = threading.Event(), threading.Event()
    with ThreadPoolExecutor(7) as threads:
        for _ in range(6):
            threads.submit(reads(places, "eve", order, costly_may_end))
        wait_for(lambda: order)
        threads.submit(reads(places, "ada", order, other_may_end))
        wait_for(lambda: "ada" in order)
        assert order == ["eve", "ada"]
        other_may_end.set()
        costly_may_end.set()
    assert order == ["eve", "ada", *["eve"] * 5]


def test_who_has_read_least_is_next() -> None:
    now = 0.0
    places, order = ReadingPlaces(2, lambda: now), []
    with places.place("eve", lambda: True):
        now = 30.0
    first, end = threading.Event(), threading.Event()
    end.set()
    with ThreadPoolExecutor(4) as threads:
        for visitor in ("x", "y"):
            threads.submit(reads(places, visitor, order, first))
            wait_for(lambda visitor=visitor: visitor in order)
        for waiting, visitor in enumerate(("eve", "ada"), 1):
            threads.submit(reads(places, visitor, order, end))
            wait_for(lambda waiting=waiting: len(places._waiting) == waiting)
        first.set()
    assert order[2:] == ["ada", "eve"]


def test_a_clip_that_is_not_wanted_any_more_takes_no_place() -> None:
    with ReadingPlaces(1).place("ada", lambda: False) as wanted:
        assert not wanted


def test_nobody_has_any_number_of_clips_waiting() -> None:
    places, order, end = ReadingPlaces(2), [], threading.Event()
    with ThreadPoolExecutor(MOST_WAITING + 1) as threads:
        for _ in range(MOST_WAITING + 1):
            threads.submit(reads(places, "eve", order, end))
        wait_for(lambda: places.full("eve"))
        assert not places.full("ada")
        end.set()


@pytest.mark.slow
def test_a_small_file_that_takes_long_to_decode_is_refused_at_once(tmp_path: Path) -> None:
    path = write_costly(tmp_path / "costly.mp4", 60, (640, 360))
    limits = VideoLimits(max_decoded=50 * 640 * 360)
    with pytest.raises(VideoError) as failure:
        read_video(path, SamplingPlan(frames=8), limits)
    assert (failure.value.key, failure.value.values["pictures"]) == ("video_too_costly", 57)
    read_video(path, SamplingPlan(frames=8, end=1.0), limits)
    keyed = write_clip(tmp_path / "keyed.mp4", frames=48, size=(640, 360))
    read_video(keyed, SamplingPlan(frames=4), VideoLimits(max_decoded=25 * 640 * 360))


def test_uploads_of_one_visitor_fill_no_more_than_his_share(start) -> None:
    server = start(Room(each=100_000, all=10**6))
    paths = [upload(server, size).json()[0] for size in (30_000, 40_000)]
    refused = upload(server, 50_000, headers=CHINESE)
    assert refused.status_code == 413
    assert "请先移除" in refused.text
    Path(paths[1]).unlink()
    assert upload(server, 50_000).status_code == 200, "what was deleted gives its room back"


def test_uploads_of_all_fill_no_more_than_their_room(start) -> None:
    server = start(Room(each=10**6, all=100_000))
    assert upload(server, 60_000).status_code == 200
    refused = upload(server, 50_000)
    assert refused.status_code == 507
    assert "no room" in refused.text


def test_many_uploads_at_once_share_the_room(start) -> None:
    server = start(Room(each=100_000, all=10**6))
    with ThreadPoolExecutor(6) as threads:
        codes = [answer.status_code for answer in threads.map(lambda n: upload(server, 40_000 + n), range(6))]
    assert sorted(codes)[:2] == [200, 200]
    assert codes.count(200) == 2


def test_an_upload_takes_away_no_subtitles_that_another_visitors_player_is_about_to_load(start) -> None:
    server = start(Room())
    folder = Path(upload(server, 2000).json()[0]).parents[1]
    subtitles, broken, old = (folder / name for name in ("tmp1.vtt", "tmp2", "tmp3.vtt"))
    for path in (subtitles, broken, old):
        path.write_text("WEBVTT")
    os.utime(old, (0, 0))
    assert upload(server, 1000).status_code == 200
    assert [path.exists() for path in (subtitles, broken, old)] == [True, False, False]


@pytest.mark.slow
def test_a_clip_that_is_removed_or_refused_leaves_the_disk(start, tmp_path: Path) -> None:
    server = start(Room())
    client = connect(server)
    rubbish = tmp_path / "rubbish.mp4"
    rubbish.write_bytes(b"\0" * 5000)
    assert "cannot be opened" in open_clip(client, rubbish)[-1]
    assert [*(tmp_path / "uploads").rglob("*.mp4")] == []
    assert "Ask away" in open_clip(client, write_clip(tmp_path / "clip.mp4"))[-1]
    (kept,) = (tmp_path / "uploads").rglob("*.mp4")
    delete_upload(tmp_path / "clip.mp4")
    assert (tmp_path / "clip.mp4").is_file(), "it is no upload"
    delete_upload(kept)
    assert not kept.parent.exists()
