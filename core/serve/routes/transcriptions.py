"""POST /v1/audio/transcriptions: what is said in a clip or a sound, written down by the sense of hearing."""

import shutil
from pathlib import Path
from typing import IO, Annotated, Any, Literal

from fastapi import APIRouter, Form, Request, UploadFile
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, PlainTextResponse, Response

from core.senses.sense import SenseOptions
from core.serve.answers.transcripts import as_srt, as_vtt, verbose
from core.serve.answers.workers import Heard
from core.serve.api import api_of, key_of
from core.serve.clips.files import CHUNK, shown
from core.serve.routes.models import known_hearing_model
from core.serve.routes.waiting import unless_gone

Format = Literal["json", "text", "srt", "verbose_json", "vtt"]

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
    with api.files.place() as folder:
        path = folder / shown(file.filename or "sound")
        await run_in_threadpool(_write, file.file, path)
        place = api.admission.enter(key)
        job = api.workers.hear(path, SenseOptions(language=language), place.leave)
        cues = await unless_gone(request, anext(job), job.cancel)
    return _formed(cues, response_format)


def _write(content: IO[bytes], path: Path) -> None:
    with path.open("wb") as file:
        shutil.copyfileobj(content, file, CHUNK)


def _formed(cues: Heard, form: Format) -> Response:
    text = " ".join(cue.text for cue in cues)
    if form == "json":
        return JSONResponse({"text": text})
    if form == "verbose_json":
        return JSONResponse(verbose(cues, text))
    texts: dict[str, Any] = {"text": text + "\n", "srt": as_srt(cues), "vtt": as_vtt(cues)}
    return PlainTextResponse(texts[form])
