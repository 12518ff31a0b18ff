"""`reeltalk precompute --ray`: a folder of clips through Ray Data."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.engine.video_chat import VideoChat
from core.image_llm.load_options import LoadOptions
from tests.tiny_checkpoints import tiny_families, write_checkpoint

pytest.importorskip("ray", reason="the extra `ray` is not installed")
pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]


@pytest.fixture
def temporary() -> Iterator[Path]:
    """Short: Ray's sockets there allow no long path."""
    with tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def test_a_folder_is_read_by_ray_and_found_afterwards(
    clip_file: Path, other_clip_file: Path, tmp_path: Path, temporary: Path
):
    model = write_checkpoint(tiny_families()["llava"], tmp_path / "tiny")
    clips = tmp_path / "clips"
    clips.mkdir()
    shutil.copy(clip_file, clips / "a.mp4")
    shutil.copy(other_clip_file, clips / "b.mp4")
    (clips / "c.mp4").write_bytes(b"no clip at all")
    command = ["precompute", clips, "--model", model, "--ray", "--workers", "1", "--no-hear", "--no-read"]
    done = subprocess.run(
        [sys.executable, "-m", "core", *map(str, command)],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path[1:]]),
            "RAY_TMPDIR": str(temporary),
            "RAY_USAGE_STATS_ENABLED": "0",
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2, done.stderr[-3000:]
    assert sorted(line.split(":")[0] for line in done.stdout.splitlines()) == [
        str(clips / "a.mp4"),
        str(clips / "b.mp4"),
    ]
    assert "c.mp4 cannot be opened" in done.stderr
    chat = VideoChat.load(str(model), options=LoadOptions(device="cpu"))
    assert chat.open(clips / "a.mp4").from_cache
