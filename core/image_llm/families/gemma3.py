"""Gemma 3: SigLIP, average pooling to 256 tokens, a norm and one matrix.

Visual tokens of one picture see each other both ways. Spatial and temporal tokens stand together as one
picture, so each of them sees all of them.
"""

from typing import Any

import torch
from torch import Tensor, nn

from core.image_llm.base import EmbeddedPrompt
from core.image_llm.hugging_face import Alignment, HuggingFaceImageLLM

PROJECTOR = "model.multi_modal_projector"


class Matrix(nn.Module):
    """The projector's matrix, which is a bare parameter in transformers."""

    def __init__(self, weight: nn.Parameter) -> None:
        super().__init__()
        self.weight = weight  # [D, K]

    def forward(self, tokens: Tensor) -> Tensor:
        """[..., D] -> [..., K]."""
        return tokens @ self.weight


class Gemma3(HuggingFaceImageLLM):
    """Gemma 3 (4B and larger; the 1B has no eyes): 256 spatial tokens."""

    name = "gemma3"
    model_types = ("gemma3",)
    example_checkpoint = "google/gemma-3-4b-it"
    languages = ("en", "zh")
    alignment_path = (f"{PROJECTOR}.mm_soft_emb_norm",)  # what enters the matrix is what leaves this norm
    marker = "<start_of_image>"
    embeddings_suffice = False
    around = ("\n\n<start_of_image>", "<end_of_image>\n\n")

    def processor_options(self) -> dict[str, Any]:
        return {"do_pan_and_scan": False}

    def entrances(self) -> list[nn.Module]:
        return [self.language_model.get_submodule(f"{PROJECTOR}.mm_soft_emb_norm")]

    def arrange(self, x: Tensor, inputs: dict[str, Tensor]) -> Tensor:
        return self.entrances()[0](x)

    def beside(self, prompt: EmbeddedPrompt, held: int) -> dict[str, Tensor]:
        visual = torch.tensor(prompt.ids[held:], device=self.device) < 0  # Shape: (L,)
        return {"token_type_ids": visual.long()[None]} if visual.any() else {}

    def inseparable(self, prompt: EmbeddedPrompt) -> int:
        """Up to the last visual token: transformers lets them see each other within one call only."""
        return max((index for index, number in enumerate(prompt.ids, 1) if number < 0), default=0)

    def _new_alignment(self) -> Alignment:
        return Alignment(Matrix(self.language_model.get_submodule(PROJECTOR).mm_input_projection_weight))

    def _patch_width(self) -> int:
        return len(self.alignment.first.weight)
