"""Messages of a request become what the engine knows: clips, earlier turns, a question, settings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.dialogue.conversation import Turn
from core.language.detection import spoken_in
from core.serve.answers.schema import ChatRequest, FilePart, InputVideoPart, Message, Ours, TextPart
from core.serve.clips.files import shown
from core.serve.clips.sources import Source
from core.serve.errors import ApiError
from core.text.cleaning import clean

if TYPE_CHECKING:
    from core.engine.settings import ChatSettings

MOST_CLIPS = 2


@dataclass(frozen=True)
class Asked:
    """A question in its conversation."""

    sources: tuple[Source, ...]  # the clips, each once, in the order of the messages; at most two
    turns: tuple[Turn, ...]  # the finished ones
    question: str
    settings: "ChatSettings"
    stops: tuple[str, ...]
    ours: Ours


def read_request(wanted: ChatRequest) -> Asked:
    """Raises ApiError, SettingError."""
    system = "\n".join(_text(each) for each in wanted.messages if each.role in ("system", "developer"))
    spoken = _merged([each for each in wanted.messages if each.role in ("user", "assistant")])
    if not spoken or spoken[-1].role != "user":
        raise ApiError("The last message has to be the user's.", code="no_question", param="messages")
    if spoken[0].role != "user":
        raise ApiError("The first message has to be the user's.", code="no_question", param="messages")
    sources = tuple(
        dict.fromkeys(source for each in spoken if each.role == "user" for source in _sources(each))
    )
    if not 1 <= len(sources) <= MOST_CLIPS:
        raise ApiError(
            f"A conversation is about one clip, or two to compare; this one has {len(sources)}. "
            "A clip is a part of a message: video_url, input_video, file or image_url.",
            code="clips",
            param="messages",
        )
    questions = [_text(each) for each in spoken[::2]]
    language = wanted.reeltalk.language
    languages: list[str] = []
    for question in questions:
        before = languages[-1] if languages else None
        languages.append(spoken_in(question, before) if language == "auto" else language)
    if system:  # models here have no place for it of their own
        questions[0] = f"{system}\n\n{questions[0]}"
    turns = tuple(
        Turn(question, _text(answer), each, finished=True)
        for question, answer, each in zip(questions, spoken[1::2], languages, strict=False)
    )
    stops = (wanted.stop,) if isinstance(wanted.stop, str) else tuple(wanted.stop or ())
    settings = _settings(wanted, languages[-1])
    return Asked(sources, turns, questions[-1], settings, tuple(filter(None, stops)), wanted.reeltalk)


def _settings(wanted: ChatRequest, language: str) -> "ChatSettings":
    """What the client leaves open is as everywhere in ReelTalk."""
    from core.engine.settings import ChatSettings

    given: dict[str, Any] = {
        "max_new_tokens": wanted.max_completion_tokens or wanted.max_tokens,
        "temperature": wanted.temperature,
        "top_p": wanted.top_p,
        "seed": wanted.seed,
    }
    return ChatSettings(
        language=language,
        timestamps=wanted.reeltalk.timestamps,
        **{name: value for name, value in given.items() if value is not None},
    )


def _merged(messages: Sequence[Message]) -> list[Message]:
    """Messages of one side that follow each other, as one."""
    merged: list[Message] = []
    for message in messages:
        if merged and merged[-1].role == message.role:
            both = [*_parts(merged[-1]), *_parts(message)]
            merged[-1] = Message(role=message.role, content=both)
        else:
            merged.append(message)
    return merged


def _parts(message: Message) -> list[Any]:
    if isinstance(message.content, str):
        return [TextPart(type="text", text=message.content)]
    return message.content or []


def _text(message: Message) -> str:
    texts = (part.text for part in _parts(message) if isinstance(part, TextPart))
    text = "\n".join(texts)
    if message.role == "assistant":  # as the model wrote it, for its next answer and the engine's KV cache
        return text.encode("utf-8", "ignore").decode()  # without half a surrogate pair
    return clean(text).strip()


def _sources(message: Message) -> list[Source]:
    return [_source(part) for part in _parts(message) if not isinstance(part, TextPart)]


def _source(part: Any) -> Source:
    if isinstance(part, InputVideoPart):
        video = part.input_video
        found = Source(video.file_id, video.data, video.url, shown(f"clip.{video.format[:10]}"))
        return _only_one(found, [video.file_id, video.data, video.url], "input_video")
    if isinstance(part, FilePart):
        file = part.file
        found = Source(file.file_id) if file.file_id else Source.of_url(file.file_data or "")
        return _only_one(found, [file.file_id, file.file_data], "file")
    return Source.of_url(part.video_url.url if part.type == "video_url" else part.image_url.url)


def _only_one(source: Source, given: Sequence[str | None], param: str) -> Source:
    if sum(bool(each) for each in given) != 1:
        raise ApiError(f"{param} says in exactly one way where the clip is.", code="clips", param=param)
    return source
