"""Who is answered when: one question of a page at a time, and as many pages as there are places."""

from __future__ import annotations

import threading
import time

from hypothesis import given
from hypothesis import strategies as st

from rag.asking import MOST, Asking, Lines


def joined(lines, session):
    asking = Asking()
    assert lines.join(session, asking)
    return asking


def test_as_many_as_there_are_places_are_answered_and_the_rest_in_the_order_they_came():
    lines = Lines(places=2, room=5)
    one, two, three, four = (joined(lines, session) for session in "abcd")
    assert [lines.ahead(each, 0) for each in (one, two)] == [0, 0]
    assert not lines.crowded
    assert [lines.ahead(each, 0) for each in (three, four)] == [1, 2]
    assert lines.crowded
    lines.leave("b", two)
    assert [lines.ahead(each, 0) for each in (one, three, four)] == [0, 0, 1]


def test_one_that_leaves_while_it_waits_lets_those_behind_it_come_sooner():
    lines = Lines(places=1, room=5)
    one, two, three = (joined(lines, session) for session in "abc")
    assert [lines.ahead(each, 0) for each in (one, two, three)] == [0, 1, 2]
    lines.leave("b", two)
    assert lines.ahead(three, 0) == 1


def test_a_question_behind_another_of_its_page_keeps_nobody_waiting():
    lines = Lines(places=2, room=5)
    one, behind = joined(lines, "a"), joined(lines, "a")
    assert lines.ahead(one, 0) == 0
    assert lines.wait("a", behind, 0) == 1
    assert lines.ahead(joined(lines, "b"), 0) == 0


def test_what_was_just_asked_joins_once():
    lines = Lines(places=1, room=5)
    assert lines.join_once("a", Asking("Why?"), alone=False)
    assert lines.join_once("a", Asking("Why?"), alone=False) is None
    assert lines.join_once("a", Asking("When?"), alone=False)
    assert lines.join_once("a", Asking("Why?"), alone=False)
    assert lines.join_once("a", Asking("Who?"), alone=True) is None  # "Ask again"
    assert lines.join_once("a", Asking("Who?"), alone=False) is False  # a fourth
    assert lines.join_once("b", Asking("Why?"), alone=True)


def test_where_too_many_wait_one_more_is_refused_until_one_leaves():
    lines = Lines(places=1, room=2)
    first, *_ = (joined(lines, session) for session in "abc")
    assert not lines.join("d", Asking())
    lines.leave("a", first)
    assert lines.join("d", Asking())


def test_what_was_put_out_holds_its_place_until_it_has_ended():
    lines = Lines(places=1, room=1)
    ending = joined(lines, "a")
    assert lines.ahead(ending, 0) == 0
    lines.clear("a")
    after = joined(lines, "a")
    assert lines.ahead(after, 0) == 1
    lines.leave("a", ending)
    assert lines.ahead(after, 0) == 0


def test_a_program_waits_for_its_place():
    lines = Lines(places=1, room=1)
    first, order = joined(lines, "a"), []
    assert lines.ahead(first, 0) == 0

    def ask():
        with lines.place() as has_place:
            order.append(has_place)

    asking = threading.Thread(target=ask)
    asking.start()
    while len(lines._joined) < 2:  # looked at, not tried: a try would take the program's room
        time.sleep(0.01)
    assert order == []
    assert not lines.join("c", Asking())
    with lines.place() as has_place:
        assert not has_place
    lines.leave("a", first)
    asking.join(30)
    assert order == [True]


@given(
    st.integers(1, 3),
    st.integers(1, 4),
    st.lists(st.tuples(st.sampled_from(["join", "leave", "clear"]), st.sampled_from("abcd"))),
)
def test_never_more_than_the_places_and_everybody_gets_one_in_the_end(places, room, steps):
    lines, on_the_way = Lines(places, room), []

    def answered():
        return [
            (session, each)
            for session, each in on_the_way
            if lines.wait(session, each, 0) == 0 and lines.ahead(each, 0) == 0
        ]

    for step, session in steps:
        mine = [each for each in on_the_way if each[0] == session]
        if step == "join":
            asking = Asking()
            room_left = len(on_the_way) < places + room and len(mine) < MOST
            assert lines.join(session, asking) == room_left
            on_the_way += [(session, asking)] * room_left
        elif step == "leave" and mine:
            lines.leave(*mine[0])
            on_the_way.remove(mine[0])
        elif step == "clear":
            lines.clear(session)
            for each in mine:
                lines.leave(*each)
                on_the_way.remove(each)
        assert len(answered()) <= places
    while on_the_way:
        now = answered()
        assert now
        for each in now:
            lines.leave(*each)
            on_the_way.remove(each)
