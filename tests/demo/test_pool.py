"""Which models are in memory: bounded, the least recently used goes first, none that is in use."""

import threading
import weakref
from types import SimpleNamespace

import pytest

from core import VideoChat
from core.errors import ModelError
from core.image_llm.registry import embedded
from demo.models.card import loading_status, menu_title
from demo.models.host import ModelHost
from demo.models.pool import Models
from demo.page.i18n import error_text
from tests.tiny_checkpoints import tiny_families, write_checkpoint

FAILING = "someone/failing"


class Shelf:
    """Loads models that are nothing; counts them."""

    def __init__(self, *names: str, keep: int = 1) -> None:
        self.loaded: list[str] = []
        self.most_at_once = 0
        self.gate = threading.Event()
        self.gate.set()
        self.models = Models(names, self.load, keep)
        self.models.start()
        self.models.first.wait(5)

    def load(self, name, progress):
        progress("loading", 0.5)
        assert self.gate.wait(5)
        if name == FAILING:
            raise ModelError("not_on_hub", name=name)
        self.loaded.append(name)
        self.most_at_once = max(self.most_at_once, 1 + len(self.in_memory()))
        model = SimpleNamespace(
            languages=("en", "zh"),
            timestamps=True,
            topics=frozenset(),
            senses=(),
            compares_clips=True,
            reads_subtitles=True,
        )
        return SimpleNamespace(model=model, forget=lambda _: None)

    def in_memory(self) -> list[str]:
        return [host.name for host in self.models.hosts if host.loaded]

    def use(self, key: str) -> None:
        host = self.models.by_key(key)
        with self.models.use(host):
            assert host.wait(5)


@pytest.mark.slow
def test_the_first_stays_and_the_least_recently_used_of_the_others_goes():
    shelf = Shelf("first", "a", "b", "c", keep=2)
    for key in ("a", "b", "a", "c"):
        shelf.use(key)
    assert shelf.in_memory() == ["first", "a", "c"]
    shelf.use("b")
    assert shelf.in_memory() == ["first", "b", "c"]
    assert shelf.loaded == ["first", "a", "b", "c", "b"]


@pytest.mark.slow
def test_a_model_in_use_is_never_dropped_and_others_wait_for_room():
    shelf = Shelf("first", "a", "b", "c", "d")
    a, b = shelf.models.by_key("a"), shelf.models.by_key("b")
    with shelf.models.use(a):
        a.wait(5)
        with shelf.models.use(b):
            assert b.wait(5), "beside one in use another may be loaded"
            waiting = threading.Thread(target=shelf.use, args=["c"])
            waiting.start()
            assert not shelf.models.by_key("c").wait(0.2)
            assert shelf.in_memory() == ["first", "a", "b"]
    waiting.join(5)
    assert shelf.in_memory() == ["first", "c"]
    assert shelf.most_at_once <= 3


def test_a_model_that_shall_be_replaced_stays_until_the_other_is_there():
    shelf = Shelf("first", "a", "b")
    a, b = shelf.models.by_key("a"), shelf.models.by_key("b")
    shelf.use("a")
    shelf.gate.clear()
    with shelf.models.use(b, instead_of=a):
        assert not b.wait(0.1)
        assert a.loaded
        shelf.gate.set()
        assert b.wait(5)
    assert shelf.in_memory() == ["first", "b"]


def test_a_failed_model_takes_no_room_tells_why_and_is_tried_again():
    shelf = Shelf("first", "a", FAILING)
    host = shelf.models.by_key(FAILING)
    for _ in range(2):
        with shelf.models.use(host):
            with pytest.raises(ModelError):
                _ = host.chat
            assert host.error is not None
    shelf.use("a")
    assert shelf.in_memory() == ["first", "a"]


def test_a_model_is_loaded_once_for_all_who_wait_for_it():
    shelf = Shelf("first", "a")
    users = [threading.Thread(target=shelf.use, args=["a"]) for _ in range(8)]
    for user in users:
        user.start()
    for user in users:
        user.join(5)
    assert shelf.loaded == ["first", "a"]


def test_the_page_knows_no_folder_of_this_computer(tmp_path):
    folders = [tmp_path / "one" / "llava", tmp_path / "two" / "llava"]
    for folder in folders:
        folder.mkdir(parents=True)
    shelf = Shelf("compact", *map(str, folders))
    assert [host.key for host in shelf.models.hosts] == ["compact", "llava", "llava (2)"]
    assert [host.name for host in shelf.models.hosts[1:]] == list(map(str, folders))


@pytest.mark.slow
def test_real_checkpoints_are_loaded_and_leave_memory_when_they_are_dropped(tmp_path):
    folders = [write_checkpoint(tiny_families()["smolvlm"], tmp_path / name) for name in ("a", "b", "c")]
    models = Models([str(folder) for folder in folders], lambda name, progress: VideoChat.load(name))
    first, second, third = models.hosts
    with models.use(second):
        dropped = weakref.ref(second.chat.model)
        assert second.languages == ("en",)
    with models.use(third):
        assert third.chat.model.name == "smolvlm"
    assert dropped() is None
    assert not first.loaded


def test_a_folder_that_cannot_be_loaded_is_told_by_its_last_part_only(tmp_path):
    folder = write_checkpoint(tiny_families()["smolvlm"], tmp_path / "mine")
    (folder / "model.safetensors").unlink()
    models = Models(["compact", str(folder)], lambda name, progress: VideoChat.load(name))
    host = models.by_key("mine")
    with models.use(host):
        host.wait(20)
    assert isinstance(host.error, ModelError)
    assert error_text(host.error, "en").startswith("mine lacks some of config.json")


def test_a_download_is_told_in_megabytes_and_what_follows_in_percent():
    host = ModelHost("tiny", "tiny", lambda name, progress: None)
    host.begin()
    host._progress("downloading_file", 0.28, name="llm.gguf", done=312, total=1117)
    assert "Downloading llm.gguf: 312 of 1,117 MB" in loading_status(host, "en")
    assert "正在下载 llm.gguf：已完成 312 MB，共 1,117 MB" in loading_status(host, "zh")
    host._progress("loading", 0.1)
    assert "Loading the model… 10 %" in loading_status(host, "en")


def test_the_menu_tells_what_choosing_a_model_would_download(tmp_path, monkeypatch):
    monkeypatch.setenv("REELTALK_WEIGHTS", str(tmp_path))
    shelf = Shelf("first", "compact", "compact-mini", "someone/other")
    titles = [menu_title(host, "en") for host in shelf.models.hosts]
    small, large = "ReelTalk compact-mini · 0.52 GB to download", "ReelTalk compact · 1.1 GB to download"
    assert titles == ["first", large, small, "someone/other"]
    assert (
        menu_title(shelf.models.by_key("compact-mini"), "zh") == "影语 compact-mini 迷你模型 · 需下载 0.52 GB"
    )
    shelf.use("compact")
    assert menu_title(shelf.models.by_key("compact"), "en") == "ReelTalk compact"


def test_nothing_is_told_of_a_download_where_the_files_are_here(tmp_path, monkeypatch):
    monkeypatch.setenv("REELTALK_WEIGHTS", str(tmp_path))
    for file in embedded("compact-mini").files:
        file.path.parent.mkdir(parents=True)
        file.path.touch()
    hosts = Shelf("first", "compact", "compact-mini").models.hosts
    assert [menu_title(host, "en") for host in hosts[1:]] == [
        "ReelTalk compact · 1.1 GB to download",
        "ReelTalk compact-mini",
    ]
