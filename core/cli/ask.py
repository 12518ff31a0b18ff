"""`reeltalk ask`: questions about a clip, or a file of questions."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TextIO

import typer

from core.cli.options import (
    AdapterOption,
    BitsOption,
    DeviceOption,
    DtypeOption,
    FramesOption,
    LowMemoryOption,
    ModelChoice,
    ModelOption,
    PickleOption,
    load_chat,
    open_clip,
    sampling_plan,
)
from core.cli.senses import (
    HearingModelOption,
    HearOption,
    ReadOption,
    SenseChoice,
    SpeechLanguageOption,
    cue_facts,
    watch,
)
from core.cli.terminal import print_json
from core.cli.text_files import EncodingOption, lines_from, subtitles_from
from core.errors import SettingError
from core.image_llm.load_options import LoadOptions

if TYPE_CHECKING:
    from core.dialogue.conversation import Conversation, Cue
    from core.engine.opening import OpenedClip
    from core.engine.settings import ChatSettings
    from core.engine.video_chat import VideoChat
    from core.video.sampling import SamplingPlan

SOME_FAILED = 1  # exit code of a batch with rows that could not be answered


def ask(
    clip: Annotated[Path | None, typer.Argument(metavar="CLIP", help="A video or a picture.")] = None,
    questions: Annotated[
        list[str] | None,
        typer.Argument(metavar="QUESTION...", help="One conversation: each may refer to those before."),
    ] = None,
    batch: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.jsonl",
            help='Instead of CLIP and QUESTION: rows {"video": path, "question": text}, each a conversation '
            'of its own, to the same rows with "answer" or "error". Paths are relative to the file.',
            exists=True,
            dir_okay=False,
            readable=True,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="OUT.jsonl", help="Where the rows of --batch go, instead of stdout."),
    ] = None,
    model: ModelOption = None,
    adapter: AdapterOption = None,
    device: DeviceOption = "auto",
    dtype: DtypeOption = "auto",
    bits: BitsOption = None,
    allow_pickle: PickleOption = False,
    low_memory: LowMemoryOption = False,
    frames: FramesOption = None,
    subtitles: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What is said in CLIP (.srt or .vtt), for models that read it."),
    ] = None,
    beside: Annotated[
        Path | None,
        typer.Option(metavar="CLIP", help="A second clip, for models that compare: video 2 of QUESTION."),
    ] = None,
    hear: HearOption = None,
    read: ReadOption = None,
    speech_language: SpeechLanguageOption = "auto",
    hearing_model: HearingModelOption = "base",
    encoding: EncodingOption = None,
    lang: Annotated[
        Literal["auto", "en", "zh"],
        typer.Option(help="Language of the answers; auto: that of each question."),
    ] = "auto",
    max_new_tokens: Annotated[int | None, typer.Option(metavar="N", help="Longest answer.")] = None,
    temperature: Annotated[
        float | None, typer.Option(help="Chance in the choice of words, 0 to 2; 0, the default, is none.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, max=2**63 - 1, help="The same seed gives the same answer.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per question.")] = False,
) -> None:
    """Ask about a clip, or answer a file of questions."""
    if (batch is None) == (clip is None):
        raise typer.BadParameter("give either CLIP and QUESTION, or --batch FILE.jsonl")
    if batch is None and out is not None:
        raise typer.BadParameter("--out belongs to --batch")
    if batch is not None and (subtitles is not None or beside is not None):
        raise typer.BadParameter("--subtitles and --beside belong to CLIP")
    if clip is not None and not questions:
        raise typer.BadParameter("there is no QUESTION")
    choice = ModelChoice(model, adapter, LoadOptions(device, dtype, bits, allow_pickle, low_memory))
    senses = SenseChoice(hear, read, speech_language, hearing_model)
    if low_memory:  # only what is asked for by name
        senses = replace(senses, hear=bool(hear), read=bool(read))
    plan = sampling_plan(frames)
    settings = _chat_settings(
        language=lang, max_new_tokens=max_new_tokens, temperature=temperature, seed=seed
    )
    if batch is not None:
        _ask_batch(choice, batch, encoding, out, plan, settings, senses)
    elif clip is not None:
        _ask_about(
            choice, Topic(clip, subtitles, encoding, beside, senses), questions or [], plan, settings, as_json
        )


@dataclass(frozen=True)
class Topic:
    """The files that a conversation is about."""

    clip: Path
    subtitles: Path | None = None
    encoding: str | None = None  # of the subtitles
    beside: Path | None = None
    senses: SenseChoice = field(default_factory=SenseChoice)


def _ask_about(
    choice: ModelChoice,
    topic: Topic,
    questions: list[str],
    plan: "SamplingPlan",
    settings: "ChatSettings",
    as_json: bool,
) -> None:
    from core.video.clip import VideoLimits
    from core.video.read_video import check_file

    for path in filter(None, (topic.clip, topic.beside)):  # what can be checked before the model is loaded
        check_file(path, VideoLimits())
    if not all(question.strip() for question in questions):
        raise SettingError("question_empty")
    said = subtitles_from(topic.subtitles, topic.encoding) if topic.subtitles else ()
    chat = load_chat(choice)
    if said and not chat.model.reads_subtitles:
        raise SettingError("subtitles_not_read", model=choice.model or chat.model.name)
    if topic.beside and not chat.model.compares_clips:
        raise SettingError("cannot_compare", model=choice.model or chat.model.name)
    clip = open_clip(chat, topic.clip, plan)
    beside = open_clip(chat, topic.beside, plan) if topic.beside else None
    conversation = chat.start(clip, beside, said)
    if names := topic.senses.names(chat.model.senses):
        conversation.cues = _sensed(chat, topic.clip, names, topic.senses)
        if topic.beside and conversation.beside:
            cues = _sensed(chat, topic.beside, names, topic.senses)
            conversation.beside = replace(conversation.beside, cues=cues)
    for question in questions:
        if as_json:
            _ask_for_json(chat, clip, conversation, question, settings)
        else:
            _ask_aloud(chat, conversation, question, settings)


def _sensed(
    chat: "VideoChat", path: Path, names: list[str], senses: SenseChoice
) -> dict[str, tuple["Cue", ...]]:
    """What the senses find in a clip, by source."""
    return watch(chat.senses(path, names, senses.options()), senses)


def _ask_aloud(
    chat: "VideoChat", conversation: "Conversation", question: str, settings: "ChatSettings"
) -> None:
    pieces = chat.ask(conversation, question, settings)
    first = next(pieces, "")  # what is wrong with the question shows here, before a line is begun
    try:
        print(first, end="", flush=True)
        for piece in pieces:
            print(piece, end="", flush=True)
    finally:
        print(flush=True)


def _ask_for_json(
    chat: "VideoChat",
    clip: "OpenedClip",
    conversation: "Conversation",
    question: str,
    settings: "ChatSettings",
) -> None:
    answer = "".join(chat.ask(conversation, question, settings))
    turn = conversation.turns[-1]
    print_json(
        {
            "question": question,
            "answer": answer,
            "seconds_to_first_token": turn.seconds_to_first_token,
            "seconds": turn.seconds,
            "visual_tokens": clip.visual_tokens,
            "reader": clip.reader,
            "features_from_cache": clip.from_cache,
            "damaged": clip.damaged,
            "cues": [cue_facts(cue) for cue in turn.cues],
        }
    )


def _ask_batch(
    choice: ModelChoice,
    batch: Path,
    encoding: str | None,
    out: Path | None,
    plan: "SamplingPlan",
    settings: "ChatSettings",
    senses: SenseChoice,
) -> None:
    from tqdm import tqdm

    from core.cli.batch import answer_rows, split_lines

    if out is not None and out.exists() and out.samefile(batch):
        raise typer.BadParameter("--out is the batch file itself")
    chat = load_chat(choice)
    failed = 0
    with _target(out) as target:
        lines = split_lines(lines_from(batch, encoding))  # told once nothing else is wrong
        names = senses.names(chat.model.senses)

        def sensed(path: Path) -> dict[str, tuple["Cue", ...]]:
            return _sensed(chat, path, names, senses) if names else {}

        rows = answer_rows(chat, lines, batch.parent, plan, settings, sensed)
        for row in tqdm(rows, total=len(lines), unit="question", file=sys.stderr):
            with tqdm.external_write_mode(target):  # else a row lands in the middle of the bar
                print_json(row, target)
            failed += "error" in row
    if failed:
        print(f"{failed} of {len(lines)} rows failed.", file=sys.stderr)
        raise typer.Exit(SOME_FAILED)


@contextmanager
def _target(out: Path | None) -> Iterator[TextIO]:
    """Where rows go. Half of a surrogate pair has no place in UTF-8: its escape is JSON, too."""
    if out is None:
        yield sys.stdout
        return
    try:
        file = out.open("w", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise typer.BadParameter(f"--out cannot be written: {error.strerror}") from error
    with file:
        yield file


def _chat_settings(**given: Any) -> "ChatSettings":
    from core.engine.settings import ChatSettings

    return ChatSettings(**{name: value for name, value in given.items() if value is not None})
