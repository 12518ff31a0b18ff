"""Drawn clips as video files with a conversation about each beside them: rows for `reeltalk train`.

A conversation and not a row for each question: so a step reads a clip's tokens once for all of them.
"""

from pathlib import Path
from random import Random

from core.evaluation.json_lines import append_json_lines
from core.lab.clips.dataset import library, scene
from core.lab.clips.render import frame_times, picture_size, render, write_video
from core.lab.clips.scenes import Scene
from core.lab.questions.examples import sample_questions

FPS = 8
AREA = 320 * 240  # pixels of a picture


def write_rows(art: Path, out: Path, split: str, clips: int, turns: int) -> int:
    """`videos/` and `rows.jsonl` in `out`; how many questions there are. turns: about each clip.

    Raises ModelError where the drawings are not there.
    """
    (out / "videos").mkdir(parents=True, exist_ok=True)
    count = 0
    (out / "rows.jsonl").unlink(missing_ok=True)
    with append_json_lines(out / "rows.jsonl") as append:
        for number in range(clips):
            name = f"{split}-{number:05}.mp4"
            drawn = write_drawn(art, split, number, out / "videos" / name)
            asked = sample_questions(drawn, Random(f"rows-{name}"), turns, dialogue=True)
            said = [
                {"from": who, "value": text}
                for each in asked
                for who, text in (("human", each.text), ("gpt", each.answer))
            ]
            append({"video": name, "conversations": said})
            count += len(asked)
    return count


def write_drawn(art: Path, split: str, number: int, path: Path) -> Scene:
    """A scene of a split as a video file."""
    drawn, random = scene(art, split, number)
    times = frame_times(drawn.duration, round(drawn.duration * FPS))
    height, width = (side // 2 * 2 for side in picture_size(drawn.aspect, AREA))
    write_video(path, render(drawn, library(art), times, (height, width), random), FPS)
    return drawn
