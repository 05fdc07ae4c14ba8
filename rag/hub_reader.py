"""Any extractive question-answering model of the transformers library, as a reader.

In and out: as `rag.reader.Reader`. The model is a folder or a hub name, read with its own fast
tokenizer and without running code that comes with it. Such a model has no separate score for
"does this passage answer?": `answerable` is the logistic of how far its best words are ahead of
"no answer", which means something only for models trained on questions without one (SQuAD 2.0).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from rag.errors import InputError, SettingsError
from rag.reader import ALTERNATIVES, LONGEST, STRIDE, SURROGATES, Found, Reading, best_spans

BATCH = 16


class HubReader:
    """Reads with a model for question answering. Thread-safe.

    Raises SettingsError where the model is not there or is none of this kind.
    """

    def __init__(self, model: str) -> None:
        # Without it a name that is not there stalls for a minute before it fails.
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

        self.name = model
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(model, trust_remote_code=False)
            self._model = AutoModelForQuestionAnswering.from_pretrained(
                model, trust_remote_code=False
            ).eval()
        except (OSError, ValueError, KeyError) as error:
            reason = str(error).splitlines()[0]
            raise SettingsError(f"the reader model {model!r} cannot be loaded: {reason}") from error
        if not self._tokenizer.is_fast:
            raise SettingsError(f"the reader model {model!r} has no fast tokenizer")

    def read(
        self, question: str, passages: Sequence[str], headers: Sequence[str] | None = None
    ) -> list[Reading]:
        """One Reading a passage, in the order given. Headers are not read: such a model could
        answer from them."""
        if headers is not None and len(headers) != len(passages):
            raise InputError(f"{len(passages)} passages but {len(headers)} headers")
        readings = [Reading(0, 0, 0.0, 0.0)] * len(passages)
        filled = [number for number, text in enumerate(passages) if text.strip()]
        for begin in range(0, len(filled), BATCH):
            numbers = filled[begin : begin + BATCH]
            texts = [SURROGATES.sub("\ufffd", passages[number]) for number in numbers]
            for row, reading in self._read(question, texts):
                if reading.answerable > readings[numbers[row]].answerable:
                    readings[numbers[row]] = reading
        return readings

    def _read(self, question: str, texts: list[str]) -> list[tuple[int, Reading]]:
        """(which text, Reading) of each window of the texts."""
        import torch

        words = self._tokenizer.tokenize(SURROGATES.sub("\ufffd", question))[: LONGEST // 4]
        encoded = self._tokenizer(
            [self._tokenizer.convert_tokens_to_string(words)] * len(texts),
            texts,
            truncation="only_second",
            max_length=LONGEST,
            stride=STRIDE,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
            padding=True,
            return_tensors="pt",
        )
        rows = encoded.pop("overflow_to_sample_mapping").tolist()
        offsets = encoded.pop("offset_mapping").numpy()
        with torch.inference_mode():
            output = self._model(**encoded)
        starts, ends = output.start_logits.float().numpy(), output.end_logits.float().numpy()
        readings = []
        for window, row in enumerate(rows):
            part = np.asarray([s == 1 for s in encoded.sequence_ids(window)])
            scores = starts[window], ends[window]
            readings.append((row, _reading(scores, part, offsets[window])))
        return readings


def _reading(scores: tuple[Any, Any], part: Any, offsets: Any) -> Reading:
    """The best words among the tokens of the passage (`part` is True for them)."""
    starts, ends = scores
    none = float(starts[0] + ends[0])
    inside = offsets[part]
    found = tuple(
        Found(int(inside[first][0]), int(inside[last][1]), score - none)
        for first, last, score in best_spans(starts[part], ends[part], ALTERNATIVES)
    )
    if not found:
        return Reading(0, 0, 0.0, 0.0)
    best = found[0]
    return Reading(best.start, best.end, best.score, 1 / (1 + float(np.exp(-best.score))), found)
