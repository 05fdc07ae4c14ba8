"""Text as it streams in: events, stop texts, thinking."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.llm.text import EventDecoder, StopFilter, ThinkingFilter

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def pieces(text: str, cuts: list[int]) -> list[str]:
    """`text` cut at these places."""
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    return [text[a:b] for a, b in pairwise(places)] or [""]


@given(st.lists(TEXT, max_size=5), st.sampled_from(["\n", "\r\n"]), st.integers(1, 9))
def test_events_come_out_as_they_went_in_however_the_bytes_are_cut(
    texts: list[str], line_end: str, size: int
) -> None:
    data = [json.dumps(text) for text in texts]
    sent = "".join(f": ping{line_end}data: {d}{line_end}{line_end}" for d in data).encode()
    decoder = EventDecoder(longest=1000)
    found = [e for at in range(0, len(sent), size) for e in decoder.feed(sent[at : at + size])]
    assert found == data


def test_an_event_may_have_several_lines_and_other_fields() -> None:
    decoder = EventDecoder(longest=1000)
    sent = b"event: message\nid: 7\ndata: one\ndata:two\n\ndata: cut off"
    assert list(decoder.feed(sent)) == ["one\ntwo"]


@pytest.mark.parametrize("sent", [b"data: " + b"x" * 2000, b"data: xxxxxxxxxxxxx\n" * 200])
def test_an_event_without_end_is_refused(sent: bytes) -> None:
    with pytest.raises(ValueError, match="more than 1,000 bytes"):
        list(EventDecoder(longest=1000).feed(sent))


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(UnicodeDecodeError):
        list(EventDecoder(longest=1000).feed(b"data: \xff\n"))


@given(st.text("ab\n", max_size=30), st.lists(st.text("ab\n", min_size=1, max_size=4)), st.data())
def test_text_ends_before_the_first_stop_however_it_is_cut(
    text: str, stops: list[str], data: st.DataObject
) -> None:
    cuts = data.draw(st.lists(st.integers(0, 40)))
    stop = StopFilter(stops)
    shown = "".join(stop.feed(piece) for piece in pieces(text, cuts)) + stop.flush()
    # the shortest beginning of the text that ends with a stop, without the longest such stop
    ends = [n for n in range(len(text) + 1) if any(text[:n].endswith(s) for s in stops)]
    expected = [min((text[:n].removesuffix(s) for s in stops), key=len) for n in ends[:1]]
    assert shown == (expected[0] if expected else text)
    assert stop.stopped == bool(ends)


@given(TEXT.filter(lambda text: not text.lstrip().startswith("<")), st.lists(st.integers(0, 40)))
def test_thinking_is_left_out_however_it_is_cut(answer: str, cuts: list[int]) -> None:
    for head in ("", "<think>Hm, [1]?\n</think>\n\n", "\n<think></think>"):
        thinking = ThinkingFilter()
        sent = pieces(head + answer, cuts)
        shown = "".join(map(thinking.feed, sent)) + thinking.flush()
        assert shown.lstrip() == answer.lstrip()


def test_thinking_that_never_ends_shows_nothing() -> None:
    thinking = ThinkingFilter()
    assert thinking.feed("<think>Let me see") + thinking.feed(" what") + thinking.flush() == ""


def test_a_word_in_angle_brackets_is_no_thinking() -> None:
    thinking = ThinkingFilter()
    assert thinking.feed("<th") + thinking.feed("ree> [1].") + thinking.flush() == "<three> [1]."
