"""What the list of articles does when something happens on it; see `rag.page`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rag import render
from rag.desk import Desk
from rag.reading import read_article

if TYPE_CHECKING:
    from rag.page import News, Visit


def show(desk: Desk, ticked: Sequence[str] | None) -> str:
    """The list as it is now."""
    return render.show_library(desk.articles(), ticked, desk.status)


def tick(desk: Desk, visit: Visit) -> News:
    """Limit questions to the ticked articles; none ticked means all."""
    ids = set(visit.ticked or ())
    (ids.add if visit.carried("on") else ids.discard)(str(visit.carried("article")))
    known = tuple(info.id for info in desk.articles() if info.id in ids) or None
    return _limited(desk, known)


def untick(desk: Desk, visit: Visit) -> News:
    """Answer from all articles again."""
    return _limited(desk, None)


def read(desk: Desk, visit: Visit) -> News:
    """Open an article from the list."""
    return {"reader": read_article(desk, str(visit.carried("article")))}


def _limited(desk: Desk, ticked: tuple[str, ...] | None) -> dict[str, Any]:
    return {"library": show(desk, ticked), "ticked": ticked}
