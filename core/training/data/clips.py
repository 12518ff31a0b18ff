"""Pooled features of all clips that rows are about, made before training, so that no step needs the encoder.

A folder holds them under the clip's content hash, as the engine keeps its own, and `clips.jsonl`: which name
of a video is which entry. With both, training goes on where neither the videos nor a decoder are. What was
made is not made again, and several processes share the clips among them.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from core.engine.opening import read_clip
from core.errors import ReelTalkError, TrainingError, VideoError
from core.evaluation.benchmarks.video_folder import EXTENSIONS, PICTURES, VideoFolder
from core.evaluation.json_lines import append_json_lines, read_json_lines
from core.features.pooling import PooledFeatures
from core.features.store import FORMAT, FeatureStore, StoredClip, feature_key
from core.image_llm.base import ImageLLM
from core.progress import no_progress
from core.training.data.rows import Problem
from core.video.child_process import start_child
from core.video.clip import VideoLimits
from core.video.read_video import check_file, hash_file
from core.video.sampling import SamplingPlan

INDEX_FILE = "clips.jsonl"
AT_ONCE = 2  # clips: one is decoded, in a process of its own, while another is encoded


@dataclass(frozen=True)
class ClipEntry:
    """A line of the index."""

    video: str  # as rows name it
    key: str  # of its features
    made_for: str  # the model's fingerprint and the sampling plan
    size: int  # bytes of the file
    changed: int  # ns, when the file was written last


class TrainingClips:
    """The clips of a training by their names, for one model and one number of frames."""

    def __init__(self, folder: Path, model: ImageLLM, frames: int, videos: Path | None = None) -> None:
        """videos: where the files lie; None: only what is kept in `folder` is used."""
        self._model = model
        self._plan = replace(SamplingPlan(frames=frames), area=model.decode_area)
        self._made_for = f"{model.fingerprint}, {frames} frames, {FORMAT}"
        self._store = FeatureStore(folder, max_bytes=None)
        self._index = folder / INDEX_FILE
        self._videos = VideoFolder(videos, EXTENSIONS + PICTURES) if videos else None
        self._entries = self._read()

    def __contains__(self, video: object) -> bool:
        return video in self._entries and self._entries[video].key in self._store

    def features(self, video: str) -> PooledFeatures | None:
        """What is kept of a clip; None where nothing is, or it was damaged: then it is nowhere any more."""
        if (entry := self._entries.get(video)) is None:
            return None
        if (stored := self._store.get(entry.key)) is None:
            self._store.discard(entry.key)
            return None
        return stored.features

    def missing(self, videos: Iterable[str]) -> list[str]:
        """Those that `prepare` would look at: no features of them are kept, or their file has changed."""
        return [video for video in dict.fromkeys(videos) if not self._is_kept(video)]

    def not_found(self, videos: Iterable[str]) -> list[Problem]:
        """Those of which there is neither a file nor anything kept."""
        problems = []
        for video in videos:
            if video not in self:
                try:
                    self._path(video)
                except ReelTalkError as error:
                    problems.append(Problem(video, str(error)))
        return problems

    def prepare(self, videos: Sequence[str]) -> Iterator[Problem | None]:
        """Encode these clips; for each, as soon as it is done, None or why it cannot be used.

        Raises TrainingError where features cannot be written.
        """
        with ThreadPoolExecutor(AT_ONCE) as pool, append_json_lines(self._index) as append:
            waiting = {pool.submit(self._prepare, video): video for video in videos}
            try:
                for done in as_completed(waiting):
                    try:
                        entry = done.result()
                    except TrainingError:
                        raise
                    except ReelTalkError as error:
                        yield Problem(waiting[done], str(error))
                        continue
                    append(asdict(entry))
                    self._entries[entry.video] = entry
                    yield None
            finally:  # who stops does not wait for the clips that nobody has begun with
                pool.shutdown(cancel_futures=True)

    def reload(self) -> None:
        """Take in what other processes have made."""
        self._entries = self._read()

    def _is_kept(self, video: str) -> bool:
        if video not in self:
            return False
        if self._videos is None:
            return True
        entry = self._entries[video]
        try:
            status = self._path(video).stat()
        except ReelTalkError:  # the file is gone, what was made of it is not
            return True
        return (status.st_size, status.st_mtime_ns) == (entry.size, entry.changed)

    def _prepare(self, video: str) -> ClipEntry:
        path = self._path(video)
        limits = VideoLimits()
        check_file(path, limits)
        status = path.stat()
        sha256 = hash_file(path)
        key = feature_key(sha256, self._plan, self._model.fingerprint)

        def read() -> StoredClip:
            return read_clip(self._model, path, self._plan, limits, sha256, no_progress, start_child)

        self._store.get_or_compute(key, read)
        if key not in self._store:
            reason = "the disk is full, or not ours to write to"
            raise TrainingError("cannot_write", path=self._store.folder, reason=reason)
        return ClipEntry(video, key, self._made_for, status.st_size, status.st_mtime_ns)

    def _path(self, video: str) -> Path:
        """Raises VideoError where there is no such file, or several."""
        if self._videos is None:
            raise VideoError("video_not_found", names=video, folder=self._store.folder)
        named = Path(video)
        return named if named.is_absolute() and named.is_file() else self._videos.find((video,))

    def _read(self) -> dict[str, ClipEntry]:
        """The last line about each video."""
        entries = [ClipEntry(**line) for line in read_json_lines(self._index).lines]
        return {entry.video: entry for entry in entries if entry.made_for == self._made_for}


def share_of(videos: Sequence[str], process: int, processes: int) -> list[str]:
    """What one of several processes prepares."""
    return list(videos[process::processes])


def bytes_in(folder: Path) -> int:
    """Of all files there."""
    with os.scandir(folder) as entries:
        return sum(entry.stat().st_size for entry in entries if entry.is_file())
