"""The reader: a question and a passage in, the answering words out, and whether there are any.

In: a question, passages, and for each, if there is one, a header (title and date) that is read
but never quoted. Out: a `Reading` for each passage, in the order given. It always holds that
0 <= start <= end <= len(passage) and that the offsets are code points of the passage as given.

The model is a small cross-encoder trained for this (see training/README.md). It reads
320 word pieces at once; a longer passage is read in overlapping windows. Nothing is downloaded.

    reader = Reader.load()
    [reading] = reader.read("Who won?", ["Reds beat Blues 2-1."])
    passage[reading.start:reading.end]      "Reds"

`load_reader("")` is the reader that comes with the package, or None where its file is missing;
`load_reader("some/model")` is any extractive question-answering model of the transformers library.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from rag.embed import has_fast_bfloat16
from rag.errors import InputError, SettingsError

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

    from rag.network import Network

WEIGHTS = Path(__file__).parent / "data" / "reader.safetensors"

LONGEST = 320  # word pieces read at once: question, header and passage
QUESTION_TOKENS = 64
HEADER_TOKENS = 32
STRIDE = 64  # word pieces that two windows of one long passage share
ANSWER_TOKENS = 30
ALTERNATIVES = 3
BATCH_TOKENS = 4096  # larger batches are no faster and need more memory
CLS, SEP = 101, 102
SURROGATES = re.compile("[\ud800-\udfff]")

Ids = np.ndarray[Any, np.dtype[np.int64]]
Scores = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True, slots=True)
class Found:
    """A run of words that may be the answer: code points of the passage, half-open.

    `score` is the sum of the logits of its start and end less those of "no answer": above 0
    the reader prefers these words to none.
    """

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader says of one passage.

    `start`, `end` and `span_score` are the best words for an answer; `answerable` is 0..1, how
    sure the reader is that the passage answers at all, comparable across passages: rank and
    abstain by it. `found` holds up to three candidates that do not overlap, best first (the
    first is the one above); it is empty for a passage without a word.
    """

    start: int
    end: int
    span_score: float
    answerable: float
    found: tuple[Found, ...] = ()

    @property
    def readable(self) -> float:
        """`answerable` as log-odds, within 9.3 of 0: what adds up with other evidence."""
        chance = min(max(self.answerable, 1e-4), 1 - 1e-4)
        return math.log(chance / (1 - chance))


def header_of(title: str, published: datetime.date | None) -> str:
    """What is read before a passage, in the form the reader was trained on: title and ISO date."""
    return " ".join(str(part) for part in (title, published) if part)


class PassageReader(Protocol):
    """What the pipeline needs of a reader. Thread-safe."""

    @property
    def name(self) -> str: ...
    def read(
        self, question: str, passages: Sequence[str], headers: Sequence[str] | None = None
    ) -> list[Reading]: ...


@dataclass(frozen=True, slots=True)
class Window:
    """A part of one passage as the model sees it. `first` is the token where the passage begins
    in `ids`, `begin` the token of the passage that stands there."""

    passage: int
    ids: Ids
    first: int
    begin: int

    @property
    def length(self) -> int:
        """How many tokens of the passage are in it."""
        return len(self.ids) - self.first - 1


# (ids, segments, choosable), each (batch, token) -> logits (batch, token, 2) and (batch,)
Forward = Callable[[Ids, Ids, "np.ndarray[Any, np.dtype[np.bool_]]"], tuple[Scores, Scores]]


class Reader:
    """The trained reader. Thread-safe: it keeps nothing from one call to the next."""

    name = "footnote-reader"

    def __init__(self, forward: Forward, tokenizer: Tokenizer) -> None:
        self._forward = forward
        self._tokenizer = tokenizer

    @staticmethod
    def available(path: Path | None = None) -> bool:
        """Whether the file with the trained weights is there."""
        return (path or WEIGHTS).is_file()

    @classmethod
    def load(cls, path: Path | None = None, *, bfloat16: bool | None = None) -> Reader:
        """The reader with the weights at `path`, by default those of the package.

        Computes in bfloat16 where the processor has AMX or AVX-512 BF16, in float32 elsewhere;
        `bfloat16` decides instead. Raises SettingsError where the weights are missing or wrong.
        """
        if not cls.available(path):
            raise SettingsError(f"the reader's weights are missing: {path or WEIGHTS}")
        from rag.network import load_network

        network = load_network(path or WEIGHTS)
        return cls(forward_of(network, bfloat16), load_tokenizer())

    def read(
        self, question: str, passages: Sequence[str], headers: Sequence[str] | None = None
    ) -> list[Reading]:
        """One Reading a passage, in the order given. Raises InputError where the numbers of
        passages and headers differ."""
        if headers is not None and len(headers) != len(passages):
            raise InputError(f"{len(passages)} passages but {len(headers)} headers")
        encodings = self._encode(passages)
        windows = list(self._windows(question, encodings, headers))
        readings: list[Reading | None] = [None] * len(passages)
        for batch in _batches(windows):
            for window, reading in zip(batch, self._read(batch, encodings), strict=True):
                best = readings[window.passage]
                if best is None or reading.answerable > best.answerable:
                    readings[window.passage] = reading
        return [reading or Reading(0, 0, 0.0, 0.0) for reading in readings]

    def _encode(self, texts: Sequence[str]) -> list[Encoding]:
        # A lone surrogate cannot be encoded; any other character of the same length can.
        whole = [SURROGATES.sub("\ufffd", text) for text in texts]
        return self._tokenizer.encode_batch(whole, add_special_tokens=False)

    def _windows(
        self, question: str, passages: Sequence[Encoding], headers: Sequence[str] | None
    ) -> Iterator[Window]:
        asked = self._encode([question])[0].ids[:QUESTION_TOKENS]
        titles = self._encode(headers) if headers is not None else [None] * len(passages)
        for number, (passage, title) in enumerate(zip(passages, titles, strict=True)):
            header = title.ids[:HEADER_TOKENS] if title else []
            front = [CLS, *asked, SEP, *header, *([SEP] if header else [])]
            room = LONGEST - len(front) - 1
            step = room - STRIDE
            for begin in range(0, max(1, len(passage.ids) - STRIDE), step):
                part = passage.ids[begin : begin + room]
                if part:
                    ids = np.asarray([*front, *part, SEP], dtype=np.int64)
                    yield Window(number, ids, len(front), begin)

    def _read(self, batch: Sequence[Window], passages: Sequence[Encoding]) -> list[Reading]:
        """One Reading a window."""
        longest = max(len(window.ids) for window in batch)
        ids = np.zeros((len(batch), longest), dtype=np.int64)
        segments = np.zeros_like(ids)
        choosable = np.zeros(ids.shape, dtype=np.bool_)
        for row, window in enumerate(batch):
            ids[row, : len(window.ids)] = window.ids
            segments[row, int((window.ids == SEP).argmax()) + 1 : len(window.ids)] = 1
            choosable[row, window.first : window.first + window.length] = True
        choosable[:, 0] = True
        logits, answerable = self._forward(ids, segments, choosable)
        return [
            _reading(window, passages[window.passage], logits[row], float(answerable[row]))
            for row, window in enumerate(batch)
        ]


def load_tokenizer() -> Tokenizer:
    """MiniLM's own tokenizer, which neither cuts nor pads."""
    from tokenizers import Tokenizer

    from rag.network import base_folder

    tokenizer = Tokenizer.from_file(str(base_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def forward_of(network: Network, bfloat16: bool | None = None) -> Forward:
    """The network as a function of arrays; it is kept in the precision chosen."""
    import torch

    network.eval().requires_grad_(False)
    if has_fast_bfloat16() if bfloat16 is None else bfloat16:
        network.to(torch.bfloat16)

    def forward(
        ids: Ids, segments: Ids, choosable: np.ndarray[Any, np.dtype[np.bool_]]
    ) -> tuple[Scores, Scores]:
        with torch.inference_mode():
            logits, answerable = network(
                torch.from_numpy(ids), torch.from_numpy(segments), torch.from_numpy(choosable)
            )
        return logits.numpy(), answerable.numpy()

    return forward


def _batches(windows: list[Window]) -> Iterator[list[Window]]:
    """Windows of about the same length together, at most BATCH_TOKENS with the padding."""
    batch: list[Window] = []
    for window in sorted(windows, key=lambda window: -len(window.ids)):
        if batch and (len(batch) + 1) * len(batch[0].ids) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch


def _reading(window: Window, passage: Encoding, logits: Scores, answerable: float) -> Reading:
    none = float(logits[0].sum())
    inside = logits[window.first : window.first + window.length]
    found = tuple(
        _located(passage, window.begin + first, window.begin + last, score - none)
        for first, last, score in best_spans(inside[:, 0], inside[:, 1], ALTERNATIVES)
    )
    best = found[0]
    return Reading(best.start, best.end, best.score, 1 / (1 + float(np.exp(-answerable))), found)


def best_spans(starts: Scores, ends: Scores, limit: int) -> list[tuple[int, int, float]]:
    """(first, last, score) of the best runs of tokens, best first, none touching another.

    The score is starts[first] + ends[last]; last - first < ANSWER_TOKENS.
    """
    size = len(starts)
    scores = np.full((size, min(size, ANSWER_TOKENS)), -np.inf, dtype=np.float32)
    for more in range(scores.shape[1]):
        scores[: size - more, more] = starts[: size - more] + ends[more:]
    lasts = np.arange(size)[:, None] + np.arange(scores.shape[1])[None, :]
    found: list[tuple[int, int, float]] = []
    while len(found) < limit:
        first, more = divmod(int(scores.argmax()), scores.shape[1])
        if scores[first, more] == -np.inf:
            break
        found.append((first, first + more, float(scores[first, more])))
        scores[(np.arange(size)[:, None] <= first + more) & (lasts >= first)] = -np.inf
    return found


def _located(passage: Encoding, first: int, last: int, score: float) -> Found:
    """Tokens to code points of the passage, widened to whole words, no comma at the end."""
    words = passage.word_ids
    while last > first and passage.tokens[last] in {",", ";", ":"}:
        last -= 1
    while first > 0 and words[first - 1] == words[first]:
        first -= 1
    while last + 1 < len(words) and words[last + 1] == words[last]:
        last += 1
    return Found(passage.offsets[first][0], passage.offsets[last][1], score)


@lru_cache(maxsize=2)
def load_reader(model: str = "") -> PassageReader | None:
    """The reader of a name, one instance a process; None for "none" or where "" has no weights.

    "" is the reader of the package; anything else a folder or hub name of a question-answering
    model. Raises SettingsError where that cannot be loaded.
    """
    if model == "none":
        return None
    if model:
        from rag.hub_reader import HubReader

        return HubReader(model)
    return Reader.load() if Reader.available() else None
