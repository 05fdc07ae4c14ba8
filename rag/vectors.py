"""The vectors in Chroma: folders that are built once, published, and never written again.

Chroma is not safe to read while another process writes, and a half-written or damaged index
file ends the process. So a writer always builds a new folder, a *generation*, the catalog
publishes it together with the checksums of its files, and readers search every published
generation. Passages that were removed stay in their folder until it is compacted; the
caller leaves them out by asking the catalog. This is the only module that imports chromadb.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sqlite3
import subprocess
import threading
import uuid
import weakref
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.catalog import Generation
from rag.embed import Vectors
from rag.errors import Error, IndexDamaged, IndexFailure, IndexMismatch
from rag.vectors_child import python_child, write_in_child

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection as ChromaCollection

_COLLECTION = "passages"
_DATABASE = "chroma.sqlite3"
_MOST_IN_ONE_ADD = 5000  # Chroma takes 5,461
_MOST_FILTERED = 500  # more article numbers than this make Chroma's filter slow
_SAME = 0.01  # a stored vector is at most this far from itself
_IN_A_CHILD = 2_048  # from so many rows on, what Chroma keeps after building is worth a process

Hit = tuple[int, float]
Rows = tuple[Sequence[int], Sequence[int], Vectors]
"""Passage numbers, the number of each one's article, and unit vectors, row by row."""

# Chroma keeps one client a folder in a table of the process that is not safe to change from
# several threads at once.
_opening = threading.RLock()


class VectorStore:
    """The generations of one index on disk. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.RLock()
        self._open: dict[str, _Reader] = {}

    def build(self, portions: Iterable[Rows], size: int) -> Generation:
        """Makes a generation of these rows, `size` in all. The catalog is yet to publish it.

        Raises IndexFailure if it cannot be written; nothing is left of it then.
        """
        name = f"generation-{uuid.uuid4().hex}"
        path = self._folder / name
        try:
            with _translated(f"{path} cannot be written", IndexFailure):
                if size < _IN_A_CHILD:
                    write(path, portions, size)
                else:
                    write_in_child(path, portions, size)
                _flush_to_disk(path)
                return Generation(name, size, checksums(path))
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)
            raise

    def open(self, generations: Sequence[Generation]) -> None:
        """Opens these generations, so that the first question need not. Raises IndexDamaged."""
        self._readers(generations)

    def search(
        self,
        generations: Sequence[Generation],
        vector: Vectors,
        k: int,
        articles: Collection[int] | None = None,
    ) -> list[Hit]:
        """The k nearest rows by cosine: (passage number, cosine), best first.

        Exact up to Chroma's approximate search. Removed passages are among them. With
        `articles`, only passages of these articles, as far as the filter is small enough
        for Chroma; the caller filters in any case. Raises IndexDamaged, and IndexMismatch for
        a vector of another dimension.
        """
        if articles is not None and not articles:
            return []  # Chroma refuses an empty list
        where: dict[str, Any] | None = None
        if articles is not None and len(articles) <= _MOST_FILTERED:
            where = {"article": {"$in": sorted(articles)}}
        readers = self._readers(generations)
        hits = [hit for reader in readers for hit in reader.nearest(vector, k, where)]
        hits.sort(key=lambda hit: (-hit[1], hit[0]))
        return hits[:k]

    def problems(self, generations: Sequence[Generation]) -> dict[str, str]:
        """What is wrong with the folders, by folder name; they are opened in a child process."""
        found: dict[str, str] = {}
        whole: list[Generation] = []
        for generation in generations:
            try:
                verify(self._folder / generation.folder, generation)
                whole.append(generation)
            except IndexDamaged as error:
                found[generation.folder] = str(error)
        return found | _probe(self._folder, whole)

    def sweep(self, keep: Collection[str]) -> None:
        """Deletes the folders that are not among those to keep."""
        for path in sorted(self._folder.glob("generation-*")):
            if path.name not in keep:
                with self._lock:
                    self._open.pop(path.name, None)
                shutil.rmtree(path, ignore_errors=True)

    def close(self) -> None:
        """Closes every generation, each as soon as no search is using it any more."""
        with self._lock:
            self._open.clear()

    def _readers(self, generations: Sequence[Generation]) -> list[_Reader]:
        """A reader for each; those of generations that no longer answer are let go."""
        with self._lock:
            for name in self._open.keys() - {generation.folder for generation in generations}:
                del self._open[name]
            for generation in generations:
                if generation.folder not in self._open:
                    path = self._folder / generation.folder
                    self._open[generation.folder] = _Reader(path, generation)
            return [self._open[generation.folder] for generation in generations]


class _Reader:
    """A generation open for reading. Its client is closed when nobody holds it any more."""

    def __init__(self, path: Path, generation: Generation) -> None:
        """Raises IndexDamaged unless every file is as published and a stored row finds itself."""
        verify(path, generation)
        self._name, self._size = generation.folder, generation.size
        with self._translated():
            client = _client(path)
            weakref.finalize(self, _close, client).atexit = False
            self._collection = client.get_collection(_COLLECTION, embedding_function=None)
            problem = self_query(self._collection, generation.size)
            rows = self._collection.get(limit=1, include=["embeddings"])["embeddings"]
            self._dimension = len(np.asarray(rows)[0]) if not problem else 0
        # Only a search loads all files, and one that is missing then means fewer hits without
        # a word: they may have been swept since they were verified.
        gone = [file for file in generation.files if not (path / file).exists()]
        if problem or gone:
            raise IndexDamaged(_damaged(f"{path.name}: {problem or gone[0] + ' is missing'}"))

    def nearest(self, vector: Vectors, k: int, where: dict[str, Any] | None) -> Iterator[Hit]:
        if len(vector) != self._dimension:
            raise IndexMismatch(
                f"the index has vectors of {self._dimension} dimensions, the embedding model "
                f"gives {len(vector)}: `rag check --reindex` encodes the articles again with it"
            )
        with self._translated():
            found = self._collection.query(
                query_embeddings=np.asarray([vector], dtype=np.float32),
                n_results=min(k, self._size),
                where=where,
                include=["distances"],
            )
            distances = (found["distances"] or [[]])[0]
            for number, distance in zip(found["ids"][0], distances, strict=True):
                yield int(number), 1.0 - float(distance)

    def _translated(self) -> contextlib.AbstractContextManager[None]:
        return _translated(_damaged(f"{self._name} cannot be read"), IndexDamaged)


def checksums(path: Path) -> dict[str, str]:
    """The SHA-256 of each file of a generation that opening it leaves alone, by relative path.

    A segment that Chroma has not written out yet (one row only) is not listed.
    """
    return {
        file.relative_to(path).as_posix(): _checksum(file)
        for file in sorted(path.rglob("*"))
        if file.name == _DATABASE or (file.parent / "index_metadata.pickle").exists()
    }


def verify(path: Path, generation: Generation) -> None:
    """Raises IndexDamaged unless every file of a generation is as it was published."""
    for name, checksum in generation.files.items():
        try:
            found = _checksum(path / name)
        except FileNotFoundError as error:
            raise IndexDamaged(_damaged(f"{path.name}/{name} is missing")) from error
        except (sqlite3.DatabaseError, OSError) as error:
            raise IndexDamaged(_damaged(f"{path.name}/{name} cannot be read: {error}")) from error
        if found != checksum:
            raise IndexDamaged(_damaged(f"{path.name}/{name} was changed"))


def self_query(collection: ChromaCollection, size: int) -> str:
    """What is wrong with a collection: its count, and whether a stored row finds itself."""
    count = collection.count()
    if count != size:
        return f"{count} of {size} vectors"
    row = collection.get(limit=1, include=["embeddings"])
    found = collection.query(query_embeddings=row["embeddings"], n_results=1, include=["distances"])
    distances = (found["distances"] or [[]])[0]
    if not distances or not distances[0] < _SAME:
        return "a stored vector does not find itself"
    return ""


def write(path: Path, portions: Iterable[Rows], size: int) -> None:
    """A Chroma folder of these rows, every file of it written out."""
    with _opening:
        client = _client(path)
    try:
        # The index files are written when this many rows have come in, so all are on disk at
        # the end, and opening the folder later leaves the files as they are.
        threshold = max(2, size)
        collection = client.create_collection(
            _COLLECTION,
            embedding_function=None,
            configuration={
                "hnsw": {
                    "space": "cosine",
                    "sync_threshold": threshold,
                    "batch_size": min(100, threshold),
                }
            },
        )
        for numbers, articles, vectors in portions:
            _fill(collection, numbers, articles, vectors)
    finally:
        _close(client)


def _fill(
    collection: ChromaCollection,
    numbers: Sequence[int],
    articles: Sequence[int],
    vectors: Vectors,
) -> None:
    for start in range(0, len(numbers), _MOST_IN_ONE_ADD):
        end = start + _MOST_IN_ONE_ADD
        collection.add(
            ids=[str(number) for number in numbers[start:end]],
            embeddings=vectors[start:end],
            metadatas=[{"article": int(number)} for number in articles[start:end]],
        )


def _client(path: Path) -> Client:
    import chromadb
    from chromadb.config import Settings

    # Without _env_file=None Chroma reads, and trips over, any .env of the working directory.
    settings = Settings(_env_file=None, anonymized_telemetry=False)  # type: ignore[call-arg]
    with _opening:
        return chromadb.PersistentClient(str(path), settings)  # type: ignore[return-value]


def _close(client: Client) -> None:
    with _opening:
        client.close()


@contextmanager
def _translated(what: str, kind: type[Error]) -> Iterator[None]:
    """Whatever Chroma raises, as one of our errors: it has no common base, and panics too."""
    try:
        yield
    except (Error, GeneratorExit, KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a panic in Chroma's Rust part is no Exception
        raise kind(f"{what}: {' '.join(str(error).split())[:300]}") from error


def _damaged(what: str) -> str:
    return f"the vector index is damaged: {what}; `rag check --repair` rebuilds it"


def _checksum(file: Path) -> str:
    """Chroma notes in its database that it was opened: of that one it is the hash of the rows."""
    with file.open("rb") as stream:
        if file.name != _DATABASE:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    digest = hashlib.sha256()
    address = f"{file.absolute().as_uri()}?mode=ro"
    with contextlib.closing(sqlite3.connect(address, uri=True)) as connection:
        digest.update(str(connection.execute("PRAGMA quick_check(1)").fetchone()).encode())
        for table in ("collections", "segments", "embeddings", "embedding_metadata"):
            for row in connection.execute(f"SELECT * FROM {table} ORDER BY rowid"):
                digest.update(repr(row).encode())
    return digest.hexdigest()


def _probe(folder: Path, generations: Sequence[Generation]) -> dict[str, str]:
    """Opens and queries each in a child process, which a damaged file can end."""
    found: dict[str, str] = {}
    waiting = list(generations)
    while waiting:
        named = [f"{generation.size}:{folder / generation.folder}" for generation in waiting]
        command, environment = python_child(_PROBE, *named)
        child = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False
        )
        good = child.stdout.count("ok\n")
        if good < len(waiting):  # the next one is what it stopped at
            lines = child.stderr.strip().splitlines()
            reason = lines[-1] if lines else f"exit status {child.returncode}"
            name = waiting[good].folder
            found[name] = _damaged(f"{name}: {reason}")
        waiting = waiting[good + 1 :]
    return found


_PROBE = """
import sys
from pathlib import Path
from rag.vectors import _COLLECTION, _client, self_query
for argument in sys.argv[1:]:
    size, path = argument.split(":", 1)
    collection = _client(Path(path)).get_collection(_COLLECTION, embedding_function=None)
    problem = self_query(collection, int(size))
    if problem:
        sys.exit(problem)
    print("ok", flush=True)
"""


def _flush_to_disk(path: Path) -> None:
    """Waits until the files and their folders are on the disk, so that a power cut keeps them."""
    for entry in [*path.rglob("*"), path, path.parent]:
        descriptor = os.open(entry, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
