"""POST /v1/audio/transcriptions: what is said in a clip or a sound, written down by the sense of hearing."""

import shutil
import threading
from collections.abc import Iterator
from typing import IO, Annotated, Any, Literal

from fastapi import APIRouter, Form, Request, UploadFile
from starlette.responses import JSONResponse, PlainTextResponse, Response

from core.dialogue.conversation import Cue
from core.senses.sense import REASONS, SenseOptions
from core.serve.answers.transcripts import as_srt, as_vtt, verbose
from core.serve.api import Api, api_of, key_of
from core.serve.clips.files import CHUNK, shown
from core.serve.errors import ApiError
from core.serve.jobs import Job
from core.serve.routes.models import known_hearing_model
from core.serve.routes.waiting import unless_gone

Format = Literal["json", "text", "srt", "verbose_json", "vtt"]
Heard = tuple[Cue, ...]
LOOKED = 0.1  # seconds between two looks whether anybody still waits

router = APIRouter()


@router.post("/v1/audio/transcriptions")
async def transcriptions(
    request: Request,
    file: UploadFile,
    model: Annotated[str, Form()],
    language: Annotated[str, Form(pattern="^[a-z]{2,3}$")] = "auto",
    response_format: Annotated[Format, Form()] = "json",
) -> Response:
    api, key = api_of(request), key_of(request)
    known_hearing_model(api, model)
    place = api.admission.enter(key)
    name = shown(file.filename or "sound")
    job: Job[Heard] = api.job(place, lambda stop: _hear(api, file.file, name, language, stop))
    cues: Heard = await unless_gone(request, anext(job), job.cancel)
    return _formed(cues, response_format)


def _hear(api: Api, content: IO[bytes], name: str, language: str, stop: threading.Event) -> Iterator[Heard]:
    """In a thread. Raises ApiError, ReelTalkError."""
    with api.files.place() as folder:
        path = folder / name
        with path.open("wb") as file:
            shutil.copyfileobj(content, file, CHUNK)
        work = api.answers.hearing(api.engines.names[0], path, SenseOptions(language=language))
        while not work.wait(LOOKED):
            if stop.is_set():
                work.stop()
        state = work.state("hearing")
    if state.error is not None:
        raise state.error
    if state.phase == "failed":
        raise ApiError(REASONS.get(state.reason, REASONS["failed"]), code=state.reason, param="file")
    yield state.cues


def _formed(cues: Heard, form: Format) -> Response:
    text = " ".join(cue.text for cue in cues)
    if form == "json":
        return JSONResponse({"text": text})
    if form == "verbose_json":
        return JSONResponse(verbose(cues, text))
    texts: dict[str, Any] = {"text": text + "\n", "srt": as_srt(cues), "vtt": as_vtt(cues)}
    return PlainTextResponse(texts[form])
