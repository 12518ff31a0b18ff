"""The body of POST /v1/chat/completions: OpenAI's fields that mean something here, and ours under `reeltalk`.

What OpenAI has and we have not is refused where ignoring it would change the answer, and ignored elsewhere.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

SenseName = Literal["hearing", "reading", "subtitles"]
# Field -> its values that change nothing; any other is refused.
WITHOUT_EFFECT: dict[str, tuple[Any, ...]] = {
    "n": (None, 1),
    "tools": (None, []),
    "functions": (None, []),
    "tool_choice": (None, "none", "auto"),
    "response_format": (None, {"type": "text"}),
    "logprobs": (None, False),
    "logit_bias": (None, {}),
    "presence_penalty": (None, 0),
    "frequency_penalty": (None, 0),
    "modalities": (None, ["text"]),
}


class Url(BaseModel):
    url: str


class TextPart(BaseModel):
    type: Literal["text"]
    text: str


class VideoUrlPart(BaseModel):
    type: Literal["video_url"]
    video_url: Url


class ImageUrlPart(BaseModel):
    type: Literal["image_url"]
    image_url: Url


class InputVideo(BaseModel):
    """One of the first three."""

    data: str | None = None  # base64
    file_id: str | None = None
    url: str | None = None
    format: str = "mp4"


class InputVideoPart(BaseModel):
    type: Literal["input_video"]
    input_video: InputVideo


class File(BaseModel):
    """One of the first two."""

    file_id: str | None = None
    file_data: str | None = None  # a data URL
    filename: str = "clip"


class FilePart(BaseModel):
    type: Literal["file"]
    file: File


Part = Annotated[
    TextPart | VideoUrlPart | ImageUrlPart | InputVideoPart | FilePart, Field(discriminator="type")
]


class Message(BaseModel):
    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[Part] | None = None


class StreamOptions(BaseModel):
    include_usage: bool = False


class Ours(BaseModel):
    """What no other API has. A field that is misspelt is refused."""

    model_config = ConfigDict(extra="forbid")

    frames: int | None = Field(default=None, ge=1, le=1024)  # of each clip
    start: float | None = Field(default=None, ge=0)  # seconds of the first clip
    end: float | None = Field(default=None, gt=0)
    language: Literal["auto", "en", "zh"] = "auto"  # of the answer
    timestamps: bool = True  # put the frames' times into the prompt
    senses: list[SenseName] | None = None  # None: all that the server has
    speech_language: str = Field(default="auto", pattern=r"^(auto|[a-z]{2,3})$")


class ChatRequest(BaseModel):
    model: str
    messages: list[Message] = Field(min_length=1, max_length=500)
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    seed: int | None = Field(default=None, ge=-(2**63), lt=2**63)
    stop: str | list[str] | None = None
    reeltalk: Ours = Ours()
    # As clients send them; see WITHOUT_EFFECT.
    n: Any = None
    tools: Any = None
    functions: Any = None
    tool_choice: Any = None
    response_format: Any = None
    logprobs: Any = None
    logit_bias: Any = None
    presence_penalty: Any = None
    frequency_penalty: Any = None
    modalities: Any = None

    @field_validator(*WITHOUT_EFFECT)
    @classmethod
    def _has_no_effect(cls, value: Any, info: Any) -> Any:
        if value not in WITHOUT_EFFECT[info.field_name]:
            raise ValueError("this server cannot do that")
        return value

    @field_validator("stop")
    @classmethod
    def _few_stops(cls, value: str | list[str] | None) -> str | list[str] | None:
        if isinstance(value, list) and len(value) > 4:
            raise ValueError("at most 4")
        return value
