"""The options of `python -m demo`, and the start of the server."""

import os
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from platformdirs import user_data_path

from core import fitting_model
from demo.server.option_checks import check_origins, check_path, check_proxies
from demo.server.uploads import own_upload_folder

if TYPE_CHECKING:
    from fastapi import FastAPI

    from core import LoadOptions, Progress, VideoChat
    from demo.limits.space import Space
    from demo.links.fetched import LinkedClips
    from demo.models.pool import Models

AT_ONCE = 4  # answers: they share the LLM's passes, and each of them is still read along
FETCHING = 60.0  # seconds that fetching a clip may take
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # before gradio is imported


def main(
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 lets other computers in.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 7860,
    model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="One of those that `reeltalk models` lists, a hub id, or a folder with a checkpoint. "
            "May be given several times: visitors choose, the first is the default. "
            "Without it: the largest of our own that fits into the memory that is free.",
        ),
    ] = None,
    only: Annotated[
        bool, typer.Option("--only", help="Do not offer the other models that are installed here.")
    ] = False,
    keep: Annotated[
        int, typer.Option(min=1, help="Models that stay in memory beside the first while nobody uses them.")
    ] = 1,
    adapter: Annotated[
        Path | None, typer.Option(help="Folder with another trained temporal module, for the first model.")
    ] = None,
    device: Annotated[
        str, typer.Option(help="auto, cpu, cuda, cuda:1, mps; auto: GPUs where there are any.")
    ] = "auto",
    dtype: Annotated[
        Literal["auto", "float32", "bfloat16", "float16"],
        typer.Option(help="Number format; auto: bfloat16 where the hardware computes in it."),
    ] = "auto",
    bits: Annotated[
        int | None, typer.Option(metavar="4|8", help="The LLMs in so many bits a number (bitsandbytes).")
    ] = None,
    allow_pickle: Annotated[
        bool,
        typer.Option("--allow-pickle", help="Load .bin weights too: opening one runs code that is in it."),
    ] = False,
    low_memory: Annotated[
        bool,
        typer.Option(
            "--low-memory",
            help="At most 8 pictures of a clip, small caches, our own smallest model if none is named.",
        ),
    ] = False,
    max_upload: Annotated[int, typer.Option(help="Largest clip that may be uploaded, in MB.")] = 500,
    quota: Annotated[
        int, typer.Option(min=1, help="MB that the clips of one visitor may fill on this server's disk.")
    ] = 2000,
    quota_all: Annotated[int, typer.Option(min=1, help="The same, of all visitors together.")] = 20_000,
    read_only_examples: Annotated[
        bool, typer.Option("--read-only-examples", help="No uploads: visitors talk about the examples only.")
    ] = False,
    queue: Annotated[
        int, typer.Option(min=1, help="Requests that may wait at the same time; one more is turned away.")
    ] = 64,
    auth: Annotated[
        Path | None,
        typer.Option(help="File with a line `name:password` for each person who may see the page."),
    ] = None,
    trust_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A name by which visitors reach this server; may be repeated."),
    ] = None,
    proxy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS",
            callback=check_proxies,
            help="Address or network of a reverse proxy whose X-Forwarded-* count; may be repeated.",
        ),
    ] = None,
    root_path: Annotated[
        str,
        typer.Option(
            metavar="/PATH", callback=check_path, help="Where a reverse proxy shows the page, if not at /."
        ),
    ] = "",
    embed: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ORIGIN",
            callback=check_origins,
            help="https://site.example whose pages may show this one; may be repeated. Needs TLS.",
        ),
    ] = None,
    at_once: Annotated[
        int,
        typer.Option(min=1, help="Answers that are written at the same time; others wait for their turn."),
    ] = AT_ONCE,
    senses_at_once: Annotated[
        int, typer.Option(min=0, help="Clips that are heard or read at the same time; 0: none ever is.")
    ] = 1,
    keep_no_clips: Annotated[
        bool,
        typer.Option(
            "--keep-no-clips", help="What was seen, heard and read in clips goes when the server is stopped."
        ),
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder for what is to stay: visitors' ratings. Without it: the user's own."),
    ] = None,
    api_keys: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Also answer programs, under /v1, that have one of these keys (`reeltalk api-key`).",
        ),
    ] = None,
    allow_url: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST",
            help="A host from which clips are fetched, by links that visitors paste and for programs; "
            ".site.example: all below it. May be repeated.",
        ),
    ] = None,
    share: Annotated[bool, typer.Option("--share", help="Also open a public address.")] = False,
) -> None:
    """Talk with a video in the browser."""
    from core import LoadOptions, ReelTalkError
    from demo.limits.space import Room, Space
    from demo.server.accounts import read_accounts

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a service that is stopped cleans up, too
    uploads = own_upload_folder()
    for_programs = own_upload_folder() if api_keys else None  # the page may show what is in its own
    of_clips = own_upload_folder() if keep_no_clips else None  # None: the user's cache
    os.environ["GRADIO_TEMP_DIR"] = uploads
    try:
        load_options = LoadOptions(device, dtype, bits, allow_pickle, low_memory)
        fitting = fitting_model(low_memory)
        models = offered(model or [fitting.name], only, keep, at_once, adapter, load_options, of_clips)
        space = Space(Path(uploads), Room(quota * 10**6, quota_all * 10**6))
        options = {
            "host": host,
            "port": port,
            "max_upload": max_upload * 10**6,
            "space": space,
            "share": share,
            "queue": queue,
            "accounts": read_accounts(auth) if auth else None,
            "names": trust_host or [],
            "proxies": proxy or [],
            "root_path": root_path,
            "frames": embed or [],
        }
        if api_keys and for_programs:
            options["api"] = for_programs_too(
                models, Path(for_programs), api_keys, max_upload * 10**6, senses_at_once, allow_url or []
            )
        folder = data or user_data_path("reeltalk")
        why = "" if model else f"{fitting} Another: --model."
        hosts = [] if read_only_examples else allow_url or []
        page = {
            "uploads": not read_only_examples,
            "senses_at_once": senses_at_once,
            "keeps": of_clips is None,
            "links": following(hosts, max_upload * 10**6, space),
        }
        serve(models, folder, page, options, why)
    except ReelTalkError as error:  # an option that cannot be meant
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    finally:
        for made in filter(None, (uploads, for_programs, of_clips)):
            shutil.rmtree(made, ignore_errors=True)


def for_programs_too(
    models: "Models", folder: Path, keys: Path, max_upload: int, senses: int, hosts: list[str]
) -> "FastAPI":
    """The API with the page's models. folder: of what programs upload. max_upload: bytes."""
    from core import ApiLimits, KeyFile, VideoLimits, build_api
    from demo.models.engines import PageEngines

    limits = ApiLimits(
        upload=max_upload,
        senses_at_once=senses,
        url_hosts=tuple(hosts),
        video=VideoLimits(max_bytes=max_upload),
    )
    return build_api(PageEngines(models), folder, KeyFile(keys), limits)


def following(hosts: list[str], max_upload: int, space: "Space") -> "LinkedClips | None":
    """What fetches the clips of visitors' links; None: nothing does. max_upload: bytes."""
    from core import Addresses
    from demo.links.fetched import LinkedClips

    return LinkedClips(Addresses(hosts, max_upload, FETCHING), space) if hosts else None


def offered(
    names: list[str],
    only: bool,
    keep: int,
    at_once: int,
    adapter: Path | None,
    options: "LoadOptions",
    of_clips: str | None = None,
) -> "Models":
    """The models of the menu: those that were named, then those that are installed.

    keep, at_once: as `Models` has them. of_clips: folder for what they find in clips; None: user's cache.
    """
    from core import check_model_name, installed_models
    from demo.models.pool import Models

    for name in names:
        check_model_name(name)
    first = names[0]

    def load(name: str, progress: "Progress") -> "VideoChat":
        from core import VideoChat  # with torch, which the page must not wait for

        own = adapter if name == first else None
        folder = Path(of_clips) if of_clips else None
        return VideoChat.load(name, own, folder, progress=progress, options=options)

    everything = [*names, *([] if only else installed_models())]
    return Models(list(dict.fromkeys(everything)), load, keep, at_once)


def serve(models: "Models", data: Path, page: dict[str, Any], options: dict[str, Any], why: str) -> None:
    """Show the page, load the first model in the background, and stay until Ctrl+C.

    The page comes first: side by side both would wait for one interpreter. page: options of
    `build_app`. options: those of `launch`. why: a line that says why the first model is that one, where
    nobody has named it.
    """
    from core import ReelTalkError, VideoLimits
    from demo.page.app import build_app
    from demo.server.health import health_route
    from demo.server.launch import launch
    from demo.server.request_log import show_on_console

    show_on_console()
    limits = VideoLimits(max_bytes=options["max_upload"])
    app = build_app(models, limits, data, **page)
    try:
        _, url, public = launch(app, **options, routes=[health_route(models)])
    except OSError as error:
        place = f"{options['host']}:{options['port']}"
        typer.echo(
            f"Cannot listen at {place}: another program does, perhaps. See --port and --host.", err=True
        )
        raise typer.Exit(2) from error
    print(f"ReelTalk 影语 is at {url}" + (f" and {public}" if public else ""), flush=True)
    if why:
        print(why, flush=True)
    models.start()
    models.first.wait()
    if isinstance(models.first.error, ReelTalkError):  # said already, in one line; nothing works without it
        app.close(verbose=False)
        raise typer.Exit(2)
    app.block_thread()
