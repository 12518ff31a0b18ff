"""For whoever runs the server: GET /health, open to everybody, and GET /metrics, which needs a key."""

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from core.serve.api import api_of

router = APIRouter()


@router.get("/health")
async def health(request: Request) -> dict[str, str]:
    """The models are loaded before the server listens; so whoever gets an answer may ask."""
    return {"status": "ready"}


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    return Response(api_of(request).metrics.text(), media_type=CONTENT_TYPE_LATEST)
