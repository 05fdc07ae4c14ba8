"""Questions to start a conversation with, taken from the articles' own words. Pure.

    candidates(texts) -> questions worth trying, best first

They are only guesses at what can be answered: whoever shows one has asked it first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

# A name as a phrase of its own: "the North Korean leader" has none, "Kim Jong-un said" has.
_NAME = re.compile(
    r"\b((?:the )?[A-Z][\w-]+(?: (?:of )?[A-Z][\w-]+)+)"
    r"(?=[,.;:)]|[’']s?\b| (?:a|and|are|as|at|by|for|had|has|have|in|is|of|on|or|said|says|to|was"
    r"|were|who|will|with|would)\b)"
)
_EVENT = re.compile(
    r"(?<![.!?“\"] )\b((?:[A-Z][\w-]+ )+)"
    r"(summit|conference|convention|election|talks|trial|festival|tournament|final|crash|fire)\b"
)
_SAYS = r"(?:said|says|told|claimed|warned|announced|wrote|added)\b"
_SAID = re.compile(rf"(?:, [^,.]*,)? (?:has |had )?{_SAYS}")
_SPEAKER = re.compile(
    rf"\b((?:Mr|Mrs|Ms|Dr|President|Prime Minister|Senator) [A-Z][\w-]+"
    rf"|[Tt]he (?:[a-z]+ ){{0,2}}(?:agency|bank|company|council|court|government|minister|ministry"
    rf"|police|report|study|union|university)) (?:has |had )?{_SAYS}"
)
_YEAR = re.compile(r"\b[Ii]n (?:early |late |mid-)?((?:19|20)\d\d)\b")
_TITLES = re.compile(r"^(?:The|Mr|Mrs|Ms|Dr|Sir|After|Before|When|While|But|And|In|On|At) ")
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]?")

_READ = 4000  # characters of each text that are looked at


def candidates(texts: Iterable[str], limit: int = 8) -> tuple[str, ...]:
    """At most `limit` questions about events, people and years in the texts, no two alike."""
    heads = [text[:_READ] for text in texts]
    said, named = _about_names(heads)
    found = [*_about_events(heads), *said, *_about_speakers(heads), *_about_years(heads), *named]
    return tuple(dict.fromkeys(found))[:limit]


def _about_events(texts: Sequence[str]) -> list[str]:
    events = Counter(
        f"{name.strip()} {kind}" for text in texts for name, kind in _EVENT.findall(text)
    )
    return [f"What happened at the {event}?" for event, _ in events.most_common(2)]


def _about_names(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Questions about the names named most often: what they said; the others in general."""
    counts: Counter[str] = Counter()
    speaking: set[str] = set()
    for text in texts:
        for sentence in _SENTENCE.findall(text):
            for name in _names(sentence):
                counts[name] += 1
                if _SAID.match(sentence, sentence.find(name) + len(name)):
                    speaking.add(name)
    names = [name for name, _ in counts.most_common(5)]
    said = [f"What did {name} say?" for name in names if name in speaking]
    return said, [f"What do the articles say about {n}?" for n in names if n not in speaking]


def _about_speakers(texts: Sequence[str]) -> list[str]:
    """What those said who have a title or an office instead of a whole name."""
    found = Counter(
        re.sub("^The ", "the ", name) for text in texts for name in _SPEAKER.findall(text)
    )
    return [f"What did {name} say?" for name, _ in found.most_common(3)]


def _about_years(texts: Sequence[str]) -> list[str]:
    years = Counter(year for text in texts for year in _YEAR.findall(text))
    return [f"What happened in {year}?" for year, _ in years.most_common(2)]


def _names(sentence: str) -> set[str]:
    names = {_TITLES.sub("", match) for match in _NAME.findall(sentence)}
    return {name for name in names if " " in name.removeprefix("the ")}
