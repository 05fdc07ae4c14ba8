"""Articles taken out of the web chat, without the page."""

from __future__ import annotations

from light import LightEmbedder

from rag import Assistant, article_list
from rag.desk import Desk
from rag.index import Index
from rag.page import Visit
from rag.settings import Settings
from rag.shelf import Shelf


def test_an_article_whose_file_cannot_be_deleted_is_out_and_that_is_said(tmp_path):
    settings = Settings.load(index=tmp_path / "index", reader="none")
    kept = tmp_path / "index" / "uploads" / "mill <b>.txt"
    kept.parent.mkdir(parents=True)
    kept.write_text("The tide mill\n\nThe tide mill grinds barley.\n", encoding="utf-8")
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
