"""An LLM that fits no device is shared by several, by accelerate and FSDP2: the same numbers come of it."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from core.cli.main import main
from core.evaluation.json_lines import read_json_lines
from core.training.metrics import METRICS_FILE
from tests.tiny_checkpoints import tiny_families, write_checkpoint
from tests.training.two_processes import in_two_processes
from tests.video_files import write_clip

pytestmark = pytest.mark.slow


def train_sharded(port: int, lost_at: int, *arguments: str) -> tuple[list[int], str]:
    program = ("tests.training.sharded", str(lost_at), "train", *arguments)
    return in_two_processes(port, *program)


def test_two_processes_that_share_a_model_learn_what_one_does_though_a_gpu_is_lost(
    tmp_path: Path, free_port: int
) -> None:
    model = write_checkpoint(tiny_families()["internvl"], tmp_path / "model")
    write_clip(tmp_path / "clip.mp4")
    rows = tmp_path / "rows.jsonl"
    answers = ("Red.", "It is green.", "蓝色的。", "A dog runs.")
    rows.write_text(
        "".join(json.dumps({"video": "clip.mp4", "question": "?", "answer": each}) + "\n" for each in answers)
    )
    others = tmp_path / "others.jsonl"  # one process has more passes of them than the other
    others.write_text("".join(rows.read_text().splitlines(keepends=True)[:3]) * 3)
    options = ["--model", str(model), "--data", str(rows), "--eval-data", str(others), "--frames", "2"]
    options += ["--videos", str(tmp_path), "--features", str(tmp_path / "features"), "--train", "g"]
    options += ["--lora", "2", "--steps", "3", "--batch", "2", "--rate", "0.01", "--checkpoint-every", "1"]
    alone, together = tmp_path / "alone", tmp_path / "together"
    assert main(["train", *options, "--accumulate", "2", "--out", str(alone)]) == 0
    codes, said = train_sharded(free_port, 3, *options, "--out", str(together))
    assert codes == [2, 2], said
    assert said.count("step 3: a GPU or another process was lost") == 2
    codes, said = train_sharded(free_port, 0, "--out", str(together), "--resume")
    assert codes == [0, 0], said
    files = {path.relative_to(alone) for path in alone.rglob("*.safetensors")}
    assert len(files) == 3, "g_t as it was, g and the updates of the LLM"
    assert {path.relative_to(together) for path in together.rglob("*.safetensors")} == files
    for file in files:
        ours, theirs = load_file(together / file), load_file(alone / file)
        assert ours.keys() == theirs.keys()
        for name, value in theirs.items():  # kept in 16 bits, after three steps of 0.01
            torch.testing.assert_close(ours[name], value, rtol=0.0, atol=0.01)
    losses = [
        [line.get("loss", line.get("eval_loss")) for line in read_json_lines(folder / METRICS_FILE).lines]
        for folder in (together, alone)
    ]
    assert len(losses[0]) == 5
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
