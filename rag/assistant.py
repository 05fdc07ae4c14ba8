"""The assistant: a question in, an answer out, each sentence with the words that support it.

It composes the stages: rewrite, retrieve, answer (by quoting or by a model whose every
sentence is checked), and abstains when the articles do not say. `stream` is the only
answering path; `ask` returns what it ends with.
"""

from __future__ import annotations

import asyncio
import datetime
import threading
from collections.abc import Generator, Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rag import caveats, quote
from rag.catalog import Filters
from rag.embed import Embedder, RememberingEmbedder
from rag.errors import InputError, LoadError
from rag.history import parse_history
from rag.index import Index
from rag.overview import MOST_LISTED, About, asked_about, describe, nothing_to_search, overview
from rag.read import SHARE, read, wanted
from rag.reader import PassageReader, Reading, load_reader
from rag.retrieve import Retrieval, parse_filters, retrieve
from rag.settings import Answerer, Settings, known_answerer
from rag.shown import Articles, Passages, as_stream
from rag.stopwatch import Stopwatch
from rag.types import (
    Answer,
    Article,
    Delta,
    Done,
    Event,
    Retrieved,
    Rewritten,
    Trace,
    parse_published,
)

if TYPE_CHECKING:
    from llama_index.core.retrievers import BaseRetriever

    from rag.llm import Drafter

Mode = Answerer | Literal["llm"]
History = Iterable[Any]
Date = datetime.date | str | None

REWRITES: frozenset[Mode] = frozenset({"endpoint", "llm"})
"""Models that say a follow-up anew. The embedded one is worse at it than the rules."""


class Assistant:
    """Answers questions from one index. Thread-safe."""

    def __init__(self, index: Index, *, llm: Any = None, answerer: Answerer | None = None) -> None:
        """`llm` is a LlamaIndex LLM or a `rag.llm.Drafter`; without one, `answerer` decides."""
        self.index = index
        self.settings = index.settings
        self._answerer = known_answerer(answerer)
        self._llm = llm
        self._drafters: dict[Mode, Drafter] = {}
        self._sentences = RememberingEmbedder(index.embedder)
        self._lock = threading.Lock()

    @classmethod
    def open(
        cls,
        path: str | Path | None = None,
        *,
        llm: Any = None,
        answerer: Answerer | None = None,
        settings: Settings | None = None,
        embedder: Embedder | None = None,
    ) -> Assistant:
        """Over an index on disk. Raises IndexMissing, IndexMismatch or IndexDamaged."""
        index = Index.open(path, create=False, settings=settings, embedder=embedder)
        try:
            index.ready()
            return cls(index, llm=llm, answerer=answerer)
        except BaseException:
            index.close()
            raise

    @classmethod
    def from_articles(
        cls,
        articles: Iterable[Article],
        *,
        llm: Any = None,
        answerer: Answerer | None = None,
        settings: Settings | None = None,
        embedder: Embedder | None = None,
    ) -> Assistant:
        """Over articles in memory; nothing is written, the texts are taken as they are.

        Raises InputError if two articles have the same id.
        """
        known_answerer(answerer)
        index = Index.in_memory(settings=settings, embedder=embedder)
        index.put(articles)
        return cls(index, llm=llm, answerer=answerer)

    @classmethod
    def from_sources(
        cls,
        sources: Iterable[str | Path] | str | Path,
        *,
        allow_url: bool | None = None,
        llm: Any = None,
        answerer: Answerer | None = None,
        settings: Settings | None = None,
        embedder: Embedder | None = None,
    ) -> Assistant:
        """Over files, folders and URLs (where allowed), loaded and cleaned, in memory.

        Raises LoadError for the first source that gives no article.
        """
        known_answerer(answerer)
        settings = settings or Settings.load()
        if allow_url is not None:
            settings = settings.model_copy(update={"allow_url": allow_url})
        index = Index.in_memory(settings=settings, embedder=embedder)
        report = index.add(sources)
        if report.skipped:
            raise LoadError(report.skipped[0].source, report.skipped[0].reason)
        return cls(index, llm=llm, answerer=answerer)

    def close(self) -> None:
        """Closes the index. An assistant in memory is gone then."""
        self.index.close()

    def __enter__(self) -> Assistant:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @cached_property
    def reader(self) -> PassageReader | None:
        """The trained reader, or None where its weights are not there."""
        return load_reader(self.settings.reader)

    def articles(self) -> Articles:
        """Every article without its text, in the order they were added."""
        return self.index.articles()

    def article(self, article_id: str) -> Article:
        """One article with its text. Raises UnknownArticle."""
        return self.index.article(article_id)

    def _repr_html_(self) -> str:
        return self.index._repr_html_()

    def ask(
        self,
        question: str,
        *,
        history: History = (),
        articles: Iterable[str] | None = None,
        since: Date = None,
        until: Date = None,
        asked: Date = None,
    ) -> Answer:
        """The answer. `history` is earlier turns; the filters say which articles may answer.

        The latest articles come first; `asked` is the day of the question, for one that is
        older than they are: then those of about that day do.

        Raises InputError for a question or filter that cannot be used, IndexDamaged or
        ModelError if a part fails: a failure is never an abstention.
        """
        events = self.stream(
            question, history=history, articles=articles, since=since, until=until, asked=asked
        )
        for event in events:
            if isinstance(event, Done):
                return event.answer
        raise AssertionError("a stream always ends with Done")

    async def aask(
        self,
        question: str,
        *,
        history: History = (),
        articles: Iterable[str] | None = None,
        since: Date = None,
        until: Date = None,
        asked: Date = None,
    ) -> Answer:
        """`ask` in a thread, for a running event loop."""
        return await asyncio.to_thread(
            self.ask,
            question,
            history=history,
            articles=articles,
            since=since,
            until=until,
            asked=asked,
        )

    @as_stream
    def stream(
        self,
        question: str,
        *,
        history: History = (),
        articles: Iterable[str] | None = None,
        since: Date = None,
        until: Date = None,
        asked: Date = None,
        answerer: Answerer | None = None,
    ) -> Generator[Event | None, None, None]:
        """Rewritten, Retrieved, any number of Delta, Done. Closing the iterator stops the model.

        Delta carries verified text only. Raises what `ask` raises.
        """
        question = self._checked(question)
        filters, day = parse_filters(articles, since, until), parse_published(asked)
        watch = Stopwatch()
        mode = known_answerer(answerer) or self.answerer
        history = parse_history(history)
        about = asked_about(question, history)
        with watch.stage("rewrite"):
            query, context = yield from self._rewrite(question, () if about else history, mode)
        yield Rewritten(query)
        if about:
            yield from self._describe(question, query, about, filters, watch)
            return
        found, readings = self._find(query, context, filters, day, watch)
        yield Retrieved(found.passages)
        answer = Answer(
            question=question,
            query=query,
            sentences=(),
            passages=found.passages,
            abstained=True,
            model="quote",
            articles=tuple(found.articles.values()),
            trace=Trace(candidates=found.candidates),
        )
        if not found.candidates:
            reason = self.index.read(lambda view: nothing_to_search(view, filters))
            if reason:
                yield Done(replace(answer, notice=reason, timings=watch.timings()))
                return
        yield from self._answer(answer, found, readings, watch, mode)

    def retrieve(
        self,
        question: str,
        k: int = 10,
        *,
        articles: Iterable[str] | None = None,
        since: Date = None,
        until: Date = None,
        asked: Date = None,
    ) -> Passages:
        """The k best passages for a question, best first, not read by the reader."""
        filters, day = parse_filters(articles, since, until), parse_published(asked)
        found = retrieve(self.index, self._checked(question), k, filters, asked=day)
        return Passages(found.passages, found.articles)

    def as_retriever(self, k: int = 10) -> BaseRetriever:
        """A LlamaIndex retriever: NodeWithScore with start and end offsets in the metadata."""
        from rag.llamaindex import FootnoteRetriever

        return FootnoteRetriever(self, k)

    @property
    def answerer(self) -> Mode:
        """Who answers unless a question says otherwise; "llm" for a model handed in."""
        if self._llm is not None:
            return "llm"
        return self._answerer or self.settings.answerer

    def _checked(self, question: str) -> str:
        if not isinstance(question, str) or not question.strip():
            raise InputError("the question is empty: ask something")
        limit = self.settings.max_question_length
        if len(question) > limit:
            raise InputError(f"the question has {len(question):,} characters, {limit:,} at most")
        return question.encode("utf-8", "replace").decode("utf-8").strip()

    def _rewrite(
        self, question: str, history: History, mode: Mode
    ) -> Generator[None, None, tuple[str, str]]:
        if not history:
            return question, ""
        from rag.rewrite import rewriting

        drafter = self._drafter(mode) if mode in REWRITES else None
        rewritten = yield from rewriting(question, history, drafter)
        return rewritten.query, rewritten.context

    def _describe(
        self, question: str, query: str, about: About, filters: Filters, watch: Stopwatch
    ) -> Iterator[Event]:
        """A question about the articles as such: the catalog answers, or how they begin."""
        infos, sentences = self.index.read(lambda view: overview(view, about, filters))
        notice = "" if sentences else describe(about, infos, filters)
        yield Retrieved(())
        for n, sentence in enumerate(sentences):
            yield Delta(sentence.text if n == 0 else f" {sentence.text}")
        yield Done(
            Answer(
                question=question,
                query=query,
                sentences=sentences,
                passages=(),
                abstained=False,
                model="quote" if sentences else "catalog",
                timings=watch.timings(),
                articles=tuple(infos[:MOST_LISTED]),
                notice=notice,
            )
        )

    def _find(
        self,
        query: str,
        context: str,
        filters: Filters,
        asked: datetime.date | None,
        watch: Stopwatch,
    ) -> tuple[Retrieval, list[Reading] | None]:
        """The passages to answer from; with a reader, what it says of each."""
        k, has_last_word = self.settings.passages, bool(self.settings.reranker)
        with watch.stage("retrieve"):
            most = wanted(k) if self.reader and not has_last_word else k
            found = retrieve(self.index, query, most, filters, context, asked)
        if self.reader is None:
            return found, None
        with watch.stage("read"):
            return read(query, found, self.reader, k, 0.0 if has_last_word else SHARE)

    def _answer(
        self,
        answer: Answer,
        found: Retrieval,
        readings: list[Reading] | None,
        watch: Stopwatch,
        mode: Mode,
    ) -> Iterator[Event | None]:
        with watch.stage("choose"):
            sentences = quote.score_sentences(
                answer.query, found.passages, found.articles, self._sentences, readings
            )
        score = quote.answerable(sentences)
        threshold = quote.bar(answer.query, sentences, self._threshold())
        trace = replace(answer.trace, answerable=score, threshold=threshold)
        answer = replace(answer, trace=trace)
        likely = caveats.ordered(answer.query, sentences) if score >= threshold else []
        # A model of this size answers anything; a large one may see what similarity does not.
        chosen = caveats.choose(answer.query, likely, found.articles)
        if mode != "quote" and (likely or mode != "embedded"):
            yield from self._draft(answer, likely, chosen, watch, mode)
            return
        quoted = tuple(quote.quotation(sentence) for sentence in chosen)
        for n, sentence in enumerate(quoted):
            yield Delta(sentence.text if n == 0 else f" {sentence.text}")
        answer = replace(answer, sentences=quoted, abstained=not quoted, timings=watch.timings())
        yield Done(replace(answer, notice=caveats.notice(answer, likely)))

    def _draft(
        self,
        answer: Answer,
        likely: list[quote.Quotable],
        chosen: list[quote.Quotable],
        watch: Stopwatch,
        mode: Mode,
    ) -> Iterator[Event | None]:
        from rag.cite import EmbeddingScorer
        from rag.draft import Drafting

        scorer = EmbeddingScorer(self._sentences)
        strict = mode == "embedded"
        drafting = Drafting(answer, likely, chosen, scorer, watch, strict)
        yield from drafting.run(self._drafter(mode))

    def _drafter(self, mode: Mode) -> Drafter:
        """The model for a mode, made at its first use and kept."""
        from rag.llm.choice import make_drafter

        with self._lock:
            if mode not in self._drafters:
                self._drafters[mode] = make_drafter(mode, self._llm, self.settings)
            return self._drafters[mode]

    def _threshold(self) -> float:
        if self.settings.abstain_below is not None:
            return self.settings.abstain_below
        return quote.load_fit(self.reader is not None).threshold
