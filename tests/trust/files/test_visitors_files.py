"""What a stranger's file can do to the server: nothing opens it here, and it cannot take the memory."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import VideoError
from core.video.clip import VideoLimits
from core.video.read_video import read_video
from core.video.sampling import SamplingPlan
from demo.clip.player import Player
from demo.clip.reading import Reading
from demo.models.host import ModelHost
from demo.models.pool import Models
from demo.page.app import Page
from demo.server.tabs import Tab
from demo.server.talks import Talk
from tests.demo.client import ask, connect, open_clip
from tests.demo.server import DemoServer
from tests.trust.files.hostile_clips import PLAYLIST, write_narrow
from tests.trust.files.inputs import REFUSED
from tests.video_files import write_clip

HOST = ModelHost("compact", "compact", lambda name, progress: pytest.fail("nothing is to be loaded"))
ROOT = Path(__file__).parents[3]
GROWTH = 300 * 10**6  # bytes that the engine's process may take more for any file


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """ffmpeg and ffprobe are installed; each start of them is a line of this file."""
    calls, programs = tmp_path / "calls", tmp_path / "programs"
    programs.mkdir()
    calls.touch()
    for name in ("ffmpeg", "ffprobe"):
        program = programs / name
        program.write_text(f'#!/bin/sh\necho {name} "$@" >> {calls}\n')
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    return calls


@pytest.fixture
def player(tmp_path: Path) -> Player:
    """Of a real page."""
    return Page(Models(["compact"], HOST.load), VideoLimits(), tmp_path, [], True).player


@pytest.mark.parametrize("name", ["clip.avi", "clip.mp4"])
def test_the_player_gets_a_file_as_it_is(started: Path, player: Player, tmp_path: Path, name: str):
    """Gradio's own way starts ffprobe for an .mp4 and ffmpeg, too, for an .avi."""
    clip = tmp_path / name
    clip.write_text(PLAYLIST.format(secret=tmp_path / "secret.mp4"))
    given = player.player.postprocess(str(clip))
    assert given is not None
    assert given.path == str(clip)
    assert started.read_text() == ""


def test_a_clip_is_shown_once_the_engine_has_accepted_it(player: Player, tmp_path: Path):
    clip = write_clip(tmp_path / "clip.mp4")
    reading = Reading(str(clip), 8, HOST)
    tab = Tab("en", HOST, talks=[Talk(reading)])
    assert player.view(tab)[player.player]["value"] is None, "it is waiting to be read"
    reading.duration = 2.4
    assert player.view(tab)[player.player]["value"] == str(clip)
    reading.error = VideoError("no_frames", name="clip.mp4")
    assert player.view(tab)[player.player]["value"] is None


@pytest.mark.slow
def test_no_program_is_started_for_a_visitors_files(
    started: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """With ffmpeg installed the server starts the engine's readers and nothing else, also for a clip that is
    opened again."""
    processes: list[list[str]] = []
    start = subprocess.Popen.__init__

    def counted(self: subprocess.Popen, arguments: list[str], *rest, **options) -> None:
        processes.append([str(each) for each in arguments])
        start(self, arguments, *rest, **options)

    playlist = tmp_path / "playlist.avi"
    playlist.write_text(PLAYLIST.format(secret=write_clip(tmp_path / "secret.mp4")))
    clips = [write_clip(tmp_path / "clip.avi"), playlist, write_clip(tmp_path / "clip.mp4")]
    server = DemoServer(tmp_path, [])
    try:
        client = connect(server)
        monkeypatch.setattr(subprocess.Popen, "__init__", counted)
        for clip in [*clips, clips[0]]:
            open_clip(client, clip)
        ask(client, "What is in the video?")
        assert started.read_text() == ""
        assert [each for each in processes if each[1:3] != ["-m", "core.video.child"]] == []
        assert len(processes) == 2, "each clip is read once, and the playlist never"
    finally:
        server.close()


@pytest.mark.parametrize(("width", "height", "pixel_aspect"), [(4000, 40, 9), (8000, 8, 1), (8, 800, 1)])
def test_pictures_beyond_one_to_eight_are_refused(tmp_path: Path, width: int, height: int, pixel_aspect: int):
    path = write_narrow(tmp_path / "narrow.mkv", width, height, pixel_aspect)
    with pytest.raises(VideoError) as failure:
        read_video(path)
    assert failure.value.key == "video_too_narrow"


def test_pictures_of_one_to_eight_are_read_and_their_thumbnails_are_small(tmp_path: Path):
    _, frames = read_video(write_narrow(tmp_path / "wide.mkv", 800, 100), SamplingPlan(frames=2))
    assert frames.thumbnails.shape == (2, 112, 895, 3)
    _, frames = read_video(write_narrow(tmp_path / "high.mkv", 100, 800), SamplingPlan(frames=2))
    assert frames.thumbnails.shape == (2, 112, 14, 3)


PEAK = """
import resource, sys
from pathlib import Path
from core import ReelTalkError, VideoChat
from tests.tiny_model import TinyImageLLM

chat = VideoChat(TinyImageLLM(), Path(sys.argv[1]))
chat.open(sys.argv[2])
idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sys.argv[3:]:
    try:
        chat.open(path)
    except ReelTalkError as error:
        print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - idle) * 1024)
"""


@pytest.mark.slow
def test_no_file_takes_the_servers_memory(tmp_path: Path):
    """Peak of the process that opens them, over what it takes for an ordinary clip."""
    limits = VideoLimits()
    bad = [
        write_narrow(tmp_path / "square.mkv", 5800, 5800),
        write_narrow(tmp_path / "widest.mkv", 8 * 1500, 1500),
    ]
    assert limits.max_pixels > 5800**2
    for name, (make, _) in REFUSED.items():
        make(tmp_path / name)
        bad.append(tmp_path / name)
    ordinary = write_clip(tmp_path / "ordinary.mp4")
    told = subprocess.run(
        [sys.executable, "-c", PEAK, str(tmp_path / "cache"), str(ordinary), *map(str, bad)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert told.returncode == 0, told.stderr
    assert int(told.stdout.splitlines()[-1]) < GROWTH, told.stdout
