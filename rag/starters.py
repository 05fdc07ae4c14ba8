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
_SAID = re.compile(r"(?:, [^,.]*,)? (?:said|says|told|claimed|warned|announced|wrote|added)\b")
_TITLES = re.compile(r"^(?:The|Mr|Mrs|Ms|Dr|Sir|After|Before|When|While|But|And|In|On|At) ")
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]?")

_READ = 4000  # characters of each text that are looked at


def candidates(texts: Iterable[str], limit: int = 8) -> tuple[str, ...]:
    """At most `limit` questions about events and people named in the texts, no two alike."""
    heads = [text[:_READ] for text in texts]
    found = [*_about_events(heads), *_about_names(heads)]
    return tuple(dict.fromkeys(found))[:limit]


def _about_events(texts: Sequence[str]) -> list[str]:
    events = Counter(
        f"{name.strip()} {kind}" for text in texts for name, kind in _EVENT.findall(text)
    )
    return [f"What happened at the {event}?" for event, _ in events.most_common(2)]


def _about_names(texts: Sequence[str]) -> list[str]:
    """The names named most often, each with a question that fits how it is talked about."""
    named: Counter[str] = Counter()
    speaking: set[str] = set()
    for text in texts:
        for sentence in _SENTENCE.findall(text):
            for name in _names(sentence):
                named[name] += 1
                if _SAID.match(sentence, sentence.find(name) + len(name)):
                    speaking.add(name)
    return [
        f"What did {name} say?" if name in speaking else f"What do the articles say about {name}?"
        for name, _ in named.most_common(5)
    ]


def _names(sentence: str) -> set[str]:
    names = {_TITLES.sub("", match) for match in _NAME.findall(sentence)}
    return {name for name in names if " " in name.removeprefix("the ")}
