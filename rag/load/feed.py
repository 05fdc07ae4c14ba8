"""RSS and Atom to articles, one an entry, by feedparser: from bytes, nothing is fetched."""

from __future__ import annotations

import codecs
import datetime
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rag.clean import Cleaned, clean_blocks, one_line
from rag.dates import parse_date
from rag.errors import LoadError
from rag.load.blocks import blocks_of, parse_html
from rag.load.limits import Limits

_PROLOGUE = re.compile(rb"\s*<(?:\?|!(?!\[))")
_ELEMENT = re.compile(rb"\s*<([\w:.-]+)")
_ENCODING = re.compile(r"^(\s*<\?xml[^>]*?)\s+encoding\s*=\s*[\"'][^\"']*[\"']")
_WEB = re.compile(r"https?://", re.I)
_FEEDS = (b"rss", b"feed", b"rdf:rdf", b"atom:feed")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: what names it for good (its link, else its id or title), and its article.

    `link` is where it is on the web, empty for a relative address or a `javascript:` one.
    `problem` says why there is no article in it.
    """

    key: str
    link: str
    title: str
    cleaned: Cleaned
    problem: str = ""


def root_element(data: bytes) -> bytes:
    """The name of the first element of a page or XML file, in lower case; empty if none.

    A byte order mark, the XML declaration, comments and a DOCTYPE may stand before it.
    """
    head = _narrow(data[:20_000]).removeprefix(codecs.BOM_UTF8)
    position = 0
    while opening := _PROLOGUE.match(head, position):
        comment = head.startswith(b"--", opening.end())
        end = head.find(b"-->" if comment else b">", opening.end())
        if end < 0:
            return b""
        position = end + (3 if comment else 1)
    match = _ELEMENT.match(head, position)
    return match[1].lower() if match else b""


def _narrow(data: bytes) -> bytes:
    """UTF-8 for UTF-16 with a byte order mark, which feedparser does not read; else as it is."""
    if not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data
    text = data.decode("utf-16", "replace")
    return _ENCODING.sub(r"\1", text, count=1).encode("utf-8", "replace")


def is_feed(data: bytes) -> bool:
    return root_element(data) in _FEEDS


def read_feed(name: str, data: bytes, *, limits: Limits) -> Iterator[Entry]:
    """The entries of a feed in its own order. Raises LoadError for what is none, or too long."""
    import feedparser  # type: ignore[import-untyped]

    if not is_feed(data):
        raise LoadError(name, "XML, but no RSS or Atom feed")
    data = _narrow(data)
    if b"<!ENTITY" in data[:20_000]:
        raise LoadError(name, "a feed that defines its own entities; not opened")
    count = len(re.findall(rb"<(?:\w+:)?(?:item|entry)[\s>]", data))
    if count > limits.articles:
        raise LoadError(name, f"{count:,} entries, at most {limits.articles:,} are read")
    try:
        parsed = feedparser.parse(io.BytesIO(data), resolve_relative_uris=False)
    except Exception as error:  # a broken file can raise anything in the parser; it is named
        raise LoadError(name, f"unreadable feed ({type(error).__name__})") from error
    if not parsed.entries:
        raise LoadError(name, "a feed without entries")
    # The date of an RSS 1.0 item is its dc:date, which feedparser calls "updated".
    dated = parsed.version == "rss10" and not re.search(rb"<\w+:modified[\s>]", data)
    for entry in parsed.entries:
        yield _entry(entry, dated)


def _entry(entry: Any, dated: bool) -> Entry:
    contents = [content.get("value") or "" for content in entry.get("content", [])]
    markup = max((*contents, entry.get("summary") or ""), key=len)
    title = one_line(_plain(entry.get("title") or ""))
    link = one_line(entry.get("link") or "")
    blocks, problem = [], ""
    try:
        blocks = blocks_of(parse_html(markup).find("body")) if markup.strip() else []
    except (ValueError, RecursionError, AssertionError):
        problem = "an entry that cannot be read"
    cleaned = clean_blocks(blocks, title=title, published=_published(entry, dated))
    if not cleaned.text:
        problem = problem or "an entry without text"
    key = link or one_line(entry.get("id") or "") or title
    return Entry(key, link if _WEB.match(link) else "", title, cleaned, problem)


def _plain(markup: str) -> str:
    return str(parse_html(markup).text_content()) if "<" in markup or "&" in markup else markup


def _published(entry: Any, dated: bool) -> datetime.date | None:
    """The day in the time zone the feed writes; "updated" is not when it was published, but
    where `dated` says so."""
    key = "updated" if dated and "published" not in entry else "published"
    if key not in entry:
        return None
    written = parse_date(entry[key])
    parsed = entry.get(f"{key}_parsed")
    try:
        return written or (datetime.date(*parsed[:3]) if parsed else None)
    except ValueError:  # of "0000-00-00" feedparser makes the year -1
        return None
