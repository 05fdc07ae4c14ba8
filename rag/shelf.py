"""The list of articles as one person sees it: ticks, dates, a search, a page of it. Pure.

listing(articles, Shelf(find="summit")) -> Listing: a page of them, and the counts
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from rag.types import ArticleInfo

PAGE = 50  # articles shown at once


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a person chose. `ticked` are the ids a question is limited to; None is all of them."""

    ticked: tuple[str, ...] | None = None
    since: datetime.date | None = None
    until: datetime.date | None = None
    find: str = ""
    page: int = 0

    @property
    def dated(self) -> bool:
        """Whether questions are limited by date."""
        return self.since is not None or self.until is not None

    def holds(self, info: ArticleInfo) -> bool:
        """Whether an article's date is within the limits; one without a date is not."""
        if not self.dated:
            return True
        if info.published is None:
            return False
        return not (
            (self.since and info.published < self.since)
            or (self.until and info.published > self.until)
        )


ALL = Shelf()  # every article


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the list. `first` counts from 0 among the `found`; of all there are `total`.

    `answering` is how many articles answer a question, `undated` how many a limit by date
    leaves out because they have none.
    """

    articles: tuple[ArticleInfo, ...]
    first: int
    found: int
    total: int
    answering: int
    undated: int


def listing(articles: Sequence[ArticleInfo], shelf: Shelf) -> Listing:
    """The page of the articles that the dates and the search leave, in their order."""
    dated = [info for info in articles if shelf.holds(info)]
    words = shelf.find.casefold().split()
    found = [info for info in dated if _has(info, words)]
    page = max(0, min(shelf.page, (len(found) - 1) // PAGE))
    ticked = None if shelf.ticked is None else frozenset(shelf.ticked)
    return Listing(
        articles=tuple(found[page * PAGE : (page + 1) * PAGE]),
        first=page * PAGE,
        found=len(found),
        total=len(articles),
        answering=sum(ticked is None or info.id in ticked for info in dated),
        undated=sum(info.published is None for info in articles) if shelf.dated else 0,
    )


def parse_day(text: object) -> datetime.date | None:
    """A date of the page's date field; None for an empty one."""
    try:
        return datetime.date.fromisoformat(str(text))
    except ValueError:
        return None


def _has(info: ArticleInfo, words: Sequence[str]) -> bool:
    text = f"{info.title}\n{info.source}\n{info.id}".casefold()
    return all(word in text for word in words)
