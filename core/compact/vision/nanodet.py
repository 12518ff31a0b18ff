"""stub"""
from dataclasses import dataclass
import torch
from torch import Tensor
@dataclass(frozen=True)
class Detections:
    boxes: Tensor
    cells: Tensor
    def as_extras(self): return {"boxes": self.boxes}
    @classmethod
    def of(cls, extras): return None
class NanoDet:
    @classmethod
    def load(cls): return cls()
    def detect(self, frames): return Detections(torch.full((len(frames),20,6),-1.0), torch.zeros(len(frames),36,80))
