"""`python -m demo`: its options, and the start of the server. What the page does is told elsewhere."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # before gradio is imported


def main(
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 lets other computers in.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 7860,
    model: Annotated[
        str, typer.Option(help="Name of the model; `python -m core models` lists them.")
    ] = "compact",
    adapter: Annotated[Path | None, typer.Option(help="Folder with another trained temporal module.")] = None,
    max_upload: Annotated[int, typer.Option(help="Largest clip that may be uploaded, in MB.")] = 500,
    share: Annotated[bool, typer.Option("--share", help="Also open a public address.")] = False,
) -> None:
    """Talk with a video in the browser."""
    uploads = tempfile.mkdtemp(prefix="reeltalk-")  # only this user may look into it
    os.environ["GRADIO_TEMP_DIR"] = uploads
    try:
        serve(host, port, model, adapter, max_upload, share)
    finally:
        shutil.rmtree(uploads, ignore_errors=True)


def serve(host: str, port: int, model: str, adapter: Path | None, max_upload: int, share: bool) -> None:
    """Load the model in the background, show the page, and stay until Ctrl+C."""
    from core import ReelTalkError, VideoChat, VideoLimits
    from demo.events import build_app
    from demo.launching import launch
    from demo.model_host import ModelHost

    models = ModelHost(model, lambda progress: VideoChat.load(model, adapter, progress=progress))
    models.start()
    app = build_app(models, VideoLimits(max_bytes=max_upload * 10**6))
    _, url, public = launch(app, host, port, max_upload * 10**6, share)
    print(f"ReelTalk 影语 is at {url}" + (f" and {public}" if public else ""), flush=True)
    models.wait()
    if isinstance(models.error, ReelTalkError):  # said already, in one line; without a model there is no use
        app.close(verbose=False)
        raise typer.Exit(2)
    app.block_thread()


if __name__ == "__main__":
    typer.run(main)
