"""The write lock: one process writes to an index at a time, and the next is told which."""

from __future__ import annotations

import json
import os
import shlex
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from rag.errors import IndexFailure, IndexLocked

LOCK = "write.lock"
HOLDER = "write.json"


def write_lock(folder: Path | None) -> Callable[[], AbstractContextManager[object]]:
    """What to enter before writing to the index in a folder; None is one in memory.

    Entering raises IndexLocked at once if another process (or thread) holds it, naming it, and
    IndexFailure if the folder cannot be written to. The system lets go of it when its holder
    dies, however it dies.
    """
    if folder is None:
        lock = threading.RLock()
        return lambda: lock
    return lambda: _locked(folder)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise IndexLocked(
            f"{folder} is being written by {_holder(folder)}: try again later"
        ) from None
    except OSError as error:
        raise IndexFailure(f"{folder} cannot be written: {error.strerror}") from error
    try:
        _sign(folder)
        yield
    finally:
        (folder / HOLDER).unlink(missing_ok=True)
        lock.release()


def _sign(folder: Path) -> None:
    """Says who holds the lock, in a file that is there as a whole or not at all."""
    program = Path(sys.argv[0])
    name = ["python", "-m", program.parent.name] if program.stem == "__main__" else [program.name]
    command = shlex.join([*name, *sys.argv[1:]])[:200]
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    holder = json.dumps({"pid": os.getpid(), "command": command, "since": now})
    draft = folder / f"{HOLDER}.new"
    try:
        draft.write_text(holder, encoding="utf-8")
        draft.replace(folder / HOLDER)
    except OSError as error:
        raise IndexFailure(f"{folder} cannot be written: {error.strerror}") from error


def _holder(folder: Path) -> str:
    for _ in range(10):  # it may hold the lock and be about to sign
        try:
            holder = json.loads((folder / HOLDER).read_text(encoding="utf-8"))
            return f"process {holder['pid']} ({holder['command']}, since {holder['since']})"
        except (OSError, ValueError, KeyError):
            time.sleep(0.05)
    return "another process"
