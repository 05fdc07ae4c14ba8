"""Training examples in batches: cropped anew at each pass, with the negatives that were mined.

In: `training/runs/examples.npz` of `training.build`, and `mined.npy` of `training.mine` if there
is one. Out: batches of about one length, the same for the same seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

SEED = 7
BATCH = 32
POOL = 2048  # examples that are sorted by length together
CROPPED_AWAY = 0.05  # share of answerable examples whose window is put where the answer is not
CUT_OUT = 0.2  # of all answerable ones: read with the sentence that answers cut out
MINED = 0.5  # of the mined negatives, in one pass
CLS, SEP = 101, 102
SENTENCE_ENDS = (1012, 999, 1029)  # . ! ?
LONGEST = 320
HELD_OUT = 5  # column of a row: 1 where its document is held out
SOURCE = 6  # column of a row: 0, or of a candidate for mining what it was made of


@dataclass(frozen=True)
class Batch:
    """Padded to one length: ids, segments (batch, token) int64, choosable bool, spans (batch, 2)
    token positions, 0 for no answer, answerable (batch,) float."""

    ids: Tensor
    segments: Tensor
    choosable: Tensor
    spans: Tensor
    answerable: Tensor

    @property
    def inputs(self) -> tuple[Tensor, Tensor, Tensor]:
        """What a network takes."""
        return self.ids, self.segments, self.choosable

    def to(self, device: str) -> Batch:
        """The same on a device."""
        return Batch(**{name: value.to(device) for name, value in vars(self).items()})


class Examples:
    """The examples of `build`, cropped and batched anew at each pass."""

    def __init__(
        self, path: Path, held_out: bool, *, batch: int = BATCH, seed: int = SEED,
        mined: Path | None = None, only: np.ndarray | None = None,
    ) -> None:  # fmt: skip
        data = np.load(path)
        rows = data["rows"]
        usual = (rows[:, HELD_OUT] == int(held_out)) & (rows[:, SOURCE] == 0)
        self._rows = rows[usual if only is None else only]
        self._mined = mined_of(rows, np.load(mined)) if mined is not None else rows[:0]
        self.batch_size, self.seed = batch, seed
        self._kept: tuple[int, list[Batch]] = (-1, [])
        self._passages, self._passage_bounds = data["passage_ids"], data["passage_bounds"]
        self._short, self._short_bounds = data["short_ids"], data["short_bounds"]

    def __len__(self) -> int:
        """Examples of one pass."""
        return len(self._rows) + int(len(self._mined) * MINED)

    @property
    def pools(self) -> int:
        """Pools of one pass."""
        return len(self) // POOL

    def pool(self, number: int) -> list[Batch]:
        """The batches of this pool, in random order; the numbers go on pass after pass."""
        sweep, place = divmod(number, self.pools)
        rng = np.random.default_rng((self.seed, sweep))
        mined = rng.permutation(len(self._mined))[: len(self) - len(self._rows)]
        order = rng.permutation(len(self))[place * POOL : (place + 1) * POOL]
        rows = np.concatenate([self._rows, self._mined[mined]])[order]
        rng = np.random.default_rng((self.seed, sweep, place))
        items = sorted((self._item(row, rng) for row in rows), key=lambda item: len(item[0]))
        begins = rng.permutation(range(0, POOL, self.batch_size))
        return [collate(items[begin : begin + self.batch_size]) for begin in begins]

    def batch(self, number: int) -> Batch:
        """The batch of this number; the numbers go on through pass after pass."""
        pool, place = divmod(number, POOL // self.batch_size)
        if self._kept[0] != pool:
            self._kept = pool, self.pool(pool)
        return self._kept[1][place]

    def in_order(self, limit: int) -> Iterator[Batch]:
        """The first `limit` examples, uncropped as far as they fit; for measuring."""
        items = [self._item(row, None) for row in self._rows[:limit]]
        items.sort(key=lambda item: len(item[0]))
        for begin in range(0, len(items), self.batch_size):
            yield collate(items[begin : begin + self.batch_size])

    def by_length(self, size: int) -> list[np.ndarray]:
        """The places of all examples, in runs of about one length."""
        length = np.diff(self._passage_bounds)[self._rows[:, 1]]
        order = np.argsort(length, kind="stable")
        return [order[begin : begin + size] for begin in range(0, len(order), size)]

    def at(self, places: np.ndarray) -> Batch:
        """The examples at these places, uncropped as far as they fit."""
        return collate([self._item(row, None) for row in self._rows[places]])

    def _item(self, row: np.ndarray, rng: np.random.Generator | None) -> tuple[Any, int, int, int]:
        """Token ids, where the passage starts in them, and the answer's first and last token."""
        question = self._text(self._short, self._short_bounds, row[0])[:64]
        header = self._text(self._short, self._short_bounds, row[2])[:32]
        passage = self._text(self._passages, self._passage_bounds, row[1])
        room = LONGEST - len(question) - len(header) - 4
        size = room if rng is None else min(room, window_size(rng))
        first, last = int(row[3]), int(row[4])
        place = (first, last)  # what the window is put around
        if rng is not None and first >= 0:
            other = without_answer(passage, first, last, rng)
            if other is not None:
                (passage, place), first, last = other, -1, -1
        begin = crop(passage, size, *place, rng)
        front = [CLS, *question, SEP, *header, SEP] if len(header) else [CLS, *question, SEP]
        ids = np.concatenate([front, passage[begin : begin + size], [SEP]]).astype(np.int64)
        if first < 0:
            return ids, len(front), 0, 0
        shift = len(front) - begin
        return ids, len(front), first + shift, min(last + shift, len(ids) - 2)

    @staticmethod
    def _text(ids: np.ndarray, bounds: np.ndarray, number: int) -> np.ndarray:
        return ids[bounds[number] : bounds[number + 1]]


def mined_of(rows: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """The rows of these numbers. Raises ValueError where they are not of this file's candidates."""
    candidates = (rows[:, SOURCE] != 0) & (rows[:, HELD_OUT] == 0)
    if not np.isin(numbers, np.nonzero(candidates)[0]).all():
        raise ValueError("mined.npy is of other examples; run training.mine again")
    return rows[numbers]


def window_size(rng: np.random.Generator) -> int:
    """Short windows for speed, long ones because that is what is read in use."""
    return int(rng.integers(56, 120) if rng.random() < 0.7 else rng.integers(120, 216))


def sentence_starts(passage: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.nonzero(np.isin(passage[:-1], SENTENCE_ENDS))[0] + 1])


def crop(
    passage: np.ndarray, size: int, first: int, last: int, rng: np.random.Generator | None
) -> int:
    """Where a window of `size` tokens begins: at a sentence if one will do, around the answer."""
    if len(passage) <= size:
        return 0
    low, high = 0, len(passage) - size
    if first >= 0:
        low, high = min(max(0, last + 1 - size), first), first
    if rng is None:
        return low
    starts = sentence_starts(passage)
    good = starts[(starts >= low) & (starts <= high)]
    return int(rng.choice(good)) if len(good) else int(rng.integers(low, high + 1))


def without_answer(
    passage: np.ndarray, first: int, last: int, rng: np.random.Generator
) -> tuple[np.ndarray, tuple[int, int]] | None:
    """By chance the passage without its answer, and the token to put the window around, or -1.

    What is near an answer is of the same things and often of the kind asked for: the passages
    that look most as if they answered. None as a rule, and where too little would be left or the
    same words stand elsewhere.
    """
    starts = sentence_starts(passage)
    begin = int(starts[starts <= first][-1])
    later = starts[starts > last]
    before, after = passage[:begin], passage[later[0] :] if len(later) else passage[:0]
    drawn = rng.random()
    if drawn < CROPPED_AWAY:
        left, place = before if len(before) >= len(after) else after, -1
    elif drawn < CROPPED_AWAY + CUT_OUT:
        left, place = np.concatenate([before, after]), min(begin, len(before) + len(after) - 1)
    else:
        return None
    answer = passage[first : last + 1].tobytes()
    if len(left) < 40 or answer in left.tobytes():
        return None
    return left, (place, place)


def collate(items: list[tuple[Any, int, int, int]]) -> Batch:
    longest = -(-max(len(item[0]) for item in items) // 16) * 16  # few shapes, whole AMX tiles
    ids = torch.zeros(len(items), longest, dtype=torch.int64)
    segments = torch.zeros_like(ids)
    choosable = torch.zeros(len(items), longest, dtype=torch.bool)
    for row, (tokens, begin, _, _) in enumerate(items):
        ids[row, : len(tokens)] = torch.from_numpy(tokens)
        segments[row, int((tokens == SEP).argmax()) + 1 : len(tokens)] = 1
        choosable[row, begin : len(tokens) - 1] = True
        choosable[row, 0] = True
    spans = torch.tensor([item[2:] for item in items])
    return Batch(ids, segments, choosable, spans, (spans[:, 0] > 0).float())
