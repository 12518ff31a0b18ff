"""An upload that has no space on the disk is refused before it is written; where the disk is full after all,
that is told."""

import json
import time

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core import ReelTalkError
from demo.limits.space import Space
from demo.limits.visitor import visitor_of
from demo.page.i18n import error_text, pick_language

UPLOAD = "/gradio_api/upload"
SUBTITLES = (
    600.0  # s that a file of them is there, which a browser asks for as soon as the player has its name
)


class UploadSpace:
    def __init__(self, app: ASGIApp, space: Space, largest: int) -> None:
        """largest: bytes of one upload, for those that do not say how large they are."""
        self.app, self.space, self.largest = app, space, largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"].rstrip("/") != UPLOAD:
            await self.app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        size = int(declared) if declared.isdecimal() else self.largest
        visitor = visitor_of(scope)
        try:
            with self.space.reserved(visitor, size):
                answer = await self._uploaded(visitor, scope, receive)
        except ReelTalkError as error:
            await _told(error, scope)(scope, receive, send)
            return
        finally:
            if self.space.at_rest:
                self._remove_unfinished()
        for message in answer:
            await send(message)

    async def _uploaded(self, visitor: str, scope: Scope, receive: Receive) -> list[Message]:
        """Hands the upload on, and notes whose its files are; gives the answer."""
        answer: list[Message] = []

        async def gathered(message: Message) -> None:
            answer.append(message)

        await self.app(scope, receive, gathered)
        if answer and answer[0].get("status") == 200:
            for path in json.loads(b"".join(message.get("body", b"") for message in answer)):
                self.space.take(path, visitor)
        return answer

    def _remove_unfinished(self) -> None:
        """What broken uploads have left, and subtitles that browsers have taken.

        Whole uploads lie in folders of their own. gradio's player writes a visitor's subtitles beside them.
        """
        taken = time.time() - SUBTITLES
        for left in self.space.folder.glob("*"):
            if left.is_file() and (left.suffix != ".vtt" or left.stat().st_mtime < taken):
                left.unlink(missing_ok=True)


def _told(error: ReelTalkError, scope: Scope) -> PlainTextResponse:
    text = error_text(error, pick_language(Headers(scope=scope).get("accept-language")))
    return PlainTextResponse(text, 413 if error.key == "uploads_own" else 507)
