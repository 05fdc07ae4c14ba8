"""What is said beside an answer: as of when, where articles differ, what is not said there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eval.formats import read_named_set
from rag import Article, Assistant, Delta, Done
from rag.caveats import asks_of_now, differing, notice, ordered, said_of
from rag.llm import Draft, Message
from rag.quote import Quotable
from rag.types import NOTHING_TO_CHECK, ArticleInfo, Checked, Span, Usage

BRIDGE = "How much did the Marlow Bay bridge cost?"
HANOI = "What did they sign in Hanoi?"


@pytest.fixture(scope="module")
def assistant() -> Assistant:
    question_set, _ = read_named_set("articles")
    return Assistant.from_articles(question_set.articles)


@pytest.mark.parametrize(
    ("question", "now"),
    [
        ("Who is the mayor now?", True),
        ("What is the latest count?", True),
        ("Is the ferry still running?", True),
        ("Who is currently the mayor?", True),
        ("Who was the mayor in 2019?", False),
        ("Who knows the mayor?", False),
        ("Where is the still life?", True),  # to say as of when does no harm
    ],
)
def test_a_question_about_now_is_known(question: str, now: bool) -> None:
    assert asks_of_now(question) == now


def test_what_holds_now_comes_from_the_newest_article_and_says_as_of_when(
    assistant: Assistant,
) -> None:
    answer = assistant.ask("Who is the mayor of Vellingby now?")

    assert "Tomas Berg is the new mayor" in answer.text
    assert "Ada Lindqvist is the new mayor" not in answer.text
    assert answer.notice == "As of 9 October 2023, the date of the article."


def test_where_articles_disagree_both_are_quoted_with_source_and_date(
    assistant: Assistant,
) -> None:
    answer = assistant.ask(BRIDGE)

    assert "97 million crowns" in answer.text
    assert "84 million crowns" in answer.text
    assert len({citation.span.article_id for citation in answer.citations}) == 2
    assert answer.notice.startswith("The articles give different answers: ")
    assert "“97 million crowns” (Office of Public Accounts, 9 February 2024)" in answer.notice
    assert "“84 million crowns” (" in answer.notice


def test_what_agrees_or_is_of_another_year_is_no_disagreement(assistant: Assistant) -> None:
    for question in (
        "How long is the Marlow Bay bridge?",  # two articles, one figure
        "How many bee colonies were counted in the Aldern valley in 2021?",
    ):
        answer = assistant.ask(question)
        assert not answer.abstained
        assert answer.notice == ""


def sentence(article: str, text: str, words: str, score: float) -> Quotable:
    """A sentence in which the reader finds these words."""
    at = text.find(words)
    place = (at, at + len(words)) if words else None
    return Quotable(Span(article, 0, len(text), "1"), text, 1, found=5.0, words=place, score=score)


def test_another_year_is_noticed_where_the_place_is_right() -> None:
    near = sentence("a", "At the 2018 summit in Singapore they signed a statement.", "", 0.9)
    said = sentence("a", "In 2017 they signed nothing.", "", 0.5)

    assert said_of("What did they sign in Singapore in 2017?", [near, said], {}) is said
    assert said_of("What did they sign in Singapore in 2018?", [near, said], {}) is None


@pytest.mark.parametrize(
    ("question", "best", "title"),
    [
        ("How many were hurt in Kyiv?", "Twelve, say officials from the Interior Ministry.", ""),
        ("Who won in France?", "He thanked the French in the Champ de Mars.", ""),
        ("How many were hurt in Kyiv?", "Twelve people were hurt in Podil.", "A night in Kyiv"),
        ("Who won in Paris?", "She won in Monday's second round.", ""),
    ],
    ids=["who says so", "an adjective of it", "the title names it", "a day"],
)
def test_what_only_looks_like_another_place_is_none(question: str, best: str, title: str) -> None:
    near = sentence("a", best, "", 0.9)
    said = sentence("a", "The mayors of Kyiv, Paris and all France were thankful.", "", 0.8)
    infos = {"a": ArticleInfo("a", title, "", None, "1", 100)}

    assert said_of(question, [near, said], infos) is None


def test_what_hardly_answers_is_not_quoted_for_its_place() -> None:
    near = sentence("a", "Twelve people were hurt in Podil.", "", 0.9)
    likely = sentence("a", "In Kyiv nobody was hurt.", "", 0.1)  # .1 x .9 = .09
    unlikely = sentence("a", "The mayor of Kyiv thanked the firemen.", "", 0.05)

    assert said_of("How many were hurt in Kyiv?", [near, likely], {}) is likely
    assert said_of("How many were hurt in Kyiv?", [near, unlikely], {}) is None


def test_a_caption_that_gives_way_gives_no_side_of_a_disagreement() -> None:
    caption = sentence("a", "The bridge cost 84 million crowns (AP)", "84 million", 0.9)
    said = sentence("a", "It was opened by the king after long delays.", "", 0.8)
    other = sentence("b", "It cost 97 million crowns.", "97 million", 0.7)
    likely = ordered(BRIDGE, [caption, said, other])

    assert likely == [said, caption, other]
    assert differing(BRIDGE, likely) == []


def test_a_false_premise_gets_what_the_article_does_say(seed_assistant: Assistant) -> None:
    answer = seed_assistant.ask(HANOI)

    assert "At the 2018 summit in Singapore, they signed" in answer.text
    assert "2019 Hanoi summit ended abruptly without an agreement" in answer.text
    assert "speaks of Singapore, not of Hanoi" in answer.notice
    assert seed_assistant.ask("What did they sign in Singapore?").notice == ""


def test_an_article_without_a_date_says_so() -> None:
    articles = [Article("a", "The mill is owned by the town of Oster.", "Mill")]
    with Assistant.from_articles(articles) as undated:
        answer = undated.ask("Who owns the mill of Oster now?")
    assert "carry no date" in answer.notice


class OneSided:
    """A model that knows one figure, as models do."""

    name = "one-sided"
    context_tokens = 4000

    def count_tokens(self, text: str) -> int:
        return len(text)

    def draft(
        self, messages: list[Message], *, max_tokens: int, stop: tuple[str, ...] = ()
    ) -> Draft:
        yield "The bridge cost 84 million crowns, the council said at the opening."
        return Usage(1, 1)


def test_a_draft_that_gives_one_side_has_the_other_quoted_beside_it(assistant: Assistant) -> None:
    both = Assistant(assistant.index, llm=OneSided())
    *deltas, done = both.stream(BRIDGE)

    assert isinstance(done, Done)
    assert "84 million crowns" in done.answer.text
    assert "97 million crowns" in done.answer.text
    assert "different answers" in done.answer.notice
    spelt = "".join(event.text for event in deltas if isinstance(event, Delta))
    assert spelt == done.answer.text


@pytest.mark.parametrize(
    ("answerable", "reason", "said"),
    [
        (0.04, "", ""),
        (0.09, "", "This was close: the nearest passages may say it."),
        (0.20, NOTHING_TO_CHECK, ""),  # the model itself declined
    ],
)  # fmt: skip
def test_a_refusal_says_how_sure_it_is(
    assistant: Assistant, answerable: float, reason: str, said: str
) -> None:
    refused = assistant.ask("Who wrote Don Quixote?")
    assert refused.abstained
    checked = (Checked("…", "unsupported", "dropped", reason, 0.0),) if reason else ()
    trace = replace(refused.trace, answerable=answerable, threshold=0.16, checked=checked)
    assert notice(replace(refused, trace=trace), []) == said
