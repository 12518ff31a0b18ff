"""`python -m core.lab train`, `average`, `teach-detector`. Imports nothing heavy until they run."""

from pathlib import Path
from typing import Annotated, Any

import typer


def train(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where checkpoints and trained parts go.")] = Path(
        "runs/compact"
    ),
    art: Annotated[Path, typer.Option(metavar="DIR", help="The pictures that `make art` fetched.")] = Path(
        "data/art"
    ),
    features: Annotated[Path, typer.Option(metavar="DIR", help="Where encoded clips are kept.")] = Path(
        "data/features"
    ),
    clips: Annotated[int, typer.Option(min=64, help="Training clips.")] = 1000,
    stills: Annotated[
        int, typer.Option(min=256, help="Training pictures, cut together to further clips.")
    ] = 9460,
    wild_clips: Annotated[int, typer.Option(min=0, help="Further clips, filmed badly.")] = 200,
    drawings: Annotated[int, typer.Option(min=1, help="Further pictures, in other styles.")] = 7101,
    clipart: Annotated[int, typer.Option(min=0, help="Further pictures: clip art.")] = 0,
    redrawn: Annotated[int, typer.Option(min=0, help="Further pictures, drawn over as comics are.")] = 7568,
    distant: Annotated[int, typer.Option(min=0, help="Further pictures, of small things.")] = 10885,
    photos: Annotated[int, typer.Option(min=1, help="Pieces of photographs.")] = 8550,
    edition: Annotated[
        int,
        typer.Option(min=1, help="Of all clips and drawings: another one shows the same things, drawn anew."),
    ] = 1,
    temporal_module: Annotated[str, typer.Option(help="copy, attention or gru.")] = "attention",
    encoder_steps: Annotated[
        int,
        typer.Option(min=1, help="Steps before step 0, in which the encoder learns drawings."),
    ] = 900,
    encoder_share: Annotated[
        float,
        typer.Option(min=0, max=1, help="Of the encoder tuned on, in its mean with that of --start-from."),
    ] = 0.5,
    alignment_steps: Annotated[
        int, typer.Option(min=0, help="Steps of step 0, the alignment without the LLM.")
    ] = 700,
    steps: Annotated[int, typer.Option(min=1, help="Steps of step 1, the instruction tuning.")] = 950,
    start_from: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="A trained folder; the LLM's updates and words begin as its own."),
    ] = None,
    keep_alignment: Annotated[
        bool, typer.Option(help="Encoder and step 0 begin with the g and g_t of --start-from, too.")
    ] = False,
    keep_encoder: Annotated[
        bool, typer.Option(help="The encoder stays as --start-from has it, and nothing of it is trained.")
    ] = False,
    alignment_rate: Annotated[
        float, typer.Option(min=0, help="Step 0's learning rates, against the usual.")
    ] = 1.0,
    alignment_share: Annotated[
        float,
        typer.Option(min=0, max=1, help="Of step 0, in its mean with the g and g_t that it began with."),
    ] = 0.5,
    sharpness: Annotated[
        float, typer.Option(min=0, help="Of the names that step 1 is told, against those of step 0.")
    ] = 1.6,
    lora_rank: Annotated[int, typer.Option(min=1, help="Rank of the LLM's updates.")] = 24,
    rate: Annotated[
        float,
        typer.Option(min=0, help="Step 1's learning rates, against the usual; less for a run that goes on."),
    ] = 1.0,
    visual_rate: Annotated[
        float,
        typer.Option(min=0, help="Step 1's learning rate of g and g_t; 0 leaves them as they are."),
    ] = 0.0,
    feature_noise: Annotated[
        float | None, typer.Option(min=0, help="Noise on features, a share of their spread, in both steps.")
    ] = None,
    frame_jitter: Annotated[
        float, typer.Option(min=0, max=1, help="How often a frame is seen as its neighbour, in both steps.")
    ] = 0.0,
    temporal_crop: Annotated[
        float, typer.Option(min=0, max=1, help="Share of step 0's batches that show a part of each clip.")
    ] = 0.0,
    easy_first: Annotated[
        float, typer.Option(min=0, max=1, help="Share of either step that shows one thing at a time, first.")
    ] = 0.0,
    drill: Annotated[
        str | None,
        typer.Option(metavar="SKILL", help="All of step 1 asks this of two things side by side, say: place."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0)] = 0,
) -> None:
    """Train the compact model's parts on procedural clips; a stopped run goes on where it was."""
    import logging

    from core.lab.experiments.drill import DRILLS
    from core.lab.training.alignment import AlignmentSettings
    from core.lab.training.encoder import EncoderSettings
    from core.lab.training.instruction import InstructionSettings
    from core.lab.training.run import TrainingSettings, compact_config
    from core.lab.training.run import train as run

    if (keep_alignment or keep_encoder) and not start_from:
        raise typer.BadParameter("--keep-alignment and --keep-encoder need --start-from.")
    if not (alignment_steps or keep_alignment):
        raise typer.BadParameter("without steps of its own, step 0 needs --keep-alignment.")
    if drill and drill not in DRILLS:
        raise typer.BadParameter(f"--drill is one of {', '.join(DRILLS)}.")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    both: dict[str, Any] = {"frame_jitter": frame_jitter, "easy_first": easy_first, "seed": seed}
    if feature_noise is not None:
        both["feature_noise"] = feature_noise
    usual, usual_alignment = InstructionSettings(), AlignmentSettings()
    settings = TrainingSettings(
        art=art,
        features=features,
        out=out,
        clips=clips,
        wild_clips=wild_clips,
        stills=stills,
        drawings=drawings,
        clipart=clipart,
        redrawn=redrawn,
        distant=distant,
        photos=photos,
        edition=edition,
        start_from=start_from,
        keep_alignment=keep_alignment,
        keep_encoder=keep_encoder,
        encoder=EncoderSettings(steps=encoder_steps, share=encoder_share, seed=seed),
        alignment_share=alignment_share,
        sharpness=sharpness,
        temporal_module=temporal_module,
        compact=compact_config(lora_rank),
        alignment=AlignmentSettings(
            steps=alignment_steps,
            learning_rate=usual_alignment.learning_rate * alignment_rate,
            head_rate=usual_alignment.head_rate * alignment_rate,
            temporal_crop=temporal_crop,
            **both,
        ),
        instruction=InstructionSettings(
            steps=steps,
            lora_rate=usual.lora_rate * rate,
            words_rate=usual.words_rate * rate,
            visual_rate=visual_rate,
            drill=drill,
            **both,
        ),
    )
    run(settings)


def average(
    first: Annotated[Path, typer.Argument(metavar="FIRST", help="A trained folder, like assets/compact.")],
    second: Annotated[Path, typer.Argument(metavar="SECOND", help="One that began where FIRST ended.")],
    share: Annotated[float, typer.Option(min=0, max=1, help="How much of SECOND.")] = 0.5,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the trained parts go.")] = Path(
        "runs/average"
    ),
    keep_alignment: Annotated[
        bool, typer.Option(help="g and g_t stay those of FIRST; only the LLM's part is mixed.")
    ] = False,
    spelled: Annotated[
        str,
        typer.Option(
            metavar="WORDS", help="Words that get no token of their own: too rare to have been learned."
        ),
    ] = "",
) -> None:
    """Make the mean of two runs: often better than either."""
    from core.lab.experiments.averaging import average as make

    make(first, second, share, out, keep_alignment, spelled.split())


def teach_detector(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A trained folder, like assets/compact.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the trained parts go.")] = Path(
        "runs/detector"
    ),
    art: Annotated[Path, typer.Option(metavar="DIR", help="The pictures that `make art` fetched.")] = Path(
        "data/art"
    ),
    seed: Annotated[int, typer.Option(min=0)] = 0,
) -> None:
    """Train an object detector for a trained folder's encoder; all else stays as it is."""
    import logging

    from core.lab.training.object_detector import DetectorSettings
    from core.lab.training.object_detector import teach_detector as teach

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    teach(art, folder, out, DetectorSettings(seed=seed))
