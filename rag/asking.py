"""The questions of one page: the one that is being answered, and those that wait for it to end.

Each session of the web chat has a line. Whoever joins it is answered when those before have
left, and goes on with the conversation as they left it. Thread-safe.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from rag.turn import Talk, Turn

MOST = 3  # in a line: each holds one of the places where questions are answered


@dataclass(eq=False, slots=True)
class Asking:
    """A question on its way, and what is done on its page meanwhile.

    `votes` are turns before it that were voted on, by place; `moved_to` is the conversation
    that the page has turned to, `deleted` whether it did so because this one is gone. `before`
    is the conversation that the question before it left, `after` what this one leaves.
    """

    question: str = ""
    stop: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    votes: dict[int, Turn] = field(default_factory=dict)
    moved_to: Talk | None = None
    deleted: bool = False
    before: Talk | None = None
    after: Talk | None = None


class Lines:
    """The lines of all sessions."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: dict[str, list[Asking]] = {}

    def first(self, session: str) -> Asking | None:
        """What is being answered in a session."""
        with self._lock:
            line = self._lines.get(session)
            return line[0] if line else None

    def last(self, session: str) -> Asking | None:
        """What was asked last of what is on its way."""
        with self._lock:
            line = self._lines.get(session)
            return line[-1] if line else None

    def join(self, session: str, asking: Asking) -> bool:
        """Puts a question at the end of its line, unless that is full."""
        with self._lock:
            line = self._lines.setdefault(session, [])
            if len(line) >= MOST:
                return False
            line.append(asking)
            return True

    def wait(self, session: str, asking: Asking, seconds: float) -> int:
        """Waits a moment for those before. Returns how many there are; -1 if it was put out."""
        with self._lock:
            line = self._lines.get(session, [])
            place = line.index(asking) if asking in line else -1
        if place > 0:
            line[0].over.wait(seconds)
        return place

    def leave(self, session: str, asking: Asking) -> None:
        """Takes a question out; the one behind it goes on with the conversation that it leaves."""
        with self._lock:
            line = self._lines.get(session, [])
            if asking in line:
                place = line.index(asking)
                line.remove(asking)
                if place == 0 and line and asking.after is not None:
                    line[0].before = asking.after
            if not line:
                self._lines.pop(session, None)
        asking.over.set()

    def clear(self, session: str) -> Asking | None:
        """Puts everybody out of a line. Returns who was being answered."""
        with self._lock:
            line = self._lines.pop(session, [])
        return line[0] if line else None
