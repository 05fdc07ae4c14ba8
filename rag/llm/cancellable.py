"""Work on an event loop of its own, in a thread of its own, that any other thread can end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")


class Cancellable(Generic[Item]):
    """A coroutine that runs in a thread of its own and can be cancelled from any other."""

    def __init__(self, work: Callable[[Callable[[Item], None]], Any]) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._cancelled = False
        self._cancel: Callable[[], object] | None = None

    def run(self, put: Callable[[Item], None]) -> None:
        """Run it to its end. Returns quietly when it was cancelled."""
        # Not asyncio.run: that waits for threads of the loop, and one that looks up a host's name
        # cannot be stopped. (Only the end of the whole process waits for it.)
        loop = asyncio.new_event_loop()
        try:
            loop.run_until_complete(self._main(put))
        except asyncio.CancelledError:
            if not self._cancelled:
                raise
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    async def _main(self, put: Callable[[Item], None]) -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        with self._lock:
            if self._cancelled:
                return
            self._cancel = lambda: loop.call_soon_threadsafe(task.cancel)
        try:
            await self._work(put)
        finally:
            with self._lock:
                self._cancel = None

    def cancel(self) -> None:
        """Stop it, if it has not ended."""
        with self._lock:
            self._cancelled = True
            if self._cancel:
                self._cancel()
