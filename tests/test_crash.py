"""Killed at any moment, the index loses no article and leaves none half in.

A process that has everything imported forks a child for each run: it syncs a folder in small
batches and is killed at a random moment. Real SQLite, real Chroma, real SIGKILL; the embedder
is a light one, and the last test does the same with the real model from the command line.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from light import assert_whole, open_index, state, write_files

from rag.catalog import Filters
from rag.index import Index
from rag.retrieve import retrieve

ROOT = Path(__file__).parent.parent
KILLS = 20
ARTICLES = range(14)

# Reads "index folder"; forks. The child prints that it begins, with its id; the parent, after
# another line, how it ended. Never both at once: where output is not buffered (as with
# PYTHONUNBUFFERED), a line and its end are two writes, between which another process may write.
FORKS = """
import os, sys
sys.path.insert(0, {tests!r})
from pathlib import Path
import chromadb
from light import open_index
for line in sys.stdin:
    index, folder = line.split()
    child = os.fork()
    if not child:
        with open_index(Path(index), batch=5) as opened:
            print("begins", os.getpid(), flush=True)
            opened.sync(folder)
        os._exit(0)
    sys.stdin.readline()  # only now, so that nobody else gets the child's id before
    print("ended", os.waitpid(child, 0)[1], flush=True)
"""


class Writer:
    """Syncs an index with a folder in a child process that may be killed."""

    def __init__(self, index: Path, folder: Path) -> None:
        self.line = f"{index} {folder}"
        self.process = subprocess.Popen(
            [sys.executable, "-c", FORKS.format(tests=str(Path(__file__).parent))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def sync(self, kill_after: float | None = None) -> tuple[bool, float]:
        """Whether the sync came to its end, and the seconds from its beginning."""
        assert self.process.stdin
        assert self.process.stdout
        print(self.line, file=self.process.stdin, flush=True)
        begins, child = self.process.stdout.readline().split()
        assert begins == "begins"
        began = time.perf_counter()
        if kill_after is not None:
            time.sleep(kill_after)
            os.kill(int(child), signal.SIGKILL)
        print("how did it end?", file=self.process.stdin, flush=True)
        ended, status = self.process.stdout.readline().split()
        assert ended == "ended"
        assert int(status) in (0, signal.SIGKILL)
        return int(status) == 0, time.perf_counter() - began


@contextmanager
def writer(index: Path, folder: Path) -> Iterator[Writer]:
    made = Writer(index, folder)
    try:
        yield made
    finally:
        made.process.communicate()


def texts(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in sorted(folder.glob("*.txt"))}


def change(folder: Path, edition: int, chance: random.Random) -> None:
    """New versions of most files, one file more, one gone, one renamed, one copied."""
    for number in chance.sample(ARTICLES, 10):
        if (folder / f"{number:03}.txt").exists():
            write_files(folder, [number], edition)
    write_files(folder, [100 + edition], edition)
    names = sorted(folder.glob("*.txt"))
    chance.choice(names).unlink()
    names = sorted(folder.glob("*.txt"))
    chance.choice(names).rename(folder / f"renamed{edition}.txt")
    names = sorted(folder.glob("*.txt"))
    shutil.copy(chance.choice(names), folder / f"copy{edition}.txt")


def held(index: Index) -> dict[str, str]:
    return {info.id: index.article(info.id).text for info in index.articles()}


def assert_between(now: dict[str, str], before: dict[str, str], wanted: dict[str, str]) -> None:
    """The index (texts by id) is part of the way from what it was to what the folder holds."""
    for name, text in now.items():
        assert text in (before.get(name), wanted.get(name)), name
    assert set(before.values()) & set(wanted.values()) <= set(now.values())
    for name in before.keys() & wanted.keys():  # the old version or the new one
        assert {before[name], wanted[name]} & set(now.values()), name


def answers(index: Index) -> dict[str, list[str]]:
    """For a question about each text, its passages as they are found, by the text."""
    found = {}
    for text in set(held(index).values()):
        case = next(word for word in text.split() if word.startswith("case")).strip(".")
        passages = retrieve(index, f"What does {case} say?", 8, Filters()).passages
        found[text] = sorted(passage.text for passage in passages if case in passage.text)
        assert found[text], case
    return found


@pytest.mark.timeout(900)  # half a minute, but many processes on a machine that may be busy
def test_killed_at_twenty_random_moments_nothing_is_lost_and_nothing_is_half_in(
    tmp_path: Path,
) -> None:
    chance = random.Random(20)
    folder, path = tmp_path / "news", tmp_path / "index"
    write_files(folder, ARTICLES)
    with writer(tmp_path / "undisturbed", folder) as undisturbed:
        finished, seconds = undisturbed.sync()
        assert finished
    killed = generations = 0
    before: dict[str, str] = {}
    with writer(path, folder) as disturbed:
        for turn in range(3 * KILLS):
            finished, _ = disturbed.sync(kill_after=chance.uniform(0, seconds))
            if finished:  # the machine is faster now than it was when it was measured
                seconds *= 0.8
            killed += not finished
            with open_index(path) as index:
                assert_between(held(index), before, texts(folder))
                assert_whole(index)
                report = index.check()
                assert report.ok, report.problems
                before = held(index)
                with index.catalog.view() as view:
                    generations += len(view.generations())
            change(folder, turn + 2, chance)
            if killed == KILLS:
                break
        assert disturbed.sync()[0]
    assert killed == KILLS
    assert generations > KILLS
    with open_index(path) as index, open_index(tmp_path / "fresh") as fresh:
        fresh.sync(folder)
        assert sorted(state(index).values()) == sorted(state(fresh).values())
        assert answers(index) == answers(fresh)
        assert index.check().ok
        with index.catalog.view() as view:
            published = {generation.folder for generation in view.generations()}
        assert {entry.name for entry in path.glob("generation-*")} == published


REINDEX = """
import sys
sys.path.insert(0, {tests!r})
from light import LightEmbedder
from rag.index import Index
print("begins", flush=True)
Index.reindex({index!r}, embedder=LightEmbedder("another"))
"""


@pytest.mark.parametrize("moment", ["at once", "while it writes"])
def test_killed_while_it_reindexes_the_index_is_as_it_was(tmp_path: Path, moment: str) -> None:
    path = tmp_path / "index"
    write_files(tmp_path / "news", ARTICLES)
    with open_index(path) as index:
        index.sync(tmp_path / "news")
        before = state(index)
    folders = set(path.glob("generation-*"))
    code = REINDEX.format(tests=str(Path(__file__).parent), index=str(path))
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT)
    assert child.stdout
    child.stdout.readline()
    while moment == "while it writes" and not set(path.glob("generation-*")) - folders:
        assert child.poll() is None
        time.sleep(0.001)
    child.kill()
    child.communicate()
    assert child.returncode == -signal.SIGKILL
    with open_index(path) as index:
        assert state(index) == before
        assert index.check(repair=True).ok
        assert_whole(index)
        assert set(path.glob("generation-*")) == folders
        assert index.sync(tmp_path / "news").unchanged == len(ARTICLES)


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "rag", *map(str, arguments)]


@pytest.mark.timeout(900)
def test_killed_with_the_real_model_and_run_again_it_answers(tmp_path: Path) -> None:
    folder, path = tmp_path / "news", tmp_path / "index"
    write_files(folder, range(60))
    (folder / "fact.txt").write_text("The lighthouse of Vardholm was built in 1887 by Ane Lund.")
    sync = command("--index", path, "sync", folder)
    first = subprocess.Popen(sync, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not (path / "write.json").exists():  # it is about to write
        assert first.poll() is None
        time.sleep(0.02)
    time.sleep(random.Random(3).uniform(0.5, 3))
    first.kill()
    first.wait()
    with Index.open(path, create=False) as index:
        assert index.check().ok
    again = subprocess.run(sync, cwd=ROOT, capture_output=True, text=True, timeout=200)
    assert again.returncode == 0, again.stderr
    with Index.open(path, create=False) as index:
        assert index.check().ok
        assert len(index.articles()) == 61
        found = retrieve(index, "When was the Vardholm lighthouse built?", 3, Filters())
        assert "1887" in found.passages[0].text
