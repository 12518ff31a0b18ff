"""Senses at work: in a child that can be killed, kept on disk, and what a conversation takes of them."""

import os
import threading
import time
from pathlib import Path

import pytest

from core.dialogue.conversation import Cue
from core.errors import SettingError, VideoError
from core.senses import registry
from core.senses.background import SensesAtWork
from core.senses.registry import SENSES, find_sense
from core.senses.running import run_sense
from core.senses.sense import Sensed, SenseLimits, SenseOptions
from core.senses.store import SenseStore
from core.senses.subtitles import SubtitleTracks
from core.video.read_video import hash_file
from tests.senses.plain_sense import PlainSense

PLAIN = "tests.senses.plain_sense:PlainSense"
# In a child the registry is as it is in the source: this program puts the plain sense into it first.
PROGRAM = f"from core.senses import registry; registry.SENSES['hearing'] = {PLAIN!r}\n"
PROGRAM += "from core.senses.child import main; main()"


@pytest.fixture(autouse=True)
def plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hearing is the plain sense, here and in the child."""
    folder = tmp_path / "path" / "plain_child.py"
    folder.parent.mkdir()
    folder.write_text(PROGRAM)
    root = str(Path(__file__).parents[2])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder.parent), root]))
    monkeypatch.setattr("core.senses.running.CHILD", "plain_child")
    monkeypatch.setitem(registry.SENSES, "hearing", PLAIN)


@pytest.fixture
def store(tmp_path: Path) -> SenseStore:
    return SenseStore(tmp_path / "senses", 10**6)


def work_on(store: SenseStore, path: Path, *names: str, language: str = "auto") -> SensesAtWork:
    work = SensesAtWork(store, path, names, SenseOptions(language))
    assert work.wait(120)
    return work


def test_cues_come_one_by_one_and_in_order_at_the_end(clip_file: Path):
    told: list[str] = []
    shares: list[float] = []
    sensed = run_sense(
        PlainSense(),
        clip_file,
        progress=lambda key, share: shares.append(share),
        on_cue=lambda cue: told.append(cue.text),
    )
    assert told == ["second", "first"]
    assert [cue.text for cue in sensed.cues] == ["first", "second"]
    assert sensed.complete
    assert (shares[0], shares[-1]) == (0.5, 1.0)
    assert sensed.language == "en"


@pytest.mark.slow
def test_a_sense_that_is_late_is_killed_and_what_it_found_is_kept(clip_file: Path):
    began = time.monotonic()
    sensed = run_sense(PlainSense(), clip_file, SenseOptions("hang"), SenseLimits(silence=5.0))
    assert time.monotonic() - began < 60
    assert (sensed.reason, sensed.complete) == ("too_slow", False)
    assert [cue.text for cue in sensed.cues] == ["second"]


def test_a_sense_stops_when_it_is_told_to(clip_file: Path):
    stop = threading.Event()
    sensed = run_sense(PlainSense(), clip_file, SenseOptions("hang"), on_cue=lambda _: stop.set(), stop=stop)
    assert (sensed.reason, sensed.complete) == ("stopped", False)


def test_a_child_that_dies_is_a_reason_and_no_error(clip_file: Path):
    sensed = run_sense(PlainSense(), clip_file, SenseOptions("die"))
    assert (sensed.reason, sensed.complete) == ("failed", False)


def test_a_playlist_and_rubbish_are_refused(tmp_path: Path):
    secret = tmp_path / "list.mp4"
    secret.write_bytes(b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n\0")
    with pytest.raises(VideoError) as failure:
        run_sense(SubtitleTracks(), secret)
    assert failure.value.key == "not_a_video"
    with pytest.raises(VideoError) as failure:
        run_sense(SubtitleTracks(), tmp_path / "missing.mp4")
    assert failure.value.key == "file_not_found"


def test_a_clip_is_heard_while_the_weights_for_it_come(store: SenseStore, clip_file: Path):
    state = work_on(store, clip_file, "hearing", language="fetch").state("hearing")
    assert state.phase == "done", state.error
    assert [cue.text for cue in state.cues] == ["first", "second"]


def test_a_clip_is_heard_once(store: SenseStore, clip_file: Path, tmp_path: Path):
    first = work_on(store, clip_file, "hearing")
    assert not first.state("hearing").from_store
    copied = tmp_path / "copy.mp4"
    copied.write_bytes(clip_file.read_bytes())
    again = work_on(store, copied, "hearing").state("hearing")
    assert again.from_store
    assert again.sensed == first.state("hearing").sensed
    assert not work_on(store, clip_file, "hearing", language="nothing").state("hearing").from_store


def test_what_was_not_finished_is_not_kept(store: SenseStore, clip_file: Path):
    work = work_on(store, clip_file, "hearing", language="die")
    assert work.state("hearing").phase == "failed"
    assert not [*store.folder.iterdir()]


def test_a_damaged_entry_is_made_again(store: SenseStore, clip_file: Path):
    work_on(store, clip_file, "hearing")
    (entry,) = store.folder.iterdir()
    entry.write_text('{"cues": [{}]}')
    assert store.get(hash_file(clip_file), PlainSense(), SenseOptions()) is None
    assert not work_on(store, clip_file, "hearing").state("hearing").from_store


def test_cues_go_by_source_and_nothing_there_is_told_from_not_looked(store: SenseStore, clip_file: Path):
    work = work_on(store, clip_file, "hearing", "subtitles")
    assert [state.name for state in work.states()] == ["subtitles", "hearing"]
    assert [cue.text for cue in work.cues()["heard"]] == ["first", "second"]
    assert "subtitles" not in work.cues(), "that a file has no track says nothing of the clip"
    assert work.cues(["subtitles"]) == {}
    assert work_on(store, clip_file, "hearing", language="nothing").cues() == {"heard": ()}


def test_where_the_file_brings_subtitles_hearing_is_left_out(store: SenseStore, clip_file: Path):
    said = Sensed("subtitles", "subtitles", (Cue(0, 1, "Hello."),))
    store.put(hash_file(clip_file), SubtitleTracks(), SenseOptions(), said)
    work = work_on(store, clip_file, "hearing", "subtitles")
    assert work.state("hearing").phase == "left_out"
    assert work.cues() == {"subtitles": said.cues}
    assert "heard" in work_on(store, clip_file, "hearing").cues(), "asked for by itself, it works"


def test_stopping_ends_all_of_them(store: SenseStore, clip_file: Path):
    work = SensesAtWork(store, clip_file, ["hearing", "reading"], SenseOptions("hang"))
    work.stop()
    assert work.wait(60)
    assert {state.phase for state in work.states()} == {"stopped"}


def test_a_name_that_is_none_is_told_with_those_that_are():
    with pytest.raises(SettingError, match="subtitles, hearing, reading"):
        find_sense("smelling")
    assert {find_sense(name).name for name in SENSES} == set(SENSES)


def test_a_missing_library_is_said_before_anything_starts(
    store: SenseStore, clip_file: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(PlainSense, "packages", ("no_such_package",))
    with pytest.raises(SettingError, match="no_such_package"):
        SensesAtWork(store, clip_file, ["hearing"])
    assert "hearing" not in registry.available_senses()
