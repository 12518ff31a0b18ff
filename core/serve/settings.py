"""What the API takes and keeps, as its operator wants it."""

from dataclasses import dataclass, field

from core.video.clip import VideoLimits


@dataclass(frozen=True)
class ApiLimits:
    """Limits of all keys together; a key may have narrower ones of its own (keys.py)."""

    upload: int = 500 * 10**6  # bytes of a file that is uploaded, or fetched from an address
    body: int = 32 * 10**6  # bytes of any other request, in which clips may lie as base64
    kept: float = 24 * 3600.0  # seconds that a file stays; a client may want it to go earlier
    kept_bytes: int = 10 * 10**9  # of all files of one key
    at_once: int = 8  # requests that are worked on side by side
    queue: int = 64  # requests that may wait beside these; one more is turned away
    readers: int = 2  # clips that are decoded and encoded side by side
    senses_at_once: int = 1  # clips that are heard or read side by side; 0: none ever is
    url_hosts: tuple[str, ...] = ()  # hosts from which clips are fetched; ".site.example": all below it
    url_seconds: float = 60.0  # that fetching one may take
    video: VideoLimits = field(default_factory=VideoLimits)
