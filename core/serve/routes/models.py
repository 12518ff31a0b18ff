"""GET /v1/models: what a request may name as its model."""

from typing import Any

from fastapi import APIRouter, Request

from core.senses.registry import available_senses
from core.serve.api import Api, api_of
from core.serve.errors import ApiError
from core.text.cleaning import one_line

HEARING = "whisper-base"  # what writes down speech
ALSO_HEARING = ("whisper-1",)  # as clients call it that do not choose
STARTED = 0  # seconds since 1970; nobody here knows when a model was made

router = APIRouter()


@router.get("/v1/models")
async def list_models(request: Request) -> dict[str, Any]:
    api = api_of(request)
    return {"object": "list", "data": [_described(name) for name in _names(api)]}


@router.get("/v1/models/{name:path}")
async def one_model(name: str, request: Request) -> dict[str, Any]:
    api = api_of(request)
    if name not in _names(api):
        raise _unknown(name)
    return _described(name)


def known_model(api: Api, name: str) -> str:
    """One that answers questions. Raises ApiError."""
    if name not in api.workers.names:
        raise _unknown(name)
    return name


def known_hearing_model(api: Api, name: str) -> None:
    """Raises ApiError."""
    if name not in (HEARING, *ALSO_HEARING) or not _hears(api):
        raise _unknown(name)


def _names(api: Api) -> list[str]:
    return [*api.workers.names, *([HEARING] if _hears(api) else [])]


def _hears(api: Api) -> bool:
    return bool(api.limits.senses_at_once) and "hearing" in available_senses()


def _described(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": STARTED, "owned_by": "reeltalk"}


def _unknown(name: str) -> ApiError:
    return ApiError(f"There is no model {one_line(name)[:80]!r} here.", 404, "model_not_found", "model")
