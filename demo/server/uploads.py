"""The folder of visitors' files: one for each server, private, gone when the server goes."""

import os
import shutil
import tempfile
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
