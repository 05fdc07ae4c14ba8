"""What must be said beside an answer: as of when, where articles differ, what is not said there.

In: the question, the scored sentences, and what is known of their articles. Out: which
sentences to quote, and one line for `Answer.notice`. Pure. Nothing here decides whether the
articles answer; it only keeps a true sentence from being read as more than it says.

    Who is the mayor now?          the newest article that answers, "As of 9 October 2023, …"
    How much did it cost?          two articles, two figures: both quoted, with source and date
    a refusal that was close       "This was close: the nearest passages may say it."
    What did they sign in Hanoi?   "The sentence nearest to the question speaks of Singapore,
                                   not of Hanoi.", and what is said of Hanoi beside it
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence

from rag import quote
from rag.cite.places import place_of
from rag.cite.reading import fold
from rag.quote import Quotable
from rag.types import Answer, ArticleInfo

_NOW = re.compile(
    r"\b(?:now|nowadays|currently?|today|tonight|latest|newest|most recent(?:ly)?|still|so far|yet"
    r"|at the moment|at present|these days|up to date|as of|this (?:week|month|year))\b",
    re.IGNORECASE,
)
_NAME = r"[A-Z][\w’'-]+(?:\s(?:(?:of|the|de|del|du|la|le|di|da)\s)*[A-Z][\w’'-]+)*"
_NAMED = rf"\s+(?:the\s+)?(?:(?:19|20)\d\d\s+)?(?P<name>{_NAME})"
_PLACE = re.compile(rf"\b(?:in|at|from){_NAMED}")
_PLACE_OF_AN_EVENT = re.compile(rf"\bin{_NAMED}")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_CREDIT = re.compile(r"\(\s*[A-Z][\w\s/]*\s*\)\s*$")  # what photo captions end in
_PHOTO = re.compile(r"\b(?:photos?|photographs?|pictures?|images?|captions?)\b", re.IGNORECASE)
_CALENDAR = re.compile(
    r"(?:Jan|Febr)uary|March|April|May|June|July|August|(?:Septem|Octo|Novem|Decem)ber"
    r"|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
)

CLOSE = 0.5  # of the threshold: from there on a refusal says that it is not sure
NEAR = 0.5  # a sentence counts beside the best if it is this likely
_BESIDE = 0.1  # what is said of the place or year asked for, where the best speaks of another
_NEARLY = 0.7  # a sentence goes before a caption if it is this likely
_PREFERS_WORDS = 0.0  # the reader's span score above which it prefers these words to none
_SHORT = 8  # words of an answer that can be compared with another


def asks_of_now(question: str) -> bool:
    """Whether the answer depends on when it is given."""
    return bool(_NOW.search(question))


def ordered(question: str, sentences: Sequence[Quotable]) -> list[Quotable]:
    """The sentences, the credit line of a photo not first where a sentence is nearly as likely."""
    found = list(sentences)
    if found and _is_caption(found[0]) and not _PHOTO.search(question):
        near = (one for one in found if one.score >= _NEARLY * found[0].score)
        if first := next((one for one in near if not _is_caption(one)), None):
            found.remove(first)
            found.insert(0, first)
    return found


def choose(
    question: str, likely: Sequence[Quotable], infos: Mapping[str, ArticleInfo]
) -> list[Quotable]:
    """The sentences to quote: as `quote.select`, but the newest, both sides, or what is said.

    `likely` are sentences that may answer, as `ordered` puts them; [] gives [].
    """
    if not likely:
        return []
    if asks_of_now(question):
        likely = _newest_first(likely, infos)
    elif others := differing(question, likely):
        return [likely[0], *others]
    elif said := said_of(question, likely, infos):
        return sorted([likely[0], said], key=lambda one: (one.span.article_id, one.span.start))
    return quote.select(likely)


def differing(question: str, likely: Sequence[Quotable]) -> list[Quotable]:
    """The best sentences of other articles in which the reader finds another answer, at most 2.

    Only figures and names that were asked for count, and only where they have nothing in
    common: "84 million" and "97 million", not "Trump" and "Donald Trump".
    """
    if not likely or quote.kind_asked(question) is None or _YEAR.search(question):
        return []  # of a given year there is one answer: another year's is no other side
    found: list[Quotable] = []
    answers = [_answer(likely[0])]
    seen = {likely[0].span.article_id}
    for one in likely[1:]:
        if one.score < NEAR * likely[0].score or len(found) == 2:
            break
        if one.span.article_id in seen:
            continue
        seen.add(one.span.article_id)
        if all(_differ(_answer(one), answer) for answer in answers):
            found.append(one)
            answers.append(_answer(one))
    return found


def said_of(
    question: str, likely: Sequence[Quotable], infos: Mapping[str, ArticleInfo]
) -> Quotable | None:
    """Where the best sentence speaks of another place or year: what is said of the one asked for.

    A photo caption says little of it and is taken only where there is nothing else. What hardly
    answers is no better than nothing.
    """
    asked, other = _misplaced(question, likely, infos)
    if not asked:
        return None
    near = (one for one in likely if one.score >= _BESIDE * likely[0].score)
    holding = [one for one in near if asked in one.text]
    return min(holding, key=lambda one: (_is_caption(one), other in one.text), default=None)


def notice(answer: Answer, likely: Sequence[Quotable]) -> str:
    """What is to be said beside this answer in one line; "" where nothing is."""
    if answer.abstained:
        return _close_call(answer)
    infos = {info.id: info for info in answer.articles}
    cited = dict.fromkeys(citation.span.article_id for citation in answer.citations)
    if asks_of_now(answer.query):
        return _as_of(infos[name] for name in cited if name in infos)
    if others := differing(answer.query, likely):
        sides = (
            f"“{_answer(one)}” ({_named(infos[one.span.article_id])})"
            for one in (likely[0], *others)
        )
        return f"The articles give different answers: {'; '.join(sides)}."
    asked, other = _misplaced(answer.query, likely, infos)
    if asked and said_of(answer.query, likely, infos):
        return f"The sentence nearest to the question speaks of {other}, not of {asked}."
    return ""


def _close_call(answer: Answer) -> str:
    """What to say of a refusal that is not sure: that nothing was good enough is not that the
    articles are silent."""
    score, threshold = answer.trace.answerable, answer.trace.threshold
    if score is None or threshold is None or not answer.passages or score < CLOSE * threshold:
        return ""
    if score >= threshold:  # there were quotations, and the model said that they do not answer
        return ""
    return "This was close: the nearest passages may say it."


def _newest_first(
    likely: Sequence[Quotable], infos: Mapping[str, ArticleInfo]
) -> Sequence[Quotable]:
    """The sentences near the best of the newest article alone; all, where none has a date."""
    near = [one for one in likely if one.score >= NEAR * likely[0].score]
    dates = {one.span.article_id: _date(infos, one) for one in near}
    newest = max(dates.values())
    return [one for one in near if dates[one.span.article_id] == newest]


def _is_caption(one: Quotable) -> bool:
    return bool(_CREDIT.search(one.text))


def _date(infos: Mapping[str, ArticleInfo], one: Quotable) -> datetime.date:
    info = infos.get(one.span.article_id)
    return (info.published if info else None) or datetime.date.min


def _answer(one: Quotable) -> str:
    """The words that the reader finds in a sentence; "" where it would rather have none."""
    if one.words is None or one.found is None or one.found < _PREFERS_WORDS or one.fitting < 0:
        return ""
    words = one.text[slice(*one.words)]
    return words if len(words.split()) <= _SHORT else ""


def _differ(one: str, other: str) -> bool:
    """Whether two answers have nothing in common: of figures where both have one."""
    if not one or not other:
        return False
    figures = set(_FIGURE.findall(one)), set(_FIGURE.findall(other))
    words = [_plain_words(text) for text in (one, other)]
    if all(figures):  # metres and crowns are no two answers to one question
        comparable = words[0] & words[1] or not all(words)
        return bool(comparable) and not figures[0] & figures[1]
    return bool(not any(figures) and all(words) and not words[0] & words[1])


def _plain_words(text: str) -> set[str]:
    """The words of an answer that are no figures; one month or day is like another."""
    words = re.findall(r"[^\W\d_]{3,}", _CALENDAR.sub("month", text))
    return {word.lower() for word in words}


def _misplaced(
    question: str, likely: Sequence[Quotable], infos: Mapping[str, ArticleInfo]
) -> tuple[str, str]:
    """The place or year asked for, and what the best sentence names in its place; "" for none.

    An article with the place in its title speaks of it all along.
    """
    best = likely[0].text if likely else ""
    info = infos.get(likely[0].span.article_id) if likely else None
    around = f"{info.title if info else ''} {best}"
    for wanted, named in (
        (_places(_PLACE, question), _places(_PLACE_OF_AN_EVENT, best)),
        (_YEAR.findall(question), _YEAR.findall(best)),
    ):
        missing = [name for name in wanted if not _speaks_of(around, name)]
        others = dict.fromkeys(name for name in named if not _speaks_of(question, name))
        if len(missing) == len(wanted) == 1 and others:
            return missing[0], " and ".join(others)
    return "", ""


def _places(pattern: re.Pattern[str], text: str) -> list[str]:
    """Names where places stand, without months and days."""
    names = [match["name"] for match in pattern.finditer(text)]
    return [name for name in names if not _CALENDAR.match(name)]


def _speaks_of(text: str, name: str) -> bool:
    """Whether a text holds a place's name or an adjective of it ("French"), or a year."""
    place = _place(name)
    return name in text or any(_place(word) == place for word in re.findall(r"[^\W\d_]+", text))


def _place(word: str) -> str:
    folded = fold(word)
    return place_of(folded) or folded


def _named(info: ArticleInfo) -> str:
    parts = [info.source or info.title or info.id]
    if info.published:
        parts.append(_day(info.published))
    return ", ".join(parts)


def _as_of(infos: Iterable[ArticleInfo]) -> str:
    dates = sorted({info.published for info in infos if info.published})
    if not dates:
        return "The articles carry no date: this may no longer hold."
    if len(dates) == 1:
        return f"As of {_day(dates[0])}, the date of the article."
    return f"As of {_day(dates[0])} to {_day(dates[-1])}, the dates of the articles."


def _day(date: datetime.date) -> str:
    return f"{date.day} {date:%B %Y}"
