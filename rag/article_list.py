"""What the list of articles does when something happens on it; see `rag.page`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from rag import library, render
from rag.desk import Desk
from rag.errors import Error
from rag.reading import read_article
from rag.shelf import Shelf, parse_day
from rag.visit import News, Visit


def show(desk: Desk, shelf: Shelf) -> str:
    """The list as it is now."""
    may_edit = desk.settings.may_edit
    return render.show_library(desk.articles(), shelf, desk.status, may_edit=may_edit)


def open_tools(desk: Desk, visit: Visit) -> News:
    """What stands above the list, once a page is opened: it depends on the settings."""
    return {"tools": render.show_library_tools(desk.settings, empty=desk.status == "missing")}


def tick(desk: Desk, visit: Visit) -> News:
    """Limit questions to the ticked articles; none ticked means all."""
    ids = set(visit.shelf.ticked or ())
    (ids.add if visit.carried("on") else ids.discard)(str(visit.carried("article")))
    known = tuple(info.id for info in desk.articles() if info.id in ids) or None
    return _limited(desk, visit, replace(visit.shelf, ticked=known))


def untick(desk: Desk, visit: Visit) -> News:
    """Answer from all articles again, of any date."""
    return _limited(desk, visit, replace(visit.shelf, ticked=None, since=None, until=None, page=0))


def arrange(desk: Desk, visit: Visit) -> News:
    """Search the list, or limit it and questions by date."""
    sent, changed = visit.sent or {}, dict[str, Any]()
    if "find" in sent:
        changed["find"] = str(sent["find"])[:200]
    changed |= {name: parse_day(sent[name]) for name in ("since", "until") if name in sent}
    shelf = replace(visit.shelf, page=0, **changed)
    return _arranged(desk, shelf) if set(changed) <= {"find"} else _limited(desk, visit, shelf)


def turn_page(desk: Desk, visit: Visit) -> News:
    """Another page of the list."""
    return _arranged(desk, replace(visit.shelf, page=max(0, visit.number("page"))))


def read(desk: Desk, visit: Visit) -> News:
    """Open an article from the list."""
    return {"reader": read_article(desk, str(visit.carried("article")))}


def add(desk: Desk, visit: Visit) -> Iterator[News]:
    """Add what was sent and what is at the addresses, telling how far it is."""
    uploads, addresses = _sent(visit)
    for step in library.add(desk, uploads, addresses):
        yield {"adding": render.show_adding(step)}
    yield _changed(desk, visit.shelf)


def remove(desk: Desk, visit: Visit) -> News:
    """Take an article out, for everyone."""
    wanted = str(visit.carried("article"))
    name = next((render.article_name(info) for info in desk.articles() if info.id == wanted), "")
    try:
        left = library.remove(desk, wanted)
    except Error as error:
        return {"adding": render.show_removed(name, str(error))} | _changed(desk, visit.shelf)
    ticked = tuple(id_ for id_ in visit.shelf.ticked or () if id_ != wanted) or None
    shelf = replace(visit.shelf, ticked=ticked)
    return {"adding": render.show_removed(name, left=left)} | _changed(desk, shelf)


def _sent(visit: Visit) -> tuple[list[library.Upload], list[str]]:
    """What an event asks to add. A path is an upload's only if this server put it there."""
    files, addresses = visit.carried("files"), visit.carried("addresses")
    uploads = [
        library.Upload(Path(str(file["path"])), str(file.get("name", "")))
        for file in (files if isinstance(files, list) else [])
        if isinstance(file, dict) and str(file.get("path")) in visit.arrived
    ]
    return uploads, [str(it) for it in (addresses if isinstance(addresses, list) else [])]


def _arranged(desk: Desk, shelf: Shelf) -> dict[str, Any]:
    return {"library": show(desk, shelf), "shelf": shelf}


def _limited(desk: Desk, visit: Visit, shelf: Shelf) -> dict[str, Any]:
    """The list with other limits; what to ask next was tried within those before, so it goes."""
    desk.searches.forget(visit.session)
    return _arranged(desk, shelf) | {"follow": ""}


def _changed(desk: Desk, shelf: Shelf) -> dict[str, Any]:
    """The page after the articles changed; it looks again until they are settled."""
    return _arranged(desk, shelf) | {"poll": {"active": True}}
