"""The vector generations: exact enough, left alone once published, and never trusted blindly."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from rag.catalog import Generation
from rag.embed import Vectors
from rag.errors import IndexDamaged, IndexFailure, IndexMismatch
from rag.memory import MemoryVectors
from rag.vectors import VectorStore, checksums

ROOT = Path(__file__).parent.parent
DIMENSION = 24


def unit_rows(count: int, seed: int = 0) -> Vectors:
    rows = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def built(store: VectorStore | MemoryVectors, vectors: Vectors, first: int = 1) -> Generation:
    """A generation of these rows; passages are numbered from `first`, five to an article."""
    numbers = list(range(first, first + len(vectors)))
    return store.build([(numbers, [n // 5 for n in numbers], vectors)], len(vectors))


def snapshot(path: Path) -> dict[str, bytes]:
    files = [file for file in path.rglob("*") if file.is_file() and file.suffix != ".sqlite3"]
    return {str(file): file.read_bytes() for file in files}


@pytest.mark.parametrize("count", [2, 3, 99, 100, 101, 1000, 1001, 5001])
def test_every_row_is_found_and_reading_leaves_the_index_files_alone(
    tmp_path: Path, count: int
) -> None:
    vectors = unit_rows(count)
    generation = built(VectorStore(tmp_path), vectors)
    before = snapshot(tmp_path)
    assert len(before) == 5  # data_level0, header, length, link_lists, index_metadata
    store = VectorStore(tmp_path)
    for row in range(0, count, max(1, count // 40)):
        number, cosine = store.search([generation], vectors[row], 1)[0]
        assert number == row + 1
        assert cosine == pytest.approx(1.0, abs=1e-4)
    store.close()
    assert snapshot(tmp_path) == before
    assert checksums(tmp_path / generation.folder) == generation.files


def test_a_single_row_is_found_too(tmp_path: Path) -> None:
    vectors = unit_rows(1)
    generation = built(VectorStore(tmp_path), vectors)
    assert VectorStore(tmp_path).search([generation], vectors[0], 5)[0][0] == 1


@pytest.mark.parametrize("articles", [None, [1, 3], list(range(700))])
def test_the_nearest_of_several_generations_are_those_of_an_exact_search(
    tmp_path: Path, articles: list[int] | None
) -> None:
    vectors = unit_rows(300)
    disk, memory = VectorStore(tmp_path), MemoryVectors()
    on_disk = [built(disk, vectors[:200]), built(disk, vectors[200:], first=201)]
    in_memory = [built(memory, vectors[:200]), built(memory, vectors[200:], first=201)]
    question = unit_rows(1, seed=5)[0]
    # Worked out by hand: every cosine, best first, of the articles allowed.
    cosines = vectors @ question
    order = [n + 1 for n in np.argsort(-cosines) if articles is None or (n + 1) // 5 in articles]
    for store, generations in ((disk, on_disk), (memory, in_memory)):
        hits = store.search(generations, question, 8, articles)
        assert [number for number, _ in hits] == order[:8]
        assert [score for _, score in hits] == pytest.approx(
            [float(cosines[number - 1]) for number in order[:8]], abs=1e-4
        )


def test_no_more_hits_than_there_are_rows(tmp_path: Path) -> None:
    for store in (VectorStore(tmp_path), MemoryVectors()):
        generation = built(store, unit_rows(4))
        assert len(store.search([generation], unit_rows(1)[0], 50)) == 4
        assert store.search([], unit_rows(1)[0], 50) == []


def test_a_question_of_another_dimension_names_the_command_to_reindex(tmp_path: Path) -> None:
    store = VectorStore(tmp_path)
    generation = built(store, unit_rows(4))
    with pytest.raises(IndexMismatch, match=r"24 dimensions.*gives 2.*rag check --reindex"):
        store.search([generation], np.asarray([0.6, 0.8], dtype=np.float32), 3)


def test_a_generation_that_is_swept_is_let_go_and_named_when_asked_for_again(
    tmp_path: Path,
) -> None:
    reader, writer = VectorStore(tmp_path), VectorStore(tmp_path)
    old, new = built(writer, unit_rows(9)), built(writer, unit_rows(9, seed=2))
    reader.search([old], unit_rows(1)[0], 3)
    writer.sweep([new.folder])
    assert [path.name for path in tmp_path.iterdir()] == [new.folder]
    # What is open goes on answering, what is opened anew says what is missing.
    assert len(reader.search([old], unit_rows(1)[0], 3)) == 3
    assert len(reader.search([new], unit_rows(1)[0], 3)) == 3
    with pytest.raises(IndexDamaged, match=rf"{old.folder}/.* is missing; `rag check --repair`"):
        reader.search([old], unit_rows(1)[0], 3)


def open_files(folder: Path) -> list[str]:
    descriptors = Path("/proc/self/fd")
    if not descriptors.exists():
        pytest.skip("this system does not list the open files of a process")
    links = [str(fd.readlink()) for fd in descriptors.iterdir() if fd.is_symlink()]
    return [link for link in links if link.startswith(str(folder))]


def all_closed(folder: Path) -> bool:
    """Whether the files get closed: Chroma's threads do that shortly after its close returns."""
    deadline = time.monotonic() + 20
    while open_files(folder) and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.02)
    return open_files(folder) == []


def test_closing_or_forgetting_a_store_closes_its_files(tmp_path: Path) -> None:
    store = VectorStore(tmp_path)
    generation = built(store, unit_rows(9))
    assert all_closed(tmp_path)  # building has closed what it wrote
    store.search([generation], unit_rows(1)[0], 3)
    assert open_files(tmp_path) != []
    store.close()
    assert all_closed(tmp_path)
    store.search([generation], unit_rows(1)[0], 3)
    del store
    assert all_closed(tmp_path)


def test_many_threads_can_search_while_generations_come_and_go(tmp_path: Path) -> None:
    store, vectors = VectorStore(tmp_path), unit_rows(60)
    first, second = built(store, vectors), built(store, vectors)
    failures: list[BaseException] = []

    def search(turn: int) -> None:
        try:
            for row in range(30):
                generation = (first, second)[(row + turn) % 2]
                assert store.search([generation], vectors[row], 1)[0][0] == row + 1
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=search, args=(turn,)) for turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_several_processes_can_open_a_generation_at_once(tmp_path: Path) -> None:
    vectors = unit_rows(60)
    generation = built(VectorStore(tmp_path), vectors)
    code = f"""
import numpy as np, sys
from pathlib import Path
from rag.catalog import Generation
from rag.vectors import VectorStore
generation = Generation({generation.folder!r}, 60, {dict(generation.files)!r})
sys.stdin.readline()
for _ in range(10):
    store = VectorStore(Path({str(tmp_path)!r}))
    assert len(store.search([generation], np.eye({DIMENSION}, dtype=np.float32)[0], 7)) == 7
    store.close()
"""
    children = [
        subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, cwd=ROOT)
        for _ in range(3)
    ]
    for child in children:
        child.communicate(b"go\n", timeout=120)
    assert [child.returncode for child in children] == [0, 0, 0]


def test_a_folder_that_cannot_be_written_is_a_named_error_and_nothing_is_left(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(IndexFailure, match="cannot be written"):
        built(VectorStore(tmp_path / "file"), unit_rows(3))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_full_disk_is_a_named_error_and_nothing_is_left(tmp_path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_vectors import IndexFailure, VectorStore, built, unit_rows
try:
    built(VectorStore(Path({str(tmp_path)!r})), unit_rows(4000))
except IndexFailure as error:
    print(error)
"""
    child = in_child(code, largest_file=300_000)
    assert child.returncode == 0, child.stderr
    assert "cannot be written" in child.stdout
    assert list(tmp_path.iterdir()) == []


def in_child(code: str, largest_file: int = 10**9) -> subprocess.CompletedProcess[str]:
    """Runs code apart, because a damaged index file can end the process that reads it."""
    limit = f"resource.setrlimit(resource.RLIMIT_FSIZE, ({largest_file}, {largest_file}))"
    return subprocess.run(
        [sys.executable, "-c", f"import resource\n{limit}\n{code}"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )


def test_a_dot_env_in_the_working_directory_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("CHROMA_API_IMPL=nonsense\nSOMEBODY_ELSES_KEY=1\n")
    monkeypatch.chdir(tmp_path)
    generation = built(VectorStore(tmp_path), unit_rows(3))
    assert generation.size == 3


# -- Damage ------------------------------------------------------------------------------------

FILES = [
    *("data_level0.bin", "header.bin", "length.bin", "link_lists.bin", "index_metadata.pickle"),
    "chroma.sqlite3",
]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Generation]:
    folder = tmp_path_factory.mktemp("whole")
    return folder, built(VectorStore(folder), unit_rows(600))


def harm(file: Path, how: str) -> None:
    size = file.stat().st_size
    if how == "deleted":
        file.unlink()
    elif how == "truncated":
        os.truncate(file, size // 2)
    elif how == "emptied":
        os.truncate(file, 0)
    else:
        with file.open("r+b") as stream:
            stream.seek(size // 3)
            stream.write(np.random.default_rng(1).bytes(min(4096, size - size // 3)))


@pytest.mark.parametrize("how", ["deleted", "truncated", "emptied", "garbage"])
def test_every_damaged_file_is_named_before_it_is_read(
    tmp_path: Path, whole: tuple[Path, Generation], how: str
) -> None:
    source, generation = whole
    code = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_vectors import *
generation = Generation({generation.folder!r}, 600, {dict(generation.files)!r})
for name in FILES:
    folder = Path({str(tmp_path)!r}, name)
    shutil.copytree({str(source)!r}, folder)
    harm(next(folder.rglob(name)), {how!r})
    for ask in (VectorStore(folder).search, lambda g, *_: VectorStore(folder).problems(g)):
        try:
            found = ask([generation], unit_rows(1)[0], 5)
        except IndexDamaged as error:
            found = error
        print(name, "|", type(found).__name__, "|", found)
"""
    child = in_child(code)
    assert child.returncode == 0, child.stderr
    lines = child.stdout.splitlines()
    assert len(lines) == 2 * len(FILES)
    for line in lines:
        name, kind, message = line.split(" | ", 2)
        assert kind in ("IndexDamaged", "dict"), line
        assert generation.folder in message, line
        assert "`rag check --repair` rebuilds it" in message, line
        assert name in message, line


def test_a_missing_folder_is_named(tmp_path: Path, whole: tuple[Path, Generation]) -> None:
    shutil.copytree(whole[0], tmp_path / "copy")
    shutil.rmtree(tmp_path / "copy" / whole[1].folder)
    store = VectorStore(tmp_path / "copy")
    with pytest.raises(IndexDamaged, match=r"missing.*`rag check --repair`"):
        store.search([whole[1]], unit_rows(1)[0], 5)
    assert list(store.problems([whole[1]])) == [whole[1].folder]


def test_rows_that_were_changed_in_chromas_database_are_noticed(
    tmp_path: Path, whole: tuple[Path, Generation]
) -> None:
    import sqlite3
    from contextlib import closing

    shutil.copytree(whole[0], tmp_path / "copy")
    file = next((tmp_path / "copy").rglob("chroma.sqlite3"))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE embeddings SET embedding_id = '999' WHERE embedding_id = '5'")
        connection.commit()
    with pytest.raises(IndexDamaged, match=r"chroma\.sqlite3 was changed"):
        VectorStore(tmp_path / "copy").search([whole[1]], unit_rows(1)[0], 5)


def test_a_child_that_crashes_at_one_generation_still_tells_of_the_others(
    tmp_path: Path,
) -> None:
    store = VectorStore(tmp_path)
    generations = [built(store, unit_rows(20, seed=seed)) for seed in range(3)]
    # The middle one is claimed to hold another number of rows than it does.
    wrong = Generation(generations[1].folder, 21, generations[1].files)
    problems = store.problems([generations[0], wrong, generations[2]])
    assert list(problems) == [wrong.folder]
    assert "20 of 21 vectors" in problems[wrong.folder]
