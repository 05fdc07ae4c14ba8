"""The reader pane: the right article at the right words, or why not."""

from __future__ import annotations

from rag import render
from rag.desk import Desk
from rag.errors import UnknownArticle
from rag.reading import read_article, read_footnote, read_passage
from rag.settings import Settings
from rag.turn import Turn
from rag.types import Answer, Article, Citation, Passage, Sentence, Span

OLD = Article("a", "Cats purr. Dogs bark.", title="Animals")
NEW = Article("a", "Dogs bark. Cats purr.", title="Animals")


class Shelf:
    """An assistant that only has articles."""

    def __init__(self, *articles: Article) -> None:
        self._articles = {article.id: article for article in articles}

    def article(self, article_id: str) -> Article:
        try:
            return self._articles[article_id]
        except KeyError:
            raise UnknownArticle(article_id) from None


def cite(start: int, end: int) -> Citation:
    return Citation(Span("a", start, end, OLD.version), OLD.text[start:end], 1.0)


ANSWERED = Turn(
    "Who?",
    answer=Answer(
        "Who?",
        "Who?",
        (
            Sentence("Cats purr.", (cite(0, 10),), "supported"),
            Sentence("Dogs bark.", (cite(11, 21),), "supported"),
        ),
        (),
        False,
        "quote",
    ),
)
REFUSED = Turn(
    "Why?",
    answer=Answer(
        "Why?", "Why?", (), (Passage(Span("a", 0, 10, OLD.version), "Cats purr.", 1.0),), True, "q"
    ),
)


def desk_of(*articles: Article) -> Desk:
    return Desk(Settings.load, Shelf(*articles))


def test_a_footnote_opens_its_article_with_all_quotations_marked():
    html = read_footnote(desk_of(OLD), [ANSWERED], 0, 2)
    assert html.count("<mark") == 2
    assert 'id="chosen"' in html
    assert ">Dogs bark.</mark>" in html
    assert "Footnote 2 of 2" in html


def test_a_nearest_passage_is_said_to_be_no_answer():
    assert "not an answer" in read_passage(desk_of(OLD), [REFUSED], 0, 0)


def test_an_article_that_changed_is_not_highlighted_in_the_wrong_place():
    html = read_footnote(desk_of(NEW), [ANSWERED], 0, 1)
    assert "changed or removed" in html
    assert "Cats purr." in html
    assert "<mark" not in html


def test_an_article_that_is_gone_leaves_its_words():
    assert "Cats purr." in read_footnote(desk_of(), [ANSWERED], 0, 1)
    assert "could not be opened" in read_article(desk_of(), "a")


def test_a_footnote_that_is_not_there_opens_nothing():
    empty = render.show_reader_empty()
    for place, number in [(0, 0), (0, 3), (1, 1), (-1, 1)]:
        assert read_footnote(desk_of(OLD), [ANSWERED], place, number) == empty
    assert read_passage(desk_of(OLD), [REFUSED], 0, 1) == empty
