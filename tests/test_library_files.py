"""Articles added to the web chat and taken out of it, without the page: what may not be done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from light import LightEmbedder

from rag import Assistant, article_list
from rag.desk import Desk
from rag.index import Index
from rag.page import Visit
from rag.settings import Settings
from rag.shelf import Shelf
from rag.uploads import safe_name

MILL = "The tide mill\n\nThe tide mill grinds barley.\n"


def test_an_article_whose_file_cannot_be_deleted_is_out_and_that_is_said(tmp_path):
    settings = Settings.load(index=tmp_path / "index", reader="none")
    kept = tmp_path / "index" / "uploads" / "mill <b>.txt"
    kept.parent.mkdir(parents=True)
    kept.write_text(MILL, encoding="utf-8")
    with Index.open(settings.index, settings=settings, embedder=LightEmbedder()) as index:
        index.add([kept])
        kept.unlink()
        kept.mkdir()  # which nobody can unlink, whoever runs the tests
        desk = Desk(lambda: settings, Assistant(index))
        (info,) = desk.articles()
        shelf = Shelf(ticked=(info.id,))
        news = article_list.remove(desk, Visit(shelf=shelf, sent={"article": info.id}))
        assert desk.articles() == ()
    assert 'Removed <span dir="auto">The tide mill</span>.' in news["adding"]
    assert "mill &lt;b&gt;.txt</span> could not be deleted." in news["adding"]
    assert str(tmp_path) not in news["adding"]
    assert "The tide mill" not in news["library"]
    assert news["shelf"].ticked is None


@pytest.fixture
def make_desk(tmp_path):
    """A function that makes a desk over an index with the mill in it, with settings of its own."""
    indexes = []

    def make(**changed) -> Desk:
        settings = Settings.load(index=tmp_path / "index", reader="none", **changed)
        index = Index.open(settings.index, settings=settings, embedder=LightEmbedder())
        indexes.append(index)
        (tmp_path / "mill.txt").write_text(MILL, encoding="utf-8")
        index.add([tmp_path / "mill.txt"])
        return Desk(lambda: settings, Assistant(index))

    yield make
    for index in indexes:
        index.close()


def arrived(tmp_path: Path, *names: str, text: str = "The ferry\n\nThe ferry is late.\n") -> Visit:
    """A visit that adds files which this server got, as the page sends it."""
    files = []
    for number, name in enumerate(names):
        path = tmp_path / f"gradio-{number}"
        path.write_text(text, encoding="utf-8")
        files.append({"path": str(path), "name": name})
    sent = {"files": files, "addresses": []}
    return Visit(sent=sent, arrived={file["path"] for file in files})


def added(desk: Desk, visit: Visit) -> str:
    """What the page says at the end of adding."""
    return [news["adding"] for news in article_list.add(desk, visit) if "adding" in news][-1]


def titles(desk: Desk) -> list[str]:
    return [info.title for info in desk.articles()]


def test_what_arrived_is_added(make_desk, tmp_path):
    desk = make_desk()
    assert "1 added" in added(desk, arrived(tmp_path, "ferry.txt"))
    assert titles(desk) == ["The tide mill", "The ferry"]


def test_the_first_file_makes_the_index(tmp_path):
    settings = Settings.load(index=tmp_path / "index", answerer="quote")
    desk = Desk(lambda: settings)
    assert desk.wait(60)
    assert desk.status == "missing"
    assert "1 added" in added(desk, arrived(tmp_path, "ferry.txt"))
    assert desk.wait(60)
    assert titles(desk) == ["The ferry"]
    assert not desk.assistant().ask("Is the ferry late?").abstained
    desk.close()


def test_a_file_that_did_not_arrive_by_this_server_is_not_read(make_desk, tmp_path):
    desk = make_desk()
    forged = replace(arrived(tmp_path, "passwd"), arrived=set())  # its path is any of the machine's
    assert "There is nothing to add." in added(desk, forged)
    assert titles(desk) == ["The tide mill"]


def test_where_articles_may_not_be_changed_none_is_added_and_none_removed(make_desk, tmp_path):
    desk = make_desk(allow_edit=False)
    assert "Articles cannot be changed here." in added(desk, arrived(tmp_path, "ferry.txt"))
    (info,) = desk.articles()
    news = article_list.remove(desk, Visit(sent={"article": info.id}))
    assert "Articles cannot be changed here." in news["adding"]
    assert titles(desk) == ["The tide mill"]


def test_no_more_files_at_once_than_are_allowed(make_desk, tmp_path):
    desk = make_desk(max_upload_files=2)
    assert "Add at most 2 at once." in added(desk, arrived(tmp_path, "a.txt", "b.txt", "c.txt"))
    assert titles(desk) == ["The tide mill"]


@pytest.mark.parametrize(
    ("allowed", "address", "said"),
    [
        (False, "https://example.org/a", "Addresses are not loaded here"),
        (True, "file:///etc/passwd", "That is no web address"),
        (True, "/etc/passwd", "That is no web address"),
    ],
)
def test_an_address_is_loaded_only_where_allowed_and_only_of_the_web(
    make_desk, allowed, address, said
):
    desk = make_desk(allow_url=allowed)
    assert said in added(desk, Visit(sent={"files": [], "addresses": [address]}))


def test_a_file_that_cannot_be_read_leaves_the_earlier_one_of_its_name(make_desk, tmp_path):
    desk = make_desk()
    added(desk, arrived(tmp_path, "ferry.txt"))
    kept = tmp_path / "index" / "uploads" / "ferry.txt"
    before = kept.read_text(encoding="utf-8")
    assert "ferry.txt" in added(desk, arrived(tmp_path, "ferry.txt", text=" \n"))
    assert kept.read_text(encoding="utf-8") == before
    assert titles(desk) == ["The tide mill", "The ferry"]
    assert [path.name for path in kept.parent.iterdir()] == ["ferry.txt"]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        (r"C:\Users\anna\mill.txt", "mill.txt"),
        ("..", "article"),
        (".bashrc", "bashrc"),
        ("", "article"),
        ("a/", "article"),
        ("mill\n.txt", "mill_.txt"),
        ("die Mühle.txt", "die Mühle.txt"),
    ],
)
def test_a_name_from_outside_is_that_of_a_plain_file(name, safe):
    assert safe_name(name) == safe


@given(st.text())
def test_no_name_leaves_its_folder_or_hides_in_it(name):
    safe = safe_name(name)
    assert Path(safe).name == safe
    assert not safe.startswith(".")
    assert "\0" not in safe
    assert 0 < len(safe.encode()) <= 140
