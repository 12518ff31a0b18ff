"""A clip that is being read by a model, and what the page shows of one that has been."""

import base64
import io
import threading
import uuid
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

import core
from demo.models.host import ModelHost
from demo.settings.span import Span


@dataclass(frozen=True)
class ClipView:
    """What the page shows of an opened clip. Small: the tensors stay in the engine."""

    key: str
    name: str
    duration: float  # s; 0 of a single picture
    damaged: bool
    seconds: tuple[float, ...]  # times of the sampled frames
    pictures: tuple[str, ...]  # the sampled frames as data URIs, so that no visitor can fetch another's
    sightings: tuple["core.Sighting", ...] = ()  # what the model recognised, and when

    @classmethod
    def of(cls, clip: "core.OpenedClip") -> "ClipView":
        pictures = tuple(data_uri(picture) for picture in clip.thumbnails.numpy())
        return cls(clip.key, clip.name, clip.duration, clip.damaged, clip.seconds, pictures, clip.sightings)

    @property
    def still(self) -> bool:
        """Whether it is a single picture, in which nothing has a time."""
        return self.duration == 0

    @property
    def picture(self) -> str:
        """The one that stands for the clip."""
        return self.pictures[len(self.pictures) // 2]


@dataclass
class Reading:
    """A clip that is being read by a model, or has been, or could not be.

    clip_id: the visitor's browser finds the clip again by it.
    picture: of the clip, from when it was read last.
    link: of the web, from which the clip has to be fetched first; `path` is where it will be.
    """

    path: str
    frames: int
    host: ModelHost
    span: Span = None
    duration: float | None = None  # s, once it is known
    phase: str = "hashing"  # the last part of a progress.* key
    fraction: float = 0.0
    clip: ClipView | None = None
    error: Exception | None = None
    done: threading.Event = field(default_factory=threading.Event)
    clip_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    picture: str | None = None
    link: str | None = None

    @property
    def refused(self) -> bool:
        """Whether the file cannot be used, and not the model."""
        return self.error is not None and self.host.error is None

    @property
    def accepted(self) -> bool:
        """Whether the engine has read the file, with this model or an earlier one."""
        return self.duration is not None

    def again(self, host: ModelHost) -> "Reading":
        """The same, from the beginning and with the same id."""
        return Reading(
            self.path,
            self.frames,
            host,
            self.span,
            self.duration,
            clip_id=self.clip_id,
            picture=self.picture,
            link=self.link,
        )


def data_uri(picture: np.ndarray, quality: int = 80) -> str:
    """uint8 [h, w, 3] -> a data: URI of a JPEG."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
