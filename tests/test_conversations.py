"""Conversations: kept whole, each for its owner alone; a file that fails is an Error."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from rag.conversations import MOST, Conversations
from rag.errors import Error
from rag.turn import LONGEST_TITLE, Talk, Turn
from rag.types import Answer, Citation, Sentence, Span

QUOTE = "Ja 👩‍👩‍👧 שלום"
SENTENCE = Sentence(QUOTE, (Citation(Span("a", 0, len(QUOTE)), QUOTE, 1.0),), "supported")
ANSWER = Answer("Why?", "Why?", (SENTENCE,), (), False, "quote", timings={"read": 0.125})
TALK = Talk(
    (
        Turn("Why?", "Why so?", "quote", answer=ANSWER, vote="down", reason="wrong"),
        Turn("And?", error="down"),
        Turn("So?", partial="So", stopped=True),
    )
)


@pytest.fixture
def kept(tmp_path) -> Conversations:
    return Conversations(tmp_path / "conversations.sqlite3")


def test_no_file_has_no_conversations(kept):
    assert kept.list("me") == ()
    assert kept.load("me", "x") is None
    assert not kept.path.exists()


def test_a_conversation_comes_back_as_it_was(kept):
    saved = kept.save("me", TALK)
    assert saved.id
    assert saved.title == "Why?"
    assert Conversations(kept.path).load("me", saved.id) == saved
    assert saved.turns == TALK.turns


def test_only_the_turns_from_a_place_on_are_written_again(kept):
    saved = kept.save("me", TALK)
    shorter = replace(saved, turns=(saved.turns[0], Turn("New?", error="x")))
    again = kept.save("me", shorter, first=1)
    assert again.id == saved.id
    assert kept.load("me", saved.id).turns == shorter.turns


def test_nobody_sees_or_changes_what_is_anothers(kept):
    mine = kept.save("me", TALK)
    assert kept.list("you") == ()
    assert kept.load("you", mine.id) is None
    kept.rename("you", mine.id, "Yours")
    kept.delete("you", mine.id)
    yours = kept.save("you", replace(mine, turns=mine.turns[:1]), first=1)
    assert yours.id != mine.id
    assert kept.load("me", mine.id) == mine


def test_a_second_tab_does_not_write_over_the_first(kept):
    saved = kept.save("me", TALK)
    first = kept.save("me", replace(saved, turns=(*saved.turns, Turn("One?", error="x"))), 3)
    second = kept.save("me", replace(saved, turns=(*saved.turns, Turn("Two?", error="x"))), 3)
    assert first.id == saved.id != second.id
    assert [turn.question for turn in kept.load("me", first.id).turns][3:] == ["One?"]
    assert [turn.question for turn in kept.load("me", second.id).turns] == [
        *("Why?", "And?", "So?", "Two?")
    ]


def test_renaming_and_deleting(kept):
    one, two = kept.save("me", TALK), kept.save("me", TALK)
    kept.rename("me", one.id, "  Other\n name ")
    kept.rename("me", two.id, " ")
    assert {talk.title for talk in kept.list("me")} == {"Other name", "Why?"}
    kept.delete("me", one.id)
    assert [talk.id for talk in kept.list("me")] == [two.id]
    assert kept.load("me", one.id) is None


def test_what_is_deleted_is_not_left_in_the_file(kept):
    secret = "Where is the parrot of Łódź?"
    saved = kept.save("me", Talk((Turn(secret, error="x"),)))
    assert secret.encode() in kept.path.read_bytes()
    kept.delete("me", saved.id)
    assert secret.encode() not in kept.path.read_bytes()


def test_a_long_title_is_cut_and_the_newest_come_first(kept):
    kept.save("me", TALK)
    long = kept.save("me", Talk((Turn("x" * 500, error="x"),)))
    assert len(long.title) == LONGEST_TITLE
    assert [talk.title for talk in kept.list("me")] == [long.title, "Why?"]


def test_the_least_used_go_when_there_are_too_many(kept):
    first = kept.save("me", TALK)
    yours = kept.save("you", TALK)
    for _ in range(MOST):
        kept.save("me", Talk((Turn("Why?", error="x"),)))
    assert len(kept.list("me")) == MOST
    assert kept.load("me", first.id) is None
    assert kept.load("you", yours.id) is not None


def test_many_may_save_at_once(kept):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: kept.save(str(n % 2), TALK), range(40)))
    assert len(kept.list("0")) == len(kept.list("1")) == 20


def test_a_damaged_file_is_an_error_and_stays_as_it_is(kept):
    kept.path.write_bytes(b"no database at all" * 100)
    for act in (
        lambda: kept.save("me", TALK),
        lambda: kept.list("me"),
        lambda: kept.load("me", "x"),
        lambda: kept.delete("me", "x"),
    ):
        with pytest.raises(Error, match=r"cannot be kept in conversations\.sqlite3"):
            act()
    assert kept.path.read_bytes() == b"no database at all" * 100


def test_a_damaged_turn_is_an_error(kept):
    import sqlite3
    from contextlib import closing

    saved = kept.save("me", TALK)
    with closing(sqlite3.connect(kept.path)) as database, database:
        database.execute("UPDATE turn SET body = '{}'")
    with pytest.raises(Error, match="it is damaged"):
        kept.load("me", saved.id)


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(Error, match="cannot be kept"):
        Conversations(tmp_path / "none" / "file").save("me", TALK)
