"""All that stands in front of the page, in its order."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.types import ASGIApp

from demo.limits.space import Space
from demo.limits.uploads import UploadSpace
from demo.limits.visitor import USER
from demo.server.accounts import Accounts
from demo.server.body_limit import BodyLimit
from demo.server.entry_text import EntryText
from demo.server.guard.addresses import Addresses
from demo.server.guard.api import BesideApi
from demo.server.guard.headers import PageHeaders
from demo.server.guard.owners import Owners
from demo.server.guard.places import Places
from demo.server.guard.routes import Routes
from demo.server.guard.sign_in import Cookie, SignIn, Visitors
from demo.server.guard.wellformed import WellFormed


@dataclass(frozen=True)
class Guard:
    names: Collection[str]  # of this server; more may be added once it runs
    cookie: Cookie
    space: Space  # for uploads
    uploads: int  # bytes of an upload
    queue: int  # requests that may wait at the same time
    accounts: Accounts | None = None  # None: everybody may see the page
    proxies: Sequence[str] = ()
    root_path: str = ""
    scripts: Sequence[str] = ()  # that the page may run
    frames: Sequence[str] = ()  # pages that may show this one
    shared: bool = False
    api: FastAPI | None = None  # answers programs, beside the page

    def around(self, app: ASGIApp) -> ASGIApp:
        app = Owners(WellFormed(Places(app, self.queue)))
        app = UploadSpace(app, self.space, self.uploads)
        app = SignIn(app, self.accounts, self.cookie) if self.accounts else Visitors(app, self.cookie)
        app = EntryText(Routes(app))
        app = BodyLimit(app, self.uploads)
        app = BesideApi(app, self.api) if self.api else app
        app = Addresses(app, self.names, self.proxies, self.root_path)
        return PageHeaders(app, self.scripts, self.frames, self.shared)

    @property
    def lifespan(self) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
        """Takes its place as the server starts: gradio's layers, which allow other origins, come after it."""

        @asynccontextmanager
        async def started(app: Starlette) -> AsyncIterator[None]:
            assert app.middleware_stack is not None, "it is the stack that has called this"
            app.middleware_stack = self.around(app.middleware_stack)
            yield
            if self.api:
                self.api.state.api.close()

        return started


def user_of(request: Request) -> str | None:
    """The account that gradio is told of."""
    return request.scope.get(USER) or None
