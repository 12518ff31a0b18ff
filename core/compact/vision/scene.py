"""Where a photograph was taken and what it is made of: sky, trees, buildings, a room. One linear layer.

ImageNet's classes and the detector's are things; what lies behind and around them has no class there. The
labels stand in words/scene.tsv.
"""

import torch
from torch import Tensor, nn

from core.compact.vision.efficientnet import FEATURES
from core.compact.words.names import scene_labels


class SceneHead(nn.Module):
    """Means of pictures [..., FEATURES] -> how likely each label of a scene is right, [..., labels].

    Trained so that a label with more than 0.5 is mostly right (core/lab/training/scene_head.py).
    """

    def __init__(self) -> None:
        super().__init__()
        self.classify = nn.Linear(FEATURES, len(scene_labels()))
        nn.init.zeros_(self.classify.weight)
        nn.init.constant_(self.classify.bias, -1.0)  # untrained, it says nothing

    def forward(self, means: Tensor) -> Tensor:
        return torch.sigmoid(self.classify(means))
