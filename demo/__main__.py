"""`python -m demo`: opens the page. Its options are in server/options.py."""

import typer

from demo.server.options import main

if __name__ == "__main__":
    typer.run(main)
