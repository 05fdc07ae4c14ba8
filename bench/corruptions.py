"""Sentences of real articles, each made false in one known way: how many the check lets through.

The sentence before the change is the evidence, so similarity and word overlap are as high as can
be, and the scorer is taken to be fully convinced: what stops a falsehood here is the rules alone.
Part of `python -m bench claims`; the news texts stay outside the repository.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from rag.cite.check import check
from rag.cite.reading import Reading, Word, read
from rag.types import Verdict

ARTICLES = 400
"""Articles that one sentence each is taken from, for each kind of change."""

_OPPOSITES = """rose fell|increased decreased|won lost|before after|more fewer|higher lower|
accepted rejected|bought sold|started ended|first last|supported opposed|hired fired|
north south|east west|best worst|up down|opened closed|largest smallest|gained lost|
arrived left|allowed banned|guilty innocent"""
_SWAPS = {
    word: other
    for pair in _OPPOSITES.replace("\n", "").split("|")
    for word, other in (pair.split(), pair.split()[::-1])
}
_AUXILIARY = re.compile(
    r"\b(is|are|was|were|will|would|can|could|has|have|had|should)\b(?! not|n't)"
)

Change = Callable[[Reading, Reading, random.Random], str | None]


@dataclass(frozen=True)
class Passed:
    """Of `count` sentences made false in this way, how many came out as supported, or partly."""

    change: str
    count: int
    supported: int
    partly: int


def changed_number(sentence: Reading, article: Reading, chance: random.Random) -> str | None:
    """One number becomes another."""
    if not sentence.numbers:
        return None
    number = chance.choice(sentence.numbers)
    return _put(sentence, number.start, number.end, f" {int(number.value) + chance.randint(2, 9)}")


def changed_year(sentence: Reading, article: Reading, chance: random.Random) -> str | None:
    """One year becomes the one after."""
    years = [date for date in sentence.dates if re.fullmatch(r"\d{4}", date.written)]
    if not years:
        return None
    date = chance.choice(years)
    return _put(sentence, date.start, date.end, str(int(date.written) + 1))


def changed_name(sentence: Reading, article: Reading, chance: random.Random) -> str | None:
    """One name becomes another of the same article."""
    inside = [group for group in sentence.name_groups if _plain(group)]
    others = [g for g in article.name_groups if _plain(g) and g[0].folded not in sentence.folded]
    if not inside or not others:
        return None
    group, other = chance.choice(inside), chance.choice(others)
    return _put(
        sentence, group[0].start, group[-1].end, article.text[other[0].start : other[-1].end]
    )


def exchanged_names(sentence: Reading, article: Reading, chance: random.Random) -> str | None:
    """The names before and after a verb change places."""
    groups = [group for group in sentence.name_groups if _plain(group)]
    for first, second in pairwise(groups):
        between = sentence.text[first[-1].end : second[0].start]
        verbs = re.search(r"\b(?!and\b|or\b)[a-z]+(?:ed|s)\b", between)
        if len(between.split()) > 6 or not verbs or re.search(r"\b(?:and|or|met)\b|[,;:]", between):
            continue
        names = [sentence.text[g[0].start : g[-1].end] for g in (first, second)]
        after = sentence.text[second[-1].end :]
        return sentence.text[: first[0].start] + names[1] + between + names[0] + after
    return None


def negated(sentence: Reading, article: Reading, chance: random.Random) -> str | None:
    """A "not" is put behind an auxiliary."""
    found = list(_AUXILIARY.finditer(sentence.text))
    if not found or re.search(r"\b(?:not|no|never|without)\b|n['’]t\b", sentence.text):
        return None
    auxiliary = found[0]
    return sentence.text[: auxiliary.end()] + " not" + sentence.text[auxiliary.end() :]


def affirmed(sentence: Reading, article: Reading, chance: random.Random) -> str | None:
    """A "not" is taken out."""
    changed = re.sub(
        r"\b(is|are|was|were|will|would|has|have|had) not\b", r"\1", sentence.text, count=1
    )
    return changed if changed != sentence.text else None


def turned_round(sentence: Reading, article: Reading, chance: random.Random) -> str | None:
    """One word becomes its opposite."""
    words = [word for word in sentence.words if word.folded in _SWAPS and word.text.islower()]
    if not words:
        return None
    word = chance.choice(words)
    return _put(sentence, word.start, word.end, _SWAPS[word.folded])


def shortened(sentence: Reading, article: Reading, chance: random.Random) -> str | None:
    """Still true: what stands between two commas is left out, and titles and "also" with it."""
    inserted = re.search(
        r"(?<=\w), (?:who|which|where|whose|a|an|the)\b[^,;:“”\"()]{8,80}, ", sentence.text
    )
    if not inserted:
        return None
    return sentence.text[: inserted.start()] + " " + sentence.text[inserted.end() :]


CHANGES: dict[str, Change] = {
    "a number changed": changed_number,
    "a year changed": changed_year,
    "a name changed": changed_name,
    "two names exchanged": exchanged_names,
    '"not" put in': negated,
    '"not" taken out': affirmed,
    "a word turned into its opposite": turned_round,
}


TRUE_CHANGES: dict[str, Change] = {"something inserted left out (still true)": shortened}


def _plain(group: tuple[Word, ...]) -> bool:
    return all("-" not in word.text and not word.text.isupper() for word in group)


def _put(sentence: Reading, start: int, end: int, new: str) -> str:
    return sentence.text[:start] + new.strip() + sentence.text[end:]


def run(articles: Path) -> list[Passed]:
    """Make sentences of these articles false, and count those that pass."""
    return [
        Passed(name, len(verdicts), verdicts.count("supported"), verdicts.count("partly"))
        for name, change in (CHANGES | TRUE_CHANGES).items()
        for verdicts in [[_verdict(*pair) for pair in _pairs(articles, change)]]
    ]


def _verdict(claim: str, evidence: str) -> Verdict:
    return check(claim, evidence, similarity=1.0).verdict


def _pairs(path: Path, change: Change) -> Iterator[tuple[str, str]]:
    """(changed sentence, sentence): at most one an article."""
    chance = random.Random(0)
    with gzip.open(path, "rt", encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file]
    # The rules were written with an eye on the first so many: these are others.
    for text in chance.sample(texts, 2 * ARTICLES)[ARTICLES:]:
        article = read(text[:4000])
        for start, end in chance.sample(article.sentences, len(article.sentences)):
            sentence = read(article.text[start:end])
            if not 8 <= len(sentence.words) <= 40 or sentence.text != article.text[start:end]:
                continue
            if (claim := change(sentence, article, chance)) and claim != sentence.text:
                yield claim, sentence.text
                break
