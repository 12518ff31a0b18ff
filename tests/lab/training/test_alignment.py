"""Claims about step 0 of training."""

import torch

from core.lab.training.alignment import sharpen
from tests.tiny_compact import WIDTH, tiny_compact


def test_sharp_names_say_the_same_louder():
    model = tiny_compact(labels=3)
    tokens = torch.randn(7, WIDTH)
    before = model.alignment.logits(tokens)["object"].softmax(dim=-1)  # Shape: (7, labels + 1)
    sharpen(model, model.temporal_module, 2.0)  # type: ignore[arg-type]
    after = model.alignment.logits(tokens)["object"].softmax(dim=-1)  # Shape: (7, labels + 1)
    assert torch.equal(after.argmax(dim=-1), before.argmax(dim=-1))
    assert (after.amax(dim=-1) > before.amax(dim=-1)).all()
