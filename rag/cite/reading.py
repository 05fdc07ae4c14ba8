"""A text read for checking: its words with their base forms, names, numbers and dates. Pure."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Literal

from rag import lexicon
from rag.chunk import split_sentences
from rag.cite.dates import DateMention, covered, find_dates
from rag.cite.numbers import Quantity, find_numbers
from rag.cite.places import alias, place_of
from rag.words import FUNCTION_WORDS

Kind = Literal["name", "content", "function", "figure"]

_WORD = re.compile(r"(?:[^\W\d_]\.){2,}(?:[^\W\d_]\b)?|[^\W_]+(?:['’\-‑][^\W_]+)*")
_BREAK = re.compile(r"[;:—–()]|,(?!\d\d\d)|\s-\s")
_TITLES = """mr mrs ms miss dr sir dame lord lady prof professor president vice prime minister
senator sen rep gov governor chancellor king queen prince princess pope general gen capt captain
secretary judge justice chief chairman mayor republican democrat democratic ambassador"""
TITLES = frozenset(_TITLES.split())
_COURTEOUS = "mr mrs ms miss dr sir dame lord lady prof professor republican democrat democratic"
COURTESIES = frozenset(_COURTEOUS.split())
"""Of the titles, those that a name may lack, and that tell nobody apart."""

_LIGHT = """become became becomes becoming been being let happen
happened happens include includes including included involve involved according really actually
currently now then later recently ago today eventually finally several various certain different
overall mainly mostly largely primarily specifically particularly especially generally
approximately roughly nearly almost exactly toward towards whose next previous respectively thereby
therefore thus hence moreover furthermore additionally however meanwhile instead around
something someone anything anyone everything everyone thing things way ways kind sort"""
FUNCTION = (FUNCTION_WORDS | frozenset(_LIGHT.split())) - frozenset(["against", "take", "work"])
_JOINED = re.compile(
    r"\b(united states(?: of america)?|united kingdom|european union|united nations)\b",
    re.IGNORECASE,
)
_NUMERO = re.compile(r"\bNo(?=\. ?\d)")
"""The "No." of "No. 3" is no negation; what stands in for it is as long."""

_KINDS = """republican democrat liberal conservative socialist communist muslim christian catholic
protestant buddhist marine senator oscar emmy grammy olympic palestinian"""
KINDS = frozenset(_KINDS.split())
"""Names that have a plural: "Republicans". Of other names it is another one: "Williams"."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word: its folded form, its base forms, what kind it is, and which clause it is in."""

    text: str
    folded: str
    forms: frozenset[str]
    kind: Kind
    start: int
    end: int
    place: int
    clause: int
    sentence: int
    opens: bool

    @property
    def counts(self) -> bool:
        """Whether the word says something that evidence must hold."""
        return self.kind in ("name", "content")


@dataclass(frozen=True)
class Reading:
    """A text, read once; `words` in order, `dates` resolved from the day of publication."""

    text: str
    words: tuple[Word, ...]
    numbers: tuple[Quantity, ...]
    dates: tuple[DateMention, ...]
    sentences: tuple[tuple[int, int], ...]

    def before(self, word: Word) -> Word | None:
        """The word right before one; None before the first."""
        return self.words[word.place - 1] if word.place else None

    @cached_property
    def content(self) -> tuple[Word, ...]:
        return tuple(word for word in self.words if word.counts)

    @cached_property
    def folded(self) -> frozenset[str]:
        return frozenset(word.folded for word in self.words)

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(word.folded for word in self.words if word.kind == "name")

    def knowing(self, names: frozenset[str]) -> Reading:
        """The same, with words that open a sentence read as names if they are among `names`.

        "Trump said" alone may speak of trumps; beside a text that names Mr Trump it does not.
        """
        if not any(_is_hidden_name(word, names) for word in self.words):
            return self
        words = (
            replace(word, kind="name") if _is_hidden_name(word, names) else word
            for word in self.words
        )
        return replace(self, words=tuple(words))

    @cached_property
    def capitals(self) -> str:
        """First letters of the capitalised words: where "KCNA" is found, if it is spelled out."""
        words = [word for word in self.words if word.text[:1].isupper()]
        return "".join(word.folded[:1] for word in words if word.kind != "function")

    @cached_property
    def forms(self) -> frozenset[str]:
        return frozenset(form for word in self.words for form in word.forms)

    @cached_property
    def name_groups(self) -> tuple[tuple[Word, ...], ...]:
        """Neighbouring name words: ("Donald", "Trump"), ("North", "Korean")."""
        groups: list[list[Word]] = []
        for word in self.words:
            if word.kind != "name":
                continue
            last = groups[-1][-1] if groups else None
            if last and last.place + 1 == word.place and last.clause == word.clause:
                groups[-1].append(word)
            else:
                groups.append([word])
        return tuple(map(tuple, groups))


def _is_hidden_name(word: Word, names: frozenset[str]) -> bool:
    return word.kind == "content" and word.text[:1].isupper() and word.folded in names


@lru_cache(maxsize=4096)
def read(text: str, published: datetime.date | None = None) -> Reading:
    """Read a text. Relative dates ("last week") are resolved from `published`."""
    joined = _JOINED.sub(lambda match: match[0].replace(" ", "-"), text)
    joined = _NUMERO.sub("Nr", joined)
    dates = find_dates(joined, published)
    numbers = find_numbers(joined, tuple(covered(dates)))
    sentences = split_sentences(joined)
    figures = [*covered(dates), *((number.start, number.end) for number in numbers)]
    words = tuple(_without_lone_titles([*_words(joined, sentences, figures)]))
    return Reading(text, words, tuple(numbers), tuple(dates), tuple(sentences))


@lru_cache(maxsize=50_000)
def fold(text: str) -> str:
    """Lower case without accents, possessive and dots: "Trump’s" is "trump", "U.S." is "us"."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'").replace("‑", "-")).casefold()
    plain = "".join(char for char in plain if not unicodedata.combining(char)).replace(".", "")
    plain = plain.removesuffix("'s").removesuffix("'")
    if plain == "us" and text[:2] != "us":  # "he helped us" speaks of no country
        return "united-states"
    return alias(plain)


def _words(
    text: str, sentences: Sequence[tuple[int, int]], figures: Iterable[tuple[int, int]]
) -> Iterable[Word]:
    taken = sorted(figures)
    breaks = [match.start() for match in _BREAK.finditer(text)]
    place = 0
    for number, (start, end) in enumerate(sentences):
        opens = True
        for match in _WORD.finditer(text, start, end):
            clause = number + sum(1 for position in breaks if position < match.start())
            figure = any(left < match.end() and match.start() < right for left, right in taken)
            yield _word(text, match, figure, place, clause, number, opens)
            place, opens = place + 1, False


def _without_lone_titles(words: Sequence[Word]) -> Iterable[Word]:
    """The words, titles that stand before no name as words that count: "Democratic voters"."""
    for word, after in zip(words, [*words[1:], None], strict=False):
        title = word.folded in TITLES and word.text[0].isupper() and word.kind == "function"
        named = after and after.sentence == word.sentence and after.text[0].isupper()
        yield replace(word, kind="content") if title and not named else word


def _word(
    text: str,
    match: re.Match[str],
    figure: bool,
    place: int,
    clause: int,
    sentence: int,
    opens: bool,
) -> Word:
    folded = fold(match[0])
    forms = lexicon.base_forms(folded)
    if "-" in folded:
        forms |= {form for part in folded.split("-") for form in lexicon.base_forms(part)}
    quoted = text[max(0, match.start() - 1) : match.start()] in "\"“‘'" and match.start() > 0
    around = text[max(0, match.start() - 2) : match.start()], text[match.end() : match.end() + 2]
    kind = _kind(match[0], folded, forms, figure, opens or quoted)
    if kind == "function" and not opens and _is_letter(match[0], *around):
        kind = "name"
    return Word(
        match[0], folded, forms, kind, match.start(), match.end(), place, clause, sentence, opens
    )


def _kind(text: str, folded: str, forms: frozenset[str], figure: bool, opens: bool) -> Kind:
    if figure:
        return "figure"
    if folded in FUNCTION or (len(folded) == 1 and folded.isascii()):
        return "function"
    if folded in TITLES and text[0].isupper():
        return "function"
    if not text[0].isupper() or (opens and any(map(lexicon.entry, forms))):
        return "content"
    return "name"


def _is_letter(text: str, before: str, after: str) -> bool:
    """Whether a capital is a name of its own: "Vitamin C", "Group A", not the J. of "J. K. Rowling"
    or the F of "John F Kennedy"."""
    if len(text) != 1 or not text.isupper() or text == "I":
        return False
    return (
        before[-2:-1].isalpha()
        and not (after[:1] == "." and after[1:].strip())
        and (not after[1:].isupper())
    )


@lru_cache(maxsize=50_000)
def same_name(claimed: str, found: str) -> bool:
    """Whether two folded words are one name: "korean" is "korea", "jong-un" is "jong-un"."""
    if claimed == found or claimed in found.split("-"):  # "Korea" in "US-North Korea"
        return True
    if place := place_of(claimed):
        return place == place_of(found)
    shorter, longer = sorted((claimed, found), key=len)
    if len(shorter) < 4 or not longer.startswith(shorter) or place_of(found):
        return False
    ending = longer[len(shorter) :]
    return ending in ("ic", "ish") or (ending == "s" and shorter in KINDS)
