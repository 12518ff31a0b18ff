"""g: compact's alignment module, from the encoder's features to the LLM's embedding space.

Its tokens speak words: each is a mixture of the LLM's own embeddings of names, by how likely a token shows
what they name, so that an LLM can read them before it was ever trained on one. Three kinds of sight share one
table of names: the encoder's ImageNet classes, word heads that learned our own objects and colours, and the
detector's classes. The more a token looks like a photograph and the more confident the ImageNet head is, the
more weight it gets against the head of objects, which learned most of them from drawings. Tokens of one clip
agree on names (agreement.py).
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.compact.agreement import agreed, with_crops, with_witness
from core.compact.vision.crops import Crops
from core.compact.vision.efficientnet import FEATURES
from core.compact.words.embeddings import NameWords
from core.compact.words.heads import WordHeads
from core.features.over_time import Standardise

CROP_WEIGHT = 0.7  # of the prediction of a crop, against that of a patch or a frame
OBJECT = "object"  # the word head whose labels are names of things, as those of ImageNet's classes are
CLASS_SHARPNESS = 1.5  # of the ImageNet head: the mean over a picture flattens its probabilities
CLEAR_THING = 0.35  # score from which on a class of the detector is said
THING_WEIGHT = 2.0  # of the detector's names, which are seldom wrong, against the others


@dataclass(frozen=True)
class CropPrediction:
    """The prediction of the head of objects for crops: of whole pictures, or of patches that crops cover."""

    names: Tensor  # [..., n, labels], log-probabilities of our objects, if there is one
    trust: Tensor  # [..., n, 1], how likely there is one; 0 where there is no crop

    def weighted(self) -> Tensor:
        """[..., n, labels]: probabilities, times trust."""
        return self.trust * self.names.exp()

    def at_places(self, coverage: Tensor) -> "CropPrediction":
        """Of crops of T frames, which cover [..., T, N] of each patch: the prediction for each patch."""
        weights = (coverage * self.trust).mT  # Shape: (..., N, T)
        total = weights.sum(dim=-1, keepdim=True)  # Shape: (..., N, 1)
        return CropPrediction(weights @ self.names / total.clamp(min=1e-6), total.clamp(max=1.0))


def looks(tokens: Tensor) -> Tensor:
    """[..., D] -> [..., FEATURES]: the encoder's part of a token. The rest is the detector's."""
    return tokens[..., :FEATURES]


def things(tokens: Tensor) -> Tensor:
    """[..., D] -> [..., 80]: how likely each of the detector's classes is there."""
    return tokens[..., FEATURES:]


class WordSpaceAlignment(nn.Module):
    """Tokens of one clip [..., n, D] -> [..., n, K].

    head_weight [1000, FEATURES], head_bias [1000]: the encoder's ImageNet head. words: the embeddings of
    names. Both come with base weights and are not saved again.
    """

    def __init__(self, head_weight: Tensor, head_bias: Tensor, words: NameWords) -> None:
        super().__init__()
        self.head_weight: Tensor
        self.head_bias: Tensor
        self.words: Tensor  # [names, K]
        self.of_classes: Tensor
        self.of_things: Tensor
        self.register_buffer("head_weight", head_weight, persistent=False)
        self.register_buffer("head_bias", head_bias, persistent=False)
        self.register_buffer("words", words.names, persistent=False)
        self.register_buffer("of_classes", words.table.of_classes, persistent=False)
        self.register_buffer("of_things", words.table.of_things, persistent=False)
        self.name_words, self.length = words, words.length
        self.standardise = Standardise(FEATURES)
        self.photograph = nn.Linear(FEATURES, 1)  # is it one? The ImageNet head was trained on them only
        self.heads = WordHeads(FEATURES, {OBJECT: words.objects, "colour": words.groups["colour"]})
        self.class_weight = nn.Parameter(torch.ones(()))

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens of one clip [..., n, D] -> [..., n, K], each of the length of the LLM's embeddings."""
        return self.say(tokens, self.shares(tokens))

    def say(self, tokens: Tensor, shares: Tensor) -> Tensor:
        """Tokens [..., n, D] and the shares of names in them [..., n, names] -> [..., n, K]."""
        total = self.heads(self.standardise(looks(tokens)), shares @ self.words, ["colour"])
        return F.normalize(total, dim=-1) * self.length

    def shares(self, tokens: Tensor, names: Tensor | None = None, crops: Crops | None = None) -> Tensor:
        """Tokens of one clip [..., n, D] -> how much of each name is in them, [..., n, names].

        names: `names_in` of each token's picture, [..., n, labels]; crops: one of each of these pictures.
        """
        predicted = self._predicted(crops)
        if predicted and names is not None:
            names = names + predicted.weighted()
        return self._shares(tokens, self._classes(looks(tokens)), names, predicted)

    def shares_of_places(self, tokens: Tensor, cells: Tensor, crops: Crops | None = None) -> Tensor:
        """Spatial tokens [..., N, D] of a clip, cells [..., T, C, D] of its frames -> [..., N, names].

        A thing that moves is blurred in the mean over time, so cells and crops of single frames are used,
        too.
        """
        names, predicted = self.names_in(cells), self._predicted(crops)  # Shape: (..., T, labels)
        if predicted and crops:
            names, predicted = names + predicted.weighted(), predicted.at_places(crops.coverage)
        # The ImageNet head was trained on the means of whole pictures.
        classes = self._classes(looks(tokens).mean(dim=-2, keepdim=True))  # Shape: (..., 1, 1000)
        return self._shares(tokens, classes, names.mean(dim=-2, keepdim=True), predicted)

    def shares_of_pictures(self, means: Tensor, cells: Tensor) -> Tensor:
        """means [..., D], cells [..., C, D] of whole pictures -> [..., names]."""
        # The ImageNet head was trained on the means of pictures, our own heads on parts of them.
        classes = self._classes(looks(means))[..., None, :]  # Shape: (..., 1, 1000)
        return self._shares(cells, classes).mean(dim=-2)

    def names_in(self, cells: Tensor) -> Tensor:
        """cells [..., C, D] of a picture -> how likely each of our objects is in them, [..., labels]."""
        logits = self.heads.logits(self.standardise(looks(cells)))[OBJECT]
        return logits.softmax(dim=-1)[..., :-1].mean(dim=-2)

    def photograph_likelihood(self, means: Tensor) -> Tensor:
        """How likely pictures with these means [..., D] are photographs, [..., 1]."""
        return self.photograph(self.standardise(looks(means))).sigmoid()

    def _shares(
        self,
        tokens: Tensor,
        classes: Tensor,
        names: Tensor | None = None,
        predicted: CropPrediction | None = None,
    ) -> Tensor:
        """tokens [..., n, D] -> [..., n, names]; classes: their probabilities, [..., n or 1, 1000]; names:
        how likely each object is in their pictures, [..., n or 1, labels]; predicted: about each token."""
        even = self.standardise(looks(tokens))  # Shape: (..., n, FEATURES)
        trust = self.photograph(even).sigmoid() * self._confidence(classes)  # Shape: (..., n, 1)
        head = self.heads.by_group()[OBJECT]
        by_object = (1 - trust) * head.shares(self._object_logits(even, names, predicted))
        by_class = trust * self.class_weight * classes  # Shape: (..., n, 1000)
        total = by_object.new_zeros(*by_object.shape[:-1], len(self.words))  # Shape: (..., n, names)
        total[..., : by_object.shape[-1]] = by_object
        total = total.index_add(-1, self.of_classes, by_class)
        clear = F.threshold(things(tokens), CLEAR_THING, 0.0)
        return total.index_add(-1, self.of_things, THING_WEIGHT * clear)

    def _predicted(self, crops: Crops | None) -> CropPrediction | None:
        """The head of objects on crops, averaged over similar ones; None without crops."""
        if crops is None:
            return None
        cropped = crops.coverage.amax(dim=-1, keepdim=True) > 0  # Shape: (..., T, 1)
        even = self.standardise(crops.features) * cropped  # Shape: (..., T, FEATURES)
        logits = self.heads.by_group()[OBJECT].classify(even)  # Shape: (..., T, labels + 1)
        names = agreed(logits, even)[..., :-1].log_softmax(dim=-1)
        drawn = 1 - self.photograph(even).sigmoid()  # the head was hardly trained on photographs
        return CropPrediction(names, (1 - logits.softmax(dim=-1)[..., -1:]) * drawn * cropped)

    def _object_logits(self, even: Tensor, names: Tensor | None, predicted: CropPrediction | None) -> Tensor:
        """Standardised tokens [..., n, FEATURES] -> logits of our own objects, [..., n, labels + 1]."""
        logits = self.heads.by_group()[OBJECT].classify(even)
        if predicted:
            logits = with_crops(logits, predicted.names, CROP_WEIGHT * predicted.trust)
        return agreed(logits if names is None else with_witness(logits, names), even)

    def _classes(self, seen: Tensor) -> Tensor:
        """[..., FEATURES] -> the ImageNet head's probability of each class [..., 1000]."""
        return (CLASS_SHARPNESS * F.linear(seen, self.head_weight, self.head_bias)).softmax(dim=-1)

    def _confidence(self, classes: Tensor) -> Tensor:
        """Probabilities of classes [..., 1000] -> of the likeliest name [..., 1]: 118 classes are dogs."""
        names = classes.new_zeros(*classes.shape[:-1], len(self.words))  # Shape: (..., names)
        return names.index_add(-1, self.of_classes, classes).amax(dim=-1, keepdim=True)


class PatchPlaces(nn.Module):
    """[..., N, K] -> [..., N, K]: to each patch the words of where it lies are added, the length kept."""

    def __init__(self, words: NameWords, grid: tuple[int, int]) -> None:
        super().__init__()
        self.offsets: Tensor
        self.register_buffer("offsets", words.of_places(grid), persistent=False)

    def forward(self, tokens: Tensor) -> Tensor:
        return F.normalize(tokens + self.offsets, dim=-1) * tokens.norm(dim=-1, keepdim=True)
