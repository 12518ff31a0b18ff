"""Bytes of a text file become text, whatever encoding they are in; and which it was is told.

A file is never refused for a byte that is no character: such bytes are counted and become U+FFFD. What is not
UTF is guessed by chardet among the encodings that people's files are in, and can be wrong about a short text.
So whoever shows a text shows its encoding too, and lets people name another one.
"""

import codecs
import re
import unicodedata
from dataclasses import dataclass

# As people know them -> Python's codecs.
ENCODINGS = {
    "UTF-8": "utf-8",
    "UTF-16 LE": "utf-16-le",
    "UTF-16 BE": "utf-16-be",
    "UTF-32 LE": "utf-32-le",
    "UTF-32 BE": "utf-32-be",
    "GB18030": "gb18030",
    "Big5": "big5hkscs",
    "Shift-JIS": "cp932",
    "EUC-JP": "euc_jis_2004",
    "EUC-KR": "cp949",
    "Windows-1251": "cp1251",
    "KOI8-R": "koi8-r",
    "Windows-1252": "cp1252",
    "Windows-1250": "cp1250",
    "Windows-1253": "cp1253",
    "Windows-1254": "cp1254",
    "Windows-1255": "cp1255",
    "Windows-1256": "cp1256",
    "Windows-874": "cp874",
}
_MARKS = {
    codecs.BOM_UTF8: "UTF-8",
    codecs.BOM_UTF32_LE: "UTF-32 LE",  # before UTF-16, whose mark is its beginning
    codecs.BOM_UTF32_BE: "UTF-32 BE",
    codecs.BOM_UTF16_LE: "UTF-16 LE",
    codecs.BOM_UTF16_BE: "UTF-16 BE",
}
_WIDE = ("UTF-16 LE", "UTF-16 BE", "UTF-32 LE", "UTF-32 BE")
_OF_TWO_BYTES = ("GB18030", "Big5", "Shift-JIS", "EUC-JP", "EUC-KR")
_GUESSED = [name for name in ENCODINGS if not name.startswith("UTF")]
_NAMES = {codecs.lookup(ENCODINGS[name]).name: name for name in _GUESSED}
# Codecs of Python that a fuller one of `ENCODINGS` reads as well.
_ALSO = {
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "big5": "big5hkscs",
    "cp950": "big5hkscs",
    "shift_jis": "cp932",
    "euc_jp": "euc_jis_2004",
    "euc_kr": "cp949",
    "iso8859-1": "cp1252",
    "utf-16": "utf-16-le",
    "utf-8-sig": "utf-8",
}
_MARK = "\ufeff"
_LOST = "\ufffd"
_SAMPLE = 100_000  # bytes that are looked at to tell an encoding
_DAMAGE = 0.1  # share of lines that may be damaged in what is still taken for an encoding


@dataclass(frozen=True)
class Decoded:
    """A text; its encoding, one of `ENCODINGS`; and how many places of it were no character."""

    text: str
    encoding: str
    lost: int = 0


def decode(content: bytes, encoding: str | None = None) -> Decoded:
    """The text of a file, without a mark of byte order. encoding: of `ENCODINGS`, that somebody chose."""
    if encoding is not None:
        return _as(content, encoding)
    marked = next((name for mark, name in _MARKS.items() if content.startswith(mark)), None)
    if marked is not None and not (marked in _WIDE and _is_plain(content[2:])):
        return _as(content, marked)
    if b"\0" in content[:_SAMPLE] and (wide := _wide(content[: _SAMPLE // 4 * 4])):
        return _as(content, wide)
    utf = _as(content, "UTF-8")
    if not utf.lost or _is_damaged_utf8(utf):
        return utf
    return _as(content, _guessed(content))


def encoding_named(name: str) -> str | None:
    """The name in `ENCODINGS` of what somebody typed: "gbk", "cp1251", "utf8"; None where it is not there."""
    typed = name.strip()
    if typed.lower() in (known := {each.lower(): each for each in ENCODINGS}):
        return known[typed.lower()]
    try:
        codec = codecs.lookup(typed).name
    except LookupError:
        return None
    codec = _ALSO.get(codec, codec)
    return next((each for each, own in ENCODINGS.items() if codecs.lookup(own).name == codec), None)


def _as(content: bytes, encoding: str) -> Decoded:
    text = content.decode(ENCODINGS[encoding], errors="replace").removeprefix(_MARK)
    lost = text.count(_LOST) - (content.count(_LOST.encode()) if encoding == "UTF-8" else 0)
    return Decoded(text, encoding, max(0, lost))


def _is_plain(content: bytes) -> bool:
    """Whether it is ASCII of one byte, with damage at most."""
    return content.isascii() and content.count(b"\0") < 0.4 * len(content)


def _wide(content: bytes) -> str | None:
    """Which of the encodings of two or four bytes a text without a mark is in, if it is in any."""
    if _is_plain(content):
        return None
    shares = {name: _share_of_text(_as(content, name)) for name in _WIDE}
    best = max(shares, key=lambda name: shares[name])
    return best if shares[best] > 0.9 else None


def _share_of_text(decoded: Decoded) -> float:
    """How much of it is letters, marks, signs and ends of lines as people write them."""
    text = decoded.text
    good = sum(
        char in "\r\n\t" or unicodedata.category(char) not in ("Cc", "Cn", "Co", "Cs") for char in text
    )
    lines = 1 if re.search("[\r\n ]", text) or len(text) < 20 else 0.5  # 0x0A00 is a character, too
    return lines * (good - 2 * decoded.lost) / len(text) if text else 0.0


def _is_damaged_utf8(utf: Decoded) -> bool:
    """Whether a byte was cut or changed in what is UTF-8 elsewhere: other encodings hardly look like it."""
    whole = sum(ord(char) > 127 for char in utf.text) - utf.lost
    return whole >= 2 * utf.lost


def _guessed(content: bytes) -> str:
    """The likeliest encoding of those that are not UTF."""
    lines = content.splitlines()
    odd = b"\n".join(line for line in lines if not line.isascii())[:_SAMPLE]
    guess = _by_chardet(odd)
    if guess in _OF_TWO_BYTES:
        return guess
    # A byte that was cut spoils a line for chardet, which then takes the whole for something else.
    for name in _OF_TWO_BYTES:
        whole = [line for line in odd.split(b"\n") if not _as(line, name).lost]
        spoiled = odd.count(b"\n") + 1 - len(whole)
        if whole and 0 < spoiled <= max(1, _DAMAGE * len(whole)) and _by_chardet(b"\n".join(whole)) == name:
            return name
    return guess


def _by_chardet(content: bytes) -> str:
    from chardet import detect

    found = detect(content, include_encodings=[ENCODINGS[name] for name in _GUESSED], compat_names=False)
    return _NAMES.get(codecs.lookup(found["encoding"] or "cp1252").name, "Windows-1252")
