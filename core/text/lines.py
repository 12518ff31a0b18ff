"""Lines of a file: one way to split them, and one to write them as JSON.

Only CR, LF and both together end a line. U+2028 and its kind may stand inside one (JSON allows it), and end
lines for others; so they are read as text and written as escapes.
"""

import json
import re
from typing import Any, NamedTuple

from core.text.encodings import decode

_ENDS = re.compile(rb"\r+\n|\r|\n")
_TEXT_ENDS = re.compile("\r+\n|\r|\n")
_ESCAPED = {ord(sign): f"\\u{ord(sign):04x}" for sign in "\u0085\u2028\u2029"}


class Lines(NamedTuple):
    """The lines of a file, and its encoding: one of `ENCODINGS`."""

    texts: list[str]
    encoding: str


def lines_of(content: bytes, encoding: str | None = None) -> Lines:
    """The lines of a text file without their ends and without a mark of byte order.

    encoding: that somebody chose; None: it is recognised. Then a line that is UTF-8 stays so where others are
    not: one line in a wrong encoding spoils none of the others.
    """
    whole = decode(content, encoding)
    if encoding is not None or whole.encoding.startswith(("UTF-16", "UTF-32")):
        return Lines(_TEXT_ENDS.split(whole.text), whole.encoding)
    lines = [(line, decode(line, "UTF-8")) for line in _ENDS.split(content.removeprefix(b"\xef\xbb\xbf"))]
    odd = [line for line, utf in lines if utf.lost]
    other = decode(b"\n".join(odd)).encoding
    texts = [decode(line, other).text if utf.lost else utf.text for line, utf in lines]
    return Lines(texts, other if odd else "UTF-8")


def json_line(value: Any) -> str:
    """A value as one line of JSON, with its end. Half of a surrogate pair is written as its escape."""
    text = json.dumps(value, ensure_ascii=False).translate(_ESCAPED)
    return text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n"
