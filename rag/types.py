"""The nouns of Footnote: a few frozen dataclasses that flow through every stage.

Offsets are Unicode code points, half-open, into the stored text of one version of one
article. For every Span there is exactly one text, and it always holds that

    article.text[span.start:span.end] == passage.text  or  citation.quote
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Literal

from rag.errors import InputError

Verdict = Literal["supported", "partly", "unsupported"]

ABSTENTION = "The articles do not say."
NOTHING_TO_CHECK = "it says nothing to check"  # why a drafted sentence was dropped


def text_version(text: str) -> str:
    """The version of a text: 16 hexadecimal digits of the SHA-256 of its UTF-8 form."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Article:
    """One article, its text cleaned once and never changed after.

    `published` may be given as a date, an ISO 8601 string or None; it is kept as a date.
    `captions` are half-open offsets of photo captions in `text`. Raises InputError for a
    date that is none.
    """

    id: str
    text: str
    title: str = ""
    source: str = ""
    published: datetime.date | None = None
    captions: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "published", parse_published(self.published))

    @property
    def version(self) -> str:
        return text_version(self.text)


@dataclass(frozen=True, slots=True)
class ArticleInfo:
    """An article without its text: what a list of articles shows. `length` is in code points."""

    id: str
    title: str
    source: str
    published: datetime.date | None
    version: str
    length: int


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of code points in one version of one article."""

    article_id: str
    start: int
    end: int
    version: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """What retrieval hands on. `text` is `article.text[span.start:span.end]`, at most 200 words.

    A higher `score` is better; it orders the passages of one question and means nothing
    across questions. `copies` are the spans of near-identical passages elsewhere.
    """

    span: Span
    text: str
    score: float
    copies: tuple[Span, ...] = ()

    def _repr_html_(self) -> str:
        from rag.notebook import passages_to_html

        return passages_to_html((self,), {})


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact words that support a sentence. `support` is 0..1: how sure the check is."""

    span: Span
    quote: str
    support: float


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer. A verbatim quotation is always "supported"."""

    text: str
    citations: tuple[Citation, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens a language model read and wrote; zeros where no model was used."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """How one passage fared. Ranks count from 1; None where a step did not see it.

    `read_score` is 0..1, how sure the reader is that the passage answers; `read_rank` is that
    of its score and the rerank's together.
    """

    span: Span
    dense_rank: int | None = None
    dense_score: float | None = None
    keyword_rank: int | None = None
    keyword_score: float | None = None
    fused_rank: int | None = None
    fused_score: float | None = None
    rerank_rank: int | None = None
    rerank_score: float | None = None
    read_rank: int | None = None
    read_score: float | None = None
    used: bool = False
    dropped: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check said of one drafted sentence, and what became of it."""

    draft: str
    verdict: Verdict
    action: Literal["kept", "quoted", "dropped"]
    reason: str
    support: float


@dataclass(frozen=True, slots=True)
class Trace:
    """Why this answer: each candidate, the prompt, and what the check did with each sentence.

    `answerable` is the score (0..1) that is compared with `threshold` to decide on abstaining.
    """

    candidates: tuple[Candidate, ...] = ()
    prompt: str = ""
    checked: tuple[Checked, ...] = ()
    answerable: float | None = None
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, each sentence with the exact words that support it.

    An abstaining answer has no sentences and no citations; its passages are the nearest
    ones. `query` is the question as searched for (rewritten if it was a follow-up).
    `articles` describes every article that a passage or citation comes from. `notice` is
    said beside the answer and is not part of it. `complete` is False when the model did not
    finish: what it had said was checked, or quotations stand in; `notice` says which and why. They
    also stand in for a draft that is whole and of which nothing holds.
    `timings` are seconds by stage.
    """

    question: str
    query: str
    sentences: tuple[Sentence, ...]
    passages: tuple[Passage, ...] = field(repr=False)  # long, and not what is asked for
    abstained: bool
    model: str
    timings: Mapping[str, float] = field(default_factory=dict, repr=False)
    articles: tuple[ArticleInfo, ...] = field(default=(), repr=False)
    notice: str = ""
    complete: bool = True
    trace: Trace = field(default_factory=Trace, repr=False)
    usage: Usage = field(default_factory=Usage, repr=False)

    @property
    def text(self) -> str:
        """What the person is told, without footnote markers."""
        if self.abstained:
            return ABSTENTION
        if not self.sentences:  # a question about the articles as such
            return self.notice
        return " ".join(sentence.text for sentence in self.sentences)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Every citation once, in the order of first use: footnote n is `citations[n - 1]`."""
        seen: dict[Span, Citation] = {}
        for sentence in self.sentences:
            for citation in sentence.citations:
                seen.setdefault(citation.span, citation)
        return tuple(seen.values())

    def numbered(self) -> tuple[tuple[Sentence, tuple[int, ...]], ...]:
        """Each sentence with the footnote numbers (from 1) of its citations."""
        number = {citation.span: n for n, citation in enumerate(self.citations, start=1)}
        return tuple(
            (sentence, tuple(number[citation.span] for citation in sentence.citations))
            for sentence in self.sentences
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: the field names of these classes, nested, dates in ISO form.

        `text` and `citations` are added, so that no reader has to put them together.
        """
        return {**_plain(self), "text": self.text, "citations": _plain(self.citations)}

    def to_markdown(self) -> str:
        """The answer with Markdown footnotes, each with its quotation and where it is from."""
        from rag.notebook import answer_to_markdown

        return answer_to_markdown(self)

    def _repr_markdown_(self) -> str:
        return self.to_markdown()

    def _repr_html_(self) -> str:
        from rag.notebook import next_card

        return next_card(self)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """Event: the question as it will be searched for."""

    query: str


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Event: the passages that the answer will be made from, best first."""

    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Delta:
    """Event: more of the answer's text. Only text that has passed the check is ever sent."""

    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """Event, always the last: the whole answer."""

    answer: Answer


Event = Rewritten | Retrieved | Delta | Done


def parse_published(value: datetime.date | str | None) -> datetime.date | None:
    """A date from a date, a datetime, an ISO 8601 string, or None and "" for no date.

    Raises InputError for anything else.
    """
    if value is None or value == "":
        return None
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    try:
        return datetime.datetime.fromisoformat(value).date()
    except (TypeError, ValueError) as error:
        raise InputError(f"not a date: {value!r}; give it as YYYY-MM-DD") from error


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value
