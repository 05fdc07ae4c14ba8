"""The question sets: every line is of the schema, every gold quote is in its article."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from eval.formats import read_named_set
from eval.sets import (
    Evidence,
    Question,
    SetError,
    evidence_gold,
    find_quote,
    half,
    read_markdown_articles,
    read_questions,
    read_seeds,
    retrieval_gold,
    sample,
)
from rag.load import load
from rag.types import Article, Span

ROOT = Path(__file__).parent.parent
SETS = ROOT / "eval" / "sets"
SEED = read_questions(SETS / "seed.jsonl")
ARTICLES = read_questions(SETS / "articles.jsonl")
COMMON = """
    a about an and are as at be by concerning did do does for from had has have he him his how if
    in is it its mr of on s she should simple so some that the their them there they this to was
    were what when where which who whoever whose why will with would
    """
STOP_WORDS = frozenset(COMMON.split())


def seed_texts() -> dict[str, str]:
    loaded = [item for item in load(ROOT / "seeds") if isinstance(item, Article)]
    return {article.id: article.text for article in loaded}


def words(text: str) -> set[str]:
    plain = "".join(c if c.isalnum() else " " for c in text.lower())
    return set(plain.split()) - STOP_WORDS


def test_every_quote_of_the_seed_set_is_in_the_article_as_it_is_loaded() -> None:
    texts = seed_texts()
    for question in SEED:
        for item in question.evidence:
            assert find_quote(item, texts), f"{question.id}: {item.quote}"


def test_every_quote_of_the_articles_set_is_in_its_article() -> None:
    texts = {a.id: a.text for a in read_markdown_articles(ROOT / "eval" / "articles")}
    for question in ARTICLES:
        evidence_gold(question, texts)  # raises for a quote that is not there
        assert set(question.articles) <= texts.keys()


def test_the_seed_set_has_every_kind_of_question() -> None:
    kinds = Counter(question.kind for question in SEED)
    assert len(SEED) >= 80
    assert set(kinds) == {
        *("fact", "why-how", "several-sentences", "paraphrase", "caption", "date", "number"),
        *("follow-up", "false-premise", "near-miss", "off-topic", "boilerplate", "injection"),
    }
    assert min(kinds.values()) >= 6
    assert all(question.history for question in SEED if question.kind == "follow-up")


def test_the_articles_set_asks_for_selection_disagreement_dates_and_filters() -> None:
    kinds = {question.kind for question in ARTICLES}
    assert {"selection", "copies", "disagreement", "as-of", "filter", "filtered-out"} <= kinds
    filters = [q for q in ARTICLES if q.kind in ("filter", "filtered-out")]
    assert all(q.articles or q.since or q.until for q in filters)
    assert {bool(q.since) for q in filters} == {bool(q.until) for q in filters} == {True, False}


@pytest.mark.parametrize("question", SEED + ARTICLES, ids=lambda q: q.id)
def test_gold_fits_what_the_question_claims(question: Question) -> None:
    gold = question.answers or question.points
    assert bool(gold) == question.answerable
    assert not (question.corrections and question.answerable)
    if question.answerable:
        assert question.evidence


def test_gold_answers_are_in_the_article_or_say_why_not() -> None:
    """A gold answer may be put in other words, but one of the alternatives is verbatim."""
    plain = {name: text.replace("’", "'") for name, text in seed_texts().items()}
    text = " ".join(plain.values()).lower()
    for question in SEED:
        for alternatives in filter(None, (question.answers, *question.points)):
            assert any(a.lower() in text for a in alternatives), question.id


def test_paraphrases_share_no_content_word_with_their_evidence() -> None:
    for question in SEED:
        if question.kind == "paraphrase":
            shared = words(question.question) & words(" ".join(e.quote for e in question.evidence))
            assert not shared, f"{question.id}: {shared}"


def test_article_files_are_read_with_title_date_and_text_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_text(
        "---\ntitle: T: part 2\npublished: 2024-02-03\n---\nOne.\n\nTwo\n"
    )
    (article,) = read_markdown_articles(tmp_path)
    assert article == Article("b", "One.\n\nTwo", title="T: part 2", published="2024-02-03")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "line 2: not JSON"),
        ("[]", "line 2: not a JSON object"),
        ('{"id": "b"}', "line 2: field question: Field required"),
        ('{"id": "b", "question": 5}', "line 2: field question: "),
        ('{"id": "b", "question": "?", "anwsers": []}', "line 2: field anwsers: Extra"),
        ('{"id": "b", "question": "?", "answerable": "yes"}', "line 2: field answerable: "),
        ('{"id": "b", "question": "?", "since": "soon"}', "line 2: field since: "),
        (
            '{"id": "b", "question": "?", "evidence": [{"article": "x"}]}',
            "line 2: field evidence.0.quote: Field required",
        ),
        (
            '{"id": "b", "question": "?", "history": [["robot", "hi"]]}',
            "line 2: field history.0.0: ",
        ),
        ('{"id": "a", "question": "?"}', "line 2: field id: 'a' is also on line 1"),
    ],
)
def test_an_error_names_line_and_field(tmp_path: Path, line: str, complaint: str) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text('{"id": "a", "question": "?"}\n' + line + "\n")
    with pytest.raises(SetError) as caught:
        read_questions(path)
    assert str(caught.value).startswith(f"set.jsonl, {complaint}")
    assert "\n" not in str(caught.value)


def test_a_quote_that_is_not_in_the_article_is_an_error_naming_it() -> None:
    question = Question(
        id="q", question="?", evidence=(Evidence(article="a", quote="blue"),), answerable=True
    )
    with pytest.raises(SetError, match=r"question q: field evidence\.0\.quote"):
        evidence_gold(question, {"a": "red"})


def test_gold_holds_every_occurrence_and_groups_alternatives() -> None:
    evidence = (
        Evidence(article="a", quote="red", group="g"),
        Evidence(article="b", quote="red", group="g"),
        Evidence(article="b", quote="blue"),
    )
    question = Question(id="q", question="?", evidence=evidence)
    either, alone = evidence_gold(question, {"a": "red red", "b": "red, blue"})
    assert either.spans == (Span("a", 0, 3), Span("a", 4, 7), Span("b", 0, 3))
    assert alone.spans == (Span("b", 5, 9),)


def test_relevant_regions_take_the_place_of_evidence_in_retrieval() -> None:
    line = {
        "id": "q",
        "question": "?",
        "evidence": [{"article": "a", "quote": "red"}],
        "relevant": [{"article": "a", "start": 4}, {"article": "a", "grade": 0}],
    }
    question = Question.model_validate_json(json.dumps(line))
    (gold,) = retrieval_gold(question, {"a": "red, blue"})
    assert gold.spans == (Span("a", 4, 9),)


def test_a_sample_is_fixed_by_its_seed_and_keeps_the_order() -> None:
    ten = sample(SEED, 10, seed=7)
    assert ten == sample(SEED, 10, seed=7)
    assert ten != sample(SEED, 10, seed=8)
    positions = [SEED.index(question) for question in ten]
    assert positions == sorted(positions)
    assert sample(SEED, None, seed=7) == SEED


def test_halves_are_apart_and_together_the_whole() -> None:
    assert half(SEED, "first") + half(SEED, "second") == half(SEED, None) == SEED
    assert len(half(SEED, "second")) - len(half(SEED, "first")) in (0, 1)


def test_an_unknown_set_is_refused_with_those_there_are() -> None:
    with pytest.raises(Exception, match="there are articles, seed"):
        read_named_set("sneed")


def test_the_seeds_name_no_folder_of_this_machine() -> None:
    for article in read_seeds():
        assert article.source == f"seeds/{article.id}"
