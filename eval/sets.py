"""Question sets: one JSON object a line, validated, with gold evidence as exact words.

In: a path of a .jsonl file. Out: frozen `Question`s, in the order of the file. It always
holds that ids are unique and that every value has its declared type; anything else is a
`SetError` that names the line and the field.

A question may carry any subset of these kinds of gold, and is scored only on those it has:

    answers      strings, any of which is a right answer
    points       lists of alternatives; a whole answer mentions one of every list
    answerable   whether the articles say; null where nobody has labelled it yet
    corrections  for a question with a false premise: words that put it right
    evidence     exact words of an article; those that share a `group` are alternatives
    relevant     regions of articles that retrieval should find, with a grade
"""

from __future__ import annotations

import datetime
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.errors import InputError, LoadError
from rag.load import Skipped, load
from rag.types import Article, Span, parse_published

HERE = Path(__file__).resolve().parent
SEEDS = HERE.parent / "seeds"


class SetError(InputError):
    """A question set breaks the schema; the message names file, line and field."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Evidence(_Strict):
    """Exact words of an article that support the answer. Any one of a `group` is enough."""

    article: str = Field(min_length=1)
    quote: str = Field(min_length=1)
    group: str = ""


class Relevant(_Strict):
    """A region retrieval should find: code points `start` to `end` (None: to the end)."""

    article: str = Field(min_length=1)
    start: int = Field(default=0, ge=0)
    end: int | None = Field(default=None, ge=1)
    grade: int = Field(default=1, ge=0)


class Question(_Strict):
    """One question with whatever gold is known. `articles`, `since`, `until` are filters."""

    id: str = Field(min_length=1)
    question: str
    history: tuple[tuple[Literal["user", "assistant"], str], ...] = ()
    answers: tuple[str, ...] = ()
    points: tuple[tuple[str, ...], ...] = ()
    answerable: bool | None = None
    corrections: tuple[str, ...] = ()
    kind: str = ""
    articles: tuple[str, ...] = ()
    since: datetime.date | None = None
    until: datetime.date | None = None
    evidence: tuple[Evidence, ...] = ()
    relevant: tuple[Relevant, ...] = ()
    passage: int | None = None
    asked: datetime.date | None = None
    label: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Gold:
    """One thing to be found: any of `spans` will do. `grade` weighs it for nDCG."""

    spans: tuple[Span, ...]
    grade: int = 1


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions and the articles they are asked of."""

    name: str
    questions: tuple[Question, ...]
    articles: tuple[Article, ...]


def parse_question(values: Mapping[str, Any], where: str) -> Question:
    """One question from its JSON object. Raises SetError naming `where` and the field."""
    try:
        return Question.model_validate_json(json.dumps(values, ensure_ascii=False))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "(the whole line)"
        raise SetError(f"{where}: field {field}: {first['msg']}") from error
    except ValueError as error:
        raise SetError(f"{where}: {error}") from error


def read_questions(path: Path) -> tuple[Question, ...]:
    """Every question of a .jsonl file; blank lines are passed over.

    Raises SetError, naming line and field, for anything the schema does not allow.
    """
    seen: dict[str, int] = {}
    questions = []
    for number, values in read_lines(path):
        where = f"{path.name}, line {number}"
        question = parse_question(values, where)
        if question.id in seen:
            raise SetError(
                f"{where}: field id: {question.id!r} is also on line {seen[question.id]}"
            )
        seen[question.id] = number
        questions.append(question)
    return tuple(questions)


def read_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line number (from 1) and object of each line. Raises SetError where a line is not one."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                values = json.loads(line)
            except json.JSONDecodeError as error:
                raise SetError(f"{path.name}, line {number}: not JSON: {error.msg}") from error
            if not isinstance(values, dict):
                raise SetError(f"{path.name}, line {number}: not a JSON object")
            yield number, values


def read_markdown_articles(folder: Path) -> tuple[Article, ...]:
    """Every .md file of a folder as an article, its text verbatim; the id is the file's stem.

    A file opens with `---`, lines of `title:`, `published:`, `source:`, and `---`.
    """
    return tuple(_markdown_article(path) for path in sorted(folder.glob("*.md")))


def read_seeds() -> tuple[Article, ...]:
    """The project's own articles, their sources as paths within the project.

    So that a run that is kept names no folder of the machine that made it. Raises LoadError.
    """
    articles = []
    for found in load(SEEDS):
        if isinstance(found, Skipped):
            raise LoadError(found.source, found.reason)
        source = Path(found.source).relative_to(SEEDS.parent).as_posix()
        articles.append(replace(found, source=source))
    return tuple(articles)


def _markdown_article(path: Path) -> Article:
    opening, _, rest = path.read_text(encoding="utf-8").partition("---\n")
    header, separator, text = rest.partition("---\n")
    if opening or not separator:
        raise SetError(f"{path.name}, line 1: no header between two lines of ---")
    pairs = (line.partition(":") for line in header.splitlines() if line.strip())
    values = {key.strip(): value.strip() for key, _, value in pairs}
    return Article(
        id=path.stem,
        text=text.strip(),
        title=values.get("title", ""),
        source=values.get("source", ""),
        published=parse_published(values.get("published")),
    )


def half(questions: Sequence[Question], which: str | None) -> tuple[Question, ...]:
    """The "first" or "second" half in the order of the file, for tuning and reporting apart."""
    middle = len(questions) // 2
    parts = {"first": slice(None, middle), "second": slice(middle, None), None: slice(None)}
    return tuple(questions[parts[which]])


def sample(questions: Sequence[Question], limit: int | None, seed: int) -> tuple[Question, ...]:
    """At most `limit` questions drawn with a fixed `seed`, in their first order; None is all."""
    if limit is None or limit >= len(questions):
        return tuple(questions)
    chosen = random.Random(seed).sample(range(len(questions)), limit)
    return tuple(questions[position] for position in sorted(chosen))


def evidence_gold(question: Question, texts: Mapping[str, str]) -> tuple[Gold, ...]:
    """Where the gold evidence lies: one Gold a group, every occurrence of every alternative.

    `texts` maps article ids to their text. Raises SetError where a quote is not in its article.
    """
    groups: dict[str, list[Span]] = {}
    for number, item in enumerate(question.evidence):
        spans = find_quote(item, texts)
        if not spans:
            raise SetError(
                f"question {question.id}: field evidence.{number}.quote: "
                f"these words are not in article {item.article!r}: {item.quote!r}"
            )
        groups.setdefault(item.group or f"item {number}", []).extend(spans)
    return tuple(Gold(tuple(spans)) for spans in groups.values())


def retrieval_gold(question: Question, texts: Mapping[str, str]) -> tuple[Gold, ...]:
    """What retrieval should find: the `relevant` regions, or else the gold evidence."""
    if question.relevant:
        return tuple(
            Gold((Span(r.article, r.start, _end(r, texts)),), r.grade)
            for r in question.relevant
            if r.grade > 0
        )
    return evidence_gold(question, texts)


def find_quote(item: Evidence, texts: Mapping[str, str]) -> list[Span]:
    """Every occurrence of the quote in its article, left to right; [] where there is none."""
    text = texts.get(item.article, "")
    spans = []
    start = text.find(item.quote)
    while start >= 0:
        spans.append(Span(item.article, start, start + len(item.quote)))
        start = text.find(item.quote, start + 1)
    return spans


def _end(region: Relevant, texts: Mapping[str, str]) -> int:
    return region.end if region.end is not None else len(texts.get(region.article, ""))
