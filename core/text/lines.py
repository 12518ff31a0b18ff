"""Lines of a file: one way to split them, and one to write them as JSON.

Only CR, LF and both together end a line. U+2028 and its kind may stand inside one (JSON allows it), and end
lines for others; so they are read as text and written as escapes.
"""

import json
import re
from typing import Any

from core.text.encodings import decode

_ENDS = re.compile(rb"\r+\n|\r|\n")
_TEXT_ENDS = re.compile("\r+\n|\r|\n")
_ESCAPED = {ord(sign): f"\\u{ord(sign):04x}" for sign in "\u0085\u2028\u2029"}


def lines_of(content: bytes) -> list[str]:
    """The lines of a text file without their ends and without a mark of byte order.

    In whatever encoding it is. A line that is UTF-8 stays so where others are not: one line in a wrong
    encoding spoils none of the others.
    """
    whole = decode(content)
    if whole.encoding.startswith("UTF-") and not whole.lost:
        return _TEXT_ENDS.split(whole.text)
    if whole.encoding.startswith(("UTF-16", "UTF-32")):
        return _TEXT_ENDS.split(whole.text)
    lines = _ENDS.split(content.removeprefix(b"\xef\xbb\xbf"))
    other = decode(b"\n".join(line for line in lines if decode(line, "UTF-8").lost)).encoding
    return [decode(line, other if decode(line, "UTF-8").lost else "UTF-8").text for line in lines]


def json_line(value: Any) -> str:
    """A value as one line of JSON, with its end. Half of a surrogate pair is written as its escape."""
    text = json.dumps(value, ensure_ascii=False).translate(_ESCAPED)
    return text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n"
