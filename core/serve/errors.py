"""Errors in the form of OpenAI's API: a status, and what a client can make of it.

What a user of the engine can cause is told with the engine's own sentence, its key as the code.
"""

from collections.abc import Mapping

from starlette.responses import JSONResponse

from core.errors import ModelError, ReelTalkError

# By status, what OpenAI calls them.
KINDS = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


class ApiError(Exception):
    """Something a client can put right, or has to wait for."""

    def __init__(
        self,
        message: str,
        status: int = 400,
        code: str | None = None,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """param: the field of the request that is meant."""
        super().__init__(message)
        self.message, self.status, self.code, self.param = message, status, code, param
        self.headers = dict(headers or {})

    @property
    def body(self) -> dict[str, dict[str, str | None]]:
        kind = KINDS.get(self.status, "server_error" if self.status >= 500 else "invalid_request_error")
        return {"error": {"message": self.message, "type": kind, "param": self.param, "code": self.code}}

    def response(self) -> JSONResponse:
        return JSONResponse(self.body, self.status, self.headers)


class TooManyError(ApiError):
    """The client may come back in so many seconds."""

    def __init__(self, message: str, seconds: float, code: str = "rate_limit_exceeded") -> None:
        super().__init__(message, 429, code, headers={"Retry-After": str(max(1, round(seconds)))})


def as_api_error(error: Exception) -> ApiError:
    """What a client is told. Of a bug it learns no more than that there is one."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, ModelError):
        return ApiError(str(error), 503, error.key)
    if isinstance(error, ReelTalkError):
        return ApiError(str(error), 400, error.key)
    return ApiError("The server failed. Its log says more, under the id of this request.", 500, "failed")
