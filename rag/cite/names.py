"""Names: every name of a claim must be in the evidence, as the same name. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.cite.reading import Reading, Word, same_name

_WINDOW = 3
"""Words that may stand between the parts of one name."""


def name_answers(claim: Reading, evidence: Reading, context: Reading | None) -> Iterator[Answer]:
    """For each name of the claim, its words and what answers to each; nothing where it is not held.

    A name is held if the evidence has its parts close together, or part of it ("Trump" for
    "Donald Trump") where the passage around it (`context`) has all of it, or its initials.
    """
    for group in claim.name_groups:
        places = [_places(word, evidence) for word in group]
        if all(places) and _together(places):
            yield group, places
        elif short := _initials(group, evidence) or _part(group, evidence, context):
            yield group, [found or short for found in places]
        else:
            yield group, [[] for _ in group]


Answer = tuple[tuple[Word, ...], list[list[Word]]]


def _places(word: Word, evidence: Reading) -> list[Word]:
    return [other for other in evidence.words if same_name(word.folded, other.folded)]


def _together(places: Sequence[Sequence[Word]]) -> bool:
    return any(
        all(
            any(abs(first.place + step - other.place) <= _WINDOW for other in found)
            for step, found in enumerate(places)
        )
        for first in places[0]
    )


def _part(group: Sequence[Word], evidence: Reading, context: Reading | None) -> list[Word]:
    """The first or last part of a name, alone in the evidence, if the passage has the whole."""
    if len(group) < 2 or context is None:
        return []
    places = [_places(word, context) for word in group]
    if not all(places) or not _together(places):
        return []
    ends = (group[-1].folded, group[0].folded)
    return next((found for end in ends if (found := _alone(end, evidence))), [])


def _alone(name: str, evidence: Reading) -> list[Word]:
    """Where the name stands without another name beside it: "Trump", not "Melania Trump"."""
    words = evidence.words
    return [
        word
        for word in words
        if same_name(name, word.folded)
        and word.text[:1].isupper()
        and not _named(words[word.place - 1 : word.place], word)
        and not _named(words[word.place + 1 : word.place + 2], word)
    ]


def _named(beside: Sequence[Word], word: Word) -> bool:
    return any(other.kind == "name" and other.clause == word.clause for other in beside)


def _initials(group: Sequence[Word], evidence: Reading) -> list[Word]:
    """ "KCNA" for "Korean Central News Agency", and the other way round."""
    if len(group) == 1 and group[0].text.isupper() and len(group[0].text) >= 3:
        at = evidence.capitals.find(group[0].folded)
        spelled = [word for word in evidence.words if word.text[:1].isupper()]
        spelled = [word for word in spelled if word.kind != "function"]
        return spelled[at : at + len(group[0].folded)] if at >= 0 else []
    initials = "".join(word.folded[:1] for word in group)
    return [
        word
        for word in evidence.words
        if len(group) >= 3 and word.folded == initials and word.text.isupper()
    ]
