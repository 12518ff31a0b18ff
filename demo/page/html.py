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


def sheet_head(title: str, close: str) -> str:
    """The title of a sheet, with the button that closes it; scripts/sheets.js does."""
    return (
        f'<div class="rt-sheet-head"><h2>{html.escape(title)}</h2>'
        f'<button type="button" data-close aria-label="{close}" title="{close}">×</button></div>'
    )


def icon(path: str) -> str:
    """A picture of lines, 24 x 24."""
    return (
        '<svg viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" stroke-width="1.8"'
        f' stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="{path}"/></svg>'
    )


def sheet_button(path: str, name: str, label: str) -> str:
    """A button of the head that opens the sheet #rt-`name`. path: of its picture."""
    return (
        f'<button type="button" data-sheet="{name}" aria-expanded="false" aria-controls="rt-{name}"'
        f' aria-label="{label}" title="{label}">{icon(path)}</button>'
    )
