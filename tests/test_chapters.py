"""Claims about chapters: a long clip of several scenes keeps each; every other clip is as it was."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from core.chapters import WHOLE, ChapterPlan, find_chapters
from core.dialogue import VisualStretch, visual_prefix_parts
from core.engine import ChatSettings, EngineLimits, VideoChat
from core.pooling import pool
from core.video import SamplingPlan
from tests.tiny_model import GRID, TinyImageLLM
from tests.video_files import write_clip

SCENES = (0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2)
SECONDS = torch.arange(12, dtype=torch.float64) * 20  # four minutes
PATCHES = GRID[0] * GRID[1]


def frames_of(scenes: tuple[int, ...], noise: float = 0.05) -> Tensor:
    """[T, D]: frames of one scene are alike, those of two are not."""
    random = torch.Generator().manual_seed(0)
    shown = torch.randn(max(scenes) + 1, 8, generator=random)
    return shown[list(scenes)] + noise * torch.randn(len(scenes), 8, generator=random)


def four_minutes(folder: Path) -> Path:
    """A real file of three scenes of 80 s each."""
    times = [float(second) for second in range(240)]
    return write_clip(folder / "long.mp4", fps=1, times=times, scene=lambda number: 1 + number // 80 * 20)


def test_chapters_begin_where_the_scene_changes() -> None:
    assert find_chapters(frames_of(SCENES), SECONDS, ChapterPlan()) == (0, 5, 8)


def test_of_more_cuts_than_wanted_the_sharpest_are_kept() -> None:
    frames = frames_of(SCENES)
    frames[8:] = frames[7] + 0.5 * (frames[8:] - frames[7])  # a softer cut
    assert find_chapters(frames, SECONDS, ChapterPlan(most=2)) == (0, 5)


@pytest.mark.parametrize(
    "scenes", [(0,) * 12, tuple(range(12)), (0,), (0, 1)], ids=["one scene", "all differ", "1", "2"]
)
def test_a_clip_without_cuts_is_one_chapter(scenes: tuple[int, ...]) -> None:
    assert find_chapters(frames_of(scenes), SECONDS[: len(scenes)], ChapterPlan()) == (0,)


def test_frames_that_differ_by_nothing_but_rounding_are_one_chapter() -> None:
    frames = torch.ones(12, 8)
    frames[6:] += 1e-4 * torch.arange(8)
    assert find_chapters(frames, SECONDS, ChapterPlan()) == (0,)


def test_a_short_clip_is_one_chapter_whatever_it_shows() -> None:
    assert find_chapters(frames_of(SCENES), SECONDS / 4, ChapterPlan()) == (0,)
    assert find_chapters(frames_of(SCENES), SECONDS, WHOLE) == (0,)


def test_each_chapter_is_pooled_as_if_it_were_a_clip() -> None:
    x = torch.randn(6, 4, 8)
    seconds = torch.arange(6, dtype=torch.float64)
    whole = pool(x, (2, 2), seconds, (0, 2, 5))
    alone = [pool(x[start:end], (2, 2), seconds[start:end]) for start, end in ((0, 2), (2, 5), (5, 6))]
    assert torch.equal(whole.spatial, torch.cat([each.spatial for each in alone]))
    assert torch.equal(whole.temporal, pool(x, (2, 2), seconds).temporal)


def test_one_chapter_is_the_clip_as_before(tiny: TinyImageLLM, tmp_path: Path) -> None:
    """Features, prefix, prompt and answer of a long clip without cuts, and of one that is left whole."""
    x = torch.randn(12, 9, 12)
    features = pool(x, GRID, SECONDS, find_chapters(frames_of((0,) * 12), SECONDS, ChapterPlan()))
    assert torch.equal(features.spatial, x.mean(dim=0))
    assert torch.equal(tiny.visual_prefix(features)["spatial"], tiny.align(x.mean(dim=0), features.cells))
    parts = visual_prefix_parts(9, SECONDS.tolist(), timestamps=True, chapters=features.chapters)
    assert parts == visual_prefix_parts(9, SECONDS.tolist(), timestamps=True)
    assert parts[0] == VisualStretch("spatial", 0, 9)

    steady = write_clip(
        tmp_path / "steady.mp4", fps=1, times=[float(t) for t in range(240)], scene=lambda _: 3
    )
    answers = []
    for chapters in (ChapterPlan(), WHOLE):
        chat = VideoChat(tiny, tmp_path / str(chapters.most), EngineLimits(chapters=chapters))
        clip = chat.open(steady, SamplingPlan(frames=12))
        assert clip.visual_tokens == PATCHES + len(clip.seconds)
        assert clip.chapters == (0.0,)
        answers.append("".join(chat.ask(chat.start(clip), "What happens?", ChatSettings(12))))
    assert answers[0] == answers[1]


def test_each_chapters_spatial_tokens_stand_behind_the_time_when_it_begins() -> None:
    parts = visual_prefix_parts(18, [30.0, 90.0, 150.0], timestamps=True, chapters=(0, 2))
    assert parts[:4] == ["0:00", VisualStretch("spatial", 0, 9), "2:00", VisualStretch("spatial", 9, 9)]
    assert parts[4:6] == ["0:00", VisualStretch("temporal", 0, 1)]


def test_where_the_model_reads_no_times_chapters_stand_side_by_side() -> None:
    parts = visual_prefix_parts(18, [30.0, 90.0, 150.0], timestamps=False, chapters=(0, 2))
    assert parts == [
        VisualStretch("spatial", 0, 9), VisualStretch("spatial", 9, 9), VisualStretch("temporal", 0, 3)
    ]  # fmt: skip


def test_a_long_file_has_spatial_tokens_for_each_scene_and_a_range_is_sampled_anew(
    chat: VideoChat, tmp_path: Path
) -> None:
    path = four_minutes(tmp_path)
    clip = chat.open(path, SamplingPlan(frames=12))
    assert clip.chapters == pytest.approx((0, 80, 160), abs=2)
    assert clip.visual_tokens == 3 * PATCHES + 12
    part = chat.open(path, SamplingPlan(frames=12, start=80, end=160))
    assert not part.from_cache
    assert len(part.seconds) == 12
    assert min(part.seconds) > 80
    assert max(part.seconds) < 160
    assert part.chapters == pytest.approx((80,), abs=2)


def test_kept_features_and_caches_of_chapters_give_the_answers_of_new_ones(
    chat: VideoChat, tmp_path: Path, own_cache: Path
) -> None:
    path, settings = four_minutes(tmp_path), ChatSettings(max_new_tokens=12)
    kept = chat.start(chat.open(path, SamplingPlan(frames=12)))
    restarted = VideoChat(TinyImageLLM(), own_cache)
    again = restarted.open(path, SamplingPlan(frames=12))
    assert again.from_cache
    fresh = restarted.start(again)
    for question in ("What is first?", "它什么时候出现？", "And then?"):
        restarted.forget(fresh.id)
        assert "".join(restarted.ask(fresh, question, settings)) == "".join(
            chat.ask(kept, question, settings)
        )


def test_no_chapters_for_a_model_that_does_not_read_them_or_has_no_room(
    chat: VideoChat, tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = four_minutes(tmp_path)
    monkeypatch.setattr(chat.model, "reads_chapters", False)
    assert len(chat.open(path, SamplingPlan(frames=12)).chapters) == 1
    small = TinyImageLLM()
    small.context_length = 3 * 2 * PATCHES  # a third of it holds two chapters
    assert len(VideoChat(small, own_cache / "small").open(path, SamplingPlan(frames=12)).chapters) == 2
