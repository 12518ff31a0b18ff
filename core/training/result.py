"""The folder that a training leaves: an adapter that `--adapter` takes, and the card that tells what it is.

config.json, model.safetensors   g_t
alignment.safetensors, lora/     g, and updates of the LLM, where they were trained
README.md, curve.png             the card
training.toml, results.json      the settings, and what came of them
metrics.jsonl, left-out.jsonl    every step, and every row or clip that was left out
checkpoint.pt, features/         for going on, and for further trainings; neither is needed to answer
"""

import json
import platform
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from core.errors import ReelTalkError
from core.evaluation.json_lines import read_json_lines
from core.features.adapter import CONFIG_FILE, save_parts, save_temporal_module
from core.features.adapter_parts import ALIGNMENT_FILE, LORA_FOLDER, save_alignment, save_lora
from core.image_llm.base import ImageLLM
from core.training.data.rows import DataFile
from core.training.loop import Score
from core.training.metrics import METRICS_FILE
from core.training.settings import TrainingSettings

CARD_FILE, CURVE_FILE, RESULTS_FILE = "README.md", "curve.png", "results.json"
PACKAGES = ("torch", "transformers", "accelerate")
DEEPEST = 3  # folders below which no adapter is looked for


@dataclass(frozen=True)
class Outcome:
    """What came of a training."""

    steps: int
    rows: int  # seen in all
    trained_numbers: int
    seconds: float
    before: Score | None  # on --eval-data; None without
    after: Score | None


def save_untrained(model: ImageLLM, settings: TrainingSettings) -> None:
    """What belongs to the adapter and is not trained: g_t, and what the one that it goes on from has.

    Once, before the first step: then the model lies in one piece.
    """
    folder, before = settings.folder, Path(settings.adapter) if settings.adapter else None
    if "g_t" not in settings.train:
        save_temporal_module(model.temporal_module, folder)
    if before and "g" not in settings.train and (before / ALIGNMENT_FILE).exists():
        shutil.copy(before / ALIGNMENT_FILE, folder)
    if before and not settings.lora and (before / LORA_FOLDER).exists():
        shutil.copytree(before / LORA_FOLDER, folder / LORA_FOLDER, dirs_exist_ok=True)


def save_adapter(model: ImageLLM, settings: TrainingSettings, trained: dict[str, Tensor]) -> None:
    """What was trained, as `ImageLLM.load_adapter` takes it. trained: by a student's names."""
    folder, module = settings.folder, model.temporal_module
    if "g_t" in settings.train:
        save_parts(module.config, _with(module, trained, "temporal_module."), folder)
    if "g" in settings.train:
        save_alignment(_with(model.alignment, trained, "alignment."), folder)
    if settings.lora:
        state = {name.removeprefix("llm."): value for name, value in trained.items()}
        save_lora(model.language_model, state, folder)


def _with(module: nn.Module, trained: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """A part's state with what was trained of it: where several GPUs share a model, each has a share only."""
    return {name: trained.get(prefix + name, value) for name, value in module.state_dict().items()}


def write_card(
    model: ImageLLM,
    settings: TrainingSettings,
    data: Sequence[DataFile],
    left_out: int,
    outcome: Outcome,
    command: str,
) -> None:
    """README.md, curve.png and results.json."""
    folder = settings.folder
    results = {
        "model": model.name,
        "fingerprint": model.fingerprint,
        "checkpoint": settings.model,
        "kind": model.temporal_module.config.kind,
        "trained": [*settings.train, *(["lora"] if settings.lora else [])],
        "steps": outcome.steps,
        "rows": outcome.rows,
        "seconds": round(outcome.seconds, 1),
        "before": outcome.before and vars(outcome.before),
        "after": outcome.after and vars(outcome.after),
    }
    (folder / RESULTS_FILE).write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    draw_curve(folder)
    (folder / CARD_FILE).write_text(_card(results, settings, data, left_out, outcome, command), "utf-8")


def _card(
    results: dict[str, Any],
    settings: TrainingSettings,
    data: Sequence[DataFile],
    left_out: int,
    outcome: Outcome,
    command: str,
) -> str:
    files = "\n".join(
        f"| `{each.path.name}` | {len(each.rows):,} | {each.weight:g} | `{each.sha256}` |" for each in data
    )
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    about = (
        f"An adapter of ReelTalk for **{results['checkpoint']}** ({results['model']}, weights "
        f"`{results['fingerprint']}`): a temporal module of kind `{results['kind']}`, after RED-VILLM "
        f"(arXiv 2404.11865). Trained: {', '.join(results['trained'])}, {outcome.trained_numbers:,} numbers. "
        "Everything else stayed as it was."
    )
    made = (
        f"{outcome.steps:,} steps of {settings.batch * settings.accumulate} rows a process, "
        f"{outcome.rows:,} rows in all, in {outcome.seconds / 3600:.2f} hours; {settings.frames} frames of a "
        f"clip; seed {settings.seed}. All settings are in `training.toml`. "
        f"Python {platform.python_version()}, {versions}, on {platform.machine()}."
    )
    return f"""# {settings.folder.resolve().name}

{about}

```sh
reeltalk ask clip.mp4 "What happens?" --model {settings.model} --adapter {settings.out}
```

## Scores

{_scores(outcome)}

![loss by step]({CURVE_FILE})

## How it was made

```sh
{command}
```

{made}

| data | rows | weight | sha256 |
|---|---|---|---|
{files}

{left_out:,} rows or clips were left out; `left-out.jsonl` says which, and why.
"""


def _scores(outcome: Outcome) -> str:
    if outcome.before is None or outcome.after is None:
        return "Nothing was measured: there was no `--eval-data`."
    lines = ["| on `--eval-data` | before | after |", "|---|---|---|"]
    before, after = outcome.before, outcome.after
    lines.append(f"| loss of an answer token | {before.loss:.3f} | {after.loss:.3f} |")
    lines.append(f"| likeliest token is the right one | {before.accuracy:.1%} | {after.accuracy:.1%} |")
    return "\n".join(lines)


def draw_curve(folder: Path) -> None:
    """The loss by step, of rows that are trained on and of others."""
    from matplotlib.figure import Figure

    lines = read_json_lines(folder / METRICS_FILE).lines
    figure = Figure(figsize=(7, 3.5), layout="constrained")
    axes = figure.subplots()
    for name, label, marks in (("loss", "trained on", ""), ("eval_loss", "--eval-data", "o")):
        points = [(line["step"], line[name]) for line in lines if name in line]
        if points:
            axes.plot(*zip(*points, strict=True), marker=marks, label=label)
    axes.set(xlabel="step", ylabel="loss of an answer token")
    axes.legend()
    figure.savefig(folder / CURVE_FILE, dpi=120)


@dataclass(frozen=True)
class AdapterFacts:
    """An adapter that lies in a folder. results: what its training wrote down, {} of others."""

    folder: Path
    config: dict[str, Any]
    results: dict[str, Any]
    size: int  # bytes of its weights


def adapters_in(folder: Path) -> Iterator[AdapterFacts]:
    """The adapters in a folder and not far below it, by name."""
    if not folder.is_dir():
        raise ReelTalkError("file_not_found", path=folder)
    places = [path for depth in range(DEEPEST + 1) for path in folder.glob("*/" * depth + CONFIG_FILE)]
    for place in sorted(places):
        config = _json_of(place)
        if {"kind", "model_fingerprint"} <= config.keys():
            size = sum(path.stat().st_size for path in place.parent.rglob("*.safetensors"))
            yield AdapterFacts(place.parent, config, _json_of(place.parent / RESULTS_FILE), size)


def _json_of(path: Path) -> dict[str, Any]:
    """{} where there is no JSON object."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # another's file, or none: both are no adapter's
        return {}
    return found if isinstance(found, dict) else {}
