"""Exact match and F1 as SQuAD 2.0's official evaluation script computes them.

In: strings. Out: numbers; `official_scores` gives percentages under the official names.
Rajpurkar, Jia & Liang, Know What You Don't Know: Unanswerable Questions for SQuAD, ACL 2018,
and its `evaluate-v2.0.py`. Nothing here is adapted: an unanswerable question's only right
answer is the empty string.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Mapping, Sequence

_ARTICLES = re.compile(r"\b(a|an|the)\b", re.UNICODE)
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalise(text: str) -> str:
    """Lower case, no ASCII punctuation, no a/an/the, single spaces: `normalize_answer`."""
    without_punctuation = text.lower().translate(_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", without_punctuation).split())


def exact(gold: str, prediction: str) -> int:
    """1 where both are the same after normalising: `compute_exact`."""
    return int(normalise(gold) == normalise(prediction))


def f1(gold: str, prediction: str) -> float:
    """Harmonic mean of token precision and recall: `compute_f1`.

    Where either has no tokens it is 1 if both have none, else 0.
    """
    gold_tokens, predicted_tokens = normalise(gold).split(), normalise(prediction).split()
    if not gold_tokens or not predicted_tokens:
        return float(gold_tokens == predicted_tokens)
    same = sum((Counter(gold_tokens) & Counter(predicted_tokens)).values())
    if same == 0:
        return 0.0
    precision, recall = same / len(predicted_tokens), same / len(gold_tokens)
    return (2 * precision * recall) / (precision + recall)


def gold_answers(answers: Sequence[str]) -> list[str]:
    """Those with a token left after normalising; [""] where none is: then silence is right."""
    return [answer for answer in answers if normalise(answer)] or [""]


def best_scores(answers: Sequence[str], prediction: str) -> tuple[int, float]:
    """Exact match and F1 with the gold answer that suits best: `get_raw_scores`."""
    gold = gold_answers(answers)
    return max(exact(a, prediction) for a in gold), max(f1(a, prediction) for a in gold)


def official_scores(
    gold: Mapping[str, Sequence[str]],
    predictions: Mapping[str, str],
    no_answer: Mapping[str, float] | None = None,
    threshold: float = 1.0,
) -> dict[str, float]:
    """The scores `evaluate-v2.0.py` prints, in percent and under its names.

    `gold` maps question ids to answers ([] is unanswerable). A question without a prediction
    is left out. With `no_answer` (the probability that there is none, by id) a question above
    `threshold` counts as declined, whatever its prediction: `apply_no_ans_threshold`; and
    there are `best_exact`, `best_f1` and the thresholds that reach them.
    """
    raw: dict[str, tuple[float, float]] = {
        key: best_scores(gold[key], predictions[key]) for key in gold if key in predictions
    }
    silent = {key: not text for key, text in predictions.items()}
    has_answer = {key: bool(gold[key]) for key in gold}
    result = official_averages(raw, has_answer, silent, no_answer)
    if no_answer is None or not raw:
        return result
    for key, pair in raw.items():
        declined = float(not has_answer[key])
        raw[key] = (declined, declined) if no_answer[key] > threshold else pair
    return result | official_averages(raw, has_answer, silent)


def official_averages(
    raw: Mapping[str, tuple[float, float]],
    has_answer: Mapping[str, bool],
    silent: Mapping[str, bool],
    no_answer: Mapping[str, float] | None = None,
) -> dict[str, float]:
    """The official scores from each question's exact match and F1, {} where there is none.

    `silent` says which predictions are the empty string.
    """
    if not raw:
        return {}
    result = _averages(raw, list(raw), "")
    result |= _averages(raw, [key for key in raw if has_answer[key]], "HasAns_")
    result |= _averages(raw, [key for key in raw if not has_answer[key]], "NoAns_")
    if no_answer is not None:
        for position, name in enumerate(("exact", "f1")):
            scores = {key: pair[position] for key, pair in raw.items()}
            best, threshold = best_threshold(scores, silent, no_answer, has_answer)
            result |= {f"best_{name}": best, f"best_{name}_thresh": threshold}
    return result


def best_threshold(
    scores: Mapping[str, float],
    silent: Mapping[str, bool],
    no_answer: Mapping[str, float],
    has_answer: Mapping[str, bool],
) -> tuple[float, float]:
    """The best score in percent over all thresholds on `no_answer`, and the threshold.

    `find_best_thresh`: start by declining everything (right for each unanswerable question),
    then answer the questions one by one, the surest first, and remember the highest point.
    """
    current: float = sum(1 for answerable in has_answer.values() if not answerable)
    best, threshold = current, 0.0
    for key in sorted(no_answer, key=lambda k: no_answer[k]):
        if key not in scores:
            continue
        current += scores[key] if has_answer[key] else 0 if silent[key] else -1
        if current > best:
            best, threshold = current, no_answer[key]
    return 100.0 * best / len(scores), threshold


def _averages(
    raw: Mapping[str, tuple[float, float]], keys: Sequence[str], prefix: str
) -> dict[str, float]:
    if not keys:
        return {}
    return {
        f"{prefix}exact": 100.0 * sum(raw[key][0] for key in keys) / len(keys),
        f"{prefix}f1": 100.0 * sum(raw[key][1] for key in keys) / len(keys),
        f"{prefix}total": len(keys),
    }
