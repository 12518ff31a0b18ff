"""The model in training: what is trained of it, and the loss of some rows.

Everything is frozen but what is asked for: g_t, as a rule, g, low-rank updates of the LLM. Trained numbers
are float32; frozen ones stay in the format that the model was loaded in.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.features.adapter_parts import LORA_SCALE, take_up_lora
from core.image_llm.base import ImageLLM
from core.training.sequences import IGNORED, Example, TrainingSequence, collate, sequence_of
from core.training.settings import TrainingSettings

LORA = "lora_"  # in the names of peft's numbers


class Student(nn.Module):
    """`forward` gives the loss of some rows."""

    def __init__(self, model: ImageLLM, settings: TrainingSettings) -> None:
        """Freezes the model."""
        super().__init__()
        self.model = model
        # g is a part of many LLMs, too; the first name of a number is the one that counts.
        self.temporal_module, self.alignment = model.temporal_module, model.alignment
        self.llm = model.language_model
        self.requires_grad_(False)
        if settings.lora:
            torch.manual_seed(settings.seed)  # its numbers begin at random, on all processes alike
            attach_lora(self.llm, settings.lora)  # which freezes the LLM, and g with it
            if settings.adapter:
                take_up_lora(self.llm, Path(settings.adapter))
        self._trained = settings.train
        for name, part in (("g_t", self.temporal_module), ("g", self.alignment)):
            if name in settings.train:
                part.float().requires_grad_(True)
        # What accelerate shares by FSDP one by one, unless its configuration names layers.
        there = {type(module).__name__ for module in self.llm.modules()}
        self._no_split_modules = sorted(there & set(getattr(self.llm, "_no_split_modules", None) or ()))
        self.eval()  # no part has dropout that is wanted
        if settings.gradient_checkpointing:
            self.llm.gradient_checkpointing_enable({"use_reentrant": False})
            self.llm.train()  # else transformers keeps all activations

    def trained(self) -> dict[str, nn.Parameter]:
        """By name, the numbers that are trained."""
        return {name: each for name, each in self.named_parameters() if each.requires_grad}

    def forward(self, examples: Sequence[Example]) -> tuple[Tensor, Tensor, Tensor]:
        """(sum of the answer tokens' cross-entropy, how many there are, how many are the likeliest)."""
        sequences = [sequence_of(self.model, example) for example in examples]
        embeds = [self._embeds(*both) for both in zip(examples, sequences, strict=True)]
        batch = collate(sequences, embeds, [self.model.beside(each.prompt, 0) for each in sequences])
        hidden = self.model.hidden(batch.embeds, **batch.beside)  # Shape: (B, L, K)
        said = batch.labels != IGNORED  # Shape: (B, L)
        # Logits take the most memory in a step: only where there are labels.
        spoken = hidden[said.to(hidden.device)]  # Shape: (labels, K)
        logits = self.llm.get_output_embeddings()(spoken).float()  # Shape: (labels, V)
        labels = batch.labels[said].to(logits.device)  # Shape: (labels,)
        loss = F.cross_entropy(logits, labels, reduction="sum")
        return loss, torch.tensor(len(labels)), (logits.argmax(dim=-1) == labels).sum()

    def _embeds(self, example: Example, sequence: TrainingSequence) -> Tensor:
        """The sequence's embeddings [L, K], those of what is trained with gradients."""
        words = self.llm.get_input_embeddings().weight
        # A clone, because tensors of inference mode cannot be a part of what has gradients.
        embeds = sequence.prompt.embeds.clone().to(words)
        trained = {}
        if "g_t" in self._trained:
            trained["temporal"] = self.model.align_over_time(example.features)
        if "g" in self._trained:
            trained["spatial"] = self.model.align(example.features)
        ids = torch.tensor(sequence.prompt.ids)  # Shape: (L,)
        for name, tokens in trained.items():
            if name not in sequence.first_of:  # an ablation leaves it out
                continue
            index = sequence.first_of[name] - ids  # Shape: (L,)
            here = (ids < 0) & (index >= 0) & (index < len(tokens))
            embeds[here.to(embeds.device)] = tokens.to(embeds)[index[here].to(embeds.device)]
        return embeds


def attach_lora(llm: Any, rank: int) -> None:
    """Updates of all linear layers of the LLM itself, not of the vision encoder around it."""
    from peft import LoraConfig, LoraModel

    decoder = llm.get_decoder()
    inside = {module for module in decoder.modules() if isinstance(module, nn.Linear)}
    names = [name for name, module in llm.named_modules() if module in inside]
    LoraModel(llm, LoraConfig(r=rank, lora_alpha=LORA_SCALE * rank, target_modules=names), "default")
    for name, parameter in llm.named_parameters():
        if LORA in name:
            parameter.data = parameter.data.float()
            parameter.requires_grad_(True)
