"""A cross-encoder of the user's own: it has the last word, and says so when it cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.catalog import Filters
from rag.cross_encoder import load_cross_encoder
from rag.errors import SettingsError
from rag.index import Index
from rag.network import base_folder
from rag.retrieve import ENCODED_ACROSS, Retrieval, retrieve
from rag.settings import Settings
from rag.types import Article
from tests.light import LightEmbedder


def save_model(folder: Path, labels: int = 1) -> str:
    """A cross-encoder, tiny and untrained: its scores are real, and mean nothing."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    torch.manual_seed(1)
    config = BertConfig(
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        num_labels=labels,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(base_folder()).save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return save_model(tmp_path_factory.mktemp("cross"))


def found(reranker: str) -> Retrieval:
    settings = Settings.load(reranker=reranker)
    with Index.in_memory(settings=settings, embedder=LightEmbedder()) as index:
        index.put(
            Article(f"a{n}", f"Harbour number {n} opened in {1900 + 7 * n}, says witness {n * n}.")
            for n in range(30)
        )
        return retrieve(index, "Which harbour opened?", 5, Filters())


def test_its_scores_order_the_passages(model: str) -> None:
    plain, across = found(""), found(model)
    read = [c for c in across.candidates if not c.dropped.startswith("not among the 20 reranked")]

    assert len(read) == ENCODED_ACROSS == 20 < len(across.candidates)
    # Those that it read are the best of the order before it, in the order of its own scores.
    best = {c.span for c in plain.candidates if (c.rerank_rank or 99) <= ENCODED_ACROSS}
    assert {c.span for c in read} == best
    texts = {
        f"a{n}": f"Harbour number {n} opened in {1900 + 7 * n}, says witness {n * n}."
        for n in range(30)
    }
    ids = [c.span.article_id for c in read]
    scores = load_cross_encoder(model).scores(
        "Which harbour opened?", ["\n" + texts[id_] for id_ in ids]
    )
    assert scores == sorted(scores, reverse=True)
    assert [c.rerank_score for c in read] == pytest.approx(scores, abs=1e-4)
    assert [p.span.article_id for p in across.passages] == ids[:5]


def test_any_text_can_be_scored(model: str) -> None:
    encoder = load_cross_encoder(model)

    assert encoder.scores("?", []) == []
    assert len(encoder.scores("Who \ud800?", ["", "\udfff lone", "word " * 2000])) == 3


def test_what_cannot_be_used_is_a_settings_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be loaded"):
        load_cross_encoder(str(tmp_path / "none"))
    with pytest.raises(SettingsError, match="is no cross-encoder"):
        load_cross_encoder(str(base_folder()))  # it would be given a head of random weights
    with pytest.raises(SettingsError, match="gives 3 scores, not one"):
        load_cross_encoder(save_model(tmp_path, labels=3))
