"""The questions that are being answered, and those that wait.

Each session of the web chat has a line. Whoever joins it is answered when those before have
left, and goes on with the conversation as they left it. The first of each line waits for one
of the places where questions are answered at once, in the order in which they became first.
Thread-safe.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rag.turn import Talk, Turn

MOST = 3  # in a line, so that one page does not take all the room there is to wait
_BEAT_S = 1.0


@dataclass(eq=False, slots=True)
class Asking:
    """A question on its way, and what is done on its page meanwhile.

    `waited` says that it was taken from its box while another was being answered. `votes` are
    turns before it that were voted on, by place; `moved_to` is the conversation that the page has
    turned to, `deleted` whether it did so because this one is gone. `before` is the conversation
    that the question before it left, `after` what this one leaves, made once under `keeping`.
    """

    question: str = ""
    stop: threading.Event = field(default_factory=threading.Event)
    waited: bool = False
    keeping: threading.Lock = field(default_factory=threading.Lock)
    votes: dict[int, Turn] = field(default_factory=dict)
    moved_to: Talk | None = None
    deleted: bool = False
    before: Talk | None = None
    after: Talk | None = None


class Lines:
    """The lines of all sessions. `places` are answered at once, `room` more may wait."""

    def __init__(self, places: int, room: int) -> None:
        self._lock = threading.Condition()
        self._lines: dict[str, list[Asking]] = {}
        self._joined: set[Asking] = set()  # until they leave, even if they were put out
        self._firsts: list[Asking] = []  # of their lines; as many as there are places have one
        self._places = places
        self._most = places + room

    def first(self, session: str) -> Asking | None:
        """What is being answered in a session."""
        with self._lock:
            line = self._lines.get(session)
            return line[0] if line else None

    def join(self, session: str, asking: Asking) -> bool:
        """Puts a question at the end of its line, unless that is full or too many wait at all."""
        with self._lock:
            if len(self._joined) >= self._most or len(self._lines.get(session, [])) >= MOST:
                return False
            self._lines.setdefault(session, []).append(asking)
            self._joined.add(asking)
            return True

    def join_once(self, session: str, asking: Asking, *, alone: bool) -> bool | None:
        """The same; None for one that is asked already, if `alone` for one behind any other."""
        with self._lock:
            line = self._lines.get(session)
            if line and (alone or line[-1].question == asking.question):
                return None
            return self.join(session, asking)

    def wait(self, session: str, asking: Asking, seconds: float) -> int:
        """Waits a moment for those before. Returns how many there are; -1 if it was put out."""
        with self._lock:
            self._lock.wait_for(lambda: self._place(session, asking) <= 0, seconds)
            return self._place(session, asking)

    def _place(self, session: str, asking: Asking) -> int:
        line = self._lines.get(session, [])
        return line.index(asking) if asking in line else -1

    def ahead(self, asking: Asking, seconds: float) -> int:
        """Waits a moment for a place. Returns how many have to leave before it has one.

        Once that is 0 it has one, until it leaves. Only for the first of a line.
        """
        with self._lock:
            if asking not in self._firsts:
                self._firsts.append(asking)
            self._lock.wait_for(lambda: self._before(asking) == 0 or asking.stop.is_set(), seconds)
            return self._before(asking)

    def stop(self, asking: Asking) -> None:
        """Tells a question to end; one that waits for its place looks at once."""
        asking.stop.set()
        with self._lock:
            self._lock.notify_all()

    @property
    def crowded(self) -> bool:
        """Whether somebody waits for a place."""
        with self._lock:
            return len(self._firsts) > self._places

    def _before(self, asking: Asking) -> int:
        return max(0, self._firsts.index(asking) + 1 - self._places)

    @contextmanager
    def place(self) -> Iterator[bool]:
        """Waits for a place, in a line of its own, and holds it; False where too many wait."""
        asking, session = Asking(), secrets.token_hex(8)
        if not self.join(session, asking):
            yield False
            return
        try:
            while self.ahead(asking, _BEAT_S):
                pass
            yield True
        finally:
            self.leave(session, asking)

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
            self._joined.discard(asking)
            if asking in self._firsts:
                self._firsts.remove(asking)
            self._lock.notify_all()

    def clear(self, session: str) -> Asking | None:
        """Puts everybody out of a line. Returns who was being answered."""
        with self._lock:
            line = self._lines.pop(session, [])
            self._lock.notify_all()
        return line[0] if line else None
