"""Follow-ups become questions that stand alone, by rules or by a model that is checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import Article, Assistant
from rag.errors import InputError, ModelUnavailable
from rag.history import parse_history
from rag.llm import Draft, EmbeddedModel, Message
from rag.names import find_names
from rag.rewrite import REWRITE_S, Rewrite, rewrite
from rag.types import ABSTENTION, Usage

HANOI = [
    ("user", "Why did the Hanoi summit end without an agreement?"),
    ("assistant", "It ended abruptly over differences on sanctions relief."),
]
KIM = [("user", "What did KCNA call Mr Kim?"), ("assistant", "KCNA called Mr Kim a dotard.")]
LEADER = [
    ("user", "Who is the leader of North Korea?"),
    ("assistant", "Its leader is Kim Jong Un."),
]
COOK = [("user", "Who is Tim Cook?"), ("assistant", "Tim Cook is the CEO of Apple.")]
TRUMP = [
    ("user", "What did Trump sign in Singapore?"),
    ("assistant", "Trump and Kim Jong-un signed a joint statement."),
]
SINGAPORE = [("user", "What did they sign in Singapore?"), ("assistant", "A statement.")]


@pytest.mark.parametrize(
    ("history", "question", "query"),
    [
        # pronouns that can only mean one name
        (KIM, "What did he say?", "What did Mr Kim say?"),
        (COOK, "How old is he?", "How old is Tim Cook?"),
        (COOK, "Where does his sister live?", "Where does Tim Cook's sister live?"),
        (HANOI, "When was it?", "When was the Hanoi summit?"),
        ([("user", "When was Angela Merkel chancellor?")], "Who succeeded her?",
         "Who succeeded Angela Merkel?"),
        # a place that something is of is no person
        (LEADER, "And his successor?",
         "Who is the leader of North Korea, and Kim Jong Un's successor?"),
        ([("user", "Who met the king of South Korea?")], "When did he leave?",
         "When did he leave? (Who met the king of South Korea?)"),
        # the previous question, asked of something else
        ([("user", "What happened in 2019?")], "What about 2018?", "What happened in 2018?"),
        ([("user", "Who is the CEO of Apple?")], "And Google?", "Who is the CEO of Google?"),
        (HANOI, "what about Singapore?", "Why did the Singapore summit end without an agreement?"),
        (KIM, "And his envoys?", "What did KCNA call Mr Kim, and Mr Kim's envoys?"),
        (SINGAPORE, "And in Hanoi?", "What did they sign in Hanoi?"),
        (SINGAPORE, "What about at Panmunjom?", "What did they sign at Panmunjom?"),
        (SINGAPORE, "And with the UN?", "What did they sign in Singapore, and with the UN?"),
        ([("user", "Who won in Peru in May?")], "And in June?",
         "Who won in Peru in June?"),
        ([("user", "Who won in Peru in May?")], "And in Lima?", "Who won in Lima in May?"),
        ([("user", "Who won in May?")], "And in Lima?", "Who won in May, and in Lima?"),
        ([("user", "Who won in Peru?")], "In Chile?", "Who won in Chile?"),
        ([("user", "What did Trump say?")], "In Florida?", "What did Trump say, and in Florida?"),
        ([("user", "How many died?")], "Under Biden?", "How many died, and under Biden?"),
        ([("user", "Why did it fail?")], "In short?", "In short? (Why did it fail?)"),
        ([("user", "Where did the Hanoi summit take place?")], "How long was it?",
         "How long was the Hanoi summit?"),
        ([("user", "Who won in Peru?")], "No, in chile", "Who won in Peru, and in chile?"),
        ([("user", "What did Tesla earn in 2020?")], "And in 2021?",
         "What did Tesla earn in 2021?"),
        ([("user", "What did Tesla earn in 2020?")], "And GM in 2021?",
         "What did Tesla earn in 2020, and GM in 2021?"),
        # a name of one word may be anybody's, and "it" or "he" be something else
        (TRUMP, "Where was it signed?", "Where was it signed? (What did Trump sign in Singapore?)"),
        (TRUMP, "What else did he sign?",
         "What else did he sign? (What did Trump sign in Singapore?)"),
        ([("user", "Who is the wife of Trump?"), ("assistant", "Melania Trump is his wife.")],
         "How old is he?", "How old is he? (Who is the wife of Trump?)"),
        ([("user", "Who is the CEO of Apple?"), ("assistant", "Tim Cook.")], "How old is he?",
         "How old is Tim Cook?"),
        ([("user", "When did the Titanic sink?")], "Who built it?", "Who built the Titanic?"),
        # a bare question word
        ([("user", "Did the summit end early?")], "Why?", "Did the summit end early, and why?"),
        ([("user", "Did it end early?")], "And when?", "Did it end early, and when?"),
        # what names nothing, or points at more than one thing: the previous question goes behind
        (KIM, "Who attended?", "Who attended? (What did KCNA call Mr Kim?)"),
        (KIM + COOK, "Did they meet?", "Did they meet? (Who is Tim Cook?)"),
        (COOK, "Can you give an example?", "Can you give an example? (Who is Tim Cook?)"),
    ],
)  # fmt: skip
def test_a_follow_up_stands_alone(
    history: Sequence[tuple[str, str]], question: str, query: str
) -> None:
    assert rewrite(question, history).query == query


@pytest.mark.parametrize(
    "question",
    [
        "Who is the president of France?",  # another topic
        "What is an enterprise?",
        "Is it possible to visit North Korea without a visa?",  # this "it" means nothing
        "Did Kim Jong-un say that he would come back?",  # the name is in the question
        "What did the French President Macron say when he visited Berlin?",  # "he" is in "the"
        "What is peer-to-peer lending, and why is it risky?",
        "Chicago blues outstanding artists",
        "Que s'est-il passé au sommet de Singapour ?",
    ],
)
def test_a_whole_question_is_left_alone(question: str) -> None:
    assert rewrite(question, HANOI).query == question


def test_without_history_nothing_changes() -> None:
    assert rewrite("Why?") == Rewrite("Why?", "")
    assert rewrite("Why?", []) == Rewrite("Why?", "")
    assert rewrite("Why?", [("assistant", "Hello!")]) == Rewrite("Why?", "")


def test_the_last_answer_is_searched_by_as_well() -> None:
    assert rewrite("Who attended?", HANOI).context == HANOI[1][1]


def test_an_answer_that_says_nothing_is_not_searched_by() -> None:
    for nothing in (ABSTENTION, "I don't have that information.", "You're welcome!"):
        history = [("user", "Who signed in Singapore?"), ("assistant", nothing)]
        assert rewrite("And when?", history).context == "Who signed in Singapore?"


def test_a_new_topic_is_searched_alone() -> None:
    assert rewrite("Who is the president of France?", HANOI).context == ""
    assert rewrite("Which sanctions did Hanoi concern?", HANOI).context != ""


def test_a_conversation_may_begin_with_a_greeting_of_the_assistants() -> None:
    history = [("assistant", "Hi! What is it?"), ("user", "What did he sign?"), ("assistant", "x")]
    assert rewrite("Why?", history).query == "What did he sign, and why?"


def test_an_earlier_question_is_found_behind_vague_ones() -> None:
    history = [
        *HANOI,
        ("user", "Why?"),
        ("assistant", "x"),
        ("user", "and then?"),
        ("assistant", "y"),
    ]
    assert "Hanoi summit" in rewrite("How?", history).query


@pytest.mark.parametrize(
    "history",
    [
        [("user", "Hi "), ("assistant", "Hello")],
        [["user", "Hi"], ["assistant", "Hello"]],
        [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}],
        [{"role": "User", "content": [{"type": "text", "text": "Hi"}]}, ("assistant", "Hello")],
        (turn for turn in [("system", "Obey."), ("user", "Hi"), ("assistant", "Hello")]),
        [("user", "Hi"), ("assistant", None), ("assistant", "Hello")],
    ],
)
def test_a_history_may_have_any_of_the_usual_shapes(history: Any) -> None:
    assert parse_history(history) == (("user", "Hi"), ("assistant", "Hello"))


@pytest.mark.parametrize(
    "history",
    ["Hi", {"role": "user"}, 7, ["Hi"], [("user",)], [(1, "Hi")], [("user", 7)], [None], [b"xy"]],
)
def test_a_history_of_another_shape_is_refused(history: Any) -> None:
    with pytest.raises(InputError, match=r"history|turn"):
        parse_history(history)


def test_names_are_runs_of_capitalised_words() -> None:
    text = "In Hanoi he and Mr Kim met Donald Trump of the United States. They left. Did NATO?"
    assert find_names(text) == ["Hanoi", "Mr Kim", "Donald Trump of the United States", "NATO"]


@given(
    st.text(max_size=60),
    st.lists(st.tuples(st.sampled_from(["user", "assistant"]), st.text(max_size=60)), max_size=4),
)
def test_any_text_gives_a_query_that_holds_no_less_than_nothing(
    question: str, history: list[tuple[str, str]]
) -> None:
    rewritten = rewrite(question, history)
    assert bool(rewritten.query.strip()) >= bool(question.strip())
    assert len(rewritten.context.split()) <= 60


class Says:
    """A language model that says one thing: the neighbour, not what is tested."""

    name, context_tokens = "says", 2048

    def __init__(self, text: str, ticks: int = 0) -> None:
        self.text = text
        self.ticks = ticks  # how often it is still at work before it says so
        self.asked = self.closed = 0

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def draft(
        self, messages: Sequence[Message], *, max_tokens: int, stop: Sequence[str] = ()
    ) -> Draft:
        self.asked += 1
        if not self.text:
            raise ModelUnavailable("down")
        try:
            for _ in range(self.ticks):
                yield ""
            yield self.text
            return Usage(1, 1)
        except GeneratorExit:
            self.closed += 1
            raise


def test_a_models_rewriting_is_taken_if_all_its_words_were_said() -> None:
    said = "What sanctions relief did the summit differ over?"
    assert rewrite("What did it differ over?", HANOI, Says(said)).query == said


@pytest.mark.parametrize(
    "said",
    [
        "What did Joe Biden say about it?",  # nobody spoke of Biden
        "Why did the Hanoi summit of 2025 end?",  # nor of 2025
        "The summit ended early.",  # no question
        "What about sanctions?",  # drops what was asked
        "",  # down
    ],
)
def test_a_model_that_invents_or_fails_leaves_it_to_the_rules(said: str) -> None:
    by_rules = rewrite("Who attended the ceremony there?", HANOI).query
    assert rewrite("Who attended the ceremony there?", HANOI, Says(said)).query == by_rules


def test_a_model_that_takes_too_long_is_stopped_and_leaves_it_to_the_rules(monkeypatch) -> None:
    said = "Who attended the summit in Hanoi without an agreement?"
    model = Says(said, ticks=1000)
    clock = iter(range(1000))  # a second from each look at it to the next
    monkeypatch.setattr("rag.rewrite.time.monotonic", lambda: float(next(clock)))
    assert rewrite("Who attended it?", HANOI, model).query == "Who attended the Hanoi summit?"
    assert model.closed == 1
    assert next(clock) < REWRITE_S + 3
    assert rewrite("Who attended it?", HANOI, Says(said)).query == said


def test_a_question_that_stands_alone_is_not_given_to_the_model() -> None:
    model = Says("Who is the president of France now?")
    question = "Who is the president of France?"
    assert rewrite(question, HANOI, model).query == question
    assert model.asked == 0


def test_a_follow_up_is_put_by_the_model_that_answers_and_by_none_where_articles_are_quoted() -> (
    None
):
    said = "Why did the summit in Hanoi end?"
    history = [("user", "When did the summit in Hanoi end?"), ("assistant", "In February.")]
    model = Says(said)
    article = Article("hanoi", "The summit in Hanoi ended early because of sanctions.", "Hanoi")
    with Assistant.from_articles([article], llm=model) as assistant:
        assert assistant.ask("Why?", history=history).query == said
        quoted = assistant.stream("Why?", history=history, answerer="quote").answer
    assert quoted.query == "When did the summit in Hanoi end, and why?"


def test_closing_a_stream_stops_a_model_that_still_rewrites() -> None:
    model = Says("Why did the summit in Hanoi end?", ticks=1000)
    article = Article("hanoi", "The summit in Hanoi ended early because of sanctions.", "Hanoi")
    with Assistant.from_articles([article], llm=model) as assistant:
        stream = assistant.stream("Why?", history=[("user", "When did the summit in Hanoi end?")])
        assert next(stream.with_beats()) is None
        stream.close()
    assert model.closed == 1


def test_the_embedded_model_never_makes_a_question_worse_than_the_rules() -> None:
    rewritten = rewrite("Who attended?", HANOI, EmbeddedModel())
    said = " ".join(text for _, text in HANOI) + " who attended"
    assert {w.strip("?().,").lower() for w in rewritten.query.split()} <= {
        w.strip("?().,").lower() for w in said.split()
    } | {"did", "the", "at", "in", "of", "a", "was", "were", "is", "to", "for", "and", "with"}
