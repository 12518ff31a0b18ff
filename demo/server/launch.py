"""How the page is served: limits, folders, who may ask, and what gradio shall not do."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import gradio as gr
from fastapi import FastAPI
from gradio.utils import get_upload_folder
from starlette.middleware import Middleware
from starlette.routing import Route

from demo.clip.examples import FOLDER
from demo.limits.space import Space
from demo.page import theme
from demo.server.accounts import Accounts
from demo.server.guard.addresses import own_names
from demo.server.guard.guard import Guard, user_of
from demo.server.guard.headers import Nonces
from demo.server.guard.sign_in import Cookie

AROUND_A_FILE = 10**6  # bytes: what a form adds to the file that it uploads
LOCAL = ("127.0.0.1", "::1")


def launch(
    app: gr.Blocks,
    host: str = "127.0.0.1",
    port: int = 7860,
    max_upload: int = 500 * 10**6,  # bytes
    space: Space | None = None,  # for uploads; None: as much as usual
    share: bool = False,
    folder: Path = FOLDER,  # of the example clips
    queue: int = 64,  # visitors' requests that may wait at the same time
    accounts: Accounts | None = None,  # None: everybody may see the page
    routes: Sequence[Route] = (),  # served beside the page, open to everybody
    names: Sequence[str] = (),  # by which visitors reach the server, beside those that it knows itself by
    proxies: Sequence[str] = (),  # addresses or networks of proxies in front of it
    root_path: str = "",  # where a proxy shows the page, such as /reeltalk
    frames: Sequence[str] = (),  # addresses of other sites whose pages may show this one
    api: FastAPI | None = None,  # for programs, under /v1
) -> tuple[Any, str, str]:
    """Serve the page without blocking; returns the server, its address and its public address."""
    known = {*own_names(), host.lower(), *(name.lower() for name in names)}
    guard = Guard(
        names=known,
        cookie=Cookie(f"reeltalk-{port}", root_path or "/", embedded=bool(frames)),
        space=space or Space(Path(get_upload_folder())),
        uploads=max_upload + AROUND_A_FILE,
        queue=queue,
        accounts=accounts,
        proxies=[*proxies, *(LOCAL if share else ())],  # the near end of gradio's tunnel
        root_path=root_path,
        scripts=theme.scripts(),
        frames=frames,
        shared=share,
        api=api,
    )
    # Or else gradio makes a table of the last ten thousand events after each of them, which nobody reads.
    os.environ |= {"GRADIO_ANALYTICS_CACHE_FREQUENCY": str(10**9), "GRADIO_ANALYTICS_MAX_EVENTS": "1"}
    os.environ["FORWARDED_ALLOW_IPS"] = ""  # it is the guard that knows whom to believe, not uvicorn
    states = app.state_holder  # the page's; to begin with gradio puts one of its own in its place
    server, url, public = app.queue(max_size=queue, api_open=False).launch(
        server_name=host,
        server_port=port,
        share=share,
        root_path=root_path,
        auth_dependency=user_of if accounts else None,
        app_kwargs={
            "routes": list(routes),
            "middleware": [Middleware(Nonces)],
            "lifespan": guard.lifespan,
        },
        max_file_size=max_upload,
        allowed_paths=[str(folder)],
        theme=theme.theme(),
        css=theme.css(),
        head=theme.head(),
        footer_links=[],
        run_history=False,  # a visitor's clips and questions are nobody's history
        enable_monitoring=False,
        ssr_mode=False,
        prevent_thread_lock=True,
        quiet=True,
        _frontend=False,  # or gradio would give up on a machine that is too busy to answer within 3 seconds
    )
    app.app.state_holder = states
    states.set_blocks(app)
    if public:
        known.add(urlsplit(public).hostname or "")
    return server, url, public
