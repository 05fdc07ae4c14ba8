"""The highlights of the reader: exact, whatever the text and however the marks overlap."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag.highlight import Mark, blocks

TEXTS = st.text(
    alphabet=st.sampled_from("ab .\n\r\t<&é😀👩‍👧ש中\u0301\u200f\0"), min_size=1, max_size=80
)


@st.composite
def marked_texts(draw):
    text = draw(TEXTS)
    offsets = st.integers(0, len(text))
    pairs = draw(st.lists(st.tuples(offsets, offsets), max_size=4))
    marks = [Mark(n, min(pair), max(pair)) for n, pair in enumerate(pairs, start=1)]
    return text, marks, draw(st.integers(1, 4))


@given(marked_texts())
def test_the_chosen_mark_is_one_piece_with_exactly_its_words(case):
    text, marks, chosen = case
    wanted = [text[m.start : m.end] for m in marks if m.number == chosen and m.end > m.start]
    pieces = [piece for block in blocks(text, marks, chosen) for piece in block.pieces]
    assert [piece.text for piece in pieces if piece.chosen] == wanted


@given(marked_texts())
def test_blocks_hold_the_whole_text_but_blank_lines(case):
    text, marks, chosen = case
    position = 0
    for block in blocks(text, marks, chosen):
        assert text[position : block.start].strip() == ""
        assert "".join(piece.text for piece in block.pieces) == text[block.start : block.end]
        position = block.end
    assert text[position:].strip() == ""


@given(marked_texts())
def test_every_marked_character_is_drawn_as_marked(case):
    text, marks, chosen = case
    marked = {at for mark in marks for at in range(mark.start, mark.end)}
    drawn = set()
    for block in blocks(text, marks, chosen):
        at = block.start
        for part in (part for piece in block.pieces for part in piece.parts):
            if part.numbers:
                drawn.update(range(at, at + len(part.text)))
            at += len(part.text)
    assert drawn == marked


def test_paragraphs_split_at_blank_lines():
    found = blocks("One.\n\nTwo.\n \nThree.", [])
    assert [(b.start, b.end) for b in found] == [(0, 4), (6, 10), (13, 19)]


def test_a_mark_across_a_blank_line_keeps_the_paragraphs_together():
    text = "One.\n\nTwo.\n\nThree."
    found = blocks(text, [Mark(1, 0, 10)], 1)
    assert [text[b.start : b.end] for b in found] == ["One.\n\nTwo.", "Three."]
    assert found[0].pieces[0].text == "One.\n\nTwo."


def test_of_a_block_longer_than_the_range_only_that_is_shown_and_no_mark_is_cut():
    text = "Short.\n\n" + "x" * 100  # the second block begins at 8
    (whole, long) = blocks(text, [Mark(1, 15, 25)], 1, within=(0, 20))

    assert (whole.start, whole.end) == (0, 6)
    assert (long.start, long.end) == (8, 25)  # not 20, in the middle of the mark
    assert "".join(piece.text for piece in long.pieces) == "x" * 17


def test_an_overlapping_mark_is_seen_inside_the_chosen_one():
    (block,) = blocks("abcdef", [Mark(1, 0, 4), Mark(2, 2, 6)], 1)
    chosen, rest = block.pieces
    assert [(part.text, part.numbers) for part in chosen.parts] == [("ab", (1,)), ("cd", (1, 2))]
    assert (rest.text, rest.numbers) == ("ef", (2,))
