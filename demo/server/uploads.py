"""The folder of visitors' files: one for each server, private, gone when the server goes."""

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import psutil

PREFIX = "reeltalk-"


def own_upload_folder() -> str:
    """A new folder that only this user may look into; what servers that crashed have left is removed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        owner = folder.name.removeprefix(PREFIX).split("-")[0]
        if owner.isdecimal() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)
    return tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")


def delete_upload(path: Path) -> None:
    """A visitor's file; one that is ours, such as an example, stays."""
    from gradio.utils import get_upload_folder  # slow, and the start of the server needs the other half alone

    if Path(get_upload_folder()).resolve() in path.resolve().parents:
        path.unlink(missing_ok=True)
        with suppress(OSError):  # somebody has uploaded it under another name, too
            path.parent.rmdir()
