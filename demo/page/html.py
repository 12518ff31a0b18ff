"""Pieces of HTML that several features show. Every text of a visitor or a file is escaped."""

import html


def busy_status(text: str, fraction: float) -> str:
    """What is being done, with a bar."""
    percent = round(100 * fraction)
    return (
        f'<div class="rt-status rt-busy" role="status"><span>{html.escape(text)}</span>'
        f'<span class="rt-bar"><i style="width:{percent}%"></i></span></div>'
    )


def error_status(text: str) -> str:
    return f'<div class="rt-status rt-error" role="alert">{html.escape(text)}</div>'
