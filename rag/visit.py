"""What is known when something happens on the chat page, and what is to change there.

A `Visit` holds the conversation, what was chosen, what the event carries, and who it is. `News`
are the parts of the page that are to change, by name; `rag.page` lists them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from rag.shelf import ALL, Shelf
from rag.turn import Talk

News = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Visit:
    """What is known when something happens on a page.

    `talk` is None in a page that this server does not know (any more); `link` is then the id
    of the conversation it shows. `owner` is whose conversations it may see, "" for nobody's.
    """

    talk: Talk | None = None
    shelf: Shelf = ALL
    editing: int | None = None
    chosen: str = ""
    text: str = ""
    sent: Mapping[str, Any] | None = None
    session: str = ""
    owner: str = ""
    link: str = ""
    arrived: Collection[str] = ()  # paths of the files that were uploaded to this server

    def carried(self, name: str) -> Any:
        """What the event carries under a name; "" where it carries no such thing."""
        return (self.sent or {}).get(name, "")

    def number(self, name: str) -> int:
        """The same as a whole number; -1 for anything else."""
        text = str(self.carried(name))
        return int(text) if text.isdecimal() else -1
