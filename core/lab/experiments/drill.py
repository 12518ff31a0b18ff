"""A drill: many questions of one skill, about things side by side, and nothing else.

A skill that needs two lookups at once (which of two is where) is not learned from the few questions about it
in ordinary steps; after a few hundred dense steps of it, ordinary steps keep it. They must follow, because a
drill degrades the other skills.
"""

from collections.abc import Iterator
from random import Random

from torch import Tensor

from core.errors import SettingError
from core.lab.clips.dataset import FRAMES
from core.lab.clips.montage import montage_features, montage_of
from core.lab.clips.render import frame_times
from core.lab.clips.variants import as_sampled
from core.lab.questions.examples import FORMS, Batch, PrefixForm, SequenceMaker, collate
from core.lab.questions.questions import answerable
from core.lab.training.augmentation import with_noise
from core.lab.training.material import Material, pairs, unit_seconds

DRILLS = (
    "name",
    "background",
    "place",
    "presence",
    "describe",
)  # skills that apply to two things side by side
CLIPS = 16  # sequences in a step, each of one still; of those with the whole prefix half as many
TURNS = 8  # questions about each
WHOLE = 0.35  # share of the steps that show the whole prefix; the others show spatial tokens alone


def drill_batches(
    maker: SequenceMaker,
    stills: Material,
    numbers: range,
    skill: str,
    noise: float,
    seed: int,
    first_step: int,
) -> Iterator[tuple[Batch, Tensor, Tensor, Tensor, Tensor]]:
    """Endless batches, as `instruction.batches` makes them; the step's number seeds each.

    Raises SettingError where too few of the stills `numbers` show two things that this skill can be asked of.
    """
    usable = [number for number in pairs(stills, numbers) if skill in answerable(stills.scenes[number])]
    if len(usable) < CLIPS:
        raise SettingError(
            "bad_setting", name="drill", value=skill, reason="there are too few pictures of two things"
        )
    step = first_step
    while True:
        random = Random(f"drill-{seed}-{step}")
        whole = random.random() < WHOLE
        form = FORMS["whole" if whole else "picture"]
        form = PrefixForm(form.spatial, form.per_frame, (skill,))
        chosen = random.sample(usable, CLIPS // 2 if whole else CLIPS)
        montages = [montage_of(random, stills.scenes, [number]) for number in chosen]
        spatial, temporal, cells = (
            with_noise(part, noise) for part in montage_features(stills.features, montages)
        )
        sequences = []
        for scene in (montage.scene for montage in montages):
            times = list(frame_times(scene.duration, FRAMES))
            sequences.append(maker.make(as_sampled(scene, times), times, random, TURNS, form))
        seconds = unit_seconds(len(montages))
        yield collate(sequences, padding=0), spatial, temporal, cells, seconds
        step += 1
