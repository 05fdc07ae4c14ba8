"""The assistant on the seed article, with the real models: answers, abstentions, events, errors."""

from __future__ import annotations

import asyncio
import datetime
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rag
from rag import Answer, Article, Assistant, Delta, Done, Retrieved, Rewritten
from tests.conftest import SEED

HANOI = "Why did the Hanoi summit end without an agreement?"
REASON = "differences over sanctions relief and denuclearisation steps"
FRANCE = "Who is the president of France?"


def assert_exact(answer: Answer, assistant: Assistant) -> None:
    """Promise 1: every quote and passage is the very text of the article at its offsets."""
    for citation in answer.citations:
        article = assistant.article(citation.span.article_id)
        assert article.version == citation.span.version
        assert article.text[citation.span.start : citation.span.end] == citation.quote
    for passage in answer.passages:
        article = assistant.article(passage.span.article_id)
        assert article.text[passage.span.start : passage.span.end] == passage.text


def test_an_answer_quotes_the_words_that_hold_it(seed_assistant: Assistant) -> None:
    answer = seed_assistant.ask(HANOI)

    assert not answer.abstained
    assert any(REASON in citation.quote for citation in answer.citations)
    assert REASON in answer.text
    assert all(sentence.verdict == "supported" for sentence in answer.sentences)
    assert_exact(answer, seed_assistant)


@pytest.mark.parametrize(
    "question",
    [
        FRANCE,
        "What is the population of Seoul?",
        "How do I bake sourdough bread?",
        "Who is the editor of the article?",  # the credit is not part of the text
        "How much money should I donate?",  # nor is the appeal
    ],
)
def test_it_abstains_where_the_article_does_not_say(
    seed_assistant: Assistant, question: str
) -> None:
    answer = seed_assistant.ask(question)

    assert answer.abstained
    assert answer.sentences == answer.citations == ()
    assert answer.passages  # the nearest ones are still shown
    assert answer.text == "The articles do not say."
    assert answer.trace.answerable is not None
    assert answer.trace.threshold is not None
    assert answer.trace.answerable < answer.trace.threshold


@pytest.mark.parametrize("typed", ["ok", "joke", "Tell me a joke", "Why?", "lol"])
def test_what_has_nothing_to_do_with_the_article_is_not_answered_from_it(
    seed_assistant: Assistant, typed: str
) -> None:
    assert seed_assistant.ask(typed).abstained


def test_words_to_search_for_are_answered_by_where_they_stand(seed_assistant: Assistant) -> None:
    assert "sanctions relief" in seed_assistant.ask("hanoi summit sanctions").text
    assert seed_assistant.ask("hanoi summit dinner").abstained


def test_the_stream_ends_with_the_answer_that_its_deltas_spell(seed_assistant: Assistant) -> None:
    rewritten, retrieved, *deltas, done = seed_assistant.stream(HANOI)

    assert rewritten == Rewritten(HANOI)
    assert isinstance(retrieved, Retrieved)
    assert isinstance(done, Done)
    assert retrieved.passages == done.answer.passages
    assert all(isinstance(delta, Delta) for delta in deltas)
    assert "".join(delta.text for delta in deltas) == done.answer.text


def test_an_abstention_streams_no_text(seed_assistant: Assistant) -> None:
    kinds = [type(event) for event in seed_assistant.stream(FRANCE)]
    assert kinds == [Rewritten, Retrieved, Done]


def test_an_answer_is_json_with_the_names_of_the_classes(seed_assistant: Assistant) -> None:
    answer = seed_assistant.ask(HANOI)
    data = json.loads(json.dumps(answer.to_dict()))

    assert data["question"] == HANOI
    assert data["abstained"] is False
    assert data["text"] == answer.text
    [info] = data["articles"]
    assert info["published"] == "2024-07-26"
    quotes = [c["quote"] for s in data["sentences"] for c in s["citations"]]
    assert any(REASON in quote for quote in quotes)
    span = data["citations"][0]["span"]
    assert set(span) == {"article_id", "start", "end", "version"}
    assert set(data["timings"]) >= {"retrieve", "read", "total"}


def test_the_trace_says_how_every_candidate_fared(seed_assistant: Assistant) -> None:
    answer = seed_assistant.ask(HANOI)
    used = {candidate.span for candidate in answer.trace.candidates if candidate.used}

    assert used == {passage.span for passage in answer.passages}
    for candidate in answer.trace.candidates:
        assert candidate.dense_rank or candidate.keyword_rank
        assert candidate.used or candidate.dropped


def test_aask_works_inside_a_running_loop(seed_assistant: Assistant) -> None:
    async def both() -> list[Answer]:
        questions = (HANOI, FRANCE)
        return await asyncio.gather(*(seed_assistant.aask(question) for question in questions))

    answered, abstained = asyncio.run(both())
    assert (answered.abstained, abstained.abstained) == (False, True)


def test_filters_decide_what_may_answer(seed_assistant: Assistant) -> None:
    day = datetime.date(2024, 7, 26)

    assert not seed_assistant.ask(HANOI, since=day, until="2024-07-26").abstained
    assert not seed_assistant.ask(HANOI, articles=[SEED]).abstained
    for limits in ({"until": "2024-07-25"}, {"since": "2024-07-27"}, {"articles": []}):
        answer = seed_assistant.ask(HANOI, **limits)  # type: ignore[arg-type]
        assert (answer.abstained, answer.passages) == (True, ())
        assert answer.notice == "No article is within these limits."  # it was not read


def test_two_articles_with_the_same_text_stay_two() -> None:
    text = "The mill burned down in 1911. It was rebuilt in brick two years later."
    articles = [Article("one", text, "Mill"), Article("two", text, "Mill again")]
    assistant = Assistant.from_articles(articles)
    answer = assistant.ask("When did the mill burn down?")

    assert [info.id for info in assistant.articles()] == ["one", "two"]
    [passage] = answer.passages  # a copy is folded into the hit, and named there
    assert {passage.span.article_id, *(c.article_id for c in passage.copies)} == {"one", "two"}
    assert {info.id for info in answer.articles} == {"one", "two"}


def test_texts_are_taken_as_they_are() -> None:
    text = "\r\n  Support us!\r\n\r\nزار الرئيس مدينة حلب 🏛️ في عام 2019.\r\n\ufeff"
    assistant = Assistant.from_articles([Article("x", text, published="2020-01-31")])

    assert assistant.article("x").text == text
    assert assistant.articles()[0].published == datetime.date(2020, 1, 31)
    assert_exact(assistant.ask("2019?"), assistant)


@pytest.mark.parametrize(
    ("articles", "says"),
    [
        ([Article("a", "One."), Article("a", "Two.")], "two articles have the id 'a'"),
        ([Article("", "One.")], "needs an id"),
        ([Article("a", "One \ud800.")], "lone surrogate"),
    ],
)
def test_articles_that_cannot_be_stored_are_refused(articles: list[Article], says: str) -> None:
    with pytest.raises(rag.InputError, match=says):
        Assistant.from_articles(articles)


@pytest.mark.parametrize("question", ["", "  \n", "x" * 2001])
def test_a_question_that_cannot_be_asked_is_an_error(
    seed_assistant: Assistant, question: str
) -> None:
    with pytest.raises(rag.InputError):
        seed_assistant.ask(question)


def test_a_date_that_is_none_is_an_error(seed_assistant: Assistant) -> None:
    with pytest.raises(rag.InputError, match="YYYY-MM-DD"):
        seed_assistant.ask(HANOI, since="last week")
    with pytest.raises(rag.InputError, match="since 2024-07-02 and until 2024-07-01"):
        seed_assistant.ask(HANOI, since="2024-07-02", until="2024-07-01")


@pytest.mark.parametrize("question", [HANOI, "Summarise this", "Which articles do you have?"])
def test_an_article_that_is_not_there_is_an_error_and_no_abstention(
    seed_assistant: Assistant, question: str
) -> None:
    with pytest.raises(rag.UnknownArticle, match="'gone'"):
        seed_assistant.ask(question, articles=[SEED, "gone"])


def test_an_endpoint_that_is_not_set_up_says_what_to_set() -> None:
    assistant = Assistant.from_articles([Article("a", "The mill burned.")], answerer="endpoint")
    with pytest.raises(rag.SettingsError, match="FOOTNOTE_MODEL_URL"):
        assistant.ask("What burned?")


def test_the_llamaindex_retriever_gives_nodes_with_exact_offsets(
    seed_assistant: Assistant,
) -> None:
    nodes = seed_assistant.as_retriever(k=2).retrieve(HANOI)
    text = seed_assistant.article(SEED).text

    assert len(nodes) == 2
    for found in nodes:
        node = found.node
        assert text[node.start_char_idx : node.end_char_idx] == node.text  # type: ignore[attr-defined]
        assert node.metadata["published"] == "2024-07-26"


def test_the_embedded_model_says_nothing_that_the_article_does_not(
    seed_assistant: Assistant,
) -> None:
    assistant = Assistant(seed_assistant.index, answerer="embedded")
    answer = assistant.ask(HANOI)

    assert "SmolLM2" in answer.model
    assert answer.trace.prompt
    assert all(sentence.verdict == "supported" for sentence in answer.sentences)
    assert all(sentence.citations for sentence in answer.sentences)
    assert_exact(answer, assistant)
    assert assistant.ask(FRANCE).abstained


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.text(max_size=400), question=st.text(min_size=1, max_size=60))
def test_any_text_and_any_question_give_exact_offsets(text: str, question: str) -> None:
    with Assistant.from_articles([Article("a", text)]) as assistant:
        try:
            assert_exact(assistant.ask(question), assistant)
        except rag.InputError:
            assert not question.strip()
