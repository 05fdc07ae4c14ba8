"""A run: ask every question, keep every answer, derive the figures, write the folder.

    config.json     what was asked of what, with which settings, at which revision
    answers.jsonl   one `Record` a line, on disk before the next question
    metrics.json    figures with intervals, all derived from answers.jsonl
    report.md, report.html

A run that was killed goes on where it stopped: the same folder and the same config take up
the answers that are there, and questions that ended in an error are asked again. All of
metrics.json but `speed` is then what an uninterrupted run gives.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from eval import records
from eval.folders import claim, write_json
from eval.judge import Judge
from eval.metrics.citations import Supports
from eval.plan import Plan
from eval.records import Record
from eval.score import score_answer, score_retrieval, summarise
from eval.sets import Gold, Question, SetError, evidence_gold, retrieval_gold
from rag.errors import Error, UnknownArticle
from rag.types import Answer, Delta, Done, Passage

if TYPE_CHECKING:
    from rag import Assistant

DEPTH = 10


@dataclass(frozen=True, slots=True)
class Timed:
    """An answer and the seconds until its first event, its first text and its end."""

    answer: Answer
    seconds: dict[str, float] = field(default_factory=dict)


def execute(
    plan: Plan,
    assistant: Assistant,
    folder: Path,
    config: dict[str, Any],
    supports: Supports,
    judge: Judge | None = None,
) -> dict[str, Any]:
    """Asks what has not been answered yet, writes metrics.json, and returns what it holds.

    Raises InputError where `folder` holds another run, SetError where gold evidence is not in
    the articles (before anything is asked).
    """
    gold = gold_of(plan.questions, assistant)
    claim(folder, config)
    path = folder / "answers.jsonl"
    records.cut_torn_line(path)
    done = {key: record for key, record in records.read(path).items() if not record.error}
    missing = [question for question in plan.questions if question.id not in done]
    worker = _Worker(plan, assistant, gold, supports, judge)
    if missing:
        worker.warm_up(missing[0])
    for record in _progress(worker.answers(missing), len(plan.questions), len(done)):
        records.append(path, record)
    return finish(folder, plan.questions)


def finish(folder: Path, questions: Sequence[Question]) -> dict[str, Any]:
    """metrics.json from answers.jsonl, in the order of the questions whatever that of the lines."""
    found = records.read(folder / "answers.jsonl")
    metrics = summarise([found[q.id] for q in questions if q.id in found])
    write_json(folder / "metrics.json", metrics)
    return metrics


def ask(assistant: Assistant, question: Question, *, open_pool: bool = False) -> Timed:
    """Follows the stream of one answer to its end, with a clock beside it."""
    start = time.perf_counter()
    seconds: dict[str, float] = {}
    answer = None
    for event in assistant.stream(
        question.question, history=question.history, **_filters(question, open_pool)
    ):
        now = time.perf_counter() - start
        seconds.setdefault("first_event", now)
        if isinstance(event, Delta):
            seconds.setdefault("first_token", now)
        if isinstance(event, Done):
            answer = event.answer
            seconds["whole"] = now
    if answer is None:
        raise RuntimeError("the stream ended without its last event, Done")
    return Timed(answer, seconds)


def gold_of(
    questions: Sequence[Question], assistant: Assistant
) -> dict[str, tuple[tuple[Gold, ...], tuple[Gold, ...]]]:
    """By question id: the gold evidence, and what retrieval should find.

    Raises SetError where a question names an article or words that are not there.
    """
    texts = _Texts(assistant)
    result = {}
    for question in questions:
        named = [e.article for e in question.evidence] + [r.article for r in question.relevant]
        known = {}
        for name in named:
            try:
                known[name] = texts(name)
            except UnknownArticle as error:
                raise SetError(f"question {question.id}: field evidence: {error}") from error
        result[question.id] = evidence_gold(question, known), retrieval_gold(question, known)
    return result


class _Texts:
    """The text of an article by id, fetched once."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._texts: dict[str, str] = {}

    def __call__(self, article_id: str) -> str:
        if article_id not in self._texts:
            self._texts[article_id] = self._assistant.article(article_id).text
        return self._texts[article_id]


class _Worker:
    """Answers and scores questions, one at a time or several at once."""

    def __init__(
        self,
        plan: Plan,
        assistant: Assistant,
        gold: dict[str, tuple[tuple[Gold, ...], tuple[Gold, ...]]],
        supports: Supports,
        judge: Judge | None,
    ) -> None:
        self._plan = plan
        self._assistant = assistant
        self._gold = gold
        self._supports = supports
        self._judge = judge
        self._text_of = _Texts(assistant)

    def warm_up(self, question: Question) -> None:
        """Loads the models before the clock runs. An error shows when the question is asked."""
        try:
            if self._plan.retrieval_only:
                self._retrieve(question, question.question)
            else:
                ask(self._assistant, question, open_pool=self._plan.open_pool)
        except Error:
            return

    def answers(self, questions: Sequence[Question]) -> Iterator[Record]:
        """A record a question, in the order the answers come."""
        answer: Callable[[Question], Record] = (
            self._retrieval_record if self._plan.retrieval_only else self._record
        )
        if self._plan.workers == 1:
            yield from map(answer, questions)
            return
        with ThreadPoolExecutor(self._plan.workers) as pool:
            yield from pool.map(answer, questions)

    def _record(self, question: Question) -> Record:
        try:
            timed = ask(self._assistant, question, open_pool=self._plan.open_pool)
            retrieved = self._retrieve(question, timed.answer.query)
        except Error as error:
            values = score_answer(
                question, None, self._gold[question.id][0], self._supports, self._text_of
            )
            return self._blank(question, values, f"{type(error).__name__}: {error}")
        return self._scored(question, timed, retrieved)

    def _scored(self, question: Question, timed: Timed, retrieved: Sequence[Passage]) -> Record:
        answer, (evidence, relevant) = timed.answer, self._gold[question.id]
        values = score_answer(question, answer, evidence, self._supports, self._text_of)
        values |= score_retrieval(question, retrieved, relevant)
        verdict = self._judge.verdict(question, answer) if self._judge else ""
        if verdict in ("right", "wrong"):
            values["judged"] = float(verdict == "right")
        plain = not self._plan.offsets_only
        return replace(
            self._blank(question, values),
            abstained=answer.abstained,
            prediction=answer.text if plain and not answer.abstained else "",
            confidence=answer.trace.answerable,
            threshold=answer.trace.threshold,
            seconds=timed.seconds,
            tokens=asdict(answer.usage),
            evidence=tuple(asdict(span) for gold in evidence for span in gold.spans),
            retrieved=tuple(asdict(passage.span) for passage in retrieved),
            answer=answer.to_dict() if plain else without_text(answer.to_dict()),
            verdict=verdict,
        )

    def _retrieval_record(self, question: Question) -> Record:
        start = time.perf_counter()
        try:
            passages = self._retrieve(question, question.question)
        except Error as error:
            return self._blank(question, {}, f"{type(error).__name__}: {error}")
        record = self._blank(
            question, score_retrieval(question, passages, self._gold[question.id][1])
        )
        spans = tuple(asdict(passage.span) for passage in passages)
        seconds = {"whole": time.perf_counter() - start}
        return replace(record, retrieved=spans, seconds=seconds)

    def _blank(self, question: Question, values: dict[str, float], error: str = "") -> Record:
        known = Record(
            id=question.id,
            kind=question.kind,
            question="",
            values=values,
            answerable=question.answerable,
            error=error,
        )
        if self._plan.offsets_only:
            return known
        return replace(
            known,
            question=question.question,
            history=tuple(f"{speaker}: {words}" for speaker, words in question.history),
            gold=(*question.answers, *(" / ".join(point) for point in question.points)),
            corrections=question.corrections,
        )

    def _retrieve(self, question: Question, query: str) -> Sequence[Passage]:
        filters = _filters(question, self._plan.open_pool)
        passages: Sequence[Passage] = self._assistant.retrieve(query, k=DEPTH, **filters)
        return passages


def without_text(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer's dictionary without any words of an article: what may be published of one.

    Ids, offsets, scores, verdicts and timings stay; of the candidates those that were handed on.
    """
    words = {
        "text",
        "quote",
        "draft",
        "prompt",
        "title",
        "source",
        "reason",
        "query",
        "question",
        "notice",
    }

    def strip(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: strip(item) for key, item in value.items() if key not in words}
        return [strip(item) for item in value] if isinstance(value, list) else value

    kept: dict[str, Any] = strip(answer)
    trace = kept["trace"]
    trace["candidates"] = [c for c in trace["candidates"] if not c["dropped"]]
    return kept


def _filters(question: Question, open_pool: bool) -> dict[str, Any]:
    return {
        "articles": list(question.articles) if question.articles and not open_pool else None,
        "since": question.since,
        "until": question.until,
        "asked": question.asked,
    }


@contextmanager
def _bar(total: int, done: int) -> Iterator[Callable[[], None]]:
    columns = (
        TextColumn("asking"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(file=sys.stderr)) as progress:
        task = progress.add_task("asking", total=total, completed=done)
        yield lambda: progress.advance(task)


def _progress(answers: Iterator[Record], total: int, done: int) -> Iterator[Record]:
    with _bar(total, done) as advance:
        for record in answers:
            yield record
            advance()
