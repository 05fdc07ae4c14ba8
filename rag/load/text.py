"""Bytes to text, and plain text to articles."""

from __future__ import annotations

import codecs
import re

from rag.clean import Cleaned, clean
from rag.errors import LoadError
from rag.load.limits import Limits

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHER_FORMATS = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a zip archive (a .docx?)"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"\x1f\x8b", "a compressed file"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "a database"),
)
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_SAMPLE = 200_000
_LETTER = rb"[\xc0-\xcf\xd1-\xd6\xd8-\xdc\xdf-\xef\xf1-\xf6\xf8-\xfc\xff]"
_WESTERN = re.compile(
    rb"(?<=[A-Za-z])" + _LETTER + rb"|" + _LETTER + rb"(?=[A-Za-z]|\s)"
    rb"|[\x80\x85\x91-\x97\xa0\xa3\xa7\xa9\xab\xae\xb0\xb7\xbb]"
)


def read_text(name: str, data: bytes, *, limits: Limits, declared: str = "") -> Cleaned:
    """A plain text file to an article. Raises LoadError."""
    text = decode(name, data, declared)
    if len(text) > 2 * limits.characters:
        raise LoadError(name, f"more than {limits.characters:,} characters; split it")
    return clean(text)


def decode(name: str, data: bytes, declared: str = "") -> str:
    """Text from bytes: a byte order mark, UTF-8, the `declared` encoding, or the likeliest one.

    UTF-8 with a few broken bytes gives U+FFFD for each. Raises LoadError for what is no text.
    """
    for start, form in _OTHER_FORMATS:
        if data.startswith(start):
            raise LoadError(name, f"no text but {form}; give it the right file name ending")
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    encoding = _wide(data[:_SAMPLE])
    if encoding:
        return data.decode(encoding, "replace")
    if len(_CONTROLS.findall(data[:_SAMPLE])) > 4 + len(data[:_SAMPLE]) / 200:
        raise LoadError(name, "binary data, no text; give it the right file name ending")
    return _decode_bytes(name, data, declared)


def _decode_bytes(name: str, data: bytes, declared: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if _nearly_utf8(data):
        return data.decode("utf-8", "replace")
    for encoding in (declared, _likeliest(data[:_SAMPLE])):
        try:
            if encoding:
                return data.decode(encoding)
        except (LookupError, UnicodeDecodeError):
            continue
    raise LoadError(name, "its encoding cannot be told; save it as UTF-8")


def _wide(sample: bytes) -> str:
    """UTF-16 without a mark: Latin text has a zero in every second byte."""
    if len(sample) < 8:
        return ""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) / 2
    if odd > 0.4 * half and even < 0.02 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 * half and odd < 0.02 * half else ""


def _nearly_utf8(data: bytes) -> bool:
    """Whether at least 20 characters beyond ASCII are well formed for each broken byte."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return sum(not character.isascii() for character in text) - broken >= 20 * broken


def _likeliest(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    western = _western(sample)
    if western:
        return western
    best = from_bytes(sample, threshold=0.2).best()
    return best.encoding if best else ""


def _western(sample: bytes) -> str:
    """Windows-1252 where all that is beyond ASCII is a letter of a word or a typographic mark.

    Short texts have too few such bytes for statistics, and this is by far the usual case. The
    places where Turkish has letters of its own are left to statistics.
    """
    high = sum(byte > 127 for byte in sample)
    found = len(_WESTERN.findall(sample))
    return "cp1252" if high and found == high and high < 0.25 * len(sample) else ""
