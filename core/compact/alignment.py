"""g: the compact model's alignment module, from the encoder's features to the LLM's embedding space.

Two paths are added. In the *word-space path* classifiers mix the LLM's own words: the encoder's ImageNet
head those of its classes, so that even untrained a token speaks words and an object never trained on keeps
a name; and word heads that training teaches those of our own objects and colours, or silence where there is
none of them. The more a token looks like a photograph and the surer the ImageNet head is, the more it is
heard instead of the head of objects, which learned most of them from drawings. Tokens of one clip agree on
the names of objects. The *residual path* learns what has no word. The sum is scaled to the length of the
LLM's embeddings. Spatial tokens then learn where they are: a convolutional encoder tells what a patch shows,
hardly where it lies.
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
CROP_WEIGHT = 0.7  # of what a crop tells, against what a patch or a frame tells of itself
OBJECT = "object"  # the word head whose labels are names of things, as those of ImageNet's classes are
CLASS_SHARPNESS = 1.5  # of the ImageNet head: the mean over a picture flattens what it says
CLASS_NAMES = Path(__file__).parent / "imagenet_names.tsv"


def class_names(language: str) -> list[str]:
    """Everyday names of the 1,000 ImageNet classes, in the order of the head."""
    with CLASS_NAMES.open(encoding="utf-8", newline="") as file:
        return [row[language] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


@dataclass(frozen=True)
class Told:
    """What crops tell of pictures, or of places in them."""

    names: Tensor  # [..., n, labels], log-probabilities of our objects, if there is one
    trust: Tensor  # [..., n, 1], how likely there is one; 0 where there is no crop

    def surely(self) -> Tensor:
        """[..., n, labels]: probabilities, trusted or none."""
        return self.trust * self.names.exp()

    def at_places(self, coverage: Tensor) -> "Told":
        """Of crops of T frames, which cover [..., T, N] of each patch: what they tell of the patches."""
        weights = (coverage * self.trust).mT  # Shape: (..., N, T)
        heard = weights.sum(dim=-1, keepdim=True)  # Shape: (..., N, 1)
        return Told(weights @ self.names / heard.clamp(min=1e-6), heard.clamp(max=1.0))


class WordSpaceAlignment(nn.Module):
    """Tokens of one clip [..., n, D] -> [..., n, K].

    head_weight [1000, D], head_bias [1000]: the encoder's ImageNet head; class_words [1000, K]: embeddings of
    the class names. These come with the base weights and are not saved again. labels: how many labels each
    word head tells apart, by its group. class_labels: for each class the label of head "object" that has its
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
        self.photograph = nn.Linear(width, 1)  # is this one? The ImageNet head knows nothing else
        nn.init.zeros_(self.photograph.weight)
        nn.init.zeros_(self.photograph.bias)
        self.heads = WordHeads(width, labels, embedding_width)
        self.class_weight = nn.Parameter(torch.ones(()))
        self.up = nn.Linear(width, HIDDEN)
        self.down = nn.Linear(HIDDEN, embedding_width)
        nn.init.zeros_(self.down.weight)  # the residual path is silent before training
        nn.init.zeros_(self.down.bias)

    def logits(self, tokens: Tensor) -> dict[str, Tensor]:
        """tokens [..., D] -> group -> [..., labels + 1]: which label, or none."""
        return self.heads.logits(self.standardise(tokens))

    def forward(self, tokens: Tensor, names: Tensor | None = None, crops: Crops | None = None) -> Tensor:
        """Tokens of one clip [..., n, D] -> [..., n, K], each of the length of the LLM's embeddings.

        names: what `names_in` tells of the cells of each token's picture, [..., n, labels]. crops: one of
        each of these pictures.
        """
        told = self._told(crops)
        if told and names is not None:
            names = names + told.surely()
        return self._said(tokens, self._classes(tokens), names, told)

    def of_places(self, tokens: Tensor, cells: Tensor, crops: Crops | None = None) -> Tensor:
        """Spatial tokens [..., N, D] of a clip, cells [..., T, C, D] of its frames -> [..., N, K].

        A thing that moves is blurred in the mean over time, so the cells of single frames are heard, too, and
        crops about the patches that they cover; and ImageNet's head, which was trained on the means
        of pictures, is asked about the mean of all places.
        """
        names, told = self.names_in(cells), self._told(crops)  # Shape: (..., T, labels)
        if told and crops:
            names, told = names + told.surely(), told.at_places(crops.coverage)
        classes = self._classes(tokens.mean(dim=-2, keepdim=True))  # Shape: (..., 1, 1000)
        return self._said(tokens, classes, names.mean(dim=-2, keepdim=True), told)

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
        """means [..., D], cells [..., C, D] of whole pictures -> [..., K].

        The ImageNet head was trained on the means of pictures and is sure of little else; our own heads
        learned from parts of them.
        """
        classes = self._classes(means)[..., None, :]  # Shape: (..., 1, 1000)
        return F.normalize(self._said(cells, classes).mean(dim=-2), dim=-1) * self.length

    def _said(
        self, tokens: Tensor, classes: Tensor, names: Tensor | None = None, told: "Told | None" = None
    ) -> Tensor:
        """tokens [..., n, D] -> [..., n, K]; classes: their probabilities, [..., n or 1, 1000]; names: how
        likely each object is in their pictures, [..., n or 1, labels]; told: about each token."""
        even = self.standardise(tokens)  # Shape: (..., n, D)
        trust = self.photograph(even).sigmoid() * self._sureness(classes)  # Shape: (..., n, 1)
        by_class = self.class_weight * (classes @ self._words_of_classes())  # Shape: (..., n or 1, K)
        by_object = self._objects(even, names, told)  # Shape: (..., n, K)
        others = [group for group in self.heads.by_group() if group != OBJECT]
        total = torch.lerp(by_object, by_class, trust) + self.down(F.gelu(self.up(even)))
        return F.normalize(self.heads(even, total, others), dim=-1) * self.length

    def _told(self, crops: Crops | None) -> "Told | None":
        """What the head of objects makes of crops, of which those that look alike agree, too."""
        head = self.heads.by_group().get(OBJECT)
        if crops is None or head is None:
            return None
        cropped = crops.coverage.amax(dim=-1, keepdim=True) > 0  # Shape: (..., T, 1)
        even = self.standardise(crops.features) * cropped  # Shape: (..., T, D)
        logits = head.classify(even)  # Shape: (..., T, labels + 1)
        names = agreed(logits, even)[..., :-1].log_softmax(dim=-1)
        drawn = 1 - self.photograph(even).sigmoid()  # of photographs this head knows too little
        return Told(names, (1 - logits.softmax(dim=-1)[..., -1:]) * drawn * cropped)

    def _objects(self, even: Tensor, names: Tensor | None, told: "Told | None") -> Tensor:
        """Standardised tokens [..., n, D] -> the words of our own objects, [..., n, K]."""
        head = self.heads.by_group().get(OBJECT)
        if head is None:
            return even.new_zeros(*even.shape[:-1], self.class_words.shape[1])
        logits = head.classify(even)  # Shape: (..., n, labels + 1)
        if told:
            logits = with_crops(logits, told.names, CROP_WEIGHT * told.trust)
        return head.say(agreed(logits if names is None else with_witness(logits, names), even))

    def _classes(self, tokens: Tensor) -> Tensor:
        """tokens [..., D] -> the ImageNet head's probability of each class [..., 1000]."""
        return (CLASS_SHARPNESS * F.linear(tokens, self.head_weight, self.head_bias)).softmax(dim=-1)

    def _sureness(self, classes: Tensor) -> Tensor:
        """Probabilities of classes [..., 1000] -> of the likeliest name [..., 1]: 118 classes are dogs."""
        names = classes.new_zeros(*classes.shape[:-1], int(self.class_names.max()) + 1)  # Shape: (..., names)
        return names.index_add(-1, self.class_names, classes).amax(dim=-1, keepdim=True)

    def _words_of_classes(self) -> Tensor:
        """[1000, K]: an object's own words, as its head says them, where a class has the name of one."""
        if OBJECT not in self.heads.by_group():
            return self.class_words
        known = (self.class_labels >= 0)[:, None]  # Shape: (1000, 1)
        return torch.where(known, self.heads.by_group()[OBJECT].words[self.class_labels], self.class_words)


class PatchPlaces(nn.Module):
    """[..., N, K] -> [..., N, K]: each patch's place added to what it shows, the length kept."""

    def __init__(self, patches: int, embedding_width: int) -> None:
        super().__init__()
        self.offsets = nn.Parameter(torch.zeros(patches, embedding_width))

    def forward(self, tokens: Tensor) -> Tensor:
        return scaled_like(tokens, tokens + self.offsets)
