"""Documents of any LlamaIndex reader to articles, told by their shape: nothing is imported.

from llama_index.core import SimpleDirectoryReader
articles = from_documents(SimpleDirectoryReader("notes").load_data())
"""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rag.clean import clean, one_line
from rag.dates import parse_date
from rag.load.limits import Limits, Skipped
from rag.types import Article, text_version

_RANDOM_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.I)
_SOURCES = ("url", "source_url", "URL", "link", "source", "file_path", "file_name", "filename")
_PLACE = re.compile(r"://|[/\\]|\.\w{1,5}$")  # an address or a file, rather than "Reuters"
_DATES = ("published", "published_date", "publication_date", "published_at", "date", "pubdate")


def from_documents(
    documents: Iterable[Any],
    *,
    limits: Limits = Limits(),  # noqa: B008  (frozen)
) -> Iterator[Article | Skipped]:
    """One article a document, cleaned, in order; Skipped for those without text.

    The id is the document's own, unless it is a random one: then its address or file, with its
    page, or with a number where several documents are from one place; else a hash of its text.
    So loading it again gives the same id, and no two documents the same. Metadata such as
    `creation_date` or `last_modified_date` are a file's, and no day of publication.
    """
    seen: Counter[str] = Counter()
    for document in documents:
        metadata: Mapping[str, Any] = getattr(document, "metadata", None) or {}
        text = str(getattr(document, "text", "") or "")
        source = _first(metadata, _SOURCES)
        name = one_line(_id(document, metadata, source, text, seen))
        cleaned = clean(text, title=_first(metadata, ("title", "Title", "headline")))
        if not cleaned.text:
            yield Skipped(name, "no article text in it")
        elif len(cleaned.text) > limits.characters:
            yield Skipped(name, f"more than {limits.characters:,} characters; split it")
        else:
            published = _published(metadata) or cleaned.published
            title = cleaned.title
            yield Article(name, cleaned.text, title, source, published, cleaned.captions)


def _id(
    document: Any, metadata: Mapping[str, Any], source: str, text: str, seen: Counter[str]
) -> str:
    own = str(getattr(document, "id_", "") or getattr(document, "doc_id", "") or "")
    if own and not _RANDOM_ID.fullmatch(own):
        return own
    if not _PLACE.search(source):  # who wrote it, at most: shared by documents of all kinds
        return f"{source}#{text_version(text)}" if source else text_version(text)
    page = _first(metadata, ("page_label", "page"))
    place = f"{source}#page={page}" if page else source
    seen[place] += 1
    return place if seen[place] == 1 else f"{place}#part={seen[place]}"


def _first(metadata: Mapping[str, Any], keys: Iterable[str]) -> str:
    values = (metadata.get(key) for key in keys)
    return next((one_line(str(value)) for value in values if value not in (None, "")), "")


def _published(metadata: Mapping[str, Any]) -> datetime.date | None:
    for key in _DATES:
        value = metadata.get(key)
        if isinstance(value, datetime.datetime):
            return value.date()
        if isinstance(value, datetime.date):
            return value
        if isinstance(value, str) and (date := parse_date(value)):
            return date
    return None
