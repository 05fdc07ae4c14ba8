"""Answering with a language model that is never believed unchecked.

The model's draft is split into sentences while it streams; each is checked against the
passages as soon as it is whole, and only what passed is handed on. Where nothing passed, and the
model did not say that the articles do not say, quotations stand in. A model that fails
leaves what was verified so far, marked incomplete, or quotations with the reason; if the
articles offer neither, its error is raised: a failure is never an abstention. One that begins to
repeat itself is stopped: what was verified so far is kept, and marked incomplete, too.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace

from rag import caveats, quote
from rag.chunk import ends_in_hour
from rag.cite import DraftSentence, Scorer, cite_sentence, declines, is_filler, split_draft
from rag.errors import InputError, ModelError
from rag.llm import Draft, Drafter, Message
from rag.llm.base import Worker
from rag.prompts import answer_messages, prompt_text
from rag.quote import Quotable
from rag.stopwatch import Stopwatch
from rag.types import Answer, Checked, Delta, Done, Event, Sentence, Usage

ANSWER_TOKENS = 256
SPLIT_ALWAYS = 2000  # characters of a draft, more than it should have
SHORTEST_ROUND = 4  # words of a sentence that, said again, ends the draft

REPEATED = "The model began to repeat itself and was stopped. What it said before was checked."
UNLIKELY = "it may be so, but other sentences are likelier to answer"
NOTHING_HELD = "None of what the model wrote is shown. These are quotations."


def goes_in_circles(drafted: Sequence[DraftSentence]) -> bool:
    """Whether the last sentence was said before: a small model then says nothing else."""
    said = [sentence.text for sentence in drafted]
    return bool(said) and len(said[-1].split()) >= SHORTEST_ROUND and said[-1] in said[:-1]


def _finished(drafted: Sequence[DraftSentence]) -> Sequence[DraftSentence]:
    """The sentences of an unfinished draft that no further word can change: not the last, and
    none that ends in "8 p.m." before it is known whether "Sunday" follows."""
    whole = drafted[:-1]
    if whole and ends_in_hour(whole[-1].text) and len(drafted[-1].text.split()) < 3:
        return whole[:-1]
    return whole


def worth_splitting(length: int, last: int) -> bool:
    """Whether a draft is to be split anew, that had `last` characters when it last was.

    With each piece; one much too long only when it has grown by a sixteenth, for else the time
    would grow with the square of its length.
    """
    grown = length - last
    return grown > 0 and (length <= SPLIT_ALWAYS or grown >= length // 16)


@dataclass
class Drafting:
    """One model's answer to one question."""

    answer: Answer
    likely: Sequence[Quotable]  # sentences that may answer, best first
    chosen: Sequence[Quotable]  # those to quote: they stand in where nothing of the draft holds
    scorer: Scorer
    watch: Stopwatch
    strict: bool = False  # a sentence must cite what is likely to answer, as a small model's must
    sentences: list[Sentence] = field(default_factory=list)
    checked: list[Checked] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    repeated: bool = False  # it went in circles and was stopped: what it left out, nobody knows

    def run(self, drafter: Drafter) -> Iterator[Event | None]:
        """Delta for each verified sentence, then Done. Closing it stops the model.

        None comes several times a second while the model is at work, for what is only verified
        later, or never, gives no other moment to close it.

        Raises ModelError if the model fails, or InputError if the question is too long for it,
        and the articles have no quotation to offer.
        """
        failure = None
        try:
            messages = yield from self._prepare(drafter)
            yield from self._draft(drafter.draft(messages, max_tokens=ANSWER_TOKENS))
        except (ModelError, InputError) as error:
            failure = error
        yield from self._finish(failure)

    def _prepare(self, drafter: Drafter) -> Generator[None, None, list[Message]]:
        """The prompt, made in a thread: a server that is asked for its limit may keep silent, and
        a model may have to load."""
        worker: Worker[list[Message]] = Worker(
            lambda put: put(self._prompt(drafter)), "footnote-prompt"
        )
        found: list[Message] = []
        for messages in worker.items(math.inf):
            if messages is None:
                yield None
            else:
                found = messages
        return found

    def _prompt(self, drafter: Drafter) -> list[Message]:
        """What the model is asked. A model that is not there may fail at its name already."""
        self.answer = answer = replace(self.answer, model=drafter.name)
        messages = answer_messages(
            answer.query,
            answer.passages,
            {info.id: info for info in answer.articles},
            count_tokens=drafter.count_tokens,
            budget=drafter.context_tokens - ANSWER_TOKENS,
        )
        trace = replace(answer.trace, prompt=prompt_text(messages))
        self.answer = replace(answer, trace=trace)
        return messages

    def _draft(self, draft: Draft) -> Iterator[Delta | None]:
        """Checks each sentence of the stream as soon as the next one has begun."""
        text, split, done, highest = "", 0, 0, len(self.answer.passages)
        try:
            while True:
                try:
                    text += next(draft)
                except StopIteration as stop:
                    self.usage = stop.value
                    break
                if worth_splitting(len(text), split):
                    split, whole = len(text), _finished(split_draft(text, highest))
                    yield from self._check(whole[done:])
                    done = max(done, len(whole))
                    if goes_in_circles(whole):
                        self.repeated = True
                        return
                yield None
            yield from self._check(split_draft(text, highest)[done:])
        finally:
            draft.close()

    def _check(self, drafted: Sequence[DraftSentence]) -> Iterator[Delta]:
        published = {info.id: info.published for info in self.answer.articles}
        for sentence in drafted:
            if any(sentence.text == checked.draft for checked in self.checked):
                continue
            with self.watch.stage("check"):
                verified, checked = cite_sentence(
                    sentence,
                    self.answer.passages,
                    self.scorer,
                    published=published,
                    question=self.answer.query,
                )
            if verified and self.strict and not quote.is_likely(verified, self.likely, self.chosen):
                verified, checked = None, replace(checked, action="dropped", reason=UNLIKELY)
            self.checked.append(checked)
            if verified is not None and all(verified.text != s.text for s in self.sentences):
                yield self._show(verified)

    def _show(self, sentence: Sentence) -> Delta:
        self.sentences.append(sentence)
        return Delta(sentence.text if len(self.sentences) == 1 else f" {sentence.text}")

    def _finish(self, failure: ModelError | InputError | None) -> Iterator[Event]:
        notice = yield from self._stand_in(failure)
        yield from self._other_sides()
        answer = replace(
            self.answer,
            sentences=tuple(self.sentences),
            abstained=not self.sentences,
            complete=failure is None and not self.repeated,
            trace=replace(self.answer.trace, checked=tuple(self.checked)),
            usage=self.usage,
            timings=self.watch.timings(),
        )
        beside = caveats.notice(answer, self.likely)
        yield Done(replace(answer, notice=" ".join(filter(None, (notice, beside)))))

    def _stand_in(self, failure: ModelError | InputError | None) -> Generator[Delta, None, str]:
        """What is said of a draft that is not whole, or of which nothing holds; quotations first,
        where it left nothing. Raises the failure if there is nothing to quote.
        """
        began = bool(self.sentences)
        if not began and (failure or not self._declined()):
            for quotable in self.chosen:
                yield self._show(quote.quotation(quotable))
        if failure is None:
            return self._about_draft(stood_in=not began and bool(self.sentences))
        if began:
            return f"The model broke off ({failure}). What it said before was checked."
        if not self.sentences:
            raise failure
        return f"The model failed ({failure}). These are quotations."

    def _about_draft(self, *, stood_in: bool) -> str:
        said = [REPEATED] if self.repeated else []
        return " ".join([*said, NOTHING_HELD] if stood_in else said)

    def _declined(self) -> bool:
        """Whether the first thing that the model said is that the articles do not say."""
        said = (checked.draft for checked in self.checked)
        first = next((text for text in said if declines(text) or not is_filler(text)), "")
        return declines(first)

    def _other_sides(self) -> Iterator[Delta]:
        """What must be quoted beside a draft that gives one side of several, or of another place.

        Nothing is added to an empty draft: then the assistant abstains.
        """
        query = self.answer.query
        if not self.sentences or caveats.asks_of_now(query):
            return
        infos = {info.id: info for info in self.answer.articles}
        if caveats.differing(query, self.likely) or caveats.said_of(query, self.likely, infos):
            shown = {citation.span for s in self.sentences for citation in s.citations}
            for quotable in self.chosen:
                if quotable.span not in shown:
                    yield self._show(quote.quotation(quotable))
