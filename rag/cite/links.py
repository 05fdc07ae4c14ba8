"""Whether what stands side by side in a claim stands together in its evidence. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from rag.cite.figures import Figure, agree, figures_of, words_of
from rag.cite.matching import Alignment
from rag.cite.reading import Word
from rag.cite.roles import is_surely_verb

_JOINS = frozenset(["and", "but", "while", "whereas"])
_SUBJECTS = frozenset(["it", "he", "she", "they", "this", "these", "who", "which"])
_BEFORE_ANOTHER = frozenset(["the", "a", "an", "mr", "mrs", "ms"])


def links(alignment: Alignment, *, neighbours: bool = False) -> float:
    """The share of neighbours in the claim that one sentence of the evidence holds both of: each
    two words, and each number or date with the word and the verb nearest to it.

    Words gathered from sentences that have nothing to do with each other have no links. Where
    the claim itself goes on to another thing ("… and the tunnel closed") none is asked for; where
    the sentences are `neighbours` it may go on to more of the same ("… and injured 30"), of which
    the second sentence must speak ("It injured 30"), and of nothing else.
    """
    parts = _parts(alignment, neighbours)
    kept = [
        _meet(left, right)
        for (word, left), (after, right) in pairwise(alignment.pairs)
        if word.sentence == after.sentence and parts[word.place] == parts[after.place]
    ]
    kept += [_meet(found, near) for found, near in _figures_and_neighbours(alignment, parts)]
    kept += [_speaks_of_the_same(alignment, after) for after in _continued(alignment, neighbours)]
    return sum(kept) / len(kept) if kept else 1.0


def _continued(
    alignment: Alignment, neighbours: bool
) -> Iterator[tuple[Sequence[Word], tuple[Word, ...]]]:
    """For each part of the claim without a subject of its own: what answers to the claim's
    first word that counts, and to the part's."""
    for (word, _), (after, answers) in pairwise(alignment.pairs):
        joined = neighbours and _goes_on(alignment, word, after, True)
        if joined and not _goes_on(alignment, word, after, False):
            yield alignment.pairs[0][1], answers


def _speaks_of_the_same(
    alignment: Alignment, found: tuple[Sequence[Word], tuple[Word, ...]]
) -> bool:
    """Whether a sentence that holds the part holds its subject as well, or a pronoun for it."""
    subject, answers = found
    pronouns = [word for word in alignment.evidence.words if word.folded in _SUBJECTS]
    return _meet([*subject, *pronouns], answers)


def has_two_parts(alignment: Alignment) -> bool:
    """Whether the claim goes on to another thing with a verb of its own: "… opened and the
    tunnel closed"."""
    parts = _parts(alignment, neighbours=False)
    said = {parts[word.place] for word in alignment.claim.words if is_surely_verb(word)}
    return len(said) > 1


def _parts(alignment: Alignment, neighbours: bool) -> list[int]:
    """For each word of the claim which of its parts it is in, counted from 0."""
    parts = [0] * len(alignment.claim.words)
    for (word, _), (after, _) in pairwise(alignment.pairs):
        if _goes_on(alignment, word, after, neighbours):
            for place in range(_join(alignment, word, after), len(parts)):
                parts[place] += 1
    return parts


def _join(alignment: Alignment, word: Word, after: Word) -> int:
    """The place of the "and" between two words of the claim."""
    between = alignment.claim.words[word.place + 1 : after.place]
    return next((other.place for other in between if other.folded in _JOINS), after.place)


def _goes_on(alignment: Alignment, word: Word, after: Word, neighbours: bool) -> bool:
    """Whether "and the" or "while a name" stands between two words of the claim."""
    between = [other.folded for other in alignment.claim.words[word.place + 1 : after.place]]
    if not any(other in _JOINS for other in between):
        return False
    return neighbours or between[-1] in _BEFORE_ANOTHER or after.kind == "name"


def _meet(left: Iterable[Word], right: Iterable[Word]) -> bool:
    return bool({one.sentence for one in left} & {one.sentence for one in right})


def _figures_and_neighbours(
    alignment: Alignment, parts: Sequence[int]
) -> Iterator[tuple[list[Word], tuple[Word, ...]]]:
    """For each number and date of the claim that the evidence holds: where it holds it, and
    where it holds the claim's nearest word, and its nearest verb, of the same part."""
    claim, evidence = alignment.claim, alignment.evidence
    for figure in figures_of(claim):
        here = words_of(claim.words, figure)
        found = [other for other in figures_of(evidence) if agree(figure, other)]
        there = [word for other in found for word in words_of(evidence.words, other)]
        if not here or not there:
            continue
        near = [pair for pair in alignment.pairs if parts[pair[0].place] == parts[here[0].place]]
        for pairs in (near, [pair for pair in near if is_surely_verb(pair[0])]):
            if pairs:
                yield there, min(pairs, key=lambda pair: _gap(pair[0], figure))[1]


def _gap(word: Word, figure: Figure) -> int:
    """Characters between a word and a figure."""
    return max(figure.start - word.end, word.start - figure.end)
