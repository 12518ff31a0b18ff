"""POST, GET, DELETE /v1/files: clips that are sent once and asked about often."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Query, Request, UploadFile
from starlette.concurrency import run_in_threadpool

from core.serve.api import api_of, key_of

router = APIRouter()
Purpose = Literal["assistants", "batch", "evals", "fine-tune", "user_data", "video", "vision"]
MOST = 10_000  # of a list, as OpenAI has it


@router.post("/v1/files")
async def upload(
    request: Request,
    file: UploadFile,
    purpose: Annotated[Purpose, Form()] = "user_data",
    anchor: Annotated[Literal["created_at"] | None, Form(alias="expires_after[anchor]")] = None,
    seconds: Annotated[int | None, Form(alias="expires_after[seconds]", ge=1)] = None,
) -> dict[str, Any]:
    api, key = api_of(request), key_of(request)
    name = file.filename or "clip"
    kept = await run_in_threadpool(api.files.put, key.name, name, purpose, file.file, seconds)
    return kept.as_openai()


@router.get("/v1/files")
async def list_files(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=MOST)] = MOST,
    after: str | None = None,
    order: Literal["asc", "desc"] = "desc",
    purpose: str | None = None,
) -> dict[str, Any]:
    api, key = api_of(request), key_of(request)
    files = await run_in_threadpool(api.files.all, key.name)
    files = [kept for kept in files if purpose in (None, kept.purpose)]
    files = files if order == "asc" else files[::-1]
    ids = [kept.id for kept in files]
    first = ids.index(after) + 1 if after in ids else 0
    page = files[first : first + limit]
    return {
        "object": "list",
        "data": [kept.as_openai() for kept in page],
        "has_more": first + limit < len(files),
        "first_id": page[0].id if page else None,
        "last_id": page[-1].id if page else None,
    }


@router.get("/v1/files/{file_id}")
async def one_file(file_id: str, request: Request) -> dict[str, Any]:
    api, key = api_of(request), key_of(request)
    return (await run_in_threadpool(api.files.find, file_id, key.name)).as_openai()


@router.delete("/v1/files/{file_id}")
async def delete_file(file_id: str, request: Request) -> dict[str, Any]:
    api, key = api_of(request), key_of(request)
    await run_in_threadpool(api.files.delete, file_id, key.name)
    return {"id": file_id, "object": "file", "deleted": True}
