"""The page as a Space of Hugging Face; this file and the README beside it lie at the top of its checkout.

A Space is asked through a proxy of its own network, under the name in SPACE_HOST, and shown in a frame there.
"""

import os
import sys

import typer

from demo.server.options import main

OPTIONS = {
    "--host": "0.0.0.0",
    "--port": "7860",
    "--trust-host": os.environ.get("SPACE_HOST", "localhost"),
    "--proxy": "10.0.0.0/8",
    "--embed": "https://huggingface.co",
    "--model": "compact-mini",
}

if __name__ == "__main__":
    sys.argv[1:] = [word for option in OPTIONS.items() for word in option]
    typer.run(main)
