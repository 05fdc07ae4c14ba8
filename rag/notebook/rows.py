"""Passages and articles for a notebook: as HTML to look at, as a pandas table to work with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from rag.errors import InputError
from rag.notebook.card import escape, html_source, in_card
from rag.types import ArticleInfo, Passage

MOST_ROWS = 50  # articles listed in a card; to_pandas() has them all
_BEGINNING = 120  # code points of a passage shown while it is folded


def passages_to_html(passages: Iterable[Passage], infos: Mapping[str, ArticleInfo]) -> str:
    """The passages in their order, each folded under its beginning and where it is from."""
    items = "\n".join(_passage(passage, infos) for passage in passages)
    return in_card(f"<ol>\n{items}\n</ol>" if items else "<p><em>No passage.</em></p>")


def _passage(passage: Passage, infos: Mapping[str, ArticleInfo]) -> str:
    span, line = passage.span, " ".join(passage.text.split())
    beginning = line if len(line) <= _BEGINNING else f"{line[:_BEGINNING].rsplit(' ', 1)[0]} …"
    place = f"{span.start:,} to {span.end:,} · score {passage.score:.3f}"
    return (
        f'<li><details><summary dir="auto">{escape(beginning)}</summary>'
        f'<blockquote dir="auto">{escape(passage.text)}</blockquote></details>'
        f"{html_source(span, infos, place)}</li>"
    )


def articles_to_html(infos: Sequence[ArticleInfo], heading: str = "") -> str:
    """The articles as a table of title, date, source and length, under a heading."""
    rows = "\n".join(_article(info) for info in infos[:MOST_ROWS])
    count = f"{len(infos):,} article{'' if len(infos) == 1 else 's'}"
    lines = [f"<p><strong>{escape(heading or count)}</strong></p>"]
    if heading:
        lines.append(f"<p>{count}{_dates(infos)}</p>")
    if rows:
        head = "".join(f"<th>{name}</th>" for name in ("Title", "Date", "Id", "Characters"))
        lines.append(f"<table><thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table>")
    if len(infos) > MOST_ROWS:
        lines.append(f"<p>and {len(infos) - MOST_ROWS:,} more</p>")
    return in_card("\n".join(lines))


def _article(info: ArticleInfo) -> str:
    cells = (
        f'<td dir="auto">{escape(info.title or info.source)}</td>',
        f"<td><time>{info.published.isoformat() if info.published else '–'}</time></td>",
        f"<td><bdi>{escape(info.id)}</bdi></td>",
        f'<td class="number">{info.length:,}</td>',
    )
    return f"<tr>{''.join(cells)}</tr>"


def _dates(infos: Sequence[ArticleInfo]) -> str:
    dates = [info.published for info in infos if info.published]
    if not dates:
        return ""
    first, last = min(dates).isoformat(), max(dates).isoformat()
    return f", published {first}" if first == last else f", published {first} to {last}"


def passages_to_frame(passages: Iterable[Passage], infos: Mapping[str, ArticleInfo]) -> Any:
    """A row a passage, in their order; `rank` counts from 1."""
    rows = [
        {
            "rank": rank,
            "article": passage.span.article_id,
            "title": info.title if info else "",
            "published": info.published if info else None,
            "start": passage.span.start,
            "end": passage.span.end,
            "score": passage.score,
            "text": passage.text,
        }
        for rank, passage in enumerate(passages, start=1)
        for info in [infos.get(passage.span.article_id)]
    ]
    names = ("rank", "article", "title", "published", "start", "end", "score", "text")
    return to_frame(rows, names)


def articles_to_frame(infos: Iterable[ArticleInfo]) -> Any:
    """A row an article, under the field names of ArticleInfo."""
    return to_frame((asdict(info) for info in infos), [f.name for f in fields(ArticleInfo)])


def to_frame(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Any:
    """A pandas DataFrame with these columns, those named `published` as dates it can compare.

    Raises InputError where pandas is not installed: Footnote itself does without.
    """
    try:
        import pandas  # type: ignore[import-untyped]  # it comes without types
    except ImportError as error:
        raise InputError("to_pandas() needs pandas: run `pip install pandas`") from error
    frame = pandas.DataFrame(list(rows), columns=list(columns))
    if "published" in columns:
        frame["published"] = pandas.to_datetime(frame["published"])
    return frame
