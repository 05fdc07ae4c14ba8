"""A folder and the index, kept in step: what goes in, what is left alone, what goes out."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from light import LightEmbedder, open_index, state, text_of, write_files
from load_samples import write

from rag.errors import InputError
from rag.index import Index
from rag.load import Limits
from rag.sync import Progress, Report
from rag.types import Article


@pytest.fixture
def embedder() -> LightEmbedder:
    return LightEmbedder()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three articles: 001.txt, 002.txt and 003.txt."""
    write_files(tmp_path / "news", [1, 2, 3])
    return tmp_path / "news"


@pytest.fixture
def index(tmp_path: Path, folder: Path, embedder: LightEmbedder) -> Iterator[Index]:
    """An index that was synced with the folder, its embedder's count set back to zero."""
    with open_index(tmp_path / "index", embedder) as opened:
        assert opened.sync(folder) == Report(added=3)
        embedder.encoded = 0
        yield opened


def ids(index: Index) -> list[str]:
    return sorted(info.id for info in index.articles())


def found(index: Index, word: str) -> list[str]:
    """The articles whose passages hold a word, by the keyword table."""
    with index.catalog.view() as view:
        hits = view.keyword_search(f'"{word}"', 100)
        stored = view.passages([number for number, _ in hits])
    return sorted({passage.span.article_id for passage in stored.values()})


def test_a_second_sync_changes_nothing_and_encodes_nothing(
    index: Index, folder: Path, embedder: LightEmbedder
) -> None:
    before = state(index)
    assert index.sync(folder) == Report(unchanged=3)
    assert embedder.encoded == 0
    assert state(index) == before


def test_a_new_file_goes_in(index: Index, folder: Path) -> None:
    write_files(folder, [4])
    assert index.sync(folder) == Report(added=1, unchanged=3)
    assert ids(index) == ["001.txt", "002.txt", "003.txt", "004.txt"]


def test_a_changed_file_takes_the_place_of_its_old_version(index: Index, folder: Path) -> None:
    write_files(folder, [2], edition=2)
    assert index.sync(folder) == Report(updated=1, unchanged=2)
    assert index.article("002.txt").text == text_of(2, edition=2)
    assert found(index, "case2e1") == []
    assert found(index, "case2e2") == ["002.txt"]


def test_what_tells_a_change_is_the_content_not_the_date(index: Index, folder: Path) -> None:
    os.utime(folder / "001.txt", (0, 0))
    assert index.sync(folder) == Report(unchanged=3)
    stamp = (folder / "002.txt").stat()
    write_files(folder, [2], edition=2)  # of the same length, and made to look as old
    os.utime(folder / "002.txt", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert index.sync(folder) == Report(updated=1, unchanged=2)


def test_a_deleted_file_goes_out(index: Index, folder: Path) -> None:
    (folder / "003.txt").unlink()
    assert index.sync(folder) == Report(unchanged=2, removed=1)
    assert ids(index) == ["001.txt", "002.txt"]
    assert found(index, "case3e1") == []


def test_a_renamed_file_stays_the_same_article_and_is_not_encoded_again(
    index: Index, folder: Path, embedder: LightEmbedder
) -> None:
    with index.catalog.view() as view:
        number = view.article_number("001.txt")
    (folder / "001.txt").rename(folder / "renamed.txt")
    assert index.sync(folder) == Report(updated=1, unchanged=2)
    assert embedder.encoded == 0
    assert ids(index) == ["002.txt", "003.txt", "renamed.txt"]
    with index.catalog.view() as view:
        assert view.article_number("renamed.txt") == number
    assert index.article("renamed.txt").source.endswith("news/renamed.txt")


def test_two_files_that_swap_their_names_swap_their_articles(
    index: Index, folder: Path, embedder: LightEmbedder
) -> None:
    for old, new in (("001.txt", "x"), ("002.txt", "001.txt"), ("x", "002.txt")):
        (folder / old).rename(folder / new)
    assert index.sync(folder) == Report(updated=2, unchanged=1)
    assert ids(index) == ["001.txt", "002.txt", "003.txt"]
    assert index.article("001.txt").text == text_of(2)
    assert index.article("002.txt").text == text_of(1)
    assert embedder.encoded == 0


def test_a_text_that_moves_while_its_place_gets_another_is_never_missing(
    index: Index, folder: Path, embedder: LightEmbedder
) -> None:
    (folder / "001.txt").rename(folder / "moved.txt")
    write_files(folder, [1], edition=2)
    assert index.sync(folder) == Report(added=0, updated=2, unchanged=2)
    assert embedder.encoded == 2  # both passages of the new text, none of the old
    assert index.article("moved.txt").text == text_of(1)
    assert index.article("001.txt").text == text_of(1, edition=2)


def test_a_copy_is_the_same_article_under_its_first_name(
    index: Index, folder: Path, embedder: LightEmbedder
) -> None:
    shutil.copy(folder / "003.txt", folder / "000.txt")
    assert index.sync(folder) == Report(unchanged=3)
    assert embedder.encoded == 0
    assert ids(index) == ["001.txt", "002.txt", "003.txt"]
    assert index.sync(folder) == Report(unchanged=3)


def test_when_one_of_two_copies_goes_the_article_stays_under_the_other_name(
    index: Index, folder: Path, embedder: LightEmbedder
) -> None:
    shutil.copy(folder / "001.txt", folder / "copy.txt")
    index.sync(folder)
    (folder / "001.txt").unlink()
    assert index.sync(folder) == Report(updated=1, unchanged=2)
    assert ids(index) == ["002.txt", "003.txt", "copy.txt"]
    (folder / "copy.txt").unlink()
    assert index.sync(folder) == Report(unchanged=2, removed=1)
    assert embedder.encoded == 0


def test_when_one_of_two_copies_changes_the_other_keeps_the_old_text(
    index: Index, folder: Path
) -> None:
    shutil.copy(folder / "001.txt", folder / "copy.txt")
    index.sync(folder)
    write_files(folder, [1], edition=2)
    assert index.sync(folder) == Report(updated=2, unchanged=2)
    assert index.article("001.txt").text == text_of(1, edition=2)
    assert index.article("copy.txt").text == text_of(1)
    (folder / "copy.txt").unlink()
    assert index.sync(folder) == Report(unchanged=3, removed=1)


def test_an_old_text_that_moves_to_a_name_in_front_while_its_own_name_changes(
    index: Index, folder: Path, embedder: LightEmbedder
) -> None:
    shutil.copy(folder / "003.txt", folder / "000.txt")
    write_files(folder, [3], edition=2)
    index.sync(folder)
    assert index.article("000.txt").text == text_of(3)
    assert index.article("003.txt").text == text_of(3, edition=2)
    assert index.sync(folder) == Report(unchanged=4)
    (folder / "000.txt").unlink()
    assert index.sync(folder) == Report(unchanged=3, removed=1)


def test_a_file_that_becomes_a_copy_of_another_gives_up_its_own_article(
    index: Index, folder: Path, embedder: LightEmbedder
) -> None:
    shutil.copy(folder / "001.txt", folder / "002.txt")
    assert index.sync(folder) == Report(unchanged=2, removed=1)
    assert ids(index) == ["001.txt", "003.txt"]
    assert embedder.encoded == 0


@pytest.mark.parametrize("bad", [b"", b"   \n", bytes(range(256)) * 4])
def test_a_file_that_can_no_longer_be_read_keeps_its_old_version_and_is_reported(
    index: Index, folder: Path, bad: bytes
) -> None:
    (folder / "002.txt").write_bytes(bad)
    report = index.sync(folder)
    assert (report.unchanged, report.removed) == (2, 0)
    assert [Path(skipped.source).name for skipped in report.skipped] == ["002.txt"]
    assert index.article("002.txt").text == text_of(2)


def test_a_file_out_of_reach_is_not_taken_for_deleted(index: Index, folder: Path) -> None:
    # A folder in place of the file's folder cannot be made unreadable for root, so the name
    # of the file's folder is made a link to itself: the file is there or not, nobody can tell.
    (folder / "deep").mkdir()
    write_files(folder / "deep", [7])
    index.sync(folder)
    shutil.move(folder / "deep", folder.parent / "elsewhere")
    (folder / "deep").symlink_to(folder / "deep")
    report = index.sync(folder)
    assert report.removed == 0
    assert any(skipped.source.endswith("deep/007.txt") for skipped in report.skipped)
    assert "deep/007.txt" in ids(index)


def test_a_folder_that_is_not_there_is_an_error_and_empties_nothing(
    index: Index, folder: Path
) -> None:
    folder.rename(folder.parent / "away")
    with pytest.raises(InputError, match="there is no folder"):
        index.sync(folder)
    assert len(index.articles()) == 3


def test_a_folder_that_became_empty_empties_nothing_unless_told_to(
    index: Index, folder: Path
) -> None:
    write_files(folder / "drive", [4, 5])
    index.sync(folder)
    shutil.rmtree(folder / "drive")
    (folder / "drive").mkdir()  # what is left of a drive that is not mounted
    report = index.sync(folder)
    assert (report.unchanged, report.removed) == (3, 0)
    ((source, reason),) = [(skipped.source, skipped.reason) for skipped in report.skipped]
    assert source.endswith("news/drive")
    assert "(2) stays" in reason
    assert "--allow-empty" in reason
    for path in folder.glob("*.txt"):
        path.unlink()
    (folder / "photo.jpg").write_bytes(b"x")  # no file that can be read
    report = index.sync(folder)
    assert (report.removed, len(index.articles())) == (0, 5)
    assert "(5) stays" in report.skipped[-1].reason
    assert index.sync(folder, allow_empty=True).removed == 5


def test_what_moved_out_of_a_folder_leaves_it_empty_without_a_word(
    index: Index, folder: Path
) -> None:
    (folder / "old").mkdir()
    (folder / "003.txt").rename(folder / "old" / "003.txt")
    index.sync(folder)
    (folder / "old" / "003.txt").rename(folder / "004.txt")
    assert index.sync(folder) == Report(updated=1, unchanged=2)
    assert ids(index) == ["001.txt", "002.txt", "004.txt"]


def test_a_folder_that_was_moved_goes_by_its_new_place(
    index: Index, folder: Path, embedder: LightEmbedder
) -> None:
    archive = folder.rename(folder.parent / "archive")
    assert index.sync(archive) == Report(updated=3)
    assert embedder.encoded == 0
    assert {info.source for info in index.articles()} == {
        (archive / f"00{n}.txt").as_posix() for n in (1, 2, 3)
    }
    (archive / "001.txt").unlink()
    assert index.sync(archive) == Report(unchanged=2, removed=1)


def test_articles_from_elsewhere_stay(index: Index, folder: Path, tmp_path: Path) -> None:
    write_files(tmp_path / "other", [8])
    index.add([tmp_path / "other", Article("mine", "My own words are kept as they are.")])
    assert index.sync(folder) == Report(unchanged=3)
    assert ids(index) == ["001.txt", "002.txt", "003.txt", "008.txt", "mine"]


def test_files_of_one_name_in_two_folders_get_different_ids(index: Index, tmp_path: Path) -> None:
    write_files(tmp_path / "other", [1], edition=2)
    assert index.add(tmp_path / "other") == Report(added=1)
    other = "001.txt-2"  # not its whole path: an id is shown to whoever asks in the chat
    assert ids(index) == ["001.txt", other, "002.txt", "003.txt"]
    write_files(tmp_path / "other", [1], edition=3)
    assert index.add(tmp_path / "other") == Report(updated=1)
    assert index.article(other).text == text_of(1, edition=3)
    assert index.article("001.txt").text == text_of(1)


def test_a_file_added_by_itself_is_the_same_source_as_in_its_folder(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    assert index.add(folder / "001.txt") == Report(unchanged=1)
    assert index.add("news/001.txt") == Report(unchanged=1)
    assert index.add("news/*.txt") == Report(unchanged=3)


def test_a_file_whose_name_is_no_unicode_is_one_like_the_others(
    index: Index, folder: Path, embedder: LightEmbedder
) -> None:
    odd = os.fsdecode(os.fsencode(folder) + b"/caf\xe9.txt")
    Path(odd).write_text(text_of(7))
    (folder / r"caf\xe9.txt").write_text(text_of(8))  # the name that the other is shown by
    assert index.sync(folder) == Report(added=2, unchanged=3)
    assert index.sync(folder) == Report(unchanged=5)
    texts = {index.article(info.id).text for info in index.articles()}
    assert {text_of(7), text_of(8)} < texts
    Path(odd).unlink()
    assert index.sync(folder) == Report(unchanged=4, removed=1)
    assert found(index, "case8e1")
    assert not found(index, "case7e1")


def test_progress_counts_up_to_all_sources(folder: Path, tmp_path: Path) -> None:
    seen: list[Progress] = []
    with open_index(tmp_path / "index") as index:
        index.sync(folder, progress=seen.append)
        with index.catalog.view() as view:
            _, passages = view.counts()
    assert [(now.done, now.total) for now in seen] == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert seen[-1].passages == passages > 3


def test_progress_goes_on_within_a_feed(tmp_path: Path) -> None:
    names = ("Ely", "Bath", "York")
    write(tmp_path / "in", {"f.xml": feed(*((name, long(name)) for name in names))})
    seen: list[Progress] = []
    with open_index(tmp_path / "index") as index:
        index.sync(tmp_path / "in", progress=seen.append)
    assert [(now.done, now.total) for now in seen] == [(0, 1)] * 4 + [(1, 1)]


# -- Feeds: one source, several articles ---------------------------------------------------


def feed(*entries: tuple[str, str], link: bool = False) -> str:
    items = "".join(
        f"<item><title>{name}</title><guid isPermaLink='false'>{name}</guid>"
        + (f"<link>https://example.org/{name}</link>" if link else "")
        + f"<description>{text}</description></item>"
        for name, text in entries
    )
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>f</title>{items}</channel></rss>'
    )


def long(word: str) -> str:
    return f"The council of {word} met and decided to build the bridge. It was a long evening."


@pytest.fixture
def feed_index(tmp_path: Path, embedder: LightEmbedder) -> Iterator[Index]:
    folder = tmp_path / "feeds"
    folder.mkdir()
    (folder / "f.xml").write_text(feed(("one", long("Ely")), ("two", long("Bath"))))
    with open_index(tmp_path / "index", embedder) as opened:
        assert opened.sync(folder) == Report(added=2)
        embedder.encoded = 0
        yield opened


def test_a_renamed_feed_keeps_every_article(
    feed_index: Index, tmp_path: Path, embedder: LightEmbedder
) -> None:
    before = ids(feed_index)
    assert all(article_id.startswith("f.xml#") for article_id in before)
    (tmp_path / "feeds" / "f.xml").rename(tmp_path / "feeds" / "g.xml")
    assert feed_index.sync(tmp_path / "feeds") == Report(updated=2)
    assert ids(feed_index) == [article_id.replace("f.xml", "g.xml") for article_id in before]
    assert embedder.encoded == 0


def test_of_a_changed_feed_only_the_changed_entries_are_encoded_again(
    feed_index: Index, tmp_path: Path, embedder: LightEmbedder
) -> None:
    changed = feed(("one", long("Ely")), ("two", long("York")), ("three", long("Leeds")))
    (tmp_path / "feeds" / "f.xml").write_text(changed)
    report = feed_index.sync(tmp_path / "feeds")
    assert report == Report(added=1, updated=1, unchanged=1)
    assert embedder.encoded == 2
    assert (found(feed_index, "bath"), len(found(feed_index, "york"))) == ([], 1)


def test_an_entry_that_left_its_feed_goes_out(feed_index: Index, tmp_path: Path) -> None:
    (tmp_path / "feeds" / "f.xml").write_text(feed(("two", long("Bath"))))
    assert feed_index.sync(tmp_path / "feeds") == Report(unchanged=1, removed=1)


def test_an_entry_that_cannot_be_read_now_keeps_its_old_version_and_costs_no_other(
    feed_index: Index, tmp_path: Path
) -> None:
    path = tmp_path / "feeds" / "f.xml"
    path.write_text(feed(("one", ""), ("two", long("Bath")), ("three", long("Leeds"))))
    report = feed_index.sync(tmp_path / "feeds")
    assert (report.added, report.unchanged, report.removed) == (1, 1, 0)
    assert [skipped.reason for skipped in report.skipped] == ["an entry without text"]
    path.write_text(
        feed(("one", 99 * long("Ely")), ("two", long("York")), ("three", long("Leeds")))
    )
    report = feed_index.sync(tmp_path / "feeds", limits=Limits(characters=1_000))
    assert (report.updated, report.unchanged, report.removed) == (1, 1, 0)
    assert [skipped.source for skipped in report.skipped] == [f"{path.as_posix()}: one"]
    assert "1,000 characters" in report.skipped[0].reason
    assert len(found(feed_index, "ely")) == len(found(feed_index, "york")) == 1


def test_one_entry_in_two_feeds_is_one_article(tmp_path: Path) -> None:
    folder = tmp_path / "feeds"
    folder.mkdir()
    shared = ("one", long("Ely"))
    (folder / "f.xml").write_text(feed(shared, ("two", long("Bath")), link=True))
    (folder / "g.xml").write_text(feed(("three", long("York")), shared, link=True))
    with open_index(tmp_path / "index") as index:
        index.sync(folder)
        links = [f"https://example.org/{name}" for name in ("one", "three", "two")]
        assert ids(index) == links
        (folder / "f.xml").unlink()
        assert index.sync(folder) == Report(unchanged=2, removed=1)
        assert ids(index) == links[:2]


# -- Articles handed in ----------------------------------------------------------------------


def test_an_article_handed_in_keeps_its_id_and_replaces_the_one_that_has_it(
    index: Index, embedder: LightEmbedder
) -> None:
    first = Article("mine", "The first words of mine are here.", "Title")
    assert index.add(first) == Report(added=1)
    embedder.encoded = 0
    assert index.add(first) == Report(unchanged=1)
    moved = Article("mine", first.text, "Title", source="https://example.org/mine")
    assert index.add(moved) == Report(updated=1)
    assert embedder.encoded == 0
    assert index.article("mine").source == "https://example.org/mine"
    assert index.add(Article("mine", "Other words now.", "Title")) == Report(updated=1)
    assert index.article("mine").text == "Other words now."


def test_an_article_that_cannot_go_in_is_named_and_the_others_do(index: Index) -> None:
    report = index.add(
        [
            Article("001.txt", "Something else."),
            Article("odd", "A lone \ud800 surrogate."),
            Article("mine", "My own words are kept as they are."),
            Article("mine", "Other words of the same id."),
        ]
    )
    assert (report.added, report.updated) == (1, 0)
    assert [skipped.source for skipped in report.skipped] == ["001.txt", "odd", "mine"]
    first, second, third = (skipped.reason for skipped in report.skipped)
    assert re.search(r"its id belongs to .*news/001\.txt", first)
    assert "lone surrogate" in second
    assert "a second article of this id" in third
    assert index.article("001.txt").text == text_of(1)
    assert index.article("mine").text == "My own words are kept as they are."


# -- LlamaIndex Documents ------------------------------------------------------------------------


def documents(source: dict[str, str], count: int = 3, edition: int = 1) -> list[Any]:
    """Documents with random ids and the same metadata."""
    from llama_index.core import Document

    return [Document(text=text_of(n, edition), metadata=source) for n in range(count)]


def texts(index: Index) -> list[str]:
    return [index.article(info.id).text for info in index.articles()]


def test_documents_of_one_agency_are_as_many_articles(index: Index) -> None:
    for _ in range(2):
        index.add(documents({"source": "Reuters"}))
        assert len(index.articles()) == 6
    for document in documents({"source": "Reuters"}, edition=2):  # one by one, too
        index.add(document)
    assert len(index.articles()) == 9


def test_parts_of_one_file_are_as_many_articles_and_each_is_replaced(tmp_path: Path) -> None:
    with open_index(tmp_path / "index") as index:
        assert index.add(documents({"file_path": "/a/report.md"})) == Report(added=3)
        assert ids(index) == ["/a/report.md", "/a/report.md#part=2", "/a/report.md#part=3"]
        report = index.add(documents({"file_path": "/a/report.md"}, edition=2))
        assert report == Report(updated=3)
        assert texts(index) == [text_of(n, 2) for n in range(3)]


def test_a_single_document_is_one_source(tmp_path: Path) -> None:
    (document,) = documents({"url": "https://a.example/1"}, count=1)
    with open_index(tmp_path / "index") as index:
        assert index.add(document) == Report(added=1)


# -- Whatever happens to the folder ------------------------------------------------------------

NAMES = st.sampled_from(["a.txt", "b.txt", "c.txt", "d.txt", "e/a.txt"])
TEXTS = st.integers(min_value=1, max_value=4)


class Folder(RuleBasedStateMachine):
    """Files are added, changed, copied, renamed and deleted; a sync follows now and then."""

    @initialize()
    def start(self) -> None:
        self.place = TemporaryDirectory()
        self.folder = Path(self.place.name, "files")
        (self.folder / "e").mkdir(parents=True)
        self.index = open_index(Path(self.place.name, "index"), batch=2)
        self.synced = False

    @rule(name=NAMES, text=TEXTS)
    def write(self, name: str, text: int) -> None:
        (self.folder / name).write_text(text_of(text, paragraphs=1))
        self.synced = False

    @rule(name=NAMES, other=NAMES)
    def copy(self, name: str, other: str) -> None:
        if name != other and (self.folder / name).exists():
            shutil.copy(self.folder / name, self.folder / other)
            self.synced = False

    @rule(name=NAMES, other=NAMES)
    def rename(self, name: str, other: str) -> None:
        if (self.folder / name).exists():
            (self.folder / name).rename(self.folder / other)
            self.synced = False

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)
        self.synced = False

    @rule()
    def sync(self) -> None:
        self.index.sync(self.folder, allow_empty=True)
        self.synced = True

    @invariant()
    def the_index_is_that_of_the_folder(self) -> None:
        if not self.synced:
            return
        texts = {name: (self.folder / name).read_text() for name in self.names()}
        with Index.in_memory(embedder=LightEmbedder()) as fresh:
            fresh.add(self.folder)
            expected, found = state(fresh), state(self.index)
        # Of copies, the index goes by the name it knew first and a fresh one by the first in
        # order: the articles are the same, and each goes by the name of a file that holds it.
        assert sorted(expected.values()) == sorted(found.values())
        assert all(texts[article_id] == row[2] for article_id, row in found.items())
        with self.index.catalog.view() as view:
            origins = sorted(Path(o.source).name for o, _ in view.origins())
        assert origins == sorted(Path(name).name for name in texts)
        assert self.index.catalog.problems() == []
        assert self.index.catalog.keyword_problems() == []

    def names(self) -> list[str]:
        return [p.relative_to(self.folder).as_posix() for p in self.folder.rglob("*.txt")]

    def teardown(self) -> None:
        if hasattr(self, "index"):
            assert self.index.check().ok
            self.index.close()
            self.place.cleanup()


Folder.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=16,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestFolder = Folder.TestCase
