"""Room on the disk for visitors' files: so much for each, so much in all, and never the last that is free.

What is deleted gives its room back, whoever deletes it. Where the disk is full after all, that is told.
"""

import errno
import json
import os
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.limits.visitor import visitor_of
from demo.page.i18n import pick_language, t

UPLOAD = "/gradio_api/upload"
SPARE = 200 * 10**6  # bytes of the disk that uploads leave free
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class Room:
    """Bytes of uploads that are kept at the same time."""

    each: int = 2 * 10**9  # of one visitor
    all: int = 20 * 10**9


class UploadRoom:
    """Refuses an upload that has no room before it is written."""

    def __init__(self, app: ASGIApp, folder: Path, largest: int, room: Room = Room()) -> None:
        """largest: bytes of one upload, for those that do not say how large they are."""
        self.app, self.folder, self.largest, self.room = app, folder, largest, room
        self._owner: dict[str, str] = {}  # of a file: who was the first to upload it
        self._coming: Counter[str] = Counter()  # bytes that are being uploaded, by visitor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"].rstrip("/") != UPLOAD:
            await self.app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        size = int(declared) if declared.isdecimal() else self.largest
        visitor = visitor_of(scope)
        if refusal := self._refusal(visitor, size):
            await self._told(refusal, scope)(scope, receive, send)
            return
        self._coming[visitor] += size
        try:
            await self._uploaded(visitor, scope, receive, send)
        finally:
            self._coming[visitor] -= size
            self._coming += Counter()  # without those that have nothing any more
            if not self._coming:
                self._remove_unfinished()

    async def _uploaded(self, visitor: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands the upload on, and notes whose its files are; the answer waits for how that ends."""
        answer: list[Message] = []

        async def gathered(message: Message) -> None:
            answer.append(message)

        try:
            await self.app(scope, receive, gathered)
        except OSError as error:
            if error.errno not in FULL:
                raise
            await self._told("limits.uploads_all", scope)(scope, receive, send)
            return
        if answer and answer[0].get("status") == 200:
            for path in json.loads(b"".join(message.get("body", b"") for message in answer)):
                self._owner.setdefault(path, visitor)
        for message in answer:
            await send(message)

    def _refusal(self, visitor: str, size: int) -> str | None:
        used = self._used()
        if used[visitor] + self._coming[visitor] + size > self.room.each:
            return "limits.uploads_own"
        coming = self._coming.total() + size
        self.folder.mkdir(parents=True, exist_ok=True)
        if used.total() + coming > self.room.all or shutil.disk_usage(self.folder).free < coming + SPARE:
            return "limits.uploads_all"
        return None

    def _used(self) -> Counter[str]:
        """Bytes of the files that are still there, by visitor."""
        used: Counter[str] = Counter()
        for path, visitor in [*self._owner.items()]:
            try:
                used[visitor] += os.path.getsize(path)
            except OSError:
                del self._owner[path]
        return used

    def _remove_unfinished(self) -> None:
        """What broken uploads have left. Whole ones lie in folders of their own."""
        for left in self.folder.glob("*"):
            if left.is_file():
                left.unlink(missing_ok=True)

    def _told(self, key: str, scope: Scope) -> PlainTextResponse:
        lang = pick_language(Headers(scope=scope).get("accept-language"))
        status = 413 if key == "limits.uploads_own" else 507
        return PlainTextResponse(t(key, lang, limit=self.room.each // 10**6), status)
