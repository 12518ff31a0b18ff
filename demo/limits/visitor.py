"""Whom limits are counted for: an account, or without accounts the address that asks.

Not a browser's cookie: whoever wants more would invent more of them.
"""

import ipaddress

import gradio as gr
from starlette.types import Scope

USER = "reeltalk.user"  # in the scope of a request, who has sent it
ACCOUNTS = "reeltalk.accounts"  # in the same, whether that is an account


def visitor_of(scope: Scope) -> str:
    """Of a request that has passed the guard."""
    if scope.get(ACCOUNTS):
        return f"account {scope[USER]}"
    return f"address {household((scope.get('client') or ('', 0))[0])}"


def visitor_asking(request: gr.Request) -> str:
    """The same, in a handler."""
    return visitor_of(request.request.scope) if request.request is not None else ""


def household(address: str) -> str:
    """Addresses that one person has: of the sixth version a network of 2^64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
