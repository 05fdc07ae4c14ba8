"""What is shown of each drafted sentence: itself with a footnote, a quotation, or nothing."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.chunk import chunk, split_sentences
from rag.cite import (
    DraftSentence,
    EmbeddingScorer,
    cite_sentence,
    declines,
    is_filler,
    split_draft,
)
from rag.cite.filler import restates
from rag.embed import load_embedder
from rag.types import Article, Checked, Passage, Sentence
from tests.conftest import SEED, SEEDS

TEXT = (SEEDS / SEED).read_text("utf-8").partition("Louise Thomas Editor")[2].strip()
ARTICLE = Article("seed", TEXT, published=datetime.date(2024, 7, 26))
SENTENCES = [TEXT[start:end] for start, end in split_sentences(TEXT)]


def passages_of(*articles: Article) -> list[Passage]:
    count = load_embedder().count_tokens
    return [
        Passage(span, article.text[span.start : span.end], 1.0)
        for article in articles
        for span in chunk(article, count)
    ]


PASSAGES = passages_of(ARTICLE)


@pytest.fixture(scope="module")
def scorer() -> EmbeddingScorer:
    return EmbeddingScorer(load_embedder())


class Unmoved:
    """A scorer that finds everything alike, so that the rules alone decide."""

    def score(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        return [1.0] * len(pairs)


def cite(
    text: str, scorer: EmbeddingScorer | Unmoved, *markers: int
) -> tuple[Sentence | None, Checked]:
    drafted = DraftSentence(text, markers)
    return cite_sentence(drafted, PASSAGES, scorer, published={"seed": ARTICLE.published})


def assert_exact(shown: Sentence, text: str = TEXT) -> None:
    assert shown.citations
    for citation in shown.citations:
        assert text[citation.span.start : citation.span.end] == citation.quote


def test_a_supported_sentence_is_kept_with_the_one_sentence_that_supports_it(
    scorer: EmbeddingScorer,
) -> None:
    shown, checked = cite("Trump spoke at the Republican National Convention in Milwaukee.", scorer)
    assert shown is not None
    assert (checked.verdict, checked.action) == ("supported", "kept")
    (citation,) = shown.citations
    assert citation.quote in SENTENCES
    assert "Milwaukee" in citation.quote
    assert_exact(shown)


def test_a_partly_supported_sentence_gives_way_to_the_quotation(scorer: EmbeddingScorer) -> None:
    claim = "Mr Trump’s first presidency had a substantial impact on US-North Korea relations."
    shown, checked = cite(claim, scorer)
    assert shown is not None
    assert (checked.verdict, checked.action) == ("partly", "quoted")
    assert shown.text == shown.citations[0].quote
    assert shown.text.startswith("It rejected the idea")
    assert_exact(shown)


@pytest.mark.parametrize(
    "claim",
    [
        "Emmanuel Macron is the president of France.",
        "The stock market rose by 3% on Tuesday.",
        "Paris is known for its museums.",
    ],
)
def test_what_no_passage_speaks_of_is_dropped(claim: str, scorer: EmbeddingScorer) -> None:
    shown, checked = cite(claim, scorer, 1)
    assert shown is None
    assert (checked.verdict, checked.action) == ("unsupported", "dropped")


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_copied_sentence_is_supported_by_exactly_those_words(sentence: str) -> None:
    shown, checked = cite(sentence, Unmoved())
    assert shown is not None
    assert checked.action == "kept"
    assert shown.text == sentence
    assert [citation.quote for citation in shown.citations] == [sentence]
    assert_exact(shown)


def test_a_copy_may_differ_in_quotation_marks_and_spaces() -> None:
    shown, _ = cite('"I think he  misses me," the former president said.', Unmoved())
    assert shown is not None
    assert shown.citations[0].quote == "“I think he misses me,” the former president said."


def test_a_copied_part_is_cited_as_that_part() -> None:
    shown, checked = cite("Mr Kim tested a series of nuclear weapons in 2017", Unmoved())
    assert shown is not None
    assert checked.reason == "the very words of the article"
    assert shown.citations[0].quote == "Mr Kim tested a series of nuclear weapons in 2017"
    assert_exact(shown)


def test_a_part_that_the_rest_turns_round_is_no_copy() -> None:
    shown, checked = cite("Mr Trump’s first presidency had a substantial impact", Unmoved())
    assert checked.verdict == "partly"
    assert shown is not None
    assert shown.text.startswith("It rejected")


def test_the_marked_passage_is_looked_at_first() -> None:
    twins = passages_of(
        Article("a", "The mayor opened the bridge."), Article("b", "The mayor opened the bridge.")
    )
    for marker, article_id in ((1, "a"), (2, "b")):
        drafted = DraftSentence("The mayor has opened the bridge.", (marker,))
        shown, _ = cite_sentence(drafted, twins, Unmoved())
        assert shown is not None
        assert shown.citations[0].span.article_id == article_id


def test_a_wrong_marker_does_no_harm() -> None:
    shown, _ = cite("Trump spoke at the Republican National Convention.", Unmoved(), 9, 0, 77)
    assert shown is not None
    assert "Milwaukee" in shown.citations[0].quote


def test_two_facts_may_need_two_places() -> None:
    there = passages_of(
        Article("a", "The bridge opened in May. It is red."),
        Article("b", "Many people came. The tunnel closed in June."),
    )
    drafted = DraftSentence("The bridge opened in May and the tunnel closed in June.")
    shown, checked = cite_sentence(drafted, there, Unmoved())
    assert shown is not None
    assert checked.action == "kept"
    assert [citation.quote for citation in shown.citations] == [
        "The bridge opened in May.",
        "The tunnel closed in June.",
    ]


def test_words_gathered_from_two_articles_are_no_support() -> None:
    there = passages_of(
        Article("a", "Mr Trump met Mr Kim in Singapore."), Article("b", "Mr Biden visited Hanoi.")
    )
    shown, checked = cite_sentence(DraftSentence("Mr Trump visited Hanoi."), there, Unmoved())
    assert checked.verdict != "supported"
    assert shown is None or shown.text != "Mr Trump visited Hanoi."


def test_two_articles_do_not_vouch_for_half_of_one_fact_each() -> None:
    there = passages_of(
        Article("a", "Shavuot is the most important Jewish holiday, named after weeks."),
        Article("b", "The Jewish holiday of Rosh Hashana is celebrated this week."),
    )
    claim = "The Jewish holiday of Shavuot is celebrated this week."
    shown, checked = cite_sentence(DraftSentence(claim), there, Unmoved())
    assert checked.action == "quoted"
    assert shown is not None
    assert shown.text != claim


@pytest.mark.parametrize(
    "claim",
    [
        "The 2017 awards will be held at the Dolby Theatre.",  # the year is that of the other one
        "The building where the blast happened collapsed.",  # the blast was in the complex
    ],
)
def test_sentences_side_by_side_vouch_only_for_what_one_of_them_holds(claim: str) -> None:
    there = passages_of(
        Article(
            "a",
            "The film won three Oscars at the 2017 awards. The awards will be held at the "
            "Dolby Theatre.\n\nThe blast happened at the complex. A building collapsed.",
        )
    )
    _, checked = cite_sentence(DraftSentence(claim), there, Unmoved())
    assert checked.action != "kept"


@pytest.mark.parametrize("claim", ["The flu vaccine.", "Singapore", "The crashes include"])
def test_what_is_no_whole_sentence_gives_way_to_the_quotation(claim: str) -> None:
    text = "The flu vaccine lowers the risk, they found in Singapore. The crashes include two."
    shown, checked = cite_sentence(DraftSentence(claim), passages_of(Article("a", text)), Unmoved())
    assert checked.action == "quoted"
    assert shown is not None
    assert shown.text in [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize("claim", ["They include", "The crashes of this year include the"])
def test_what_breaks_off_is_not_kept(claim: str) -> None:
    text = "The crashes of this year include"
    shown, checked = cite_sentence(DraftSentence(claim), passages_of(Article("a", text)), Unmoved())
    assert checked.action != "kept"
    assert shown is None or shown.text in text


def test_of_the_sentences_that_hold_a_bare_answer_the_one_the_question_means_is_quoted(
    scorer: EmbeddingScorer,
) -> None:
    text = "Hanoi is hot in July. The second summit of Trump and Kim was in Hanoi. Many like Hanoi."
    there = passages_of(Article("a", text))
    question = "Where was the second summit of Trump and Kim?"
    (drafted,) = split_draft("The answer is: Hanoi [1].")
    shown, checked = cite_sentence(drafted, there, scorer, question=question)
    assert shown is not None
    assert shown.text == "The second summit of Trump and Kim was in Hanoi."
    assert checked.action == "quoted"
    shown, _ = cite_sentence(drafted, there, scorer, question="Who is the president of France?")
    assert shown is None


@pytest.mark.parametrize("claim", ["Kim left.", "He was chosen.", "It rose.", "Trump met Kim"])
def test_a_short_sentence_is_a_whole_one(claim: str) -> None:
    text = f"{claim.rstrip('.')}."
    _, checked = cite_sentence(DraftSentence(claim), passages_of(Article("a", text)), Unmoved())
    assert checked.action == "kept"


def test_what_has_nothing_to_do_with_the_question_is_dropped(scorer: EmbeddingScorer) -> None:
    copied = DraftSentence("North Korea often slams the exercises as war preparation.")
    there = passages_of(Article("a", f"{copied.text} Mr Kim was at home."))
    question = "Which football star celebrated his birthday?"
    shown, checked = cite_sentence(copied, there, scorer, question=question)
    assert shown is None
    assert checked.reason == "it speaks of something else than the question"
    for related in ("What does North Korea say of the exercises?", "", "Was sagt man vom Manöver?"):
        shown, _ = cite_sentence(copied, there, scorer, question=related)
        assert shown is not None  # and the embedder knows no German: it is not asked


def test_a_relative_date_is_resolved_from_its_own_article() -> None:
    there = passages_of(Article("a", "The bridge opened last week.", published="2024-07-26"))
    claim = DraftSentence("The bridge opened in July 2024.")
    dated, _ = cite_sentence(claim, there, Unmoved(), published={"a": datetime.date(2024, 7, 26)})
    undated, _ = cite_sentence(claim, there, Unmoved())
    assert dated is not None
    assert dated.text == claim.text
    assert undated is None or undated.text == "The bridge opened last week."


@pytest.mark.parametrize(
    "sentence",
    [
        "Sure!",
        "Here is what I found:",
        "Here is a summary of the articles.",
        "I hope this helps!",
        "Let me know if you have any questions.",
        "Based on the provided passages.",
        "The articles do not mention the president of France.",
        "What do you want to know?",
        "I cannot answer that.",
        "Jan. 31, 2025 Updated Feb. 1, 2025, 11:57 a.m. ET",
        "",
    ],
)
def test_filler_is_dropped(sentence: str) -> None:
    assert is_filler(sentence)


@pytest.mark.parametrize(
    "sentence",
    ["Kim left.", "The article was written in 2024.", "Here Kim met Trump.", "12."],
)
def test_what_can_be_checked_is_no_filler(sentence: str) -> None:
    assert not is_filler(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The articles do not say.",
        "None of the passages mention his age.",
        "No article says who won.",
        "The passages contain no information about this.",
        "The date is not explicitly stated in the provided article.",
        "There is not enough information to tell.",
        "There isn’t enough information.",
        "The articles provided do not mention it.",
        "None of the provided passages mention his age.",
        "Unfortunately, the articles do not say.",
        "I am sorry, but the articles do not discuss this.",
        "The articles make no mention of it.",
        "This information is not available in the passages.",
        "It is not stated.",
        "I don’t know.",
    ],
)
def test_a_model_that_declines_is_understood(sentence: str) -> None:
    assert declines(sentence)
    assert is_filler(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The article was not published in 2020.",
        "He was not named in the report by the police.",
        "Prince Andrew was not named in the documents.",
        "The documents did not name the suspect.",
        "The sources did not give a reason for the delay.",
        "The articles do not say exactly when, but the game starts at 8 p.m. Sunday.",
        "Here is what the articles say:",
        "The passages provide the following information.",
    ],
)
def test_what_only_sounds_like_declining(sentence: str) -> None:
    assert not declines(sentence)


def test_a_copy_that_sounds_like_declining_is_kept(scorer: EmbeddingScorer) -> None:
    text = "Prince Andrew was not named in any article. No article says why."
    there = passages_of(Article("a", text))
    for sentence in ("Prince Andrew was not named in any article.", "No article says why."):
        _, checked = cite_sentence(
            DraftSentence(sentence), there, scorer, question="Was Prince Andrew named, and why?"
        )
        assert checked.action == "kept"


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Why did Trump sign the treaty?", "Trump did not sign the treaty."),
        ("Who signed the treaty?", "No treaty was signed."),
        ("Was the man who shot Kirk arrested?", "The man who shot Kirk was arrested."),
        ("Which of Norway and Sweden won the match?", "Norway won the match."),
        ("Norway or Sweden: which won?", "Norway won."),
        ("When does the bridge open?", "The bridge opens today."),
        ("How many states voted against it?", "One state voted against it."),
        ("How many of the 27 states voted for it?", "All 27 states voted for it."),
    ],
)
def test_an_answer_in_the_words_of_its_question_is_no_repetition(
    question: str, sentence: str
) -> None:
    assert not restates(sentence, question)


def test_a_draft_that_repeats_the_question_answers_nothing(scorer: EmbeddingScorer) -> None:
    there = passages_of(
        Article("a", "A ballroom is underway at the White House, a project of the president's.")
    )
    draft = DraftSentence("The project is underway at the White House.")
    which = "Which project is underway at the White House?"
    shown, checked = cite_sentence(draft, there, scorer, question=which)
    assert (shown, checked.reason) == (None, "it only repeats the question")
    whether = "Is a project underway at the White House?"
    _, checked = cite_sentence(draft, there, scorer, question=whether)
    assert checked.reason != "it only repeats the question"


def test_who_said_so_and_what_was_said_are_not_taken_from_two_places(
    scorer: EmbeddingScorer,
) -> None:
    there = passages_of(
        Article(
            "a",
            "The storm was expected to complicate Thanksgiving and Black Friday plans as heavy and "
            "steady rain already",  # cut off in the article
        ),
        Article("b", "The National Weather Service in Los Angeles warned of mudslides."),
    )
    claim = (
        "The National Weather Service said the storm was expected to complicate Thanksgiving and "
        "Black Friday plans as heavy and steady rain already."
    )
    _, checked = cite_sentence(DraftSentence(claim), there, scorer)
    assert checked.action != "kept"


def test_a_question_of_the_article_is_not_quoted_in_place_of_a_draft(
    scorer: EmbeddingScorer,
) -> None:
    there = passages_of(Article("a", "Who built the northern bridge? The town did not say."))
    shown, checked = cite_sentence(
        DraftSentence("The northern bridge."), there, scorer, question="Who built the bridge?"
    )
    assert shown is None
    assert checked.reason == "it is a question of the article's"


def test_a_whole_draft(scorer: EmbeddingScorer) -> None:
    draft = (
        "Sure! Here is what I found: the Hanoi summit ended without an agreement [2]. The summits "
        "were in Milwaukee [1]. North Korea has 11 nuclear warheads. I hope this helps!"
    )
    results = [
        cite_sentence(sentence, PASSAGES, scorer, published={"seed": ARTICLE.published})
        for sentence in split_draft(draft)
    ]
    shown = [sentence for sentence, _ in results if sentence]
    assert [checked.action for _, checked in results][:2] == ["dropped", "kept"]
    assert "ended without an agreement" in shown[0].text
    assert not any("Milwaukee" in s.text and "summits" in s.text for s in shown)
    assert not any("11" in sentence.text for sentence in shown)


@given(st.text(max_size=60), st.text(max_size=200))
@settings(deadline=None, max_examples=60)
def test_every_citation_of_any_draft_is_exact(claim: str, text: str) -> None:
    article = Article("a", text.encode("utf-8", "replace").decode())
    shown, _ = cite_sentence(DraftSentence(claim), passages_of(article), Unmoved())
    if shown is not None:
        assert_exact(shown, article.text)


# What a good model writes of two sentences side by side, and a strict check must not refuse.
MERGED = [
    ("The fire killed 12 people and injured 30 others.",
     "The fire killed 12 people. It injured 30 others."),
    ("The museum opened in 1990 and holds 5,000 paintings.",
     "The museum opened in 1990. The museum holds 5,000 paintings."),
    ("The bridge was inaugurated in 2022 and the tunnel closed in 2024.",
     "The bridge was inaugurated in 2022. The tunnel closed in 2024."),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "text"), MERGED)
def test_two_sentences_may_be_told_as_one(claim: str, text: str) -> None:
    _, checked = cite_sentence(DraftSentence(claim), passages_of(Article("a", text)), Unmoved())
    assert checked.action == "kept"


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (
            "What happened to the chief executive of UnitedHealthcare?",
            "Brian Thompson was shot outside a hotel in Manhattan. He led UnitedHealthcare, the "
            "insurer, as its chief executive.",
        ),
        ("Was geschah danach?", "Der Gipfel endete ohne Einigung."),
        ("What happened then?", "Der Gipfel endete ohne Einigung."),
        ("What did the police say of it?", "Police say so."),
    ],
)
def test_a_copied_answer_is_kept_though_it_shares_no_word_with_the_question(
    question: str, text: str, scorer: EmbeddingScorer
) -> None:
    there = passages_of(Article("a", text))
    (start, end), *_ = split_sentences(text)
    _, checked = cite_sentence(DraftSentence(text[start:end]), there, scorer, question=question)
    assert checked.action == "kept"


@pytest.mark.parametrize(
    ("question", "word", "sentence"),
    [
        ("Where did the two leaders meet the second time?", "Hanoi.",
         "The two leaders held their second summit in Hanoi in February 2019."),
        ("Who leads Apple?", "Tim Cook.", "Tim Cook has led the iPhone maker since 2011."),
        ("How many died in the fire?", "At least 59.",
         "The blaze in Kočani on Sunday left at least 59 dead."),
    ],
)  # fmt: skip
def test_a_bare_answer_is_quoted_in_full(
    question: str, word: str, sentence: str, scorer: EmbeddingScorer
) -> None:
    there = passages_of(Article("a", sentence))
    shown, checked = cite_sentence(DraftSentence(word), there, scorer, question=question)
    assert checked.action == "quoted"
    assert shown is not None
    assert shown.text == sentence


@pytest.mark.parametrize(
    "claim", ["It was published in 1851.", "It was at 8 p.m. ET on Sunday.", "8 p.m. ET"]
)
def test_a_date_that_answers_is_no_date_line(claim: str) -> None:
    assert not is_filler(claim)
