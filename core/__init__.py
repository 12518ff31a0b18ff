"""The engine: talk with a video through an Image LLM and a temporal adapter.

The public names, loaded on first use: importing `core` must stay cheap, because the child
process that decodes a video imports `core.video.child` and has no use for torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.addresses import Addresses, name_at
    from core.dialogue.conversation import Conversation, Cue, Subject, Turn
    from core.dialogue.subtitles import Subtitles, read_subtitles
    from core.engine.opening import OpenedClip
    from core.engine.settings import ChatSettings
    from core.engine.video_chat import VideoChat
    from core.errors import ReelTalkError
    from core.features.sighting import Sighting
    from core.image_llm.fitting import fitting_model
    from core.image_llm.installed import download_size, installed_models
    from core.image_llm.load_options import LoadOptions
    from core.image_llm.registry import check_model_name
    from core.kept import append_whole
    from core.language.keywords import keywords
    from core.language.script import common_script, in_script, script_of
    from core.progress import Progress
    from core.senses.background import SensePlaces, SensesAtWork, SenseState
    from core.senses.registry import available_senses
    from core.senses.sense import SenseLimits, SenseOptions
    from core.senses.speech.recording import spoken_text
    from core.serve.application import build_api
    from core.serve.engines import Engines
    from core.serve.keys import KeyFile
    from core.serve.routes.bodies import BodyRefusedError, within_limit
    from core.serve.settings import ApiLimits
    from core.text.cleaning import clean, one_line
    from core.text.encodings import ENCODINGS, decode
    from core.text.lines import json_line
    from core.video.clip import Clip, Frames, VideoLimits
    from core.video.sampling import SamplingPlan

__version__ = "0.2.0"

_HOME = {
    "Addresses": "core.addresses",
    "ApiLimits": "core.serve.settings",
    "BodyRefusedError": "core.serve.routes.bodies",
    "ENCODINGS": "core.text.encodings",
    "ChatSettings": "core.engine.settings",
    "Clip": "core.video.clip",
    "Conversation": "core.dialogue.conversation",
    "Cue": "core.dialogue.conversation",
    "Engines": "core.serve.engines",
    "Frames": "core.video.clip",
    "KeyFile": "core.serve.keys",
    "LoadOptions": "core.image_llm.load_options",
    "OpenedClip": "core.engine.opening",
    "Progress": "core.progress",
    "ReelTalkError": "core.errors",
    "SamplingPlan": "core.video.sampling",
    "SenseLimits": "core.senses.sense",
    "SenseOptions": "core.senses.sense",
    "SensePlaces": "core.senses.background",
    "SenseState": "core.senses.background",
    "SensesAtWork": "core.senses.background",
    "Sighting": "core.features.sighting",
    "Subject": "core.dialogue.conversation",
    "Subtitles": "core.dialogue.subtitles",
    "Turn": "core.dialogue.conversation",
    "VideoChat": "core.engine.video_chat",
    "VideoLimits": "core.video.clip",
    "append_whole": "core.kept",
    "build_api": "core.serve.application",
    "available_senses": "core.senses.registry",
    "check_model_name": "core.image_llm.registry",
    "clean": "core.text.cleaning",
    "common_script": "core.language.script",
    "decode": "core.text.encodings",
    "download_size": "core.image_llm.installed",
    "fitting_model": "core.image_llm.fitting",
    "in_script": "core.language.script",
    "installed_models": "core.image_llm.installed",
    "json_line": "core.text.lines",
    "keywords": "core.language.keywords",
    "name_at": "core.addresses",
    "one_line": "core.text.cleaning",
    "spoken_text": "core.senses.speech.recording",
    "read_subtitles": "core.dialogue.subtitles",
    "script_of": "core.language.script",
    "within_limit": "core.serve.routes.bodies",
}

__all__ = [
    "ENCODINGS",
    "Addresses",
    "ApiLimits",
    "BodyRefusedError",
    "ChatSettings",
    "Clip",
    "Conversation",
    "Cue",
    "Engines",
    "Frames",
    "KeyFile",
    "LoadOptions",
    "OpenedClip",
    "Progress",
    "ReelTalkError",
    "SamplingPlan",
    "SenseLimits",
    "SenseOptions",
    "SensePlaces",
    "SenseState",
    "SensesAtWork",
    "Sighting",
    "Subject",
    "Subtitles",
    "Turn",
    "VideoChat",
    "VideoLimits",
    "append_whole",
    "available_senses",
    "build_api",
    "check_model_name",
    "clean",
    "common_script",
    "decode",
    "download_size",
    "fitting_model",
    "in_script",
    "installed_models",
    "json_line",
    "keywords",
    "name_at",
    "one_line",
    "read_subtitles",
    "script_of",
    "spoken_text",
    "within_limit",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'core' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
