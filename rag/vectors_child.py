"""Builds the vectors of a generation in a process of its own.

Chroma keeps some of what it has built until its process ends: over the 64,707 passages of
news-2025 several hundred megabytes, though its client is closed. A child gives all of it back.
It ends with its parent: it reads the rows from a pipe, and goes as soon as that is cut.
"""

from __future__ import annotations

import contextlib
import os
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from rag.vectors import Rows

_HEAD = struct.Struct("<qq")  # how many rows come next, and their dimension; no rows: the end

_BUILD = "from rag.vectors_child import main; main()"


def python_child(program: str, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """The command and the environment of a child that imports what this process does."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return [sys.executable, "-P", "-c", program, *arguments], environment


def write_in_child(path: Path, portions: Iterable[Rows], size: int) -> None:
    """`rag.vectors.write` in a child. Raises RuntimeError with the last line that it wrote."""
    command, environment = python_child(_BUILD, str(path), str(size))
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stderr=said) as child,
    ):
        assert child.stdin is not None
        try:
            cut = _send(child.stdin, portions)
            status = child.wait()
        except BaseException:
            child.kill()
            raise
        if cut or status:
            said.seek(0)
            lines = said.read().decode("utf-8", "replace").strip().splitlines()
            raise RuntimeError(lines[-1] if lines else f"the child ended with status {status}")


def _send(pipe: IO[bytes], portions: Iterable[Rows]) -> bool:
    """Sends the rows and leaves the pipe open. Returns whether the child went before the end."""
    try:
        for numbers, articles, vectors in portions:
            pipe.write(_HEAD.pack(*vectors.shape))
            pipe.write(np.asarray([numbers, articles], np.int64).tobytes())
            pipe.write(vectors.astype(np.float32, copy=False).tobytes())
        pipe.write(_HEAD.pack(0, 0))
        pipe.flush()
    except BrokenPipeError:
        with contextlib.suppress(BrokenPipeError):
            pipe.close()  # it still holds what nobody will read
        return True
    return False


def main() -> None:
    """What the child does: a folder and a number of rows as arguments, the rows as input."""
    from rag.vectors import write

    path, size = sys.argv[1:]
    pipe = sys.stdin.buffer
    try:
        write(Path(path), _received(pipe), int(size))
    except Exception as error:
        sys.exit(str(error))  # one line for the parent


def _received(pipe: IO[bytes]) -> Iterator[Rows]:
    while (head := _HEAD.unpack(_exactly(pipe, _HEAD.size))) != (0, 0):
        rows, dimension = head
        numbers = np.frombuffer(_exactly(pipe, 16 * rows), np.int64).reshape(2, rows)
        vectors = np.frombuffer(_exactly(pipe, 4 * rows * dimension), np.float32)
        yield numbers[0].tolist(), numbers[1].tolist(), vectors.reshape(head)
    threading.Thread(target=_end_with_the_parent, args=(pipe,), daemon=True).start()


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError("the rows ended too early")
    return data


def _end_with_the_parent(pipe: IO[bytes]) -> None:
    # Nothing more is sent: this returns when the parent dies. Not pipe.read, whose lock would be
    # held when this process itself comes to its end.
    os.read(pipe.fileno(), 1)
    os._exit(1)
