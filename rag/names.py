"""Names in what people say: by capitals and by what stands beside them.

In: a text. Out: the names in it, in order; of things, of persons, of either.
"""

from __future__ import annotations

import re

from rag.words import FUNCTION_WORDS

_TITLE = r"(?:Mr|Mrs|Ms|Dr|Sir|Lord|Lady|President|Prime Minister|Senator|Pope|King|Queen)\.?"
NAME = re.compile(
    rf"(?:{_TITLE}\s+)?[^\W\d_a-z][^\W_]*(?:['’\-.][^\W_]+)*"
    r"(?:\s+(?:(?:of|de|van|von|bin|al|the)\s+){0,2}[^\W\d_a-z][^\W_]*(?:['’\-.][^\W_]+)*)*"
)
CALENDAR = {
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december", "monday", "tuesday", "wednesday", "thursday", "friday"),
    *("saturday", "sunday"),
}
_DOING = {"can", "could", "did", "do", "does", "may", "might", "must", "should", "will", "would"}
_PLACES = ("at", "from", "in", "of")
_PLACING = {*_PLACES, "by", "on", "to", "with"}
_BEHIND_VERBS = {*_PLACING, "after", "and", "as", "before", "for"}
VERBS = {
    *("am", "are", "be", "can", "could", "did", "do", "does", "has", "had", "have", "is", "may"),
    *("might", "must", "shall", "should", "was", "were", "will", "would"),
}


def find_names(text: str) -> list[str]:
    """Runs of capitalised words, in order, without a sentence's first word if that is common."""
    names = []
    for match in NAME.finditer(text):
        words = match[0].split()
        while words and words[0].lower() in FUNCTION_WORDS | VERBS | CALENDAR:
            words = words[1:]
        name = " ".join(words).removesuffix("'s").removesuffix("’s")
        starts = not text[: match.start()].strip() or text[: match.start()].rstrip()[-1:] in ".!?"
        if name and not (starts and len(words) == 1 and len(match[0].split()) == 1):
            names.append(name)
    return names


def find_things(text: str) -> list[str]:
    """Names of things, with the noun behind them: "the Hanoi summit". Not what follows "in".

    A name of one word, "Macron" or "Apple", may be anybody's: see `find_open_names`.
    """
    things = []
    for name in find_names(text):
        found = re.search(rf"(?:(\w+)\s+)?{re.escape(name)}(?:\s+([^\W\d_]+))?", text)
        before, after = (found[1] or "", found[2] or "") if found else ("", "")
        if before.lower() == "the" and after.islower() and after not in FUNCTION_WORDS:
            does = found and _is_verb_of_question(text[: found.start()], text[found.end() :])
            things.append(f"the {name}" if does else f"the {name} {after}")
        elif before.lower() not in _PLACING and not _is_titled(name):
            things.append(name)
    return things


def _is_verb_of_question(before: str, behind: str) -> bool:
    """Whether the word between is the verb of "did the Titanic sink?", not the noun of "did the
    Hanoi summit end?"."""
    asked = any(word in _DOING for word in re.findall(r"\w+", before.lower()))
    next_word = re.match(r"\s+(\w+)", behind)
    return asked and (next_word is None or next_word[1].lower() in _BEHIND_VERBS)


def find_open_names(text: str) -> list[str]:
    """Names of one word that may be a person's or a thing's: "Macron", "Apple"; not those of what
    is "in" somewhere, nor "KCNA" and "the Titanic"."""
    return [
        name
        for name in find_names(text)
        if len(name.split()) == 1
        and not name.isupper()
        and not re.search(rf"\b(?:at|from|in|the)\s+{re.escape(name)}", text)
    ]


def find_persons(text: str) -> list[str]:
    """Names that a person may have: titled, or of several words and not of a place by what stands
    before it ("the leader of North Korea")."""
    placed = rf"\b(?:{'|'.join(_PLACES)})\s+(?:the\s+)?"
    return [
        name
        for name in filter(_may_be_person, find_names(text))
        if _is_titled(name) or not re.search(placed + re.escape(name), text)
    ]


def _may_be_person(name: str) -> bool:
    words = name.split()
    several = len(words) > 1 and not words[0].isupper() and "of" not in words
    return _is_titled(name) or several


def _is_titled(name: str) -> bool:
    return bool(re.match(_TITLE + r"\s", name))
