"""A follow-up becomes a question that stands alone.

In: the question and the turns before it. Out: a `Rewrite`: the question as it is shown, and extra
words to search by. Rules tell whether it stands alone, and rewrite it if not:

    Why?                       -> {previous question}, and why?
    What about 2018?           -> the previous question with its year replaced
    And in Hanoi? In Hanoi?    -> the previous question with its "in Singapore" replaced
    And his envoys?            -> {previous question}, and {name}'s envoys?
    What did he sign there?    -> the pronoun replaced by the name it can only mean, else the
                                  previous question put behind it
    a question that is whole   -> untouched

What the rules change a model may say better, where there is one. Its words are taken only if all
were said before; where it fails, invents, or takes too long, the rules' are.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from rag.errors import ModelError
from rag.history import Turns, parse_history
from rag.llm.base import Drafter
from rag.names import (
    CALENDAR,
    NAME,
    VERBS,
    find_names,
    find_open_names,
    find_persons,
    find_things,
)
from rag.prompts import rewrite_messages
from rag.types import ABSTENTION
from rag.words import FUNCTION_WORDS

log = logging.getLogger(__name__)

CONTEXT_WORDS = 60
LONGEST_QUESTION = 400  # characters that a model's rewriting may have
LONGEST_ELLIPSIS = 6  # words
LONGEST_ANSWER = 2000  # characters that are looked at for a name
REWRITE_TOKENS = 80
REWRITE_S = 8.0  # that a model may take; then the question is answered as the rules put it

_HE = {"he", "him", "his", "himself"}
_SHE = {"she", "her", "hers", "herself"}
_PERSON = _HE | _SHE
_THING = {"it", "its", "itself"}
_MANY = {"they", "them", "their", "theirs", "themselves", "these", "those"}
_POINTER = {"this", "that", "there", "then", "such", "same", "latter", "former", "one", "ones"}
_POSSESSIVE = {"his", "her", "its", "their"}
_REFERRING = _PERSON | _THING | _MANY

_BARE = re.compile(
    r"(?:(?:and|but|so|or)\s+)?(why|when|where|how|who|which|what|how many|how much|how long"
    r"|how so|why not|since when|by whom|with whom|how come)(?: then| so)?\s*[?.!]*",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"(?:(?:and|but|so|ok|okay|then)[,\s]+)*(?:what|how)\s+about\s+(.+?)\s*[?.!]*", re.IGNORECASE
)
_AND = re.compile(r"(?:and|but|or)[,\s]+(.+?)\s*[?.!]*", re.IGNORECASE)
_PLACED = re.compile(
    r"\b(?P<how>(?i:at|against|by|for|from|in|of|to|under|with))\s+(?P<what>(?:the\s+)?"
    rf"{NAME.pattern})"
)
_BARE_YEAR = re.compile(r"(?:(?:in|for|by|during|since)\s+)?(?:1[5-9]|20)\d\d", re.IGNORECASE)
_WHERE = {"at": "in"}  # "at Panmunjom" is asked for in place of "in Singapore"
_PHRASE = re.compile(
    r"(?:no,?\s+)?((?:at|against|by|for|from|in|under|with)\s+"
    r"(?!(?:what|which|who|whom|whose|how|where|when|short|brief|general|example|instance|detail"
    r"|total|all|fact|english|plain|your)\b)[^,.;?!]+?)\s*[?.!]*",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_WORD = re.compile(r"[^\W_]+(?:['’\-.][^\W_]+)*")
# Words that ask for more without saying of what.
_VAGUE = {
    *("detail", "details", "else", "elaborate", "example", "examples", "explain", "happen"),
    *("happened", "information", "know", "mean", "please", "provide", "reason", "reasons"),
    *("right", "show", "something", "tell", "thing", "things", "work", "works"),
}
# "it" that stands for nothing: "is it possible to", "it is not true that", "how long does it take"
_EMPTY_IT = re.compile(
    r"\b(?:(?:is|was|will|would)\s+it"
    r"|it(?:'s|’s|\s+(?:is|was|will\s+be|would\s+be)))(?:\s+not)?"
    r"(?=\s+\w+\s+(?:to|that|for|if|when)\b)"
    r"|\b(?:does|did|will|would)\s+it\s+(?=take\b|cost\s+me\b)"
    r"|\bit\s+(?:rains?|snows?)\b",
    re.IGNORECASE,
)
_CORRECTS = re.compile(r"(?:no,?\s+|sorry,?\s+)?i\s+(?:mean|meant)\b", re.IGNORECASE)
_DEFINES = re.compile(r"(?:what|who)(?:'s|’s|\s+(?:is|are|was|were))\s", re.IGNORECASE)
_DO_NOT_KNOW = re.compile(
    r"\b(?:do not|don't|don’t|does not|did not|cannot|can't|can’t) (?:say|know|have|find)\b"
    r"|\bno (?:specific )?information\b|^(?:i am |i'm )?sorry\b|you(?:'re|’re| are) welcome",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The question that stands alone, and extra text to search by beside it ("" for none)."""

    query: str
    context: str = ""


def rewrite(question: str, history: Any = (), drafter: Drafter | None = None) -> Rewrite:
    """The question as it can be understood without the turns before it.

    Raises InputError for a history of the wrong shape. A model that fails, invents or takes too
    long leaves the work to the rules.
    """
    steps = rewriting(question, history, drafter)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: Rewrite = end.value
            return found


def rewriting(
    question: str, history: Any = (), drafter: Drafter | None = None
) -> Generator[None, None, Rewrite]:
    """The same as a generator, which yields while the model works; closing it stops the model."""
    turns = parse_history(history)
    question = question.strip()
    if not any(role == "user" for role, _ in turns):
        return Rewrite(question)
    context = "" if _is_new_topic(question, turns) else _context(turns)
    by_rules = _by_rules(question, turns)
    if drafter is None or by_rules == question:
        return Rewrite(by_rules, context)
    drafted = yield from _ask(drafter, question, turns)
    return Rewrite(drafted or by_rules, context)


def _context(turns: Turns) -> str:
    """The last answer that said something, shortened: what a follow-up is most likely about.

    Where there is none, the last question.
    """
    answers = [text for role, text in turns if role == "assistant" and _says_something(text)]
    questions = [text for role, text in turns if role == "user"]
    last = answers[-1:] if turns[-1][0] == "assistant" else []
    return " ".join(" ".join(last or questions[-1:]).split()[:CONTEXT_WORDS])


def _is_new_topic(question: str, turns: Turns) -> bool:
    """Whether a question that is whole names something and shares no word with the last turns."""
    if _leans(question) or not find_names(question):
        return False
    said = {word for _, text in turns[-4:] for word in _topical(text)}
    return not said & set(_topical(question))


def _says_something(text: str) -> bool:
    return text != ABSTENTION and not _DO_NOT_KNOW.search(text[:200])


def _by_rules(question: str, turns: Turns) -> str:
    previous = _previous_question(turns)
    if bare := _BARE.fullmatch(question):
        return f"{_without_mark(previous)}, and {bare[1].lower()}?"
    if about := _ABOUT.fullmatch(question):
        return _continue(previous, about[1], turns, joined="and what about")
    if part := _short_and(question):
        return _continue(previous, part, turns, joined="and")
    return _resolve(question, previous, turns)


def _short_and(question: str) -> str:
    """The part asked for in "And his envoys?" and "In Florida?"; "" for a question of its own."""
    phrase = _PHRASE.fullmatch(question)
    found = phrase or _AND.fullmatch(question)
    if not found or len(found[1].split()) > LONGEST_ELLIPSIS or _is_clause(found[1]):
        return ""
    return found[1][:1].lower() + found[1][1:] if phrase else found[1]


def _is_clause(text: str) -> bool:
    """Whether this is a question of its own ("did he agree") and no mere part of one."""
    return bool(VERBS & {word.lower() for word in _WORD.findall(text)})


def _continue(previous: str, part: str, turns: Turns, joined: str) -> str:
    """The previous question, asked of something else."""
    years, old_years = _YEAR.findall(part), _YEAR.findall(previous)
    if len(years) == len(old_years) == 1 and _BARE_YEAR.fullmatch(part):
        return previous.replace(old_years[0], years[0])
    if moved := _moved(previous, part):
        return moved
    part = _resolve_pronouns(part, turns) or part
    # of "the CEO of Apple" it is Apple that changes
    old_names = [re.sub(r"^[^a-z]+ of ", "", name) for name in find_names(previous)]
    if len(old_names) == 1 and NAME.fullmatch(part):
        return re.sub(rf"\b{re.escape(old_names[0])}\b", lambda _: part, previous)
    return f"{_without_mark(previous)}, {joined} {part}?"


def _moved(previous: str, part: str) -> str:
    """The previous question with "in Singapore" replaced by "in Hanoi"; "" where it has no such
    place, or several."""
    found = _PLACED.fullmatch(part)
    if not found:
        return ""
    before = [one for one in _PLACED.finditer(previous) if _is_like(one, found)]
    if len(before) != 1:
        return ""
    return previous[: before[0].start()] + part[:1].lower() + part[1:] + previous[before[0].end() :]


def _is_like(one: re.Match[str], other: re.Match[str]) -> bool:
    """Whether "in Singapore" and "at Panmunjom" say the same of two places; May is none."""
    ways = [_WHERE.get(match["how"].lower(), match["how"].lower()) for match in (one, other)]
    months = [match["what"].split()[0].lower() in CALENDAR for match in (one, other)]
    return ways[0] == ways[1] and months[0] == months[1]


def _resolve(question: str, previous: str, turns: Turns) -> str:
    if not _leans(question):
        return question
    resolved = _resolve_pronouns(question, turns)
    return resolved or f"{question} ({_without_mark(previous)}?)"


def _leans(question: str) -> bool:
    """Whether the question cannot be understood alone: it points at something, or names nothing."""
    if _CORRECTS.match(question):
        return True
    plain = _EMPTY_IT.sub(" ", question)
    topical = _topical(plain)
    if not topical:
        return True
    pointing = _REFERRING | (_POINTER if len(topical) < 3 else set())
    first = next((word for word in _WORD.finditer(plain) if word[0].lower() in pointing), None)
    if first is None:
        return len(topical) < 2 and not find_names(plain) and not _DEFINES.match(plain)
    before = plain[: first.start()]
    enough = 2 if re.search(r"[,;.?!]", before) else 3  # a clause before it says what it means
    return not find_names(before) and len(_topical(before)) < enough


def _topical(text: str) -> list[str]:
    words = [word.lower() for word in _WORD.findall(text)]
    return [word for word in words if word not in FUNCTION_WORDS | _VAGUE]


def _resolve_pronouns(question: str, turns: Turns) -> str:
    """The question with each pronoun replaced by a name; "" where one has no clear meaning."""
    words = {word.lower() for word in _WORD.findall(question)}
    if words & (_MANY | _POINTER):
        return ""
    person = words & _PERSON
    thing = words & _THING
    if bool(person) == bool(thing) or not turns:
        return ""
    name = _only_name(turns, person=bool(person))
    if not name:
        return ""
    wanted = person or thing

    def replaced(match: re.Match[str]) -> str:
        word = match[0].lower()
        if word not in wanted:
            return match[0]
        # "her" is both; before a noun it is possessive
        possessive = word in _POSSESSIVE and bool(re.match(r"\s+[^\W\d_]", question[match.end() :]))
        return f"{name}'s" if possessive else name

    return _WORD.sub(replaced, question)


def _only_name(turns: Turns, *, person: bool) -> str:
    """The one name that the last exchange is about; "" where there is none or a choice."""
    questions = [text for role, text in turns if role == "user"]
    answer = turns[-1][1] if turns[-1][0] == "assistant" and _says_something(turns[-1][1]) else ""
    for text in (*questions[-1:], answer[:LONGEST_ANSWER]):
        names = _distinct(find_persons(text) if person else find_things(text))
        open_names = [name for name in find_open_names(text) if not _is_part(name, names, person)]
        if len(names) == 1 and not open_names:
            return names[0]
        if names or open_names:
            return ""
    return ""


def _is_part(name: str, names: Iterable[str], person: bool) -> bool:
    """Whether a name of one word is part of one that is known: "Kim" beside "Kim Jong-un"."""
    return any(name in known.split() for known in names if person or known != name)


def _distinct(names: Iterable[str]) -> list[str]:
    """The names, longest first, without those that are part of a longer one."""
    kept: list[str] = []
    for name in sorted(set(names), key=len, reverse=True):
        if not any(name in longer for longer in kept):
            kept.append(name)
    return kept


def _previous_question(turns: Turns) -> str:
    """The last thing the person asked that has a topic of its own."""
    last = ""
    for at in range(len(turns) - 1, -1, -1):
        role, text = turns[at]
        text = " ".join(text.split())[:LONGEST_QUESTION]
        if role != "user":
            continue
        last = last or text
        if _BARE.fullmatch(text) or _ABOUT.fullmatch(text):
            continue
        if clear := text if not _leans(text) else _resolve_pronouns(text, turns[:at]):
            return clear
    return last


def _without_mark(question: str) -> str:
    return question.rstrip(" ?!.")


def _ask(drafter: Drafter, question: str, turns: Turns) -> Generator[None, None, str]:
    """The model's rewriting, or "" where it failed, took too long or cannot be trusted."""
    deadline, drafted = time.monotonic() + REWRITE_S, ""
    messages = rewrite_messages(turns, question)
    try:
        # No "\n" as a stop text: a reply may begin with one.
        with closing(drafter.draft(messages, max_tokens=REWRITE_TOKENS)) as pieces:
            for piece in pieces:
                drafted += piece
                yield
                if "\n" in drafted.lstrip():
                    break
                if time.monotonic() > deadline:
                    log.warning("the question was rewritten by rules: the model is slow")
                    return ""
    except ModelError as error:
        log.warning("the question was rewritten by rules: %s", error)
        return ""
    drafted = drafted.strip().partition("\n")[0].strip(' "“”')
    return drafted if _is_faithful(drafted, question, turns) else ""


def _is_faithful(drafted: str, question: str, turns: Turns) -> bool:
    """Whether a rewriting is a question, keeps the asked words and adds none never said."""
    if not drafted.endswith(("?", "？", "؟")) or len(drafted) > LONGEST_QUESTION:
        return False
    said = {
        word.lower() for text in (question, *(t for _, t in turns)) for word in _WORD.findall(text)
    }
    words = [word.lower().removesuffix("'s") for word in _WORD.findall(drafted)]
    asked = {w.lower() for w in _WORD.findall(question)} - FUNCTION_WORDS - _REFERRING
    kept = len(asked & set(words)) >= 0.6 * len(asked)
    return kept and all(word in said or word in FUNCTION_WORDS for word in words)
