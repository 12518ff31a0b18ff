"""The LLM learns to answer from visual tokens and notes: low-rank updates, trained on answers alone.

The vision encoder, g and g_t stay as they are; their tokens are made once. A run is resumed where it stopped.
"""

import logging
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

from core.compact import lora
from core.compact.base_files import LLMS
from core.compact.eyes import Eyes
from core.compact.llm.base_llm import GgufWeights
from core.compact.llm.decoders import TorchDecoder
from core.compact.llm.preparing import open_tokenizer, torch_llm
from core.compact.loading import SIZES
from core.compact.model import CompactImageLLM
from core.compact.trained_parts import EYES, WEIGHTS_FILE, LanguageConfig, LanguageParts, below
from core.dialogue.prompt import ClipInPrompt, PromptPart, visual_prefix_parts
from core.image_llm.hardware import pick_dtype
from core.lab.clips.dataset import make_features, workers_here
from core.lab.talks.asking import ask_about
from core.lab.talks.comparing import ask_about_both
from core.lab.talks.drawn import ART, DrawnClips
from core.lab.talks.made_up import PATCHES, MadeUpTokens, asked_of, notes_of
from core.lab.talks.sequences import IGNORED, VISUAL, Asked, Batch, SequenceMaker, TrainingSequence, batch_of
from core.lab.talks.situations import Situation, sample_situation
from core.lab.talks.written import written_talks
from core.progress import no_progress
from core.weights import fetch

log = logging.getLogger(__name__)
LABEL_STRIDE = 128  # rows of logits are a multiple of it: they take the most memory in a step


@dataclass(frozen=True)
class TeachingSettings:
    steps: int = 90
    sequences: int = 4  # in a step
    written: int = 2  # of these: talks that were written by hand
    talks: tuple[str, ...] = ()  # names of their files; none: all of them
    turns: int = 10  # questions about each other clip
    clips: int = 420  # how many drawn ones there are
    drawn: float = 0.45  # share of these clips that are drawn ones
    pairs: float = 0.1  # share of two clips side by side
    without_notes: float = 0.3  # share of the drawn clips that have visual tokens only
    without_tokens: float = 0.08  # share of the clips that have notes only
    rate: float = 4e-4  # learning rate
    warm_up: int = 8  # steps
    rank: int = 8
    untouched: float = (
        1 / 3
    )  # share of the layers, from the first, that stay as they are: they only read words
    seed: int = 0
    checkpoint_every: int = 10  # steps


class Teacher(nn.Module):
    """The LLM with its updates; `forward` gives the loss of a batch."""

    def __init__(
        self, model: CompactImageLLM, settings: TeachingSettings, start: LanguageParts | None
    ) -> None:
        """start: the updates that training goes on from; None: from nothing."""
        super().__init__()
        llm = model.decoder.llm
        llm.requires_grad_(False).set_attn_implementation("sdpa")
        self.trunk = llm.model
        self.words: Tensor
        self.register_buffer("words", llm.get_input_embeddings().weight.data, persistent=False)
        self.config = start.config if start else LanguageConfig(settings.rank)
        first = round(settings.untouched * llm.config.num_hidden_layers)
        layers = [
            name
            for name in lora.layers_called(llm.model.layers, lora.LLM_LAYERS)
            if int(name.partition(".")[0]) >= first
        ]
        layers = [f"model.layers.{name}" for name in layers]
        self.updates = lora.attach(llm, layers, self.config.lora_rank, self.config.lora_scale)
        if start:
            lora.begin_with(self.updates, start.updates)

    def forward(self, batch: Batch) -> tuple[Tensor, int]:
        """The sum of the cross-entropy of the answers' tokens, and how many there are."""
        embeds = F.embedding(batch.ids.clamp(min=0), self.words)  # Shape: (B, L, K)
        embeds[batch.ids == VISUAL] = batch.visual.to(embeds.dtype)
        bias = torch.zeros(batch.mask.shape, dtype=embeds.dtype)
        bias = bias.masked_fill(~batch.mask, torch.finfo(embeds.dtype).min)
        hidden = self.trunk(
            inputs_embeds=embeds, attention_mask=bias, position_ids=batch.positions, use_cache=False
        ).last_hidden_state  # Shape: (B, L, K)
        said = (batch.labels != IGNORED).flatten().nonzero()[:, 0]  # Shape: (labels,)
        unused = (batch.labels == IGNORED).flatten().nonzero()[: -len(said) % LABEL_STRIDE, 0]
        rows = torch.cat([said, unused])  # a multiple of the stride; unused rows do not count
        logits = (hidden.flatten(0, 1)[rows] @ self.words.T).float()  # Shape: (labels, V)
        wanted = batch.labels.flatten()[rows]
        return F.cross_entropy(logits, wanted, ignore_index=IGNORED, reduction="sum"), len(said)


class Lessons:
    """The sequences of a step; its number seeds them, so that a resumed run gets the same ones."""

    def __init__(self, model: CompactImageLLM, drawn: DrawnClips | None, settings: TeachingSettings) -> None:
        """drawn: None where the settings ask for none."""
        self._maker = SequenceMaker(model.tokenizer, model.template)
        self._tokens = MadeUpTokens(model.alignment.name_words, model.places.offsets)
        self._drawn, self._settings = drawn, settings

    def of_step(self, step: int) -> Iterator[TrainingSequence]:
        random = Random(f"{self._settings.seed}-{step}")
        for number in range(self._settings.written):
            yield self._written_one(step * self._settings.written + number, random)
        for _ in range(self._settings.sequences - self._settings.written):
            draw = random.random()
            if draw < self._settings.drawn:
                yield self._drawn_one(random)
            elif draw > 1 - self._settings.pairs:
                yield self._pair(random)
            else:
                yield self._made_up(random)

    def _written_one(self, number: int, random: Random) -> TrainingSequence:
        """Each of them once, then again in another order."""
        talks = written_talks(self._settings.talks)
        turn, place = divmod(number, len(talks))
        order = Random(f"{self._settings.seed}-{turn}").sample(range(len(talks)), len(talks))
        talk = talks[order[place]]
        return self._about(talk.situation, random.sample(talk.groups, len(talk.groups)), random)

    def _made_up(self, random: Random) -> TrainingSequence:
        situation = sample_situation(random)
        return self._about(situation, ask_about(situation, random, self._settings.turns), random)

    def _about(
        self, situation: Situation, groups: Sequence[Sequence[Asked]], random: Random
    ) -> TrainingSequence:
        parts = self._parts(situation.seconds, random)
        clip = ClipInPrompt(parts, notes_of(situation))
        read = [[asked_of(situation, asked) for asked in turns] for turns in groups]
        return self._maker.make([clip], [self._tokens(situation, random)], read)

    def _pair(self, random: Random) -> TrainingSequence:
        first, second = (
            replace(sample_situation(random), speech=None, sign=None, heard=None, read=None) for _ in range(2)
        )
        both = first, second
        groups = ask_about_both(both, random, self._settings.turns)
        clips = [
            ClipInPrompt(visual_prefix_parts(PATCHES, list(each.seconds), True, 2, number), notes_of(each))
            for number, each in enumerate(both)
        ]
        return self._maker.make(clips, [self._tokens(each, random) for each in both], groups)

    def _drawn_one(self, random: Random) -> TrainingSequence:
        assert self._drawn is not None, "the settings ask for drawn clips"
        clip = self._drawn.sample(random)
        groups = self._drawn.ask(clip, random, self._settings.turns)
        notes = "" if random.random() < self._settings.without_notes else clip.notes
        parts = (
            self._parts(clip.seconds, random)
            if notes
            else visual_prefix_parts(PATCHES, clip.seconds, True, 2)
        )
        return self._maker.make([ClipInPrompt(parts, notes)], [clip.prefix], groups)

    def _parts(self, seconds: Sequence[float], random: Random) -> list[PromptPart]:
        """All visual tokens, sometimes none: both must be read without the other."""
        if random.random() < self._settings.without_tokens:
            return []
        return visual_prefix_parts(PATCHES, list(seconds), True, 2)


def teach(size: str, settings: TeachingSettings, drawn: Path, out: Path, start: Path | None = None) -> None:
    """Train the updates of the LLM of this size of compact into `out`.

    drawn: where drawn clips are kept; start: the folder of updates to go on from.
    """
    encoder = below(load_file(EYES / WEIGHTS_FILE), "encoder")
    make_features(ART, drawn, "train", settings.clips, workers_here(), encoder)
    gguf = fetch(LLMS[size])
    tokenizer = open_tokenizer(gguf, no_progress)
    base = GgufWeights(gguf)
    dtype = pick_dtype("auto", "cpu")
    model = SIZES[size](TorchDecoder(torch_llm(base, base, dtype)), tokenizer, Eyes())
    clips = DrawnClips(model, drawn)
    log.info("%d drawn clips", len(clips))
    learn(model, Lessons(model, clips, settings), settings, out, LanguageParts.of(start) if start else None)


def learn(
    model: CompactImageLLM,
    lessons: Lessons,
    settings: TeachingSettings,
    out: Path,
    start: LanguageParts | None = None,
) -> None:
    """The steps of training; a checkpoint in `out` is gone on from, to the same numbers."""
    torch.manual_seed(settings.seed)  # of the first values of the updates
    teacher = Teacher(model, settings, start)
    parameters = [part for layer in teacher.updates.values() for part in (layer.a, layer.b)]
    log.info("%.1f million numbers are trained", sum(each.numel() for each in parameters) / 1e6)
    optimiser = torch.optim.AdamW(parameters, lr=settings.rate, weight_decay=0.0, betas=(0.9, 0.98))

    def share(step: int) -> float:
        """Of the learning rate: warm-up, then a cosine down to a twentieth."""
        if step < settings.warm_up:
            return (step + 1) / settings.warm_up
        done = (step - settings.warm_up) / max(1, settings.steps - settings.warm_up)
        return 0.05 + 0.95 * (1 + math.cos(math.pi * done)) / 2

    scheduler = torch.optim.lr_scheduler.LambdaLR(optimiser, share)
    out.mkdir(parents=True, exist_ok=True)
    checkpoint, begin = out / "checkpoint.pt", 0
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        lora.begin_with(teacher.updates, saved["updates"])
        optimiser.load_state_dict(saved["optimiser"])
        scheduler.load_state_dict(saved["scheduler"])
        begin = saved["step"]
    (padding,) = model.tokenizer.encode("<|endoftext|>", add_special_tokens=False)
    for step in range(begin, settings.steps):
        started, total, count, read = time.monotonic(), 0.0, 0, 0
        for sequence in lessons.of_step(step):  # one at a time: several would take twice the memory
            batch = batch_of(sequence, padding)
            loss, said = teacher(batch)
            (loss / 400).backward()  # about the labels of a pass; the norm is clipped below
            total, count, read = total + loss.item(), count + said, read + batch.ids.numel()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        scheduler.step()
        optimiser.zero_grad()
        seconds = time.monotonic() - started
        log.info("step %d: loss %.3f, %.1f s, %.0f tokens/s", step, total / count, seconds, read / seconds)
        if (step + 1) % settings.checkpoint_every == 0 or step + 1 == settings.steps:
            updates = lora.state(teacher.updates)
            state = {
                "updates": updates,
                "optimiser": optimiser.state_dict(),
                "scheduler": scheduler.state_dict(),
            }
            torch.save({**state, "step": step + 1}, checkpoint.with_suffix(".new"))
            checkpoint.with_suffix(".new").replace(checkpoint)
            LanguageParts(teacher.config, updates).save(out)
