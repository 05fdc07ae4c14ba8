"""What the citation check knows of English words: base forms, meanings, opposites.

Comes from WordNet 3.0 by `training/lexicon.py` and is read from the package at first use
(0.1 s, once a process). A word that is not in it is a name, a number or rare.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

_ENDINGS = (
    *(("ies", "y"), ("es", "e"), ("es", ""), ("s", ""), ("ied", "y"), ("ed", "e"), ("ed", "")),
    *(("ing", "e"), ("ing", ""), ("er", "e"), ("er", ""), ("est", "e"), ("est", "")),
    *(("men", "man"), ("ves", "f"), ("ves", "fe"), ("ly", "")),
)
_SPELLINGS = (
    *(("isation", "ization"), ("yse", "yze"), ("ise", "ize"), ("ising", "izing"), ("ised", "ized")),
    *(("our", "or"), ("tre", "ter"), ("ence", "ense"), ("lled", "led"), ("lling", "ling")),
    *(("gramme", "gram"), ("ogue", "og"), ("mme", "m"), ("oured", "ored"), ("ours", "ors")),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one word. Meanings are numbers that mean nothing by themselves.

    `stands_for` holds the meanings that the word, as evidence, also vouches for: those of
    words derived from it, and those it is a kind of ("summit" stands for "meeting").
    """

    parts: str
    meanings: frozenset[int]
    stands_for: frozenset[int]
    opposites: frozenset[str]
    bases: tuple[str, ...]

    @property
    def is_verb(self) -> bool:
        return "v" in self.parts


@lru_cache(maxsize=20_000)
def entry(word: str) -> Entry | None:
    """What is known of a word in lower case, as it is written; None for an unknown one."""
    line = _lines().get(word)
    if line is None:
        return None
    parts, own, stands_for, opposites, bases = line.split("\t")
    return Entry(
        parts,
        frozenset(map(int, filter(None, own.split(",")))),
        frozenset(map(int, filter(None, stands_for.split(",")))),
        frozenset(filter(None, opposites.split(","))),
        tuple(filter(None, bases.split(","))),
    )


@lru_cache(maxsize=20_000)
def base_forms(word: str) -> frozenset[str]:
    """The word itself and every base form it may have: "rose" gives "rose" and "rise".

    British spellings also give the American one, so that both are the same word.
    """
    known = entry(word)
    forms = {word, *(known.bases if known else ()), *_cut(word)}
    return frozenset(forms | {american for form in forms for american in _american(form)})


def _cut(word: str) -> set[str]:
    """Base forms by ending, as far as they are words: "signed" gives "sign"."""
    found = set()
    for ending, replacement in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem == word or len(stem) < 2:
            continue
        doubled = len(stem) > 3 and stem[-1] == stem[-2] and not replacement
        found |= {stem + replacement, *([stem[:-1]] if doubled else [])}
    return {form for form in found if form in _lines()}


def _american(word: str) -> set[str]:
    return {
        word.removesuffix(british) + american
        for british, american in _SPELLINGS
        if word.endswith(british)
    }


@cache
def _lines() -> dict[str, str]:
    packed = resources.files("rag").joinpath("data/lexicon.tsv.gz").read_bytes()
    lines = gzip.decompress(packed).decode().splitlines()
    return dict(line.split("\t", 1) for line in lines)
