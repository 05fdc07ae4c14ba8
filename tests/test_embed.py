"""Text to vectors with the real model: unit length, nothing cut silently, nothing encoded twice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from rag.embed import (
    HEADER_TOKENS,
    PASSAGE_TOKENS,
    RememberingEmbedder,
    Vectors,
    cut,
    header,
    load_embedder,
    passage_budget,
)
from rag.errors import Error, SettingsError
from rag.types import Article


def test_vectors_have_unit_length_and_alike_texts_are_near() -> None:
    embedder = load_embedder()
    vectors = embedder.embed_passages(["The summit failed.", "The talks broke down.", "Rye bread."])

    assert vectors.shape == (3, embedder.dimension) == (3, 384)
    assert vectors.dtype == np.float32
    assert np.allclose((vectors**2).sum(axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]


def test_a_text_too_long_for_the_window_is_refused_not_cut() -> None:
    embedder = load_embedder()
    assert embedder.count_tokens(["summit " * 254, "summit " * 255]) == [254, 255]
    embedder.embed_passages(["summit " * 254])
    with pytest.raises(Error, match="255 word pieces"):
        embedder.embed_passages(["summit " * 255])


@pytest.mark.parametrize(
    "text",
    ["summit " * 300, "?!" * 120 + " does the " + "international organisation " * 60, ""],
    ids=["even", "its beginning has more pieces", "empty"],
)
def test_a_text_is_cut_to_what_the_embedder_reads(text: str) -> None:
    embedder = load_embedder()
    (fitting,) = cut([text], embedder)

    assert text.startswith(fitting)
    assert embedder.count_tokens([fitting])[0] <= embedder.max_tokens
    assert len(fitting) >= min(len(text), 200)


@pytest.mark.parametrize("title", ["", "A dam breaks", "大坝" * 200, "word " * 100])
def test_a_header_and_a_passage_fit_together(title: str) -> None:
    embedder = load_embedder()
    text = header(Article("a", "", title, published="2024-07-26"), embedder)

    assert "26 July 2024" in text
    assert embedder.count_tokens([text])[0] <= HEADER_TOKENS
    assert passage_budget(embedder) == PASSAGE_TOKENS
    assert embedder.max_tokens >= PASSAGE_TOKENS + HEADER_TOKENS


def test_an_unknown_model_is_an_error_that_names_it() -> None:
    with pytest.raises(SettingsError, match="no/such-model"):
        load_embedder("no/such-model").embed_query("x")


class Counting:
    """The real embedder, and which texts it was given."""

    def __init__(self) -> None:
        self._embedder = load_embedder()
        self.given: list[str] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._embedder, name)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.given += texts
        return self._embedder.embed_passages(texts)


def test_a_recent_question_is_not_encoded_again_and_cannot_be_changed() -> None:
    embedder = load_embedder()
    vector = embedder.embed_query("Who signed?")
    assert embedder.embed_query("Who signed?") is vector
    with pytest.raises(ValueError, match="read-only"):
        vector[0] = 0.0


def test_a_recent_group_of_texts_is_not_encoded_again() -> None:
    counting = Counting()
    embedder = RememberingEmbedder(counting, most=2)  # type: ignore[arg-type]

    first = embedder.embed_passages(["one", "two"])
    assert np.array_equal(first, embedder.embed_passages(["one", "two"]))
    assert counting.given == ["one", "two"]

    embedder.embed_passages(["three"])
    embedder.embed_passages(["one", "two"])  # now more recent than "three"
    embedder.embed_passages(["four"])
    embedder.embed_passages(["one", "two"])
    assert counting.given == ["one", "two", "three", "four"]
    embedder.embed_passages(["three"])  # was pushed out
    assert counting.given[-1] == "three"
    assert embedder.embed_passages([]).shape == (0, 384)
