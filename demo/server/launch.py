"""How the page is served: limits, folders and what gradio shall not do."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware
from starlette.routing import Route

from demo.clip.examples import FOLDER
from demo.page import theme
from demo.server.accounts import Accounts
from demo.server.body_limit import BodyLimit
from demo.server.entry_text import EntryText

AROUND_A_FILE = 10**6  # bytes: what a form adds to the file that it uploads


def launch(
    app: gr.Blocks,
    host: str = "127.0.0.1",
    port: int = 7860,
    max_upload: int = 500 * 10**6,  # bytes
    share: bool = False,
    folder: Path = FOLDER,  # of the example clips
    queue: int = 64,  # visitors' requests that may wait at the same time
    accounts: Accounts | None = None,  # None: everybody may see the page
    routes: Sequence[Route] = (),  # served beside the page, open to everybody
) -> tuple[Any, str, str]:
    """Serve the page without blocking; returns the server, its address and its public address."""
    return app.queue(max_size=queue).launch(
        server_name=host,
        server_port=port,
        share=share,
        auth=accounts,
        auth_message=files("demo").joinpath("server", "login.html").read_text("utf-8"),
        app_kwargs={
            "routes": list(routes),
            "middleware": [
                Middleware(BodyLimit, uploads=max_upload + AROUND_A_FILE),
                Middleware(EntryText),
            ],
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
    )
