"""The engine: talk with a video through an Image LLM and a temporal adapter.

The public names, loaded on first use: importing `core` must stay cheap, because the child
process that decodes a video imports `core.video_reader` and has no use for torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.chinese_script import common_script, in_script_of
    from core.dialogue import Conversation, Cue, Subject, Turn
    from core.engine import ChatSettings, OpenedClip, VideoChat
    from core.errors import ReelTalkError
    from core.image_llm.installed import installed_models
    from core.image_llm.load_options import LoadOptions
    from core.image_llm.registry import check_model_name
    from core.language import keywords
    from core.subtitles import Subtitles, read_subtitles
    from core.video import Clip, Frames, SamplingPlan, VideoLimits

_HOME = {
    "Clip": "core.video",
    "ChatSettings": "core.engine",
    "Conversation": "core.dialogue",
    "Cue": "core.dialogue",
    "Frames": "core.video",
    "LoadOptions": "core.image_llm.load_options",
    "OpenedClip": "core.engine",
    "ReelTalkError": "core.errors",
    "SamplingPlan": "core.video",
    "Subject": "core.dialogue",
    "Subtitles": "core.subtitles",
    "Turn": "core.dialogue",
    "VideoChat": "core.engine",
    "VideoLimits": "core.video",
    "common_script": "core.chinese_script",
    "check_model_name": "core.image_llm.registry",
    "installed_models": "core.image_llm.installed",
    "in_script_of": "core.chinese_script",
    "keywords": "core.language",
    "read_subtitles": "core.subtitles",
}

__all__ = [
    "ChatSettings",
    "Clip",
    "Conversation",
    "Cue",
    "Frames",
    "LoadOptions",
    "OpenedClip",
    "ReelTalkError",
    "SamplingPlan",
    "Subject",
    "Subtitles",
    "Turn",
    "VideoChat",
    "VideoLimits",
    "check_model_name",
    "common_script",
    "installed_models",
    "in_script_of",
    "keywords",
    "read_subtitles",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'core' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
