"""Text fragments: the worked examples of the specification's syntax, and what is no web page."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.fragment import live_link

PAGE = "https://example.org/a"


@pytest.mark.parametrize(
    ("words", "directive"),
    [
        ("one two", "one%20two"),
        ("salt & pepper, well-known", "salt%20%26%20pepper%2C%20well%2Dknown"),
        ("  folded \n spaces ", "folded%20spaces"),
        (" ".join("abcdefghijklm"), "a%20b%20c%20d%20e,i%20j%20k%20l%20m"),
        ("one two\n\nthree", "one%20two,three"),
        ("Łódź", "%C5%81%C3%B3d%C5%BA"),
    ],
)
def test_words_are_encoded_and_long_ones_given_by_their_ends(words, directive):
    assert live_link(PAGE, words) == f"{PAGE}#:~:text={directive}"


def test_words_that_were_there_before_are_told_apart_by_what_precedes_them():
    before = "He said yes.\n\nShe, in-between, also "
    link = live_link(PAGE, "said yes.", before)
    assert link.endswith("text=She%2C%20in%2Dbetween%2C%20also-,said%20yes.")
    assert live_link(PAGE, "said no.", before).endswith("text=said%20no.")


def test_a_fragment_of_the_page_itself_stays():
    assert live_link(f"{PAGE}#part", "one") == f"{PAGE}#part:~:text=one"
    assert live_link(f"{PAGE}#:~:text=old", "one") == f"{PAGE}#:~:text=one"
    assert live_link(f"{PAGE}#part") == f"{PAGE}#part"


@pytest.mark.parametrize(
    "source", ["", "a.txt", "javascript:x", "file:///a", "https://a b", "http://"]
)
def test_what_is_no_web_page_has_no_link(source):
    assert live_link(source, "one") == ""


@given(st.text(min_size=1), st.text())
def test_whatever_the_words_the_directive_is_well_formed(words, before):
    link = live_link(PAGE, words, before)
    directive = link.partition(":~:text=")[2]
    assert re.fullmatch(r"(?:[\w.~%]+-,)?[\w.~%]*(?:,[\w.~%]+)?", directive, re.ASCII)
    start = unquote(directive.split("-,")[-1].split(",")[0])
    assert start in " ".join(re.sub("[\ud800-\udfff]", "", words).split())
