"""How g and g_t begin step 0: standardisation, the words of their word heads, the places of patches."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.compact.alignment import WordSpaceAlignment
from core.compact.llm.words import word_embedding
from core.compact.model import CompactImageLLM
from core.compact.temporal_module import CompactOverTime, CompactTemporalModule
from core.compact.vision.frame_encoder import GRID
from core.compact.word_heads import WordHeads
from core.lab.questions.token_labels import GROUPS
from core.lab.questions.words import CHANGES, COLOURS, COUNTS, MOTIONS, PLACES, concepts
from core.lab.training.material import Material

# The groups that each module has heads for, with their initial output weights. Those of g and of g_t's copy
# of it see one patch or one frame, those over time the whole clip.
G_HEADS = {"object": 2.0, "colour": 1.0}
OVER_TIME_HEADS = {"object": 1.0, "colour": 0.6, "motion": 1.0, "place": 0.8, "count": 0.8, "change": 0.6}
SECOND_TOKEN = ("motion", "place", "count", "change")  # all but what the object is
# Where the middles of places are, as fractions (y, x) of a picture; and the weight of a patch's place.
PLACE_CENTRES = {
    "left": (0.5, 0.15),
    "right": (0.5, 0.85),
    "top": (0.15, 0.5),
    "bottom": (0.85, 0.5),
    "middle": (0.5, 0.5),
}
PLACE_WEIGHT = 0.6


def label_counts(groups: dict[str, float]) -> dict[str, int]:
    """How many labels each of these groups has."""
    return {group: len(GROUPS[group]) for group in groups}


def prototypes(model: CompactImageLLM) -> dict[str, Tensor]:
    """group -> [labels, K], unit length: word embeddings of both languages, less the group's mean.

    Closed groups share words ("left" is a place and a direction, "orange" a colour and a fruit), so half of
    each of their prototypes is a fixed random direction of its own.
    """
    table = {
        "object": [(concept.en, concept.zh) for concept in concepts()],
        "colour": list(COLOURS.values()),
        "motion": list(MOTIONS.values()),
        "place": list(PLACES.values()),
        "count": list(COUNTS.values()),
        "change": list(CHANGES.values()),
    }
    centre = model.language_model.model.embed_tokens.weight.data.mean(dim=0)
    random = torch.Generator().manual_seed(0)
    found = {}
    for group, pairs in table.items():
        both = [torch.stack([_word(model, word) - centre for word in pair]) for pair in pairs]
        words = F.normalize(torch.stack(both), dim=-1).sum(dim=1)  # Shape: (labels, 2, K) -> (labels, K)
        words = F.normalize(words, dim=-1)
        words = words - words.mean(dim=0)
        if group != "object":
            words = words + F.normalize(torch.randn(words.shape, generator=random), dim=-1)
        found[group] = F.normalize(words, dim=-1)
    return found


def _word(model: CompactImageLLM, text: str) -> Tensor:
    return word_embedding(model.language_model, model.tokenizer, text)


def copy_of_g(temporal_module: CompactTemporalModule) -> WordSpaceAlignment:
    """The copy of compact's g within g_t."""
    assert isinstance(temporal_module.copy, WordSpaceAlignment), "g_t was made for compact"
    return temporal_module.copy


@torch.no_grad()
def set_standardisation(
    model: CompactImageLLM, temporal_module: CompactTemporalModule, features: Tensor
) -> None:
    """Set the mean and deviation of each feature in g and g_t, from features [n, D]."""
    spread = {"mean": features.mean(dim=0), "deviation": features.std(dim=0) + 1e-3}
    model.alignment.standardise.load_state_dict(spread)
    copy_of_g(temporal_module).standardise.load_state_dict(spread)
    if isinstance(temporal_module, CompactOverTime):
        temporal_module.standardise.load_state_dict(spread)


def some_patches(stills: Material) -> Tensor:
    """Patch features of about 1,500 of the stills: [n, D]."""
    spread = range(0, len(stills.scenes), max(1, len(stills.scenes) // 1500))
    return torch.from_numpy(stills.features.spatial[np.array(spread)]).float().flatten(0, 1)


@torch.no_grad()
def initialise_alignment(model: CompactImageLLM) -> None:
    """Set the words and weights of g's heads, and the places of patches."""
    words = prototypes(model)
    _set_words(model.alignment.heads, words, G_HEADS, model.alignment.length)
    model.places.offsets.copy_(_patch_places(words["place"]) * model.alignment.length * PLACE_WEIGHT)


@torch.no_grad()
def initialise_temporal_module(model: CompactImageLLM, temporal_module: CompactTemporalModule) -> None:
    """Copy g as it is now into g_t, and set the words of the heads over time."""
    temporal_module.copy.load_state_dict(model.alignment.state_dict())
    if isinstance(temporal_module, CompactOverTime):
        temporal_module.standardise.load_state_dict(model.alignment.standardise.state_dict())
        _set_words(temporal_module.heads, prototypes(model), OVER_TIME_HEADS, model.alignment.length)


def _set_words(heads: WordHeads, words: dict[str, Tensor], weights: dict[str, float], length: Tensor) -> None:
    for group, head in heads.by_group().items():
        head.words.copy_(words[group] * length)
        head.weight.fill_(weights[group])


def _patch_places(words: Tensor) -> Tensor:
    """words [places, K] -> [N, K]: for each patch a mixture of the words of near places."""
    rows, columns = ((torch.arange(cells) + 0.5) / cells for cells in GRID)
    patches = torch.cartesian_prod(rows, columns)  # Shape: (N, 2), (y, x)
    centres = torch.tensor([PLACE_CENTRES[place] for place in PLACES])  # Shape: (places, 2)
    distances = torch.cdist(patches, centres)  # Shape: (N, places)
    return (-(distances**2) / 0.05).softmax(dim=-1) @ words
