"""One answered question -> its values; many values -> averages with intervals.

Pure. The value of a question comes first, every average derives from it. A question with no
gold of a kind has no value of that kind, which is not the same as 0. A question that ended in
an error scores 0 where there is gold for an answer: nobody was helped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.bootstrap import Interval, mean_interval, percentile_interval
from eval.metrics.agreement import agreement, cohen_kappa
from eval.metrics.answers import contains, point_recall, short_answers
from eval.metrics.citations import (
    Supports,
    citation_precision,
    citation_recall,
    evidence_precision,
    evidence_recall,
    exactness,
)
from eval.metrics.refusals import Case, area_under_risk_coverage, auroc, risk_coverage
from eval.metrics.retrieval import answer_within_budget, retrieval_scores
from eval.metrics.squad import best_scores, official_averages
from eval.records import Record
from eval.sets import Gold, Question
from rag.types import Answer, Passage


@dataclass(frozen=True, slots=True)
class Metric:
    """How a figure is called and which way is better."""

    name: str
    title: str
    higher_is_better: bool = True
    own_check: bool = False  # judged by the project's own support check


METRICS: tuple[Metric, ...] = (
    Metric("right", "Right (says the gold, or rightly declines)"),
    Metric("contains", "Holds a gold answer in its first 60 words"),
    Metric("points", "Gold points mentioned"),
    Metric("declined_unanswerable", "Declines or corrects where the articles do not say"),
    Metric("declined_answerable", "Declines although they do", higher_is_better=False),
    Metric("exactness", "Quotes equal to their source"),
    Metric("evidence_recall", "Gold evidence cited"),
    Metric("evidence_precision", "Citations that are gold evidence"),
    Metric("citation_recall", "Sentences their citations support (ALCE)", own_check=True),
    Metric("citation_precision", "Citations that are needed (ALCE)", own_check=True),
    Metric("hit@1", "Retrieval: hit@1"),
    Metric("hit@5", "Retrieval: hit@5"),
    Metric("hit@10", "Retrieval: hit@10"),
    Metric("mrr@10", "Retrieval: MRR@10"),
    Metric("ndcg@10", "Retrieval: nDCG@10"),
    Metric("recall@600w", "Retrieval: gold within 600 words"),
    Metric("answer@600w", "Retrieval: a gold answer's words within 600 words"),
    Metric("exact", "SQuAD 2.0 exact match"),
    Metric("f1", "SQuAD 2.0 F1"),
    Metric("judged", "Right, says the language model that judges"),
)
BY_NAME = {metric.name: metric for metric in METRICS}


def score_answer(
    question: Question,
    answer: Answer | None,
    gold: Sequence[Gold],
    supports: Supports,
    text_of: Callable[[str], str],
) -> dict[str, float]:
    """The values of an answer; `answer` is None where the question ended in an error."""
    said = answer.text if answer and not answer.abstained else ""
    values: dict[str, float | None] = {
        "contains": _contains(question, said),
        "points": point_recall(said, question.points) if _has(question, question.points) else None,
        **_squad(question, said, failed=answer is None),
        **_refusal(question, answer),
    }
    values["right"] = _right(question, values)
    if answer is not None:
        values |= {
            "citation_recall": citation_recall(answer, supports),
            "citation_precision": citation_precision(answer, supports),
            "exactness": exactness(answer, text_of),
        }
    if question.answerable:
        values |= _evidence(answer, gold)
    return _known(values)


def score_retrieval(
    question: Question, passages: Sequence[Passage], gold: Sequence[Gold]
) -> dict[str, float]:
    """The values of a ranking; {} where nothing is known of what it should find."""
    if question.answerable is False:
        return {}
    values: dict[str, float | None] = {**retrieval_scores(passages, gold)}
    if question.answerable:
        values["answer@600w"] = answer_within_budget(passages, question.answers)
    return _known(values)


def summarise(records: Sequence[Record]) -> dict[str, Any]:
    """Everything metrics.json holds of a run, from its records alone.

    All but `speed` is the same for the same answers, whatever the machine and the order.
    """
    kinds = sorted({record.kind for record in records})
    return {
        "questions": len(records),
        "errors": sum(bool(record.error) for record in records),
        "scores": averages(records),
        "by_kind": {kind: averages([r for r in records if r.kind == kind]) for kind in kinds},
        "squad": _official(records),
        "selective": _selective(records),
        "judge": _judge(records),
        "tokens": _tokens(records),
        "speed": _speed(records),
    }


def averages(records: Sequence[Record]) -> dict[str, dict[str, float]]:
    """The mean of each value over the questions that have it, with its interval."""
    result = {}
    for metric in METRICS:
        values = [r.values[metric.name] for r in records if metric.name in r.values]
        if interval := mean_interval(values):
            result[metric.name] = interval.to_dict()
    return result


def _contains(question: Question, said: str) -> float | None:
    wanted = short_answers(question.answers)
    return contains(said, wanted) if _has(question, wanted) else None


def _has(question: Question, gold: Sequence[object]) -> bool:
    return bool(question.answerable and gold)


def _squad(question: Question, said: str, *, failed: bool) -> dict[str, float | None]:
    if question.answerable is None or (question.answerable and not question.answers):
        return {}
    if failed:
        return {"exact": 0.0, "f1": 0.0}
    exact, f1 = best_scores(question.answers if question.answerable else (), said)
    return {"exact": float(exact), "f1": f1}


def _refusal(question: Question, answer: Answer | None) -> dict[str, float | None]:
    if question.answerable is None:
        return {}
    if question.answerable:
        return {"declined_answerable": None if answer is None else float(answer.abstained)}
    if answer is None:
        return {"declined_unanswerable": 0.0}
    put_right = bool(question.corrections) and contains(answer.text, question.corrections)
    return {"declined_unanswerable": float(answer.abstained or put_right)}


def _right(question: Question, values: Mapping[str, float | None]) -> float | None:
    if question.answerable is False:
        return values.get("declined_unanswerable")
    if (said := values.get("contains")) is not None:
        return said
    points = values.get("points")
    return None if points is None else float(points == 1.0)


def _evidence(answer: Answer | None, gold: Sequence[Gold]) -> dict[str, float | None]:
    if answer is None:
        return {"evidence_recall": 0.0 if gold else None}
    return {
        "evidence_recall": evidence_recall(answer, gold),
        "evidence_precision": evidence_precision(answer, gold),
    }


def _known(values: Mapping[str, float | None]) -> dict[str, float]:
    return {name: float(value) for name, value in values.items() if value is not None}


def _official(records: Sequence[Record]) -> dict[str, float]:
    """SQuAD 2.0's official scores, where every answerable question has its gold at hand."""
    known = [r for r in records if "exact" in r.values and not r.error]
    raw = {r.id: (r.values["exact"], r.values["f1"]) for r in known}
    has_answer = {r.id: bool(r.answerable) for r in known}
    silent = {r.id: r.abstained for r in known}
    sure = {r.id: 1.0 - r.confidence for r in known if r.confidence is not None}
    return official_averages(raw, has_answer, silent, sure if len(sure) == len(known) else None)


def _selective(records: Sequence[Record]) -> dict[str, Any]:
    known = [r for r in records if r.confidence is not None and "right" in r.values]
    cases = [Case(r.confidence or 0.0, not r.abstained, 1.0 - r.values["right"]) for r in known]
    points = risk_coverage(cases)
    return {
        "aurc": area_under_risk_coverage(points),
        "auroc": auroc(
            [r.confidence or 0.0 for r in known if r.answerable],
            [r.confidence or 0.0 for r in known if not r.answerable],
        ),
        "coverage": points[-1].coverage if points else None,
        "curve": [[p.coverage, p.risk, p.confidence] for p in points],
    }


def _judge(records: Sequence[Record]) -> dict[str, float | None]:
    asked = [r for r in records if r.verdict]
    both = [r for r in asked if "judged" in r.values and "right" in r.values]
    judged = [r.values["judged"] == 1.0 for r in both]
    right = [r.values["right"] == 1.0 for r in both]
    if not asked:
        return {}
    return {
        "asked": len(asked),
        "unreadable": sum(r.verdict == "unreadable" for r in asked),
        "agreement_with_gold": agreement(judged, right),
        "kappa": cohen_kappa(judged, right),
    }


def _tokens(records: Iterable[Record]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for record in records:
        for name, number in record.tokens.items():
            totals[name] = totals.get(name, 0) + number
    return totals


def _speed(records: Sequence[Record]) -> dict[str, dict[str, dict[str, float]]]:
    result = {}
    for name in ("first_event", "first_token", "whole"):
        seconds = [r.seconds[name] for r in records if name in r.seconds]
        figures: dict[str, Interval | None] = {
            "median": percentile_interval(seconds, 50),
            "p95": percentile_interval(seconds, 95),
        }
        result[name] = {key: value.to_dict() for key, value in figures.items() if value}
    return {name: figures for name, figures in result.items() if figures}
