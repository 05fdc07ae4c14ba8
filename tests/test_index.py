"""The index as a whole: writes in one step, damage found and mended, readers never disturbed."""

from __future__ import annotations

import datetime
import gc
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from light import (
    LightEmbedder,
    article,
    assert_whole,
    open_index,
    state,
    text_of,
    write_files,
)

from rag.catalog import Filters
from rag.embed import Vectors
from rag.errors import (
    IndexDamaged,
    IndexFailure,
    IndexLocked,
    IndexMismatch,
    IndexMissing,
    InputError,
    UnknownArticle,
)
from rag.index import MOST_GENERATIONS, Index
from rag.lock import write_lock
from rag.retrieve import retrieve
from rag.sync import Progress, Report

ROOT = Path(__file__).parent.parent
TESTS = Path(__file__).parent


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """Ten articles, a0 to a9, in one generation."""
    with open_index(tmp_path / "index") as opened:
        opened.add([article(number) for number in range(10)])
        yield opened


def ask(index: Index, question: str, k: int = 3) -> list[str]:
    """The articles found for a question, best first."""
    found = retrieve(index, question, k, Filters())
    return [passage.span.article_id for passage in found.passages]


def generations(index: Index) -> list[str]:
    with index.catalog.view() as view:
        return [generation.folder for generation in view.generations()]


# -- Opening -----------------------------------------------------------------------------------


def test_where_there_is_no_index_the_error_names_the_command_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="`rag add SOURCE`"):
        Index.open(tmp_path / "none", create=False, embedder=LightEmbedder())
    assert not (tmp_path / "none").exists()
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(IndexMissing, match="no index can be made at"):
        Index.open(tmp_path / "file" / "below", embedder=LightEmbedder())


def test_an_index_is_the_same_when_it_is_opened_again(index: Index) -> None:
    assert index.path is not None
    with open_index(index.path) as again:
        assert state(again) == state(index)
        assert ask(again, "Who saw case3e1 at harbour3?")[0] == "a3"


def test_an_index_in_memory_is_nobody_elses_and_leaves_nothing(tmp_path: Path) -> None:
    one, other = (Index.in_memory(embedder=LightEmbedder()) for _ in range(2))
    one.put([article(1)])
    other.put([article(1, edition=2), article(2)])
    assert ask(one, "harbour1 case1e1") == ["a1"] * 2
    assert {info.id for info in other.articles()} == {"a1", "a2"}
    assert one.article("a1").text == text_of(1)
    assert one.check().ok
    one.close()
    assert ask(other, "harbour2 case2e1")[0] == "a2"
    watched = weakref.ref(other.store)
    del other
    gc.collect()
    assert watched() is None


def test_two_articles_of_one_id_cannot_be_put_in(index: Index) -> None:
    memory = Index.in_memory(embedder=LightEmbedder())
    with pytest.raises(InputError, match="two articles have the id 'a1'"):
        memory.put([article(1), article(1, edition=2)])
    assert memory.articles() == []
    with pytest.raises(InputError, match="lone surrogate"):
        memory.put([article(1), type(article(2))("a2", "\ud800")])
    assert memory.articles() == []


# -- Writing -----------------------------------------------------------------------------------


def test_a_removed_article_answers_no_more(index: Index) -> None:
    assert ask(index, "harbour3 case3e1")[0] == "a3"
    index.remove("a3")
    assert "a3" not in ask(index, "harbour3 case3e1", k=9)
    with pytest.raises(UnknownArticle):
        index.article("a3")
    with pytest.raises(UnknownArticle):
        index.remove("a3")
    assert_whole(index)


def test_title_and_date_are_embedded_in_front_of_each_passage(tmp_path: Path) -> None:
    seen: list[str] = []

    class Noting(LightEmbedder):
        def embed_passages(self, texts: Sequence[str]) -> Vectors:
            seen.extend(texts)
            return super().embed_passages(texts)

    dated = replace(article(1), published=datetime.date(2024, 7, 26))
    with open_index(tmp_path / "index", Noting()) as index:
        index.add([dated, replace(article(2), title="")])
        stored = [passage for n in (1, 2) for passage in text_of(n).split("\n\n")]
        before = ["Report 1\n26 July 2024\n"] * 2 + [""] * 2
        assert seen == [head + text for head, text in zip(before, stored, strict=True)]
        seen.clear()
    Index.reindex(tmp_path / "index", embedder=Noting("another"))
    assert seen == [head + text for head, text in zip(before, stored, strict=True)]


def test_small_writes_are_merged_into_few_generations(tmp_path: Path) -> None:
    with open_index(tmp_path / "index") as index:
        for number in range(3 * MOST_GENERATIONS):
            index.add(article(number))
            assert len(generations(index)) <= MOST_GENERATIONS
        folders = [path.name for path in (tmp_path / "index").glob("generation-*")]
        assert sorted(folders) == sorted(generations(index))
        assert index.check().ok
        assert_whole(index)


def test_a_generation_of_mostly_removed_passages_is_rebuilt(index: Index) -> None:
    before = generations(index)
    for number in range(6):
        index.remove(f"a{number}")
    assert generations(index) != before
    with index.catalog.view() as view:
        held = sum(generation.size for generation in view.generations())
        assert held < 1.5 * view.counts()[1]
    assert_whole(index)
    for number in range(6, 10):
        index.remove(f"a{number}")
    assert generations(index) == []
    assert index.check().ok
    assert ask(index, "harbour3") == []


def test_an_embedder_that_fails_half_way_leaves_what_was_in(tmp_path: Path) -> None:
    class Failing(LightEmbedder):
        def embed_passages(self, texts):  # type: ignore[no-untyped-def]
            if any("harbour7" in text for text in texts):
                raise MemoryError
            return super().embed_passages(texts)

    write_files(tmp_path / "news", range(10))
    with open_index(tmp_path / "index", Failing(), batch=4) as index:
        with pytest.raises(MemoryError):
            index.sync(tmp_path / "news")
        assert 0 < len(index.articles()) < 10
        assert index.check().ok
        assert_whole(index)
    with open_index(tmp_path / "index") as index:
        assert index.sync(tmp_path / "news").skipped == ()
        assert len(index.articles()) == 10


# -- Another model -------------------------------------------------------------------------------


def test_an_index_of_another_model_is_refused_and_reindexed_on_demand(index: Index) -> None:
    path = index.path
    assert path is not None
    with pytest.raises(
        IndexMismatch,
        match=r"model light, not other: `rag check --reindex` .* embedding_model back to light",
    ):
        open_index(path, LightEmbedder("other"))
    before, seen = state(index), list[Progress]()
    other = LightEmbedder("other", dimension=96)
    Index.reindex(path, embedder=other, progress=seen.append)
    assert seen[-1] == Progress(10, 10, other.encoded)
    with pytest.raises(IndexMismatch, match="rag check --reindex"):
        ask(index, "harbour3")  # a reader that was open does not mix the models
    with open_index(path, LightEmbedder("other", dimension=96)) as again:
        assert state(again) == before
        assert again.check().ok
        assert_whole(again)
        assert ask(again, "harbour3 case3e1")[0] == "a3"


def test_a_model_of_the_same_name_and_another_dimension_is_refused(index: Index) -> None:
    assert index.path is not None
    with open_index(index.path, LightEmbedder(dimension=32)) as other:
        with pytest.raises(IndexMismatch, match="rag check --reindex"):
            ask(other, "harbour3")
        with pytest.raises(IndexMismatch, match="dimension 64, not 32"):
            other.add(article(11))
    assert len(index.articles()) == 10


def test_passages_cut_by_other_settings_are_refused(index: Index) -> None:
    with index.catalog.change() as change:
        change.set_meta("passage_tokens", "100")
    assert index.path is not None
    with pytest.raises(IndexMismatch, match="passage tokens 100, not 200"):
        open_index(index.path)


def test_a_reindex_that_fails_leaves_the_index_as_it_was(index: Index) -> None:
    class Failing(LightEmbedder):
        def embed_passages(self, texts):  # type: ignore[no-untyped-def]
            raise MemoryError

    assert index.path is not None
    with pytest.raises(MemoryError):
        Index.reindex(index.path, embedder=Failing("other"))
    assert index.check().ok
    assert ask(index, "harbour3 case3e1")[0] == "a3"


# -- Two writers -------------------------------------------------------------------------------


def test_the_second_writer_is_told_who_the_first_is(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["pytest", "tests"])  # a second process of xdist's has none
    write_files(tmp_path / "news", [1])
    with write_lock(index.path)():
        for write in (
            lambda: index.add(article(11)),
            lambda: index.sync(tmp_path / "news"),
            lambda: index.remove("a1"),
            lambda: index.check(repair=True),
            lambda: Index.reindex(index.path, embedder=LightEmbedder()),
        ):
            with pytest.raises(IndexLocked, match=rf"process {os.getpid()} \(.*pytest.*, since 20"):
                write()
        assert ask(index, "harbour3 case3e1")[0] == "a3"
        assert index.check().ok
    assert index.add(article(11)) == Report(added=1)


def test_a_second_process_exits_at_once_with_one_line(index: Index) -> None:
    with write_lock(index.path)():
        started = time.monotonic()
        child = subprocess.run(
            [sys.executable, "-m", "rag", "--index", str(index.path), "sync", "seeds"],
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, "FOOTNOTE_EMBEDDING_MODEL": "light"},
            check=False,
        )
    assert child.returncode == 1
    assert child.stdout == ""
    assert re.fullmatch(
        rf"rag: .* is being written by process {os.getpid()} \(.*\): try again later\n",
        child.stderr,
    )
    assert time.monotonic() - started < 60


def test_the_lock_of_a_killed_writer_is_free(index: Index) -> None:
    code = f"""
import os, signal
from pathlib import Path
from rag.lock import write_lock
with write_lock(Path({str(index.path)!r}))():
    os.kill(os.getpid(), signal.SIGKILL)
"""
    child = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, timeout=60)
    assert child.returncode == -9
    assert index.add(article(11)) == Report(added=1)


def test_a_folder_that_cannot_be_written_is_a_named_error(tmp_path: Path) -> None:
    with open_index(tmp_path / "index") as index:
        shutil.rmtree(tmp_path / "index")
        (tmp_path / "index").write_text("in the way")
        with pytest.raises(IndexFailure, match="cannot be written"):
            index.add(article(1))


# -- Readers during writes ---------------------------------------------------------------------

QUESTIONS = """
import sys, json
sys.path.insert(0, {tests!r})
from light import *
from rag.catalog import Filters
from rag.retrieve import retrieve
from pathlib import Path
index = open_index(Path({path!r}))
print("open", flush=True)
asked, editions = 0, []
while not Path({stop!r}).exists():
    found = retrieve(index, "harbour0", 4, Filters())
    texts = [p.text for p in found.passages if p.span.article_id == "a0"]
    seen = {{re.search(r"edition(\\d+)", text)[1] for text in texts}}
    versions = {{p.span.version for p in found.passages if p.span.article_id == "a0"}}
    assert len(texts) == 2 and len(seen) == 1 and len(versions) == 1, found.passages
    article = index.article("a0")
    asked += 1
    editions += seen
print(json.dumps([asked, editions]))
"""
# A question is asked of one article of two passages, whose text says which edition it is of.


def test_questions_during_writes_see_exactly_one_version_and_no_error(
    index: Index, tmp_path: Path
) -> None:
    stop = tmp_path / "stop"
    code = QUESTIONS.format(tests=str(TESTS), path=str(index.path), stop=str(stop))
    reader = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == "open\n"
    try:  # each edition is a generation of its own, so that merges happen again and again
        for edition in range(2, 2 + 4 * MOST_GENERATIONS):
            index.add([article(0, edition), article(100 + edition)])
            if edition % 3 == 0:
                index.remove(f"a{100 + edition}")
        time.sleep(0.5)
    finally:
        stop.touch()
    out, errors = reader.communicate(timeout=60)
    assert reader.returncode == 0, errors
    asked, editions = json.loads(out)
    numbers = [int(edition) for edition in editions]
    assert asked > 10
    assert numbers == sorted(numbers)  # never back to an older one
    assert numbers[-1] == 1 + 4 * MOST_GENERATIONS  # the last, without being opened again


def test_questions_in_threads_of_the_writing_process(index: Index) -> None:
    failures: list[BaseException] = []
    done = threading.Event()

    def question() -> None:
        try:
            while not done.is_set():
                found = retrieve(index, "harbour0", 4, Filters()).passages
                spans = [p.span for p in found if p.span.article_id == "a0"]
                assert len(spans) == 2
                assert len({span.version for span in spans}) == 1
        except BaseException as error:
            failures.append(error)

    readers = [threading.Thread(target=question) for _ in range(2)]
    for reader in readers:
        reader.start()
    for edition in range(2, 14):
        index.add(article(0, edition))
    done.set()
    for reader in readers:
        reader.join()
    assert failures == []


def test_a_reader_goes_on_when_a_merge_removed_what_it_had_open(index: Index) -> None:
    assert index.path is not None
    with open_index(index.path) as reader:
        assert ask(reader, "harbour3 case3e1")[0] == "a3"
        before = generations(reader)
        for number in range(5):
            index.remove(f"a{number}")
        assert not set(before) & set(generations(index))
        assert ask(reader, "harbour7 case7e1")[0] == "a7"
        assert "a3" not in ask(reader, "harbour3 case3e1", k=9)
        index.add(article(3, edition=2))
        assert ask(reader, "harbour3 case3e2")[0] == "a3"


# -- Damage ------------------------------------------------------------------------------------

DAMAGE = """
import sys
sys.path.insert(0, {tests!r})
from test_vectors import *
from test_index import *
from light import LightEmbedder, open_index
for name in FILES + ["a whole generation"]:
    for how in ("deleted", "garbage"):
        path = Path({place!r}, name, how)
        shutil.copytree({source!r}, path)
        harmed = next(path.rglob(name if name in FILES else "generation-*"))
        shutil.rmtree(harmed) if harmed.is_dir() else harm(harmed, how)
        embedder = LightEmbedder()
        with open_index(path, embedder) as index:
            for use in (index.ready, lambda: ask(index, "harbour3")):
                try:
                    print("FAILED: no error", name, how, use())
                except IndexDamaged as error:
                    assert "`rag check --repair`" in str(error), error
            report = index.check(repair=True)
            assert report.problems and report.repaired and report.ok, (name, how, report)
            assert embedder.encoded == 0
            assert ask(index, "harbour3 case3e1")[0] == "a3"
            assert state(index) == state(open_index(Path({source!r})))
        print("mended", name, how)
"""


def test_every_damage_to_the_vectors_is_named_and_mended_without_encoding(
    index: Index, tmp_path: Path
) -> None:
    from test_vectors import FILES, in_child

    index.close()
    code = DAMAGE.format(tests=str(TESTS), place=str(tmp_path / "d"), source=str(index.path))
    child = in_child(code)
    assert child.returncode == 0, child.stderr + child.stdout
    assert child.stdout.count("mended") == 2 * (len(FILES) + 1), child.stdout
    assert "FAILED" not in child.stdout


def test_check_finds_nothing_wrong_with_a_whole_index_and_repairs_nothing(index: Index) -> None:
    assert index.check() == index.check(repair=True)
    assert index.check().ok


def test_a_damaged_keyword_table_is_mended_from_the_articles(index: Index) -> None:
    expected = ask(index, "harbour3 case3e1")
    with index.catalog.change() as change:
        change.connection.execute("DELETE FROM keyword WHERE rowid < 9")
    report = index.check()
    assert not report.ok
    assert "`rag check --repair`" in report.problems[0]
    assert index.check(repair=True).ok
    assert ask(index, "harbour3 case3e1") == expected


@pytest.mark.parametrize("how", ["deleted", "emptied", "truncated", "garbage"])
def test_a_damaged_catalog_says_that_the_articles_must_be_added_again(
    index: Index, how: str
) -> None:
    index.close()
    assert index.path is not None
    catalog = index.path / "catalog.sqlite3"
    size = catalog.stat().st_size
    if how == "deleted":
        catalog.unlink()
    elif how == "garbage":
        data = bytearray(catalog.read_bytes())
        data[4096:-4096] = np.random.default_rng(0).bytes(size - 8192)
        catalog.write_bytes(data)
    else:
        os.truncate(catalog, 0 if how == "emptied" else size // 2)
    again = "`rag --index OTHER add SOURCE`"
    for create in (True, False):
        with pytest.raises(IndexDamaged, match=again):
            Index.open(index.path, create=create, embedder=LightEmbedder()).ready()
    if how == "deleted":
        assert not catalog.exists()


def test_check_notices_a_changed_title_date_or_vector(index: Index) -> None:
    vector = "(SELECT vector FROM passage WHERE number = 9)"  # whole, but another's
    changes = (
        ("UPDATE article SET title = 'Another' WHERE id = 'a3'", "title, date or captions of 'a3'"),
        ("UPDATE article SET published = '2020-01-01' WHERE id = 'a5'", "captions of 'a5'"),
        (f"UPDATE passage SET vector = {vector} WHERE number = 1", "vectors of 'a0'"),
    )
    assert index.check().ok
    for statement, _ in changes:
        with index.catalog.change() as change:
            change.connection.execute(statement)
    problems = sorted(index.check().problems)
    assert len(problems) == 3
    for (_, expected), problem in zip((changes[2], *changes[:2]), problems, strict=True):
        assert expected in problem
    for article_id in ("a0", "a3", "a5"):
        index.remove(article_id)
    index.add([article(0), article(3), article(5)])
    assert index.check().ok


def test_what_is_published_is_in_the_catalog_file_itself(index: Index, tmp_path: Path) -> None:
    assert index.path is not None
    log = index.path / "catalog.sqlite3-wal"
    assert not log.exists() or log.stat().st_size == 0


def test_a_copy_without_the_log_of_the_catalog_is_noticed(index: Index, tmp_path: Path) -> None:
    assert index.path is not None
    with open_index(index.path) as reader, reader.catalog.view() as view:
        assert view.counts()[0] == 10  # keeps what comes next out of the file
        index.add(article(11))
        copy = shutil.copytree(
            index.path, tmp_path / "copy", ignore=shutil.ignore_patterns("*-wal", "*-shm")
        )
        whole = shutil.copytree(index.path, tmp_path / "whole")
    with pytest.raises(IndexDamaged, match="lacks its latest changes"):
        open_index(copy)
    (copy / "catalog.revision").unlink()
    with open_index(copy) as lacking:
        assert len(lacking.articles()) == 10
    with open_index(whole) as again:
        assert len(again.articles()) == 11


def test_check_tells_of_a_catalog_that_nothing_can_mend(index: Index) -> None:
    with index.catalog.change() as change:
        change.connection.execute("UPDATE article SET text = 'other words' WHERE id = 'a3'")
    for repair in (False, True):
        report = index.check(repair=repair)
        assert not report.ok
        assert "'a3' is damaged" in report.problems[0]
    index.remove("a3")
    index.add(article(3))
    assert index.check().ok
