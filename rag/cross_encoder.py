"""A cross-encoder of the sentence-transformers library, to order the best candidates again.

In: a question and texts. Out: a score for each, higher is better. The model is a folder or a hub
name, read without running code that comes with it; none is shipped, and none is used unless the
setting `reranker` names one.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from functools import lru_cache

from rag.errors import SettingsError

_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")


class CrossEncoder:
    """Scores question and text together. Thread-safe.

    Raises SettingsError where the model is not there or gives no single score.
    """

    def __init__(self, model: str) -> None:
        # Without it a name that is not there stalls for a minute before it fails.
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        from sentence_transformers import CrossEncoder as Loaded
        from transformers import AutoConfig

        self.name = model
        self._lock = threading.Lock()
        try:
            config = AutoConfig.from_pretrained(model, trust_remote_code=False)
            # Any other model would be given a head of random weights, and no error.
            if not any("SequenceClassification" in name for name in config.architectures or ()):
                raise ValueError("it is no cross-encoder (a model for sequence classification)")
            self._model = Loaded(model, device="cpu", trust_remote_code=False)
        except (OSError, ValueError, KeyError) as error:
            reason = str(error).splitlines()[0]
            raise SettingsError(f"the reranker {model!r} cannot be loaded: {reason}") from error
        if config.num_labels != 1:
            raise SettingsError(f"the reranker {model!r} gives {config.num_labels} scores, not one")

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers the question; a text longer than the model reads is cut."""
        if not texts:
            return []
        pairs = [(question.translate(_SURROGATES), text.translate(_SURROGATES)) for text in texts]
        with self._lock:
            found = self._model.predict(pairs, show_progress_bar=False)
        return [float(score) for score in found]


@lru_cache(maxsize=2)
def load_cross_encoder(model: str) -> CrossEncoder:
    """The cross-encoder of a folder or hub name, one instance a process. Raises SettingsError."""
    return CrossEncoder(model)
