"""The program `reeltalk`, also `python -m core`: its commands, with `--help` for each.

* Answers go to stdout, all else to stderr. An error that a user can put right, and any misuse of
  the options, is one line and exit code 2; anything else is a bug and keeps its traceback.
* torch and the models are imported inside the commands, so that `--help` comes at once.
* Other packages add commands through entry points of the group `reeltalk.commands`.
"""

import io
import sys
from importlib.metadata import entry_points
from typing import Annotated

import typer

from core import __version__
from core.cli.ask import ask
from core.cli.evaluate import evaluate
from core.cli.models import models
from core.cli.precompute import precompute
from core.cli.senses import transcribe
from core.cli.terminal import FAILED, print_error
from core.cli.training.adapters import adapters
from core.cli.training.train import train
from core.cli.weights import weights
from core.errors import ReelTalkError
from core.serve.command import api_key, serve

PROGRAM = "reeltalk"


def new_app(about: str) -> typer.Typer:
    """A program without commands yet."""
    return typer.Typer(
        help=about, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
    )


app = new_app("ReelTalk 影语: talk with a video in English or Chinese.")
COMMANDS = (ask, transcribe, models, weights, precompute, train, adapters, evaluate, serve, api_key)
for command in COMMANDS:
    app.command()(command)
for entry_point in entry_points(group="reeltalk.commands"):
    app.command(entry_point.name)(entry_point.load())


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"ReelTalk {__version__}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """ReelTalk 影语: talk with a video in English or Chinese."""


def run(program: typer.Typer, name: str, arguments: list[str] | None = None) -> int:
    """Run one command of a program; `arguments` are those after its name. The exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal without Chinese shows escapes, and goes on
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return program(args=arguments, prog_name=name, standalone_mode=False) or 0
    except ReelTalkError as error:
        print_error(str(error))
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else name
        print_error(f"{error.format_message()} (see: {command} --help)")
    return FAILED


def main(arguments: list[str] | None = None) -> int:
    """The program itself."""
    return run(app, PROGRAM, arguments)
