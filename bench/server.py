"""The web chat, or another page, as a server in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
CHAT = (str(ROOT / "ui.py"),)


def environment(**settings: str) -> dict[str, str]:
    """That of a command of Footnote's with these settings."""
    return {**os.environ, **settings, "PYTHONPATH": str(ROOT)}


@contextmanager
def serving(
    folder: Path, program: Sequence[str] = CHAT, **settings: str
) -> Iterator[tuple[str, int]]:
    """The address, on a free port, and the process id of a page started in a folder.

    Its program prints the address last in its first line.
    """
    with subprocess.Popen(
        [sys.executable, *program],
        cwd=folder,
        env=environment(FOOTNOTE_PORT="0", **settings),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1], process.pid
        finally:
            process.terminate()
