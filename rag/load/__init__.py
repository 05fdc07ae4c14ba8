"""Sources in, articles out: `load` reads txt, Markdown, HTML, PDF, docx, RSS, Atom and URLs.

    for item in load("articles/"):          # a file, a folder, a glob such as "news/*.html"
        match item:
            case Article(): ...
            case Skipped(source, reason): ...

Each source gives articles, or a Skipped that says why not; one bad source never ends the run.
An article's text is clean (`rag.clean`), its `published` is what the source itself says or None.
The parsers are imported when the first source of their kind is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rag.clean import Cleaned, normalize
from rag.errors import LoadError
from rag.load.documents import from_documents
from rag.load.limits import Limits, Skipped
from rag.load.sources import KINDS, Source, fingerprint, list_sources, read_bytes
from rag.types import Article

if TYPE_CHECKING:
    from rag.fetch import Policy
    from rag.load.feed import Entry

__all__ = [
    "Limits",
    "Skipped",
    "Source",
    "fingerprint",
    "from_documents",
    "list_sources",
    "load",
    "load_source",
]

_MEDIA_TYPES = {
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "text/markdown": "markdown",
    "text/plain": "text",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/rss+xml": "feed",
    "application/atom+xml": "feed",
    "application/xml": "feed",
    "text/xml": "feed",
}


def load(
    source: str | Path,
    *,
    allow_url: bool = False,
    limits: Limits = Limits(),  # noqa: B008  (frozen)
    root: Path | None = None,
    addresses: Policy | None = None,
) -> Iterator[Article | Skipped]:
    """Every article of a file, folder, glob or URL, in the order of their ids.

    With `root`, the ids of files are their paths below it. `addresses` decides which network
    addresses a download may connect to; only public ones unless given. Never raises for a bad
    source.
    """
    try:
        listed = list_sources(source, root=root)
    except LoadError as error:
        yield Skipped(error.source, error.reason)
        return
    for item in listed:
        if isinstance(item, Skipped):
            yield item
        else:
            yield from load_source(item, allow_url=allow_url, limits=limits, addresses=addresses)


def load_source(
    source: Source,
    *,
    allow_url: bool = False,
    limits: Limits = Limits(),  # noqa: B008  (frozen)
    addresses: Policy | None = None,
) -> Iterator[Article | Skipped]:
    """The articles of one source: one, or for a feed one an entry. Never raises for a bad one."""
    try:
        if source.path is not None:
            data = read_bytes(source.path, limits, source.inside)
            yield from _articles(source, data, source.kind, limits)
        elif allow_url:
            yield from _downloaded(source, limits, addresses)
        else:
            raise LoadError(source.location, "URLs are off; switch them on with --allow-url")
    except LoadError as error:
        yield Skipped(source.location, error.reason)
    except MemoryError:
        raise
    except Exception as error:  # what a parser got wrong must not cost the other sources
        reason = f"cannot be read ({type(error).__name__}: {error}); please report it"
        yield Skipped(source.location, reason)


def _downloaded(
    source: Source, limits: Limits, addresses: Policy | None
) -> Iterator[Article | Skipped]:
    from rag.fetch import fetch, is_public

    page = fetch(source.location, limits, allowed=addresses or is_public)
    name = Path(page.url.partition("?")[0]).suffix.lower()
    kind = _MEDIA_TYPES.get(page.media_type) or KINDS.get(name, "")
    if not kind and page.content.startswith(b"%PDF-"):
        kind = "pdf"
    if not kind and page.media_type not in ("", "application/octet-stream"):
        raise LoadError(source.location, f"not a kind of page that can be read ({page.media_type})")
    yield from _articles(source, page.content, kind or "html", limits, page.url, page.encoding)


def _articles(
    source: Source, data: bytes, kind: str, limits: Limits, url: str = "", encoding: str = ""
) -> Iterator[Article | Skipped]:
    if not data.strip():
        raise LoadError(source.location, "empty")
    kind = _told_by_content(data, kind)
    if kind == "feed":
        yield from _entries(source, data, limits)
    else:
        cleaned = _read(source.location, data, kind, limits, url, encoding)
        yield _article(source.id, source.location, cleaned, limits)


def _told_by_content(data: bytes, kind: str) -> str:
    """What a page really is, where its name says only that it is text with or without tags."""
    from rag.load.feed import is_feed, root_element

    if kind not in ("text", "html", "feed"):
        return kind
    if is_feed(data):
        return "feed"
    if kind == "feed" and data.startswith(b"%PDF-"):
        return "pdf"
    return "html" if root_element(data) == b"html" else kind


def _read(name: str, data: bytes, kind: str, limits: Limits, url: str, encoding: str) -> Cleaned:
    """One article by the parser for its kind, imported here so that the others are not."""
    if kind == "html":
        from rag.load.html import read_html

        return read_html(name, data, limits=limits, url=url, declared=encoding)
    if kind == "pdf":
        from rag.load.pdf import read_pdf

        return read_pdf(name, data, limits=limits)
    if kind == "docx":
        from rag.load.docx import read_docx

        return read_docx(name, data, limits=limits)
    if kind == "markdown":
        from rag.load.markdown import read_markdown

        return read_markdown(name, data, limits=limits)
    from rag.load.text import read_text

    return read_text(name, data, limits=limits, declared=encoding)


def _entries(source: Source, data: bytes, limits: Limits) -> Iterator[Article | Skipped]:
    """A feed's articles: the id is the entry's link, else the feed's id with the entry's own."""
    from rag.load.feed import read_feed

    seen: set[str] = set()
    for entry in read_feed(source.location, data, limits=limits):
        article_id = entry.link or f"{source.id}#{entry.key}"
        if article_id in seen:
            yield Skipped(article_id, "a second entry of this name in one feed")
            continue
        seen.add(article_id)
        try:
            yield _entry_article(article_id, entry, entry.link or source.location, limits)
        except LoadError as error:
            shown = f"{source.location}: {entry.title or entry.key}"
            yield Skipped(shown, error.reason, article_id)


def _entry_article(article_id: str, entry: Entry, source: str, limits: Limits) -> Article:
    if entry.problem:
        raise LoadError(source, entry.problem)
    return _article(article_id, source, entry.cleaned, limits)


def _article(article_id: str, source: str, cleaned: Cleaned, limits: Limits) -> Article:
    if not cleaned.text:
        nothing = "nothing but boilerplate in it" if cleaned.dropped else "no article text in it"
        raise LoadError(source, nothing)
    if len(cleaned.text) > limits.characters:
        raise LoadError(source, f"more than {limits.characters:,} characters; split it")
    return Article(
        article_id,
        cleaned.text,
        cleaned.title,
        normalize(source),
        cleaned.published,
        cleaned.captions,
    )
