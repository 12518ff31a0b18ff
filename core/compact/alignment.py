"""g: the compact model's alignment module, from the encoder's features to the LLM's embedding space.

Two paths are added. The *word-space path* mixes word embeddings of the LLM by class probability: those of the
encoder's ImageNet classes, so that g works untrained and objects outside the training set keep a name; and
those of word heads, which are trained on our own objects and colours and give zero where there is none of
them. The more a token looks like a photograph and the more confident the ImageNet head is, the more weight it
gets against the head of objects, which learned most of them from drawings. Tokens of one clip agree on the
names of objects (agreement.py). The *residual path* learns what has no word. The sum is scaled to the length
of the LLM's embeddings. Spatial tokens also get a position, which a convolutional encoder hardly encodes.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.compact.agreement import agreed, with_crops, with_witness
from core.compact.vision.crops import Crops
from core.compact.word_heads import WordHeads
from core.features.over_time import Standardise, scaled_like

HIDDEN = 768  # of the residual path
CROP_WEIGHT = 0.7  # of the prediction of a crop, against that of a patch or a frame
OBJECT = "object"  # the word head whose labels are names of things, as those of ImageNet's classes are
CLASS_SHARPNESS = 1.5  # of the ImageNet head: the mean over a picture flattens its probabilities
CLASS_NAMES = Path(__file__).parent / "imagenet_names.tsv"


def class_names(language: str) -> list[str]:
    """Everyday names of the 1,000 ImageNet classes, in the order of the head."""
    with CLASS_NAMES.open(encoding="utf-8", newline="") as file:
        return [row[language] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


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


class WordSpaceAlignment(nn.Module):
    """Tokens of one clip [..., n, D] -> [..., n, K].

    head_weight [1000, D], head_bias [1000]: the encoder's ImageNet head; class_words [1000, K]: embeddings of
    the class names. These come with the base weights and are not saved again. labels: the number of labels of
    each word head, by its group. class_labels: for each class the label of head "object" that has its
    name, -1 where there is none; may be left out.
    """

    def __init__(
        self,
        head_weight: Tensor,
        head_bias: Tensor,
        class_words: Tensor,
        labels: dict[str, int],
        class_labels: Sequence[int] = (),
    ) -> None:
        super().__init__()
        self.head_weight: Tensor
        self.head_bias: Tensor
        self.class_words: Tensor
        self.class_labels: Tensor
        self.class_names: Tensor
        self.length: Tensor
        self.register_buffer("head_weight", head_weight, persistent=False)
        self.register_buffer("head_bias", head_bias, persistent=False)
        self.register_buffer("class_words", class_words, persistent=False)
        self.register_buffer(
            "class_labels", torch.tensor(class_labels or [-1] * len(class_words)), persistent=False
        )
        names = class_words.unique(dim=0, return_inverse=True)[1]  # Shape: (1000,): classes share names
        self.register_buffer("class_names", names, persistent=False)
        self.register_buffer("length", class_words.norm(dim=-1).mean(), persistent=False)
        width, embedding_width = head_weight.shape[1], class_words.shape[1]
        self.standardise = Standardise(width)
        self.photograph = nn.Linear(width, 1)  # is it one? The ImageNet head was trained on them only
        nn.init.zeros_(self.photograph.weight)
        nn.init.zeros_(self.photograph.bias)
        self.heads = WordHeads(width, labels, embedding_width)
        self.class_weight = nn.Parameter(torch.ones(()))
        self.up = nn.Linear(width, HIDDEN)
        self.down = nn.Linear(HIDDEN, embedding_width)
        nn.init.zeros_(self.down.weight)  # the residual path gives zero before training
        nn.init.zeros_(self.down.bias)

    def logits(self, tokens: Tensor) -> dict[str, Tensor]:
        """tokens [..., D] -> group -> [..., labels + 1]: logits of the labels and of "none"."""
        return self.heads.logits(self.standardise(tokens))

    def forward(self, tokens: Tensor, names: Tensor | None = None, crops: Crops | None = None) -> Tensor:
        """Tokens of one clip [..., n, D] -> [..., n, K], each of the length of the LLM's embeddings.

        names: `names_in` of each token's picture, [..., n, labels]; crops: one of each of these pictures.
        """
        predicted = self._predicted(crops)
        if predicted and names is not None:
            names = names + predicted.weighted()
        return self._combined(tokens, self._classes(tokens), names, predicted)

    def of_places(self, tokens: Tensor, cells: Tensor, crops: Crops | None = None) -> Tensor:
        """Spatial tokens [..., N, D] of a clip, cells [..., T, C, D] of its frames -> [..., N, K].

        A thing that moves is blurred in the mean over time, so cells and crops of single frames are used,
        too.
        """
        names, predicted = self.names_in(cells), self._predicted(crops)  # Shape: (..., T, labels)
        if predicted and crops:
            names, predicted = names + predicted.weighted(), predicted.at_places(crops.coverage)
        # The ImageNet head was trained on the means of whole pictures.
        classes = self._classes(tokens.mean(dim=-2, keepdim=True))  # Shape: (..., 1, 1000)
        return self._combined(tokens, classes, names.mean(dim=-2, keepdim=True), predicted)

    def names_in(self, cells: Tensor) -> Tensor:
        """cells [..., C, D] of a picture -> how likely each of our objects is in them, [..., labels]."""
        logits = self.logits(cells)
        if OBJECT not in logits:
            return cells.new_zeros(*cells.shape[:-2], 0)
        return logits[OBJECT].softmax(dim=-1)[..., :-1].mean(dim=-2)

    def photograph_likelihood(self, means: Tensor) -> float:
        """How likely pictures with these means [T, D] are photographs; their mean."""
        return float(self.photograph(self.standardise(means)).sigmoid().mean())

    def of_pictures(self, means: Tensor, cells: Tensor) -> Tensor:
        """means [..., D], cells [..., C, D] of whole pictures -> [..., K]."""
        # The ImageNet head was trained on the means of pictures, our own heads on parts of them.
        classes = self._classes(means)[..., None, :]  # Shape: (..., 1, 1000)
        return F.normalize(self._combined(cells, classes).mean(dim=-2), dim=-1) * self.length

    def _combined(
        self,
        tokens: Tensor,
        classes: Tensor,
        names: Tensor | None = None,
        predicted: "CropPrediction | None" = None,
    ) -> Tensor:
        """tokens [..., n, D] -> [..., n, K]; classes: their probabilities, [..., n or 1, 1000]; names: how
        likely each object is in their pictures, [..., n or 1, labels]; predicted: about each token."""
        even = self.standardise(tokens)  # Shape: (..., n, D)
        trust = self.photograph(even).sigmoid() * self._confidence(classes)  # Shape: (..., n, 1)
        by_class = self.class_weight * (classes @ self._words_of_classes())  # Shape: (..., n or 1, K)
        by_object = self._objects(even, names, predicted)  # Shape: (..., n, K)
        others = [group for group in self.heads.by_group() if group != OBJECT]
        total = torch.lerp(by_object, by_class, trust) + self.down(F.gelu(self.up(even)))
        return F.normalize(self.heads(even, total, others), dim=-1) * self.length

    def _predicted(self, crops: Crops | None) -> "CropPrediction | None":
        """The head of objects on crops, averaged over similar ones; None without crops or that head."""
        head = self.heads.by_group().get(OBJECT)
        if crops is None or head is None:
            return None
        cropped = crops.coverage.amax(dim=-1, keepdim=True) > 0  # Shape: (..., T, 1)
        even = self.standardise(crops.features) * cropped  # Shape: (..., T, D)
        logits = head.classify(even)  # Shape: (..., T, labels + 1)
        names = agreed(logits, even)[..., :-1].log_softmax(dim=-1)
        drawn = 1 - self.photograph(even).sigmoid()  # the head was hardly trained on photographs
        return CropPrediction(names, (1 - logits.softmax(dim=-1)[..., -1:]) * drawn * cropped)

    def _objects(self, even: Tensor, names: Tensor | None, predicted: "CropPrediction | None") -> Tensor:
        """Standardised tokens [..., n, D] -> the words of our own objects, [..., n, K]."""
        head = self.heads.by_group().get(OBJECT)
        if head is None:
            return even.new_zeros(*even.shape[:-1], self.class_words.shape[1])
        logits = head.classify(even)  # Shape: (..., n, labels + 1)
        if predicted:
            logits = with_crops(logits, predicted.names, CROP_WEIGHT * predicted.trust)
        return head.say(agreed(logits if names is None else with_witness(logits, names), even))

    def _classes(self, tokens: Tensor) -> Tensor:
        """tokens [..., D] -> the ImageNet head's probability of each class [..., 1000]."""
        return (CLASS_SHARPNESS * F.linear(tokens, self.head_weight, self.head_bias)).softmax(dim=-1)

    def _confidence(self, classes: Tensor) -> Tensor:
        """Probabilities of classes [..., 1000] -> of the likeliest name [..., 1]: 118 classes are dogs."""
        names = classes.new_zeros(*classes.shape[:-1], int(self.class_names.max()) + 1)  # Shape: (..., names)
        return names.index_add(-1, self.class_names, classes).amax(dim=-1, keepdim=True)

    def _words_of_classes(self) -> Tensor:
        """[1000, K]: embeddings of the class names; where an object has that name, the word of its head."""
        if OBJECT not in self.heads.by_group():
            return self.class_words
        known = (self.class_labels >= 0)[:, None]  # Shape: (1000, 1)
        return torch.where(known, self.heads.by_group()[OBJECT].words[self.class_labels], self.class_words)


class PatchPlaces(nn.Module):
    """[..., N, K] -> [..., N, K]: a learned position added to each patch, the length kept."""

    def __init__(self, patches: int, embedding_width: int) -> None:
        super().__init__()
        self.offsets = nn.Parameter(torch.zeros(patches, embedding_width))

    def forward(self, tokens: Tensor) -> Tensor:
        return scaled_like(tokens, tokens + self.offsets)
