"""The seam to LlamaIndex: our retrieval as one of its retrievers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from rag.types import ArticleInfo, Passage

if TYPE_CHECKING:
    from rag.assistant import Assistant


class FootnoteRetriever(BaseRetriever):
    """Passages as TextNodes whose `start_char_idx` and `end_char_idx` are exact.

    The metadata holds `article_id`, `version`, `start`, `end`, `title`, `source` and
    `published` (ISO 8601 or ""); only title and date go into prompts and embeddings.
    """

    def __init__(self, assistant: Assistant, k: int) -> None:
        super().__init__()
        self._assistant = assistant
        self._k = k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        passages = self._assistant.retrieve(query_bundle.query_str, k=self._k)
        infos = passages.articles
        return [to_node(passage, infos.get(passage.span.article_id)) for passage in passages]


def to_node(passage: Passage, info: ArticleInfo | None) -> NodeWithScore:
    """A passage as a LlamaIndex node; its id names the version and the offsets."""
    span = passage.span
    metadata = {
        "article_id": span.article_id,
        "version": span.version,
        "start": span.start,
        "end": span.end,
        "title": info.title if info else "",
        "source": info.source if info else "",
        "published": info.published.isoformat() if info and info.published else "",
    }
    hidden = ["article_id", "version", "start", "end", "source"]
    node = TextNode(
        id_=f"{span.article_id}@{span.version}:{span.start}-{span.end}",
        text=passage.text,
        metadata=metadata,
        start_char_idx=span.start,
        end_char_idx=span.end,
        excluded_embed_metadata_keys=hidden,
        excluded_llm_metadata_keys=hidden,
    )
    return NodeWithScore(node=node, score=passage.score)
