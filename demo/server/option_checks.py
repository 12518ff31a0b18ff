"""Options that a server cannot be started with. Typer says which one it was, and exits with 2."""

import ipaddress
import re

import typer

ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d+)?", re.IGNORECASE)
PATH = re.compile(r"(/[\w.~-]+)*", re.ASCII)


def check_proxies(addresses: list[str] | None) -> list[str] | None:
    for address in addresses or []:
        try:
            ipaddress.ip_network(address)
        except ValueError as error:
            raise typer.BadParameter(f"{address} is no address or network, such as 10.0.0.0/8.") from error
    return addresses


def check_path(path: str) -> str:
    """Without a slash at its end."""
    path = path.rstrip("/")
    if not PATH.fullmatch(path):
        raise typer.BadParameter(f"{path} is no path, such as /reeltalk.")
    return path


def check_origins(origins: list[str] | None) -> list[str] | None:
    """They become part of a header."""
    for origin in origins or []:
        if not ORIGIN.fullmatch(origin):
            raise typer.BadParameter(f"{origin} is not the address of a site, such as https://site.example.")
    return origins
