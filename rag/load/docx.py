"""Word documents to articles, by python-docx. Nothing in them is run or fetched.

The dates in a document's properties say when the file was made, not when it was published, so
they are left aside; a "Published: …" line at the top counts.
"""

from __future__ import annotations

import codecs
import io
import re
import time
import zipfile
import zlib
from collections.abc import Iterator
from itertools import islice
from typing import Any

from rag.clean import Block, Cleaned, clean_blocks, one_line
from rag.errors import LoadError
from rag.load.limits import Limits

_MOST_PARTS = 10_000
_TREE = 10
"""How many times larger than its bytes a tree of XML may be in memory."""

_MARKUP = (b"<", b"\0<", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_PARAGRAPH = re.compile(rb"<(?:\w+:)?p[\s/>]")
_WORDS = (
    ".//w:r[not(ancestor::w:txbxContent)]/*[self::w:t or self::w:br or self::w:tab or self::w:cr]"
)


def read_docx(name: str, data: bytes, *, limits: Limits) -> Cleaned:
    """The body of a .docx: paragraphs, lists, tables, captions. Raises LoadError."""
    stop = time.monotonic() + limits.seconds
    check_archive(name, data, limits)
    from docx import Document

    try:
        document = Document(io.BytesIO(data))
        blocks = list(_timed(name, _blocks(document), stop, limits))
        title = one_line(document.core_properties.title or "") or _styled_title(document)
    except LoadError:
        raise
    except Exception as error:  # a broken file can raise anything in the parser; it is named
        raise LoadError(name, f"unreadable .docx ({type(error).__name__})") from error
    return clean_blocks(blocks, title=title)


def check_archive(name: str, data: bytes, limits: Limits) -> None:
    """Raises LoadError for what is no zip, or would unpack to more than the limits allow.

    The sizes are those the archive states; zipfile hands out no more than them. What is markup
    is told by how a part begins: any part may be named as the main one, whatever it is called.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            size = sum(part.file_size for part in parts)
            if size > limits.expanded_bytes or len(parts) > _MOST_PARTS:
                raise LoadError(name, f"would unpack to {size:,} bytes (a zip bomb?); not opened")
            if any(part.flag_bits & 1 for part in parts):
                raise LoadError(name, "encrypted; save a copy without a password")
            _check_markup(name, archive, limits)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        ValueError,
        NotImplementedError,
    ) as error:
        old = data.startswith(b"\xd0\xcf\x11\xe0")
        reason = "encrypted or the old Word format; save a plain .docx" if old else "no .docx file"
        raise LoadError(name, reason) from error


def _check_markup(name: str, archive: zipfile.ZipFile, limits: Limits) -> None:
    """A few kilobytes can unpack to a million empty paragraphs, each an object to the parser."""
    parts = [part for part in archive.infolist() if _is_markup(archive, part)]
    size = sum(part.file_size for part in parts)
    if size > limits.expanded_bytes / _TREE:
        raise LoadError(name, f"would unpack to {size:,} bytes of XML (a zip bomb?); not opened")
    paragraphs = tags = 0
    for part in parts:
        markup = archive.read(part).replace(b"\0", b"")  # of UTF-16
        paragraphs += len(_PARAGRAPH.findall(markup))
        tags += markup.count(b"<")
    if paragraphs > limits.elements:
        raise LoadError(name, f"{paragraphs:,} paragraphs, at most {limits.elements:,} are read")
    if tags > _TREE * limits.elements:
        raise LoadError(name, f"{tags:,} tags (a zip bomb?); not opened")


def _is_markup(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    with archive.open(part) as file:
        head = file.read(1000).lstrip()
    return not head or head.startswith(_MARKUP)


def _blocks(document: Any) -> Iterator[Block]:
    """Paragraphs and tables in order; items of one list, and rows of a table, as one block."""
    items: list[str] = []
    for part in document.iter_inner_content():
        style = _style(part)
        text = _text(part._p) if hasattr(part, "_p") else _table(part)
        if style.startswith("list") and text.strip():
            items.append("- " + text.replace("\n", " "))
            continue
        if items:
            yield Block("\n".join(items))
            items = []
        if style != "title":
            yield Block(text, style == "caption")
        elif text.strip():
            yield Block(text)
    if items:
        yield Block("\n".join(items))


def _timed(name: str, blocks: Iterator[Block], stop: float, limits: Limits) -> Iterator[Block]:
    """The blocks, as long as there is time."""
    for block in blocks:
        if time.monotonic() > stop:
            raise LoadError(name, f"takes more than {limits.seconds:g} s to read; split it")
        yield block


def _style(part: Any) -> str:
    style = getattr(part, "style", None) if hasattr(part, "_p") else None
    return (style.name or "").lower() if style is not None else ""


def _styled_title(document: Any) -> str:
    paragraphs = [p for p in islice(document.iter_inner_content(), 5) if hasattr(p, "_p")]
    titles = [p for p in paragraphs if _style(p) == "title"] or [
        p for p in paragraphs[:1] if _style(p) == "heading 1"
    ]
    return one_line(_text(titles[0]._p)) if titles else ""


def _text(paragraph: Any) -> str:
    """The words of a paragraph, those inserted under review too, those deleted not."""
    parts = []
    for node in paragraph.xpath(_WORDS):
        kind = node.tag.rpartition("}")[2]
        parts.append((node.text or "") if kind == "t" else " " if kind == "tab" else "\n")
    return "".join(parts)


def _table(table: Any) -> str:
    """A row a line, cells parted by "|"; a merged cell is read once."""
    rows = []
    for row in table._tbl.tr_lst:
        cells = (" ".join(_text(cell).split()) for cell in row.tc_lst)
        rows.append(" | ".join(cells))
    return "\n".join(row for row in rows if row.strip(" |"))
