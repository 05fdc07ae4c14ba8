"""What every language model here promises: messages in, text out piece by piece, whole or an error.

A `Drafter` streams text. Its generator ends in one of three ways and in no other: it
returns a `Usage` (the text is whole), it raises a `ModelError` (the text so far is cut or
useless), or it is closed by its reader (the model stops within a second). Empty strings
among the pieces mean "still at work": they give the reader a moment to close.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar, runtime_checkable

from rag.errors import ModelTimeout
from rag.types import Usage

Role = Literal["system", "user", "assistant"]
Draft = Generator[str, None, Usage]

TICK = 0.2  # seconds between two looks at the clock, and between two "still at work"


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat, as chat models read it."""

    role: Role
    content: str


@runtime_checkable
class Drafter(Protocol):
    """A language model that drafts text. Safe to use from several threads at once."""

    @property
    def name(self) -> str:
        """The model's name, for people."""

    @property
    def context_tokens(self) -> int:
        """How many tokens the prompt and the answer may have together."""

    def count_tokens(self, text: str) -> int:
        """The tokens of `text`; a high estimate where the model keeps that to itself."""

    def draft(
        self, messages: Sequence[Message], *, max_tokens: int, stop: Sequence[str] = ()
    ) -> Draft:
        """Stream the model's reply to `messages`, piece by piece, and return what it cost.

        The reply ends before the first of the `stop` texts. Raises ModelUnavailable,
        ModelTimeout or ModelOutput; the last also when the reply hits `max_tokens`, for it
        is cut then. Closing the generator stops the model within a second.
        """


Item = TypeVar("Item")


class Worker(Generic[Item]):
    """A thread that produces items, and the iterator that hands them to another thread.

    `produce(put)` runs in the thread; what it raises is raised from `items()`.
    """

    def __init__(self, produce: Callable[[Callable[[Item], None]], None], name: str) -> None:
        self._produce = produce
        self._queue: queue.SimpleQueue[tuple[float, Item] | BaseException | None] = (
            queue.SimpleQueue()
        )
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._produce(lambda item: self._queue.put((time.monotonic(), item)))
        except BaseException as error:  # handed to the reader, who raises it
            self._queue.put(error)
        else:
            self._queue.put(None)

    def items(self, deadline: float) -> Iterator[Item | None]:
        """The items in order; None whenever a tick passes without one.

        Raises ModelTimeout when the clock (time.monotonic) passes `deadline` before the end, or
        at an item made after it, for some models say nothing as fast as they can. How long the
        reader takes over an item counts for nothing.
        """
        while True:
            try:
                found = self._queue.get(timeout=TICK)
            except queue.Empty:
                if time.monotonic() > deadline:
                    raise ModelTimeout(TOO_LONG) from None
                yield None
                continue
            if found is None:
                return
            if isinstance(found, BaseException):
                raise found
            made, item = found
            if made > deadline:
                raise ModelTimeout(TOO_LONG)
            yield item

    def join(self, seconds: float) -> bool:
        """Wait for the thread to end; whether it did."""
        self._thread.join(seconds)
        return not self._thread.is_alive()


TOO_LONG = "the model took too long to answer; ask again, or raise its time limit"


def wait_for_slot(slots: threading.Semaphore, deadline: float) -> Generator[str, None, None]:
    """Take one of the model's slots, yielding "" while it waits.

    Raises ModelTimeout when the clock passes `deadline` first; the caller releases the slot.
    """
    while not slots.acquire(timeout=TICK):
        if time.monotonic() > deadline:
            raise ModelTimeout("the model is busy with other questions; ask again in a moment")
        yield ""
