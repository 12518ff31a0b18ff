"""The compact model as step 1 of training sees it: the parts that are trained, and the loss of a batch."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.compact.llm import lora
from core.compact.model import CompactImageLLM
from core.compact.temporal_module import CompactTemporalModule
from core.compact.vision.frame_encoder import fast_dtype
from core.lab.questions.examples import IGNORED, SPATIAL, TEMPORAL, Batch

LABEL_STRIDE = 128  # as examples.STRIDE, for the logits, which take the most memory in a step


class TunedModel(nn.Module):
    """The parts of the compact model that step 1 trains; `forward` gives the loss of a batch."""

    def __init__(
        self,
        model: CompactImageLLM,
        temporal_module: CompactTemporalModule,
        rows: Tensor,
        rank: int,
        scale: float,
    ) -> None:
        super().__init__()
        llm = model.language_model.to(fast_dtype()).requires_grad_(False)
        llm.set_attn_implementation("eager")  # faster than SDPA at these lengths, in bfloat16 on a CPU
        self.trunk = llm.model
        self.base_words: Tensor
        self.register_buffer("base_words", llm.model.embed_tokens.weight.data[: -len(rows)], persistent=False)
        self.words = nn.Parameter(rows.float().clone())
        layers = lora.layers_called(self.trunk, lora.LLM_LAYERS)
        self.updates = lora.attach(self.trunk, layers, rank, scale)
        self.align = model.align_places
        self.alignment, self.places, self.temporal_module = model.alignment, model.places, temporal_module

    def groups(self, lora_rate: float, words_rate: float, visual_rate: float) -> list[dict]:
        """The trained parameters as an optimiser takes them, with the learning rate of each kind.

        visual_rate: of g and g_t; 0 leaves them as they are.
        """
        updates = [p for layer in self.updates.values() for p in (layer.a, layer.b)]
        visual = [
            p for part in (self.alignment, self.places, self.temporal_module) for p in part.parameters()
        ]
        for parameter in visual:
            parameter.requires_grad_(visual_rate > 0)
        groups: list[dict] = [
            {"params": updates, "lr": lora_rate},
            {"params": [self.words], "lr": words_rate, "weight_decay": 0.0},
        ]
        if visual_rate:
            groups.append({"params": visual, "lr": visual_rate})
        return groups

    def trained_state(self) -> dict[str, dict[str, Tensor]]:
        """The state of all trained parts but g_t, as `save_compact` takes it."""
        return {
            "lora": {f"model.{name}": value for name, value in lora.state(self.updates).items()},
            "words": {"rows": self.words.detach()},
            "alignment": self.alignment.state_dict(),
            "places": self.places.state_dict(),
        }

    def forward(
        self, batch: Batch, spatial: Tensor, temporal: Tensor, cells: Tensor, seconds: Tensor
    ) -> Tensor:
        """Mean cross-entropy of the answers' tokens.

        spatial [B, N, D], temporal [B, T, D], cells [B, T, C, D], seconds [B, T].
        """
        old = len(self.base_words)
        embeds = F.embedding(batch.ids.clamp(0, old - 1), self.base_words)  # Shape: (B, L, K)
        new = batch.ids >= old
        dtype = embeds.dtype
        embeds[new] = self.words[batch.ids[new] - old].to(dtype)
        in_space, in_time = batch.ids == SPATIAL, batch.ids == TEMPORAL  # Shape: (B, L) each
        if (rows := in_space.any(dim=1)).any():
            embeds[in_space] = self.align(spatial[rows], cells[rows]).flatten(0, 1).to(dtype)
        if (rows := in_time.any(dim=1)).any():
            tokens = self.temporal_module(
                temporal[rows], cells[rows], seconds[rows]
            )  # Shape: (rows, T * R, K)
            wanted = in_time.sum(dim=1)[
                rows
            ].tolist()  # of a frame's R tokens some sequences have the first only
            told = [of_clip[:: len(of_clip) // n] for of_clip, n in zip(tokens, wanted, strict=True)]
            embeds[in_time] = torch.cat(told).to(dtype)
        bias = torch.zeros(batch.mask.shape, dtype=dtype).masked_fill(~batch.mask, torch.finfo(dtype).min)
        hidden = self.trunk(
            inputs_embeds=embeds, attention_mask=bias, position_ids=batch.positions, use_cache=False
        ).last_hidden_state  # Shape: (B, L, K)
        said = (batch.labels != IGNORED).flatten().nonzero()[:, 0]  # Shape: (labels,)
        unused = (batch.labels == IGNORED).flatten().nonzero()[: -len(said) % LABEL_STRIDE, 0]
        rows = torch.cat([said, unused])  # a multiple of the stride; unused rows do not count
        hidden = hidden.flatten(0, 1)[rows]  # Shape: (labels, K)
        logits = torch.cat([hidden @ self.base_words.T, hidden @ self.words.T.to(dtype)], dim=-1).float()
        return F.cross_entropy(logits, batch.labels.flatten()[rows], ignore_index=IGNORED)
