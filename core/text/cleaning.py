"""What a text must not hold, taken out where it enters; and the text as a model reads it.

`clean` is for whatever comes from outside (questions, reasons, imports, subtitles): what nobody sees goes,
what is seen stays as it was. `for_model` is for the prompt alone: people are shown what they wrote.
"""

import re
import unicodedata

LONGEST_NAME = 200  # bytes of the name of a file; its end says what kind of file it is

# Half a surrogate pair, which no encoding can write; pairs that JSON left apart are joined before.
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_END = re.compile("\r+\n|[\r\v\f\x85\u2028\u2029]")  # CR CR LF is one end that was converted twice
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
# Marks that turn the direction of what follows: with them a text reads otherwise than it is.
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Without width: soft hyphen, grapheme joiner, fillers of Hangul, Khmer and Mongolian signs, spaces of no
# width, invisible operators, the mark of byte order, annotations, shorthand and musical controls.
_NO_WIDTH = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0"
    "\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a]"
)
# Of tags, only those of a flag that they end: they can hide a whole text.
_FLAG = "\U0001f3f4[\U000e0020-\U000e007e]{2,6}\U000e007f"
_TAGS = re.compile(f"({_FLAG})|[\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]")
# One selector or joiner after a sign that is seen is part of how it looks, as in an emoji of a family or in
# Persian; more of them hide something, or nothing is there.
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_STRAY = re.compile(f"(?<![^\\s{_SELECTORS}\u200c\u200d])[{_SELECTORS}\u200c\u200d]+")
_MORE = re.compile(f"([{_SELECTORS}]?)([\u200c\u200d]?)[{_SELECTORS}\u200c\u200d]*")
_LOOSE_JOINER = re.compile("[\u200c\u200d]+(?=\\s|$)")

# So Chinese and Japanese are written; elsewhere these come from a keyboard that was left in Chinese.
_WIDE_MARKS = re.compile("([！-／：-＠［-｀｛-･…‥\u3000]+)")
_CJK = re.compile("[㐀-鿿豈-﫿぀-ヿ\U00020000-\U0003ffff]")


def clean(text: str) -> str:
    """The text without what nobody can see, its lines ended by "\\n"."""
    if text.isascii() and text.isprintable():
        return text
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    text = _LINE_END.sub("\n", text)
    for unseen in (_CONTROL, _BIDI, _NO_WIDTH):
        text = unseen.sub("", text)
    text = _TAGS.sub(lambda match: match[1] or "", text)
    text = _STRAY.sub("", _MORE.sub(r"\1\2", text))
    return _LOOSE_JOINER.sub("", text)


def one_line(text: str) -> str:
    """The text cleaned, with single spaces between its words."""
    return " ".join(clean(text).split())


def file_name(text: str) -> str:
    """A name for people that every disk takes as that of a file, without any folder; may be empty."""
    last = re.split(r"[/\\]", one_line(text))[-1].strip(". ")
    return last.encode()[-LONGEST_NAME:].decode(errors="ignore").strip(". ")


def for_model(text: str) -> str:
    """The text with letters and digits in their plain form (NFKC): "Ｗｈａｔ" is "What", "①" is "1".

    Marks of Chinese and Japanese stay as they are where there is any of them, and so does an ellipsis.
    """
    if text.isascii():
        return text
    if not _CJK.search(text):
        return "…".join(unicodedata.normalize("NFKC", part) for part in text.split("…"))
    parts = _WIDE_MARKS.split(text)
    parts[::2] = [unicodedata.normalize("NFKC", part) for part in parts[::2]]
    return "".join(parts)
