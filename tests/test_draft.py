"""A draft is checked while it streams: where the pieces end must make no difference."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from rag import Article, Assistant
from rag import draft as drafting
from rag.cite import DraftSentence, split_draft
from rag.draft import NOTHING_HELD, REPEATED, SPLIT_ALWAYS, UNLIKELY
from rag.errors import InputError, ModelUnavailable
from rag.llm import Draft, Drafter, EmbeddedModel, EndpointModel, Message, choice
from rag.types import Delta, Done, Usage

TEXT = (
    "The game starts at 8 p.m. Sunday in Boston. The gates of the stadium open at 6 p.m. Fans may "
    "bring one bag. The club sold 30,000 tickets for the game."
)


class Dictated:
    """A model that writes a given draft in given pieces."""

    name = "dictated"
    context_tokens = 4000

    def __init__(self, pieces: Sequence[str]) -> None:
        self._pieces = pieces

    def count_tokens(self, text: str) -> int:
        return len(text) // 4

    def draft(
        self, messages: list[Message], *, max_tokens: int, stop: tuple[str, ...] = ()
    ) -> Draft:
        yield from self._pieces
        return Usage(1, 1)


@pytest.fixture(scope="module")
def game() -> Assistant:
    return Assistant.from_articles([Article("game", TEXT, "The game")])


@pytest.mark.parametrize(
    "draft",
    [
        TEXT,
        "The game starts at 8 p.m. Sunday in Boston [1].",
        "The gates open at 6 p.m. [1] Fans may bring one bag [1].",
        "The club sold 30,000 tickets. The game starts at 8 p.m.",
    ],
)
def test_a_draft_in_single_characters_gives_the_answer_of_the_whole(
    game: Assistant, draft: str
) -> None:
    question = "When does the game start?"
    whole = Assistant(game.index, llm=Dictated([draft])).ask(question)
    pieces = Assistant(game.index, llm=Dictated(list(draft))).ask(question)
    assert whole.sentences
    assert pieces.sentences == whole.sentences
    assert pieces.trace.checked == whole.trace.checked


def test_a_draft_without_end_is_not_read_over_and_over(
    game: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In pieces of a character, 50,000 of them: 1.25 billion to split if split at each."""
    read: list[int] = []

    def counting(text: str, highest: int) -> list[DraftSentence]:
        read.append(len(text))
        return split_draft(text, highest)

    monkeypatch.setattr(drafting, "split_draft", counting)
    endless = TEXT + " and again" * 5000
    answer = Assistant(game.index, llm=Dictated(list(endless))).ask("When does the game start?")
    assert answer.text.startswith("The game starts at 8 p.m. Sunday in Boston.")
    # 1 + 2 + … + 2,000, then at most 17 times the whole, each 17/16 of the one before
    assert sum(read) < 2000**2 / 2 + 18 * len(endless)


@pytest.mark.parametrize("size", [1, 7, 400])
def test_a_long_draft_gives_the_same_answer_however_it_is_cut(game: Assistant, size: int) -> None:
    said = [f"Of the {n} songs nobody knew the words." for n in range(70)]
    draft = " ".join([*said, TEXT])
    assert len(draft) > SPLIT_ALWAYS
    question = "When does the game start?"
    whole = Assistant(game.index, llm=Dictated([draft])).ask(question)
    cut = [draft[at : at + size] for at in range(0, len(draft), size)]
    pieces = Assistant(game.index, llm=Dictated(cut)).ask(question)
    assert len(whole.sentences) == 4
    assert pieces.sentences == whole.sentences
    assert pieces.trace.checked == whole.trace.checked


CIRCLING = (
    "The game starts at 8 p.m. Sunday in Boston. Fans may bring one bag. "
    "The game starts at 8 p.m. Sunday in Boston. The gates of the stadium open at 6 p.m."
)


@pytest.mark.parametrize("pieces", [list(CIRCLING), re.split("(?<= )", CIRCLING)])
def test_a_model_that_was_stopped_for_repeating_itself_did_not_finish(
    game: Assistant, pieces: list[str]
) -> None:
    answer = Assistant(game.index, llm=Dictated(pieces)).ask("When does the game start?")
    assert answer.text == "The game starts at 8 p.m. Sunday in Boston. Fans may bring one bag."
    assert not answer.complete  # the gates were still to come
    assert answer.notice == REPEATED


def test_a_circling_model_of_which_nothing_is_true_is_not_said_to_be_whole(game: Assistant) -> None:
    wrong = "The game starts at 9 p.m. Monday in Denver. " * 3
    answer = Assistant(game.index, llm=Dictated(list(wrong))).ask("When does the game start?")
    assert "Denver" not in answer.text
    assert not answer.complete
    assert REPEATED in answer.notice


WRONG = "The game starts at 9 p.m. Monday in Denver."


@pytest.mark.parametrize("draft", [WRONG, f"Sure! {WRONG}", "Here is what I found:", ""])
def test_where_nothing_of_a_draft_holds_quotations_stand_in(game: Assistant, draft: str) -> None:
    answer = Assistant(game.index, llm=Dictated([draft])).ask("When does the game start?")
    assert answer.text == "The game starts at 8 p.m. Sunday in Boston."
    assert (answer.complete, answer.abstained) == (True, False)
    assert answer.notice == NOTHING_HELD


@pytest.mark.parametrize("draft", [WRONG, f"{WRONG} " * 3])
def test_what_stands_in_is_streamed(game: Assistant, draft: str) -> None:
    *events, done = Assistant(game.index, llm=Dictated(list(draft))).stream(
        "When does the game start?"
    )
    assert isinstance(done, Done)
    assert NOTHING_HELD in done.answer.notice
    spelt = "".join(event.text for event in events if isinstance(event, Delta))
    assert spelt == done.answer.text == "The game starts at 8 p.m. Sunday in Boston."


def test_a_small_model_has_to_answer_the_question(
    game: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it copies may be so and be no answer: one article's sentence is as good as another to
    it. A large model may see what the reader does not."""
    beside = Dictated(["Fans may bring one bag."])
    large = Assistant(game.index, llm=beside).ask("When does the game start?")
    assert large.text == "Fans may bring one bag."
    monkeypatch.setattr(choice, "make_drafter", lambda *_: beside)
    small = Assistant(game.index, answerer="embedded").ask("When does the game start?")
    assert [checked.reason for checked in small.trace.checked] == [UNLIKELY]
    assert small.text == "The game starts at 8 p.m. Sunday in Boston."
    assert small.notice == NOTHING_HELD


def test_a_model_that_declines_is_believed(game: Assistant) -> None:
    declined = Dictated(["Sure! The articles do not say when it starts. It starts in Denver."])
    answer = Assistant(game.index, llm=declined).ask("When does the game start?")
    assert answer.abstained
    assert NOTHING_HELD not in answer.notice


def test_a_model_that_corrects_a_premise_does_not_decline(game: Assistant) -> None:
    """The two halves are not checked apart: what can be quoted stands in for the sentence."""
    corrected = (
        "The passages do not say that it starts in Denver; instead, it starts in Boston [1]."
    )
    answer = Assistant(game.index, llm=Dictated([corrected])).ask("When does the game start?")
    assert answer.text == "The game starts at 8 p.m. Sunday in Boston."


def test_a_sentence_of_an_article_that_sounds_like_a_lead_in_is_kept() -> None:
    text = "These are the worst floods in a century, officials say. Two bridges fell."
    floods = Assistant.from_articles([Article("floods", text, "Floods")])
    answer = Assistant(floods.index, llm=Dictated([text])).ask("How bad are the floods?")
    assert answer.text == text


class Loading(Dictated):
    """A model that takes its time to say how much it reads."""

    @property
    def context_tokens(self) -> int:
        time.sleep(1)
        return 4000


def test_a_reader_may_leave_while_a_model_is_loading(game: Assistant) -> None:
    assistant = Assistant(game.index, llm=Loading([TEXT]))
    stream = assistant.stream("When does the game start?").with_beats()
    waited = [event for event in stream if event is None]
    assert len(waited) >= 3  # five looks a second; a busy machine may miss one


def test_an_unknown_answerer_is_an_error(game: Assistant) -> None:
    with pytest.raises(InputError, match="quote, embedded, endpoint"):
        Assistant(game.index, answerer="endpont")
    with pytest.raises(InputError, match="quote, embedded, endpoint"):
        list(game.stream("When does the game start?", answerer="endpont"))


def test_where_nothing_holds_and_nothing_answers_it_abstains(game: Assistant) -> None:
    answer = Assistant(game.index, llm=Dictated(["The president is Macron."])).ask(
        "Who is the president of France?"
    )
    assert answer.abstained
    assert NOTHING_HELD not in answer.notice


NOWHERE = "http://127.0.0.1:1/v1"
NOT_THERE: list[tuple[Drafter, str]] = [
    (EmbeddedModel(Path("none.gguf")), "there is no model file"),
    (EndpointModel(NOWHERE, "small", context_tokens=300), "which reads 44 tokens"),
]


@pytest.mark.parametrize(("model", "reason"), NOT_THERE)
def test_a_model_that_fails_before_its_first_word_is_quoted_for(
    game: Assistant, model: Drafter, reason: str
) -> None:
    answer = Assistant(game.index, llm=model).ask("When does the game start?")
    assert answer.text == "The game starts at 8 p.m. Sunday in Boston."
    assert answer.passages
    assert not answer.complete
    assert not answer.abstained
    assert reason in answer.notice


@pytest.mark.parametrize(("model", "reason"), NOT_THERE)
def test_where_nothing_can_be_quoted_its_failure_is_raised(
    game: Assistant, model: Drafter, reason: str
) -> None:
    with pytest.raises((ModelUnavailable, InputError), match=reason):
        Assistant(game.index, llm=model).ask("Who is the president of France?")
