"""`reeltalk serve` and `reeltalk api-key`."""

import ipaddress
import shutil
import signal
import socket
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.options import (
    AdapterOption,
    BitsOption,
    DeviceOption,
    DtypeOption,
    EngineOption,
    LowMemoryOption,
    ModelChoice,
    PickleOption,
    load_chat,
)
from core.errors import SettingError
from core.image_llm.load_options import LoadOptions
from core.serve.keys import KeyFile, add_key

if TYPE_CHECKING:
    from fastapi import FastAPI

    from core.serve.settings import ApiLimits

MEGABYTE, HOUR = 10**6, 3600.0
KeysOption = Annotated[
    Path | None, typer.Option("--keys", metavar="FILE", help="API keys; `reeltalk api-key` makes them.")
]


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 lets other computers in, and needs --keys.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8000,
    keys: KeysOption = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="One of those that `models` lists, a hub id, or a folder with a checkpoint. May be given "
            "several times: clients choose. Without it: the largest of our own that fits into memory.",
        ),
    ] = None,
    adapter: AdapterOption = None,
    device: DeviceOption = "auto",
    dtype: DtypeOption = "auto",
    bits: BitsOption = None,
    allow_pickle: PickleOption = False,
    low_memory: LowMemoryOption = False,
    llm_engine: EngineOption = "own",
    at_once: Annotated[int, typer.Option(min=1, help="Answers that are written side by side.")] = 8,
    queue: Annotated[int, typer.Option(min=0, help="Requests that may wait beside these.")] = 64,
    senses_at_once: Annotated[
        int, typer.Option(min=0, help="Clips that are heard or read side by side; 0: none ever is.")
    ] = 1,
    files: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where uploads lie. Without it: a folder that goes at the end."),
    ] = None,
    keep_hours: Annotated[float, typer.Option(min=0.1, help="How long an upload stays.")] = 24.0,
    max_upload: Annotated[int, typer.Option(min=1, help="Largest clip that may be uploaded, in MB.")] = 500,
    max_body: Annotated[int, typer.Option(min=1, help="Largest request with a clip inside it, in MB.")] = 32,
    allow_url: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST",
            help="A host from which clips may be fetched; .site.example: all below it. May be repeated.",
        ),
    ] = None,
    root_path: Annotated[
        str, typer.Option(metavar="/PATH", help="Where a proxy shows it, if not at /.")
    ] = "",
    grace: Annotated[
        int, typer.Option(min=0, help="Seconds that answers have to end when the server is stopped.")
    ] = 60,
) -> None:
    """Serve the models to programs, by an API in OpenAI's form."""
    if keys is None and not _only_here(host):
        raise SettingError("keys_needed")
    known = KeyFile(keys) if keys else None
    if adapter is not None and len(model or []) > 1:
        raise typer.BadParameter("--adapter belongs to one --model")
    with ExitStack() as ends:
        listening = ends.enter_context(_listen(host, port))
        folder = files or Path(tempfile.mkdtemp(prefix="reeltalk-api-"))
        if files is None:
            ends.callback(shutil.rmtree, folder, ignore_errors=True)
        limits = _limits(
            at_once, queue, senses_at_once, keep_hours, max_upload, max_body, tuple(allow_url or ())
        )
        options = LoadOptions(device, dtype, bits, allow_pickle, low_memory, llm_engine)
        wanted: list[str | None] = [*model] if model else [None]
        app = _app([ModelChoice(name, adapter, options) for name in wanted], folder, known, limits)
        _run(app, listening, f"http://{host}:{listening.getsockname()[1]}{root_path}/v1", root_path, grace)


def api_key(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose key it is; it stands in the log.")],
    keys: Annotated[Path, typer.Option("--keys", metavar="FILE", help="Made where it is not there yet.")],
) -> None:
    """Make a key for the API. It is shown this once; the file holds what it is known by."""
    print(add_key(keys, name))


def _only_here(host: str) -> bool:
    """Whether only this computer reaches what listens there."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listen(host: str, port: int) -> socket.socket:
    """Before the models are loaded, which takes longer than to see that it is in vain."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise typer.BadParameter(f"cannot listen at {host}:{port}: {error.strerror}") from error


def _limits(
    at_once: int, queue: int, senses: int, hours: float, upload: int, body: int, hosts: tuple[str, ...]
) -> "ApiLimits":
    from core.serve.settings import ApiLimits
    from core.video.clip import VideoLimits

    return ApiLimits(
        upload=upload * MEGABYTE,
        body=body * MEGABYTE,
        kept=hours * HOUR,
        at_once=at_once,
        queue=queue,
        senses_at_once=senses,
        url_hosts=hosts,
        video=VideoLimits(max_bytes=upload * MEGABYTE),
    )


def _app(choices: list[ModelChoice], folder: Path, keys: KeyFile | None, limits: "ApiLimits") -> "FastAPI":
    from core.engine.decoding.turns import Turns
    from core.serve.application import build_api
    from core.serve.engines import LoadedEngines

    chats = {}
    turns = Turns()  # two models at once would not be faster on the same processor
    for choice in choices:
        chat = load_chat(choice, turns)
        name = choice.model or chat.model.name
        chats[Path(name).name if Path(name).is_dir() else name] = chat
    return build_api(LoadedEngines(chats), folder, keys, limits)


def _run(app: "FastAPI", listening: socket.socket, url: str, root_path: str, grace: int) -> None:
    import uvicorn

    from core.serve.front import log_requests

    log_requests()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a service that is stopped cleans up, too
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        root_path=root_path,
        timeout_graceful_shutdown=grace,
    )
    names = ", ".join(app.state.api.workers.names)
    print(f"ReelTalk 影语 answers at {url} with {names}", flush=True)
    with suppress(KeyboardInterrupt):  # uvicorn raises it again once all answers have ended
        uvicorn.Server(config).run(sockets=[listening])
