"""POST /v1/chat/completions."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from core.serve.answers.answering import Written
from core.serve.answers.messages import read_request
from core.serve.answers.replies import STILL_HERE, Reply, event
from core.serve.answers.schema import ChatRequest
from core.serve.answers.workers import Piece
from core.serve.api import api_of, key_of
from core.serve.errors import as_api_error
from core.serve.jobs import Job
from core.serve.routes.models import known_model
from core.serve.routes.waiting import unless_gone

FIRST = 10.0  # seconds after which a stream begins without its first piece: an error comes inside it then
SILENCE = 10.0  # seconds, at most, in which nothing is sent

router = APIRouter()


@router.post("/v1/chat/completions")
async def chat_completions(wanted: ChatRequest, request: Request) -> Response:
    api, key = api_of(request), key_of(request)
    model = known_model(api, wanted.model)
    asked = read_request(wanted)
    place = api.admission.enter(key)
    job = api.workers.write(model, asked, key.name, place.leave)
    options = wanted.stream_options
    reply = Reply(wanted.model, options is not None and options.include_usage)
    if not wanted.stream:
        return JSONResponse(await unless_gone(request, _whole(job, reply), job.cancel))
    first = asyncio.ensure_future(anext(job))
    try:
        await unless_gone(request, asyncio.wait([first], timeout=FIRST), job.cancel)
        if first.done():
            first.result()  # what is wrong with the request has a status of its own
    except BaseException:
        job.cancel()
        first.cancel()
        raise
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(_chunks(job, first, reply), media_type="text/event-stream", headers=headers)


async def _whole(job: Job[Piece], reply: Reply) -> dict[str, object]:
    text = ""
    async for piece in job:
        if isinstance(piece, Written):
            await anext(job, None)  # its place is free for the client's next request
            return reply.whole(text, piece)
        text += piece
    raise AssertionError("an answer that is wanted has an end")


async def _chunks(job: Job[Piece], first: "asyncio.Future[Piece]", reply: Reply) -> AsyncIterator[str]:
    """Closed by the server where the client has gone."""
    coming = first
    try:
        yield reply.begins()
        while True:
            await asyncio.wait([coming], timeout=SILENCE)
            if not coming.done():
                yield STILL_HERE
                continue
            piece = coming.result()
            if isinstance(piece, Written):
                await anext(job, None)  # its place is free for the client's next request
                yield reply.ends(piece)
                return
            yield reply.piece(piece)
            coming = asyncio.ensure_future(anext(job))
    except Exception as error:
        yield event(as_api_error(error).body)
        if as_api_error(error).status == 500:
            raise
    finally:
        job.cancel()
        coming.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await coming
