"""Questions about the articles as such: what counts as one, and what is said."""

from __future__ import annotations

import datetime

import pytest

from rag import Article, ArticleInfo, Assistant
from rag.overview import NOTHING_WITHIN, asked_about, date_articles, lead, list_articles
from tests.conftest import SEED


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("Which articles do you have?", "list"),
        ("list the articles", "list"),
        ("How many articles are there?", "list"),
        ("When was this article published?", "dates"),
        ("How old is the article?", "dates"),
        ("What is this about?", "gist"),
        ("What’s the article about?", "gist"),
        ("Summarize.", "gist"),
        ("please summarise this article for me", "gist"),
        ("TL;DR", "gist"),
        ("Can you summarise this article for me?", "gist"),
        ("Summarise the article in two sentences", "gist"),
        ("Could you briefly summarize these articles in 3 bullet points, please?", "gist"),
        ("Summarise this in plain English", "gist"),
        ("a one-sentence summary of the article", "gist"),
        ("Give me a short overview in about 50 words", "gist"),
        ("What's the gist?", "gist"),
        ("Give me the main points in short", "gist"),
        ("Give me the main points.", "gist"),
        ("What are the key points of the article?", "gist"),
        ("Tell me about the article", "gist"),
        ("What happened in this article?", "gist"),
        ("What articles can you answer questions about?", "list"),
        ("What can I ask?", "list"),
        ("What date is this from?", "dates"),
        ("What is the source of this article?", "sources"),
        ("Who published this?", "sources"),
        ("Hello", "help"),
        ("What can you do?", "help"),
        # What looks alike but asks for something the articles say:
        ("What is the summit about?", None),
        ("When was the statement published?", None),
        ("How old is Kim Jong-un?", None),
        ("Summarise the talks in Hanoi", None),
        ("Summarise the article's view of Mr Kim in two sentences", None),
        ("Give me a summary of the talks", None),
        ("What does it say about sanctions in two words?", None),
        ("What are the key points of the treaty?", None),
        ("Who published the editorial?", None),
        ("Where is he from?", None),
        ("Tell me about the summit", None),
        ("Which articles of the treaty were dropped?", None),
    ],
)
def test_what_counts_as_a_question_about_the_articles(question: str, about: str | None) -> None:
    assert asked_about(question) == about


def info(title: str, day: int | None) -> ArticleInfo:
    published = datetime.date(2024, 5, day) if day else None
    return ArticleInfo(title.lower(), title, "", published, "v", 10)


def test_the_catalog_in_one_line() -> None:
    assert list_articles([]) == "There are no articles here."
    assert list_articles([info("A", 2)]) == "There is one article: “A” (02 May 2024)."
    assert list_articles([info("A", 2), info("B", None)]) == (
        "There are 2 articles: “A” (02 May 2024); “B”."
    )
    assert date_articles([info("B", None)]) == "The articles carry no date of publication."
    assert date_articles([info("A", 9), info("C", 2)]) == (
        "Published between 02 May 2024 and 09 May 2024."
    )
    assert date_articles([info("A", 9), info("B", None)]) == (
        "Published on 09 May 2024; 1 without a date."
    )


def test_a_lead_leaves_captions_out() -> None:
    text = "A boat at sea (AP)\n\nThe ferry sank. All were saved. An inquiry began."
    sentences = lead(Article("a", text, captions=((0, 18),)))
    assert [s.text for s in sentences] == ["The ferry sank.", "All were saved."]


def test_the_assistant_says_what_it_has(seed_assistant: Assistant) -> None:
    listed = seed_assistant.ask("Which articles do you have?")
    assert not listed.abstained
    assert listed.sentences == ()
    assert "There is one article" in listed.notice
    assert listed.text == listed.notice
    assert SEED in seed_assistant.ask("Where is this from?").text
    assert "There is one article" in seed_assistant.ask("Hello!").text
    assert "26 July 2024" in seed_assistant.ask("When was this published?").text


@pytest.mark.parametrize(
    "question",
    ["Which articles do you have?", "How many articles are there?", "thanks", "What can I ask?"],
)
def test_what_went_before_does_not_change_a_question_about_the_articles(
    seed_assistant: Assistant, question: str
) -> None:
    history = [("user", "What did they sign in Singapore?"), ("assistant", "They signed a paper.")]
    answer = seed_assistant.ask(question, history=history)

    assert answer.query == question
    assert "There is one article" in answer.notice


@pytest.mark.parametrize(
    "question",
    ["How old is it?", "What does it say?", "Who reported it?", "When was the report published?"],
)
def test_after_a_question_a_pronoun_may_mean_anything(question: str) -> None:
    assert asked_about(question) is not None
    other = [("user", "Which bridge collapsed?"), ("assistant", "The one in Leeds.")]
    assert asked_about(question, tuple(other)) is None
    assert asked_about("When was this article published?", tuple(other)) == "dates"
    assert asked_about("What is this about?", tuple(other)) == "gist"
    # where the articles were asked of before, it means them
    assert asked_about(question, (("user", "Which articles do you have?"),)) is not None
    assert asked_about(question, (("assistant", "Hello!"),)) is not None


def test_without_any_article_the_answer_says_so() -> None:
    answer = Assistant.from_articles([]).ask("Who won the cup?")

    assert answer.abstained
    assert answer.notice == "There are no articles here."


def test_the_assistant_says_what_an_article_is_about(seed_assistant: Assistant) -> None:
    answer = seed_assistant.ask("What is this about?")
    text = seed_assistant.article(SEED).text

    assert answer.text.startswith("North Korea delivered a stinging rebuke to Donald Trump")
    for citation in answer.citations:
        assert text[citation.span.start : citation.span.end] == citation.quote
    assert seed_assistant.ask("Summarise this", articles=[]).notice == NOTHING_WITHIN
