"""A large batch of vectors is built in a process of its own, which goes with its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from test_vectors import unit_rows

from rag.errors import IndexFailure
from rag.vectors import Rows, VectorStore

ROOT = Path(__file__).parent.parent
ROWS = 2_048  # the fewest for which there is a child


def rows(count: int, first: int = 1) -> Rows:
    return range(first, first + count), range(count), unit_rows(count, seed=first)


def builder(parent: int) -> psutil.Process:
    """The child of a process that builds vectors, once it is there."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for child in psutil.Process(parent).children():
            if any("vectors_child" in word for word in child.cmdline()):
                return child
        time.sleep(0.02)
    raise AssertionError("no child was begun")


def test_portions_come_together_in_one_generation(tmp_path: Path) -> None:
    store = VectorStore(tmp_path)
    portions = [rows(1_500), rows(900, first=1_501)]
    generation = store.build(portions, 2_400)
    assert generation.size == 2_400
    for numbers, _, vectors in portions:
        (hit,) = store.search([generation], vectors[7], 1)
        assert hit[0] == numbers[7]
    assert [number for number, _ in store.search([generation], portions[1][2][3], 9, [3])] == [
        *(1_504, 4),  # article 3 has a passage in each portion
    ]


def test_a_child_that_is_killed_is_a_named_error_and_nothing_is_left(tmp_path: Path) -> None:
    def portions() -> Iterator[Rows]:
        yield rows(ROWS)
        builder(os.getpid()).kill()
        yield rows(200_000, first=ROWS + 1)  # more than a pipe holds

    with pytest.raises(IndexFailure, match=r"cannot be written: .*ended with status -9"):
        VectorStore(tmp_path).build(portions(), ROWS + 200_000)
    assert list(tmp_path.iterdir()) == []


def test_what_the_rows_raise_ends_the_child_too(tmp_path: Path) -> None:
    begun: list[psutil.Process] = []

    def portions() -> Iterator[Rows]:
        yield rows(ROWS)
        begun.append(builder(os.getpid()))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        VectorStore(tmp_path).build(portions(), ROWS)
    assert not begun[0].is_running()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sent", [False, True], ids=["while it receives", "while it builds"])
def test_the_child_ends_with_its_parent(tmp_path: Path, sent: bool) -> None:
    code = f"""
import sys, time
sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from test_vectors_child import ROWS, VectorStore, rows
def portions():
    yield rows({60_000 if sent else ROWS})
    if not {sent}:
        time.sleep(100)
VectorStore(Path({str(tmp_path)!r})).build(portions(), {60_000 if sent else 2 * ROWS})
"""
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    child = builder(parent.pid)
    while not any(tmp_path.glob("generation-*/chroma.sqlite3")):
        time.sleep(0.02)
    if sent:
        time.sleep(2)  # the rows are through, and Chroma is at work on them
    parent.send_signal(signal.SIGKILL)
    parent.wait(30)
    gone = threading.Event()
    threading.Thread(target=lambda: (child.wait(30), gone.set()), daemon=True).start()
    assert gone.wait(30)
