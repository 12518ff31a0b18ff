"""Who may see the page: a file with a line `name:password` for each. Lines that begin with # do not count."""

from pathlib import Path

from core import ReelTalkError, clean, decode

Accounts = list[tuple[str, str]]


def read_accounts(path: Path) -> Accounts:
    """Raises ReelTalkError; its words hold no password."""
    try:
        decoded = decode(path.read_bytes())
    except OSError as error:
        raise ReelTalkError("accounts_unreadable", path=path, line=1) from error
    if decoded.lost or not decoded.encoding.startswith("UTF-"):  # a password must not be guessed
        raise ReelTalkError("accounts_not_utf8", path=path)
    accounts: Accounts = []
    for number, line in enumerate(clean(decoded.text).split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, _, password = line.strip().partition(":")
        if not name or not password:
            raise ReelTalkError("accounts_unreadable", path=path, line=number)
        accounts.append((name, password))
    if not accounts:
        raise ReelTalkError("accounts_unreadable", path=path, line=1)
    return accounts
