"""The catalog: one revision at a time, numbers used once, SQLite's errors in our own words."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from light import article

from rag.catalog import Catalog, Filters, Generation, NewArticle, Origin, match_any, words
from rag.catalog.connection import translated
from rag.errors import (
    Error,
    IndexDamaged,
    IndexFailure,
    IndexLocked,
    IndexMismatch,
    UnknownArticle,
)
from rag.types import Article, Span

ROOT = Path(__file__).parent.parent


@pytest.fixture(params=["disk", "memory"])
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog(tmp_path / "catalog.sqlite3" if request.param == "disk" else None)
    yield opened
    opened.close()


def add(catalog: Catalog, item: Article, origin: Origin | None = None) -> None:
    """Puts an article in as a single passage, its vector (1, 0), in a generation of its own."""
    spans = (Span(item.id, 0, len(item.text), item.version),) if item.text else ()
    vectors = np.asarray([[1.0, 0.0]] * len(spans), dtype=np.float32)
    with catalog.change() as change:
        number, passage = change.next_numbers()
        folder = f"generation-{number}"
        change.add_generation(Generation(folder, len(spans), {}))
        change.add(NewArticle(item, spans, vectors, origin), number, passage, folder)


def test_an_article_comes_back_as_it_was_put_in(catalog: Catalog) -> None:
    item = Article(
        "i d/ü#1", "Zeile 1\x00 \U0001f600\n\nZeile 2 ", "T", "s", "2025-02-28", ((0, 3), (5, 8))
    )
    add(catalog, item)
    with catalog.view() as view:
        assert view.article("i d/ü#1") == item
        assert view.article("another") is None
        info = view.infos()[0]
        assert (info.version, info.length, info.published) == (
            item.version,
            len(item.text),
            item.published,
        )
        assert view.passages([1])[1].text == item.text
        assert view.passages([1])[1].span == Span("i d/ü#1", 0, len(item.text), item.version)
    assert catalog.problems() == []
    assert catalog.keyword_problems() == []


def test_numbers_are_never_used_twice(catalog: Catalog) -> None:
    add(catalog, article(1))
    with catalog.change() as change:
        change.remove(["a1"])
    add(catalog, article(1))
    with catalog.view() as view:
        assert view.passage_numbers() == [2]
        assert view.article_number("a1") == 2
        assert view.passages([1, 2]).keys() == {2}


def test_a_change_that_raises_changes_nothing(catalog: Catalog) -> None:
    add(catalog, article(1))

    def failing() -> None:
        with catalog.change() as change:
            change.remove(["a1"])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        failing()
    with catalog.view() as view:
        assert [info.id for info in view.infos()] == ["a1"]
        assert view.revision == 1


def test_a_view_stays_at_its_revision_while_others_write(tmp_path: Path) -> None:
    reader, writer = Catalog(tmp_path / "c"), Catalog(tmp_path / "c")
    add(writer, article(1))
    with reader.view() as view:
        before = view.revision
        add(writer, article(2))
        with writer.change() as change:
            change.remove(["a1"])
        assert [info.id for info in view.infos()] == ["a1"]
        assert view.revision == before
        assert view.keyword_search("harbour2", 5) == []
    with reader.view() as view:
        assert [info.id for info in view.infos()] == ["a2"]
        assert view.revision == before + 2
    reader.close()
    writer.close()


def test_removing_an_article_leaves_nothing_of_it(catalog: Catalog) -> None:
    add(catalog, article(1), Origin("/a", "f", "a1", "a"))
    add(catalog, article(2))
    with catalog.change() as change:
        change.remove(["a1"])
    with catalog.view() as view:
        assert view.counts() == (1, 1)
        assert view.origins() == []
        assert view.keyword_search("harbour1", 5) == []
        assert [number for number, _ in view.keyword_search("harbour2", 5)] == [2]


def test_filters_by_article_and_by_date_of_publication(catalog: Catalog) -> None:
    for number, day in ((1, "2025-01-01"), (2, "2025-06-30"), (3, None)):
        add(catalog, Article(f"a{number}", "Some words.", published=day))
    with catalog.view() as view:
        assert view.article_numbers(Filters()) == [1, 2, 3]
        assert view.article_numbers(Filters(since="2025-01-01", until="2025-06-30")) == [1, 2]
        assert view.article_numbers(Filters(since="2025-01-02")) == [2]
        assert view.article_numbers(Filters(articles=("a3",))) == [3]
        with pytest.raises(UnknownArticle, match="'none'"):
            view.article_numbers(Filters(articles=("a3", "none")))
        assert view.article_numbers(Filters(articles=("a3",), until="2025-12-31")) == []
        assert sorted(n for n, _ in view.keyword_search("words", 9, [2, 3])) == [2, 3]
        assert view.keyword_search("words", 9, []) == []


def test_the_title_and_the_month_are_searched_but_are_no_part_of_the_text(
    catalog: Catalog,
) -> None:
    add(catalog, Article("a", "Some words.", "Zeppelins", published="2025-06-30"))
    with catalog.view() as view:
        for word in ("zeppelins", "zeppelin", "june", "words"):
            assert [n for n, _ in view.keyword_search(match_any([word]), 5)] == [1]
        assert view.passages([1])[1].text == "Some words."


def test_questions_full_of_operators_are_taken_literally(catalog: Catalog) -> None:
    add(catalog, article(1))
    with catalog.view() as view:
        for text in ('"', "NEAR(a b)", "harbour1 AND", "a* ^b", "title:x", "-- ; DROP", "\0", ""):
            view.keyword_search(match_any(words(text)), 5)
        assert match_any(['x"y', "ok"]) == '"ok"'


# -- Damage and errors -------------------------------------------------------------------------


def test_damaged_text_passages_vectors_and_keywords_are_each_noticed(tmp_path: Path) -> None:
    path = tmp_path / "c"
    catalog = Catalog(path)
    for number in range(1, 5):
        add(catalog, article(number))
    catalog.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE article SET text = 'x' || text WHERE id = 'a1'")
        connection.execute('UPDATE passage SET "end" = 99999 WHERE number = 2')
        connection.execute("UPDATE passage SET vector = x'00ff00ff' WHERE number = 3")
        connection.execute("DELETE FROM keyword WHERE rowid = 4")
        connection.commit()
    catalog = Catalog(path)
    problems = catalog.problems()
    assert len(problems) == 3
    assert "'a1' is damaged" in problems[0]
    assert "passages of 'a2'" in problems[1]
    assert "1 vectors" in problems[2]
    assert "3 entries for 4 passages" in catalog.keyword_problems()[0]
    with (
        catalog.view() as view,
        pytest.raises(IndexDamaged, match=r"'a1' is damaged: .*rag remove"),
    ):
        view.article("a1")
    catalog.close()


@pytest.mark.parametrize("length", [3, 2])
def test_a_vector_of_a_wrong_length_is_damage(catalog: Catalog, length: int) -> None:
    add(catalog, article(1))
    add(catalog, article(2))
    with catalog.change() as change:
        change.connection.execute(
            "UPDATE passage SET vector = ? WHERE number = 1", (bytes(length),)
        )
    with catalog.view() as view, pytest.raises(IndexDamaged, match="--reindex"):
        view.vectors([1, 2])


def test_keywords_are_rebuilt_from_the_texts(catalog: Catalog) -> None:
    for number in (1, 2):
        add(catalog, article(number))
    with catalog.change() as change:
        before = change.keyword_search("harbour2", 5)
        change.connection.execute("DELETE FROM keyword WHERE rowid = 2")
        change.connection.execute("UPDATE keyword SET body = 'nothing' WHERE rowid = 1")
    assert len(catalog.keyword_problems()) == 2
    with catalog.change() as change:
        change.rebuild_keywords()
    assert catalog.keyword_problems() == []
    with catalog.view() as view:
        assert view.keyword_search("harbour2", 5) == before


def filled(path: Path) -> None:
    catalog = Catalog(path)
    for number in range(60):
        add(catalog, article(number))
    catalog.close()


@pytest.mark.parametrize("how", ["emptied", "truncated", "not SQLite", "garbage"])
def test_a_damaged_file_says_that_the_articles_must_be_added_again(
    tmp_path: Path, how: str
) -> None:
    path = tmp_path / "c"
    filled(path)
    (tmp_path / "generation-1").mkdir()
    data = bytearray(path.read_bytes())
    half = len(data) // 2
    damaged = {
        "emptied": b"",
        "truncated": data[:half],
        "not SQLite": np.random.default_rng(0).bytes(len(data)),
        "garbage": data[:8192] + np.random.default_rng(0).bytes(half) + data[8192 + half :],
    }
    path.write_bytes(damaged[how])
    with pytest.raises(IndexDamaged, match=r"damaged: .*`rag --index OTHER add SOURCE`"):
        opened(path)


def opened(path: Path) -> None:
    with closing(Catalog(path)) as catalog:
        catalog.verify()


def test_a_catalog_of_another_schema_is_refused(tmp_path: Path) -> None:
    filled(tmp_path / "c")
    with closing(sqlite3.connect(tmp_path / "c")) as connection:
        connection.execute("UPDATE meta SET value = '999' WHERE key = 'schema'")
        connection.commit()
    with pytest.raises(IndexMismatch, match="schema 999, this version needs 1"):
        Catalog(tmp_path / "c")


def test_a_full_disk_is_named_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "c"
    filled(path)
    code = f"""
import resource, sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_catalog import *
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
catalog = Catalog(Path({str(path)!r}))
try:
    add(catalog, Article("big", "word " * 500_000))
except IndexFailure as error:
    print(type(error).__name__, error)
"""
    child = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    assert child.returncode == 0, child.stderr
    assert child.stdout.startswith("IndexFailure ")
    with closing(Catalog(path)) as catalog:
        assert catalog.problems() == []
        with catalog.view() as view:
            assert view.counts() == (60, 60)


def failure_of(path: Path, statement: str, options: str = "") -> sqlite3.Error:
    """The error that SQLite itself raises."""
    address = f"{path.as_uri()}{options}"
    with closing(sqlite3.connect(address, uri=True, timeout=0)) as connection:
        connection.execute("PRAGMA max_page_count = 1")
        with pytest.raises(sqlite3.Error) as caught:
            connection.execute(statement)
    return caught.value


def test_each_kind_of_sqlite_error_has_its_own_name(tmp_path: Path) -> None:
    path = tmp_path / "c"
    filled(path)
    grow = "INSERT INTO article VALUES (999, 'x', '', '', '', '', 1, zeroblob(5000000), '')"
    cases: list[tuple[sqlite3.Error, type[Error], str]] = [
        (failure_of(path, "DELETE FROM article", "?mode=ro"), IndexFailure, "permissions"),
        (failure_of(path, grow), IndexFailure, "the disk is full"),
        (failure_of(path, "SELECT nonsense"), IndexFailure, "no such column"),
    ]
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        busy = failure_of(path, "BEGIN IMMEDIATE")
    cases.append((busy, IndexLocked, "busy with another process"))
    for error, kind, message in cases:
        ours = translated(error, path)
        assert type(ours) is kind, error
        assert message in str(ours)


def test_a_place_where_no_file_can_be_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(IndexFailure, match="cannot be opened"):
        Catalog(tmp_path)


def test_a_closed_catalog_says_so(catalog: Catalog) -> None:
    catalog.close()
    with pytest.raises(IndexFailure, match="closed"), catalog.view():
        pass


def test_many_threads_can_read_while_one_writes(catalog: Catalog) -> None:
    failures: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                with catalog.view() as view:
                    articles, passages = view.counts()
                    assert articles == passages == len(view.infos())
        except BaseException as error:
            failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(20):
        add(catalog, article(number))
    done.set()
    for reader in readers:
        reader.join()
    assert failures == []
