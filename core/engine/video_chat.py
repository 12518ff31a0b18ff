"""VideoChat: one loaded model that many conversations about many clips use at once.

    chat = VideoChat.load()
    clip = chat.open("cat.mp4")
    conversation = chat.start(clip)
    for piece in chat.ask(conversation, "What is in the video?"):
        print(piece, end="")

* A clip is decoded and encoded once; its pooled features stay on disk under a content hash.
* A conversation is plain text that the caller owns. The engine keeps a KV cache for it, found by its
  id, so that a turn feeds only its own tokens; without the cache the answer is the same, only later.
* Nothing here belongs to one visitor: a server makes one VideoChat and shares it.
* Whatever goes wrong because of a user's input is a `ReelTalkError`.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch

from core.dialogue.conversation import Conversation, Cue, Subject, Turn
from core.engine.asked import asked
from core.engine.decoding.pool import DecodingPool
from core.engine.decoding.turns import Turns
from core.engine.generation import counted, generate_ids, stream_text
from core.engine.kv_store import KVEntry, KVStore
from core.engine.opening import OpenedClip, read_clip
from core.engine.prompting import PromptAhead, VisualPrefix, embedded_prompt, prompt_ahead
from core.engine.read_ahead import ReadAhead
from core.engine.settings import LOW_MEMORY, ChatSettings, EngineLimits
from core.engine.vllm_engine import VllmEngine
from core.errors import SettingError, VideoError
from core.features.store import FeatureStore, StoredClip, feature_key
from core.folders import cache_folder
from core.image_llm.base import EmbeddedPrompt, ImageLLM
from core.image_llm.load_options import LoadOptions
from core.image_llm.registry import load_image_llm
from core.progress import Progress, no_progress
from core.senses.background import SensePlaces, SensesAtWork
from core.senses.registry import available_senses
from core.senses.sense import SenseLimits, SenseOptions
from core.senses.store import SenseStore
from core.video.child_process import ChildAhead, start_child
from core.video.clip import VideoLimits
from core.video.read_video import check_file, hash_file
from core.video.sampling import SamplingPlan


class VideoChat:
    """One Image LLM with its temporal module, its stores, and the dialogues with it. Thread-safe."""

    def __init__(
        self,
        model: ImageLLM,
        folder: Path,
        limits: EngineLimits = EngineLimits(),
        reader: ChildAhead | None = None,  # None: a process is started when a file is to be read
        llm: VllmEngine | None = None,  # None: the model's own LLM writes the answers
        turns: Turns | None = None,  # those of other models that compute on the same processor
    ) -> None:
        self.model = model
        self._features = FeatureStore(folder / "features", limits.feature_bytes)
        self._senses = SenseStore(folder / "senses", limits.sense_bytes)
        self._kv = KVStore(limits.kv_bytes)
        self._ahead = ReadAhead(model, self._kv)
        self._turns = turns or Turns()
        self._pool = DecodingPool(model, self._turns)
        self._prefixes: OrderedDict[str, VisualPrefix] = OrderedDict()
        self._limits = limits
        self._reader, self._llm = reader, llm
        self._lock = threading.Lock()

    @classmethod
    def load(
        cls,
        model: str | None = None,
        adapter: Path | None = None,
        folder: Path | None = None,
        limits: EngineLimits = EngineLimits(),
        progress: Progress = no_progress,
        options: LoadOptions = LoadOptions(),
        turns: Turns | None = None,
    ) -> "VideoChat":
        """Load a model: an exact name of the registry, a hub id, or a folder with a checkpoint.

        Without a name, the largest of our own that fits into the memory that is free; the log says which.
        `adapter` is a folder with a trained temporal module, which takes the place of the model's own.
        """
        folder = folder or cache_folder()
        reader = None if options.low_memory else ChildAhead()
        if reader:
            reader.prepare()  # it starts while the weights are loaded
        image_llm = load_image_llm(model, progress, options)
        if adapter is not None:
            image_llm.load_adapter(adapter)
        llm = VllmEngine(image_llm, adapter) if options.llm_engine == "vllm" else None
        return cls(image_llm, folder, LOW_MEMORY if options.low_memory else limits, reader, llm, turns)

    def open(
        self,
        path: str | Path,
        plan: SamplingPlan = SamplingPlan(),
        limits: VideoLimits = VideoLimits(),
        progress: Progress = no_progress,
    ) -> OpenedClip:
        """Read a video or a picture, or find what was read of the same bytes before.

        Raises VideoError, SettingError.
        """
        path = Path(path)
        progress("hashing", 0.0)
        plan = replace(plan, area=self.model.decode_area, frames=min(plan.frames, self._limits.frames))
        check_file(path, limits)  # before it is read to its end
        sha256 = hash_file(path)
        key = feature_key(sha256, plan, self.model.fingerprint)
        start = self._reader.take if self._reader else start_child
        stored, cached = self._features.get_or_compute(
            key, lambda: read_clip(self.model, path, plan, limits, sha256, progress, start)
        )
        if self._reader:
            self._reader.prepare()
        prefix = self._remember(key, stored)
        progress("ready", 1.0)
        return OpenedClip(
            key=key,
            name=path.name,
            duration=stored.facts["duration"],
            reader=stored.facts["reader"],
            damaged=stored.facts["damaged"],
            seconds=prefix.seconds,
            thumbnails=stored.thumbnails,
            visual_tokens=sum(len(stretch) for stretch in prefix.stretches.values()),
            from_cache=cached,
            sightings=tuple(self.model.sightings(stored.features)),
        )

    def senses(
        self,
        path: str | Path,
        names: Iterable[str] | None = None,
        options: SenseOptions = SenseOptions(),
        limits: SenseLimits = SenseLimits(),
        places: SensePlaces | None = None,
    ) -> SensesAtWork:
        """Let senses (None: those that the model uses unasked) work on a clip in `places`; returns at once.

        `conversation.cues = work.cues()`, at any time. Raises VideoError, SettingError.
        """
        names = available_senses(self.model.senses) if names is None else names
        return SensesAtWork(self._senses, Path(path), names, options, limits, places)

    def start(
        self, clip: OpenedClip, beside: OpenedClip | None = None, subtitles: tuple[Cue, ...] = ()
    ) -> Conversation:
        """A new conversation about a clip with its subtitles, or about two clips that are compared."""
        return Conversation(clip.key, subtitles=subtitles, beside=Subject(beside.key) if beside else None)

    def read_ahead(
        self, conversation: Conversation, settings: ChatSettings = ChatSettings()
    ) -> Iterator[float]:
        """Read what stands before the next question, a piece at each step; yields the share that was read.

        Then that question costs no more than a later one. Nothing is held between two steps, so whoever takes
        no further one has stopped it. A question about this conversation stops it, too, and goes on there.
        Raises SettingError and VideoError as `ask`.
        """

        if self._llm is not None:  # which keeps what it has read itself
            return iter(())

        def prompt() -> PromptAhead:
            prefixes = self._prefixes_of(conversation)
            return prompt_ahead(self.model, conversation, prefixes, settings.timestamps)

        return self._ahead.pieces(conversation.id, prompt)

    def ask(
        self,
        conversation: Conversation,
        question: str,
        settings: ChatSettings = ChatSettings(),
        stop: threading.Event | None = None,
    ) -> Iterator[str]:
        """Append a turn and yield its answer piece by piece; the turn holds it whole at the end.

        Setting `stop`, or closing the generator, ends the answer within a token; what was written stays
        in the turn, which is then not `finished`. Raises SettingError for an empty or too long question, or
        for two clips where the model cannot compare any.
        """
        turn = asked(question, settings, conversation.turns)
        stop = stop or threading.Event()
        started = time.monotonic()
        prefixes = self._prefixes_of(conversation)
        prompt = embedded_prompt(self.model, conversation, turn, prefixes, settings.timestamps)
        conversation.turns.append(turn)
        stream = self._stream(conversation.id, prompt, settings, stop, turn)
        pieces = self.model.postprocess(self._ahead.making_way(conversation.id, stream), turn)
        try:
            for piece in pieces:
                if turn.seconds_to_first_token is None:
                    turn.seconds_to_first_token = time.monotonic() - started
                turn.answer += piece
                yield piece
            turn.finished = not stop.is_set()
        finally:
            turn.seconds = time.monotonic() - started

    def retry(
        self,
        conversation: Conversation,
        settings: ChatSettings = ChatSettings(),
        stop: threading.Event | None = None,
    ) -> Iterator[str]:
        """Answer the last question anew, in place of its answer. Raises SettingError where there is none.

        The old answer stays where the question cannot be asked again.
        """
        if not conversation.turns:
            raise SettingError("nothing_to_retry")
        old = conversation.turns.pop()
        before = len(conversation.turns)
        try:
            # About the moment that was meant then, wherever the viewer is by now.
            yield from self.ask(conversation, old.question, replace(settings, moment=old.moment), stop)
        finally:
            if len(conversation.turns) == before:
                conversation.turns.append(old)

    def forget(self, conversation_id: str) -> None:
        """Free what the engine keeps for a conversation that is over."""
        self._ahead.forget(conversation_id)

    def _remember(self, key: str, stored: StoredClip) -> VisualPrefix:
        with torch.inference_mode():
            stretches = self.model.visual_prefix(stored.features)
            notes = self.model.notes(stored.features)
        prefix = VisualPrefix(stretches, tuple(stored.features.seconds.tolist()), notes)
        with self._lock:
            self._prefixes[key] = prefix
            self._prefixes.move_to_end(key)
            while len(self._prefixes) > self._limits.open_clips:
                self._prefixes.popitem(last=False)
        return prefix

    def _prefix(self, key: str) -> VisualPrefix:
        with self._lock:
            prefix = self._prefixes.get(key)
        if prefix is not None:
            return prefix
        if (stored := self._features.get(key)) is None:
            raise VideoError("clip_expired")
        return self._remember(key, stored)

    def _prefixes_of(self, conversation: Conversation) -> list[VisualPrefix]:
        if len(conversation.subjects) > 1 and not self.model.compares_clips:
            raise SettingError("cannot_compare", model=self.model.name)
        return [self._prefix(subject.clip_key) for subject in conversation.subjects]

    def _stream(
        self,
        conversation_id: str,
        prompt: EmbeddedPrompt,
        settings: ChatSettings,
        stop: threading.Event,
        turn: Turn,
    ) -> Iterator[str]:
        room = self.model.context_length - len(prompt.ids)
        settings = replace(settings, max_new_tokens=min(settings.max_new_tokens, room))
        if self._llm is not None:
            ids = self._llm.write(prompt.embeds, settings, stop)
            yield from stream_text(self.model, counted(ids, turn, []))
            return
        with self._turns.turn():
            if stop.is_set():
                return
            entry = self._kv.take(conversation_id, prompt.ids) or KVEntry([], self.model.new_cache())
            held = turn.cached_tokens = len(entry.ids)
            logits = self.model.read(prompt, held, entry.cache)
        entry.ids += prompt.ids[held:]
        processor = self.model.logits_processor(turn, prompt)
        generated: list[int] = []
        try:
            with self._pool.writing(entry.cache) as row:
                feed = partial(self._pool.feed, row)
                ids = generate_ids(self.model, logits, feed, settings, stop, processor)
                yield from stream_text(self.model, counted(ids, turn, generated))
        finally:
            if not row.lost:
                fed = entry.cache.get_seq_length() - len(entry.ids)  # the last token may not have been fed
                entry.ids += generated[:fed]
                self._kv.put(conversation_id, entry)
