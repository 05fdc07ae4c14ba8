"""Readers of public benchmarks: a path -> a QuestionSet.

| format     | path                                                                        |
|------------|-----------------------------------------------------------------------------|
| footnote   | a folder with questions.jsonl and articles.jsonl (or .gz), or a .jsonl set  |
| squad      | SQuAD 2.0 JSON; or a folder of the footnote format                          |
| beir       | a folder with corpus.jsonl, queries.jsonl and qrels/test.tsv                |
| mtrag      | MTRAG or MTRAG-UN generation tasks, reference.jsonl or RAG.jsonl            |
|            | or a folder of the footnote format whose `articles` are the gold passages   |
| realtimeqa | DATE_qa.jsonl; DATE_gcs.jsonl (or _dpr) beside it holds the articles        |

Gold that a benchmark does not hold is left out, never guessed. Raises SetError, naming file,
line and field, for a file that is not of its format, and InputError where there is none.
"""

from __future__ import annotations

import csv
import gzip
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from eval.metrics.answers import contains
from eval.sets import (
    HERE,
    Question,
    QuestionSet,
    Relevant,
    SetError,
    read_lines,
    read_markdown_articles,
    read_questions,
)
from rag.errors import InputError
from rag.types import Article, parse_published

_BLANK_LINE = re.compile(r"\n\s*\n")


def read_set(path: Path, format_name: str = "footnote") -> QuestionSet:
    """The questions and articles at `path`. Raises InputError for an unknown format or path."""
    if format_name not in READERS:
        known = ", ".join(READERS)
        raise InputError(f"no format is called {format_name!r}; there are {known}")
    if not path.exists():
        raise InputError(f"there is nothing at {path}")
    try:
        return READERS[format_name](path)
    except OSError as error:
        raise InputError(f"{error.filename or path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise SetError(f"{path.name}: not UTF-8: {error.reason}") from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise SetError(f"{path.name}: not of the format {format_name}: {reason}") from error


def read_named_set(name: str) -> tuple[QuestionSet, bool]:
    """A set that comes with the project: `seed` or `articles`.

    The flag says that the articles are to be loaded from `seeds/`, as a person would load
    them; the other set brings its own, taken verbatim.
    """
    path = HERE / "sets" / f"{name}.jsonl"
    if not path.exists():
        known = ", ".join(sorted(p.stem for p in path.parent.glob("*.jsonl")))
        raise InputError(f"no set is called {name!r}; there are {known}")
    questions = read_questions(path)
    if name == "seed":
        return QuestionSet(name, questions, ()), True
    return QuestionSet(name, questions, read_markdown_articles(HERE / "articles")), False


def read_footnote(path: Path) -> QuestionSet:
    """The project's own format; `passage`, a paragraph's number, becomes a relevant region."""
    if path.is_file():
        return QuestionSet(path.stem, read_questions(path), ())
    articles = tuple(_article(values, where) for values, where in _article_lines(path))
    texts = {article.id: article.text for article in articles}
    questions = (_locate_paragraph(q, texts) for q in read_questions(path / "questions.jsonl"))
    return QuestionSet(path.name, tuple(questions), articles)


def read_squad(path: Path) -> QuestionSet:
    """SQuAD 2.0: an article's paragraphs are joined by a blank line, each question names it."""
    if path.is_dir():
        return _with_sides(read_footnote(path))
    articles: list[Article] = []
    questions: list[Question] = []
    for number, entry in enumerate(_json(path)["data"]):
        name = f"{number:04}"
        text = ""
        for place, paragraph in enumerate(
            _field(entry, "paragraphs", f"{path.name}, data {number}")
        ):
            where = f"{path.name}, data {number}, paragraph {place}"
            context = _field(paragraph, "context", where)
            text += "\n\n" if text else ""
            region = Relevant(article=name, start=len(text), end=len(text) + len(context))
            asked = _field(paragraph, "qas", where)
            questions += [_squad_question(values, region, where) for values in asked]
            text += context
        articles.append(Article(name, text, title=entry.get("title", "")))
    return QuestionSet(path.stem, tuple(questions), tuple(articles))


def read_beir(path: Path) -> QuestionSet:
    """BEIR: only relevance is known, so only retrieval is scored.

    Thakur et al., BEIR: A Heterogeneous Benchmark for Zero-shot Evaluation, NeurIPS 2021.
    """
    articles = tuple(
        Article(
            _field(values, "_id", f"corpus.jsonl, line {number}"),
            _field(values, "text", f"corpus.jsonl, line {number}"),
            title=values.get("title", ""),
        )
        for number, values in read_lines(path / "corpus.jsonl")
    )
    relevant = _qrels(path / "qrels" / "test.tsv")
    questions = tuple(
        Question(
            id=values["_id"],
            question=_field(values, "text", f"queries.jsonl, line {number}"),
            relevant=relevant[values["_id"]],
        )
        for number, values in read_lines(path / "queries.jsonl")
        if _field(values, "_id", f"queries.jsonl, line {number}") in relevant
    )
    return QuestionSet(path.name, questions, articles)


def read_mtrag(path: Path) -> QuestionSet:
    """MTRAG generation tasks: the last turn is asked, the earlier ones are its history.

    ANSWERABLE and PARTIAL are answerable, UNANSWERABLE and UNDERSPECIFIED are not,
    CONVERSATIONAL is neither. Katsis et al., TACL 2025; Rosenthal et al., MTRAG-UN, 2026.
    """
    if path.is_dir():
        return _with_relevant_articles(read_footnote(path))
    articles: dict[str, Article] = {}
    questions = []
    for number, task in read_lines(path):
        where = f"{path.name}, line {number}"
        contexts = task.get("contexts") or []
        for context in contexts:
            name = str(_field(context, "document_id", where))
            text = _field(context, "text", where)
            articles[name] = Article(name, text, title=context.get("title") or "")
        questions.append(_mtrag_question(task, contexts, where))
    return QuestionSet(path.stem, tuple(questions), tuple(articles.values()))


def read_realtimeqa(path: Path) -> QuestionSet:
    """RealTimeQA: weekly news questions, and the articles a search found for each.

    A question counts as answerable where an article holds the gold answer's words: weak,
    and the same for every system. Kasai et al., RealTime QA, NeurIPS 2023.
    """
    articles: dict[str, Article] = {}
    found: dict[str, list[str]] = {}
    for values, where in _search_results(path):
        names = found.setdefault(_field(values, "question_id", where), [])
        for result in values.get("search_result") or []:
            article = _news_article(result)
            articles.setdefault(article.id, article)
            names.append(article.id)
    questions = tuple(
        _news_question(values, found, articles, f"{path.name}, line {number}")
        for number, values in read_lines(path)
    )
    return QuestionSet(path.stem, questions, tuple(articles.values()))


READERS: Mapping[str, Callable[[Path], QuestionSet]] = {
    "footnote": read_footnote,
    "squad": read_squad,
    "beir": read_beir,
    "mtrag": read_mtrag,
    "realtimeqa": read_realtimeqa,
}


def paragraph_regions(text: str) -> list[tuple[int, int]]:
    """Half-open offsets of the paragraphs of a text: what lies between blank lines."""
    edges = [0, *(edge for m in _BLANK_LINE.finditer(text) for edge in m.span()), len(text)]
    return [(start, end) for start, end in list(pairwise(edges))[::2] if end > start]


def _locate_paragraph(question: Question, texts: Mapping[str, str]) -> Question:
    if question.passage is None or not question.answerable or len(question.articles) != 1:
        return question
    name = question.articles[0]
    regions = paragraph_regions(texts.get(name, ""))
    if question.passage >= len(regions):
        raise SetError(f"question {question.id}: field passage: the article has {len(regions)}")
    start, end = regions[question.passage]
    return question.model_copy(update={"relevant": (Relevant(article=name, start=start, end=end),)})


def _with_relevant_articles(found: QuestionSet) -> QuestionSet:
    questions = (
        q.model_copy(update={"relevant": tuple(Relevant(article=name) for name in q.articles)})
        if q.answerable
        else q
        for q in found.questions
    )
    return QuestionSet(found.name, tuple(questions), found.articles)


def _with_sides(found: QuestionSet) -> QuestionSet:
    questions = (q.model_copy(update={"kind": _side(q.answerable)}) for q in found.questions)
    return QuestionSet(found.name, tuple(questions), found.articles)


def _side(answerable: bool | None) -> str:
    return "answerable" if answerable else "unanswerable"


def _squad_question(values: Mapping[str, Any], region: Relevant, where: str) -> Question:
    answerable = not values.get("is_impossible", False)
    gold = _field(values, "answers", where) if answerable else ()
    answers = tuple(dict.fromkeys(_field(answer, "text", where) for answer in gold))
    return Question(
        id=_field(values, "id", where),
        question=_field(values, "question", where),
        answers=answers,
        answerable=answerable,
        articles=(region.article,),
        relevant=(region,) if answerable else (),
        kind=_side(answerable),
    )


def _qrels(path: Path) -> dict[str, tuple[Relevant, ...]]:
    relevant: dict[str, tuple[Relevant, ...]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t")
        for row in rows:
            where = f"{path.name}, line {rows.line_num}"
            item = Relevant(
                article=_field(row, "corpus-id", where), grade=_whole(row, "score", where)
            )
            query = _field(row, "query-id", where)
            relevant[query] = (*relevant.get(query, ()), item)
    return relevant


def _mtrag_question(
    task: Mapping[str, Any], contexts: Sequence[Mapping[str, Any]], where: str
) -> Question:
    turns = _field(task, "input", where)
    label = str(_first(task.get("answerability") or task.get("Answerability") or ""))
    answerable = {"ANSWERABLE": True, "PARTIAL": True}.get(label)
    if label in ("UNANSWERABLE", "UNDERSPECIFIED"):
        answerable = False
    names = tuple(dict.fromkeys(str(context["document_id"]) for context in contexts))
    return Question(
        id=str(_field(task, "task_id", where)),
        question=_field(turns[-1], "text", where),
        history=tuple((_speaker(t, where), _field(t, "text", where)) for t in turns[:-1]),
        answers=tuple(target["text"] for target in task.get("targets") or []),
        answerable=answerable,
        articles=names,
        relevant=tuple(Relevant(article=name) for name in names) if answerable else (),
        label=label,
        kind=label.lower(),
    )


def _speaker(turn: Mapping[str, Any], where: str) -> Any:
    roles = {"user": "user", "agent": "assistant", "assistant": "assistant"}
    if turn.get("speaker") not in roles:
        raise SetError(f"{where}: field input.speaker: {turn.get('speaker')!r}")
    return roles[turn["speaker"]]


def _news_article(result: Mapping[str, Any]) -> Article:
    name = result.get("url") or result.get("doc_id") or result.get("title") or ""
    published = str(result.get("publish_date") or "").replace("/", "-")
    return Article(
        id=str(name),
        text=result.get("text") or "",
        title=result.get("title") or "",
        source=result.get("url") or "",
        published=parse_published(published or None),
    )


def _news_question(
    values: Mapping[str, Any],
    found: Mapping[str, list[str]],
    articles: Mapping[str, Article],
    where: str,
) -> Question:
    name = _field(values, "question_id", where)
    choices = values.get("choices") or []
    answers = tuple(_choice(choices, answer) for answer in values.get("answer") or [])
    names = tuple(dict.fromkeys(found.get(name, ())))
    texts = (articles[n].text for n in names)
    asked = str(values.get("question_date") or "").replace("/", "-")
    return Question(
        id=name,
        question=html.unescape(_field(values, "question_sentence", where)),
        answers=answers,
        answerable=any(contains(t, answers, cap=len(t)) for t in texts) if answers else None,
        articles=names,
        asked=parse_published(asked or None),
        label="string match",
        kind=str(values.get("question_source") or ""),
    )


def _choice(choices: Sequence[str], answer: str) -> str:
    if choices and answer.isdigit() and int(answer) < len(choices):
        return html.unescape(choices[int(answer)])
    return html.unescape(answer)


def _search_results(path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    stem = path.name.removesuffix("_qa.jsonl")
    files = [path.with_name(f"{stem}_{kind}.jsonl") for kind in ("gcs", "dpr")]
    present = [file for file in files if file.exists()]
    if not present:
        raise InputError(f"{path.name}: {files[0].name} with the articles is not beside it")
    for number, values in read_lines(present[0]):
        yield values, f"{present[0].name}, line {number}"


def _article_lines(folder: Path) -> Iterable[tuple[dict[str, Any], str]]:
    plain, packed = folder / "articles.jsonl", folder / "articles.jsonl.gz"
    if packed.exists():
        with gzip.open(packed, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                yield json.loads(line), f"{packed.name}, line {number}"
        return
    if not plain.exists():
        raise InputError(f"{folder}: neither articles.jsonl nor articles.jsonl.gz is there")
    for number, values in read_lines(plain):
        yield values, f"{plain.name}, line {number}"


def _article(values: Mapping[str, Any], where: str) -> Article:
    return Article(
        id=str(_field(values, "id", where)),
        text=_field(values, "text", where),
        title=values.get("title") or "",
        source=values.get("source") or "",
        published=parse_published(values.get("published")),
    )


def _json(path: Path) -> Any:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise SetError(f"{path.name}, line {error.lineno}: not JSON: {error.msg}") from error
    if not isinstance(values, dict) or "data" not in values:
        raise SetError(f"{path.name}: field data: missing; this is not SQuAD JSON")
    return values


def _field(values: Mapping[str, Any], name: str, where: str) -> Any:
    if values.get(name) is None:
        raise SetError(f"{where}: field {name}: missing")
    return values[name]


def _whole(values: Mapping[str, Any], name: str, where: str) -> int:
    try:
        return int(_field(values, name, where))
    except ValueError as error:
        raise SetError(f"{where}: field {name}: not a whole number") from error


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value
