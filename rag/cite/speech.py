"""Whether the article itself states it: no question, no quotation, nobody's word. Pure.

"The election was stolen." between quotation marks is what somebody said, and "Mr Lee said" makes
nothing so: no article states it. Nor does it state what happens in a film. All of this is "unsure":
the quotation, which says who says so, is shown instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from rag.cite.faults import Fault
from rag.cite.matching import Alignment
from rag.cite.punctuation import asks, is_quoted
from rag.cite.reading import TITLES, Reading, Word
from rag.cite.roles import BE, is_surely_verb, is_verb
from rag.cite.subjects import before_an_aside

_TELL = """say tell claim argue insist declare add write warn note maintain assert state allege
contend suggest believe think reply respond"""
_TELLING = frozenset(_TELL.split())
_SPOKEN = frozenset([*_TELLING, *"according quote call describe report announce".split()])  # noqa: SIM905
_CALL = frozenset("call describe brand label dub portray".split())  # noqa: SIM905
_CALLING = frozenset("for on off in to up at".split())  # noqa: SIM905
_BODY = """police department ministry office agency service services university court government
council committee commission company firm bank group center centre institute party board authority
authorities administration association army force forces bureau times post journal news hospital
official officer spokesman spokeswoman spokesperson statement researcher scientist expert analyst
study report survey analysis data figure statistic paper doctor"""
_BODIES = frozenset(_BODY.split())
"""Who speaks for what they know of; another person's word, or a country's, is his own."""

_BESIDE = 3
"""How many words of a speaker's name and title may be on either side of one of them."""

_SPEAKING = frozenset("he she they i we who".split())  # noqa: SIM905
_OBJECTS = frozenset("that the a an his her its their it this him them".split())  # noqa: SIM905
_TO_SPEAKER = frozenset("the a an his her its their one".split())  # noqa: SIM905
_MODALS = frozenset("will would may might can could has have had should".split())  # noqa: SIM905
_NOUNS = frozenset(["state", "note", "claim"])  # "his home state" says nothing
_HEADLINE = re.compile(r"\W*([A-Z][\w.’'-]*(?: [A-Z][\w.’'-]*){0,2}): (?=\w)")
"""The "Trump: " of "Trump: election was stolen"."""

_KINDS = """film|movie|novel|play|series|drama|opera|comedy|sitcom|episode|sequel|thriller|musical
|cartoon|dream|fairy tale|short story|video game"""
_FICTION = re.compile(
    r"(?:^|[.,;—–] )in (?:[\w’'-]+ ){0,4}?(?:" + _KINDS.replace("\n", "") + r")\b", re.IGNORECASE
)
_OF_FICTION = re.compile(r"\b(?:" + _KINDS.replace("\n", "") + r")s?\b", re.IGNORECASE)


def speech_faults(alignment: Alignment, context: str) -> Iterator[Fault]:
    """What the claim states, and the evidence has as a question, a quotation or somebody's word.

    In a sentence that says who speaks ("…," he said) all that is claimed must be quoted.
    """
    claim, evidence = alignment.claim, alignment.evidence
    sentences = [evidence.text[start:end] for start, end in evidence.sentences]
    quoted = {number for number, one in enumerate(sentences) if stands_quoted(one.strip(), context)}
    asked = set() if asks(claim.text) else {n for n, one in enumerate(sentences) if asks(one)}
    if asked and _rests_on(alignment, asked, set(range(len(claim.words)))):
        yield Fault("the evidence asks it", wrong=False)
    if _FICTION.search(evidence.text) and not _OF_FICTION.search(claim.text):
        yield Fault("it is so in a work of fiction", wrong=False)
    if "according" not in claim.folded and (source := _according(alignment)):
        yield Fault(f"it is so according to {source.text}", wrong=False)
    if "according" in claim.folded and (source := _other_source(alignment)):
        yield Fault(f"it is so according to {source.text}", wrong=False)
    if other := _another_speaker(alignment):
        yield Fault(f"it is {other.text} who says so", wrong=False)
    if reports(claim):
        return
    if _is_quoted(alignment) or _rests_on(alignment, quoted, _unquoted(claim)):
        yield Fault("the evidence has it as somebody's words", wrong=False)
    if speaker := _speaker(alignment) or _heading(alignment):
        yield Fault(f"it is {speaker.text} who says so", wrong=False)
    if calling := _calling(alignment):
        yield Fault(f"somebody is only {calling.text} so", wrong=False)


def same_manner(claim: str, evidence: str, context: str = "") -> bool:
    """Whether both are questions or neither is, and both are somebody's words or neither is."""
    quoted = is_quoted(claim, 0, len(claim)) == stands_quoted(evidence, context)
    return quoted and asks(claim) == asks(evidence)


def reports(claim: Reading) -> bool:
    """Whether a claim tells what somebody says, or according to whom it is so.

    "The United States" and "his home state" state nothing.
    """
    return any(word.folded == "according" or _is_telling(word) for word in claim.words)


def _is_telling(word: Word) -> bool:
    named = word.kind == "name" or word.folded in ("state", "states")
    return not named and bool(word.forms & _SPOKEN)


# ------------------------------------------------------------------------- quoted, asked


@lru_cache(maxsize=4096)
def stands_quoted(text: str, context: str) -> bool:
    """Whether a text is all quoted; wherever it is found in its context, if it is found there."""
    if is_quoted(text, 0, len(text)):
        return True
    places = [match.start() for match in re.finditer(re.escape(text), context)] if text else []
    return bool(places) and all(is_quoted(context, place, place + len(text)) for place in places)


def _is_quoted(alignment: Alignment) -> bool:
    """Whether all of the claim that the evidence has is quoted there, or all that is done, and
    none of it here. What a body is quoted as saying counts as if it were not quoted."""
    evidence, free = alignment.evidence, _unquoted(alignment.claim)
    told = [pair for pair in alignment.pairs if pair[0].place in free]
    words = [answer for _, answers in told for answer in answers]
    verbs = [answer for word, answers in told if is_surely_verb(word) for answer in answers]
    if _speaks_officially(evidence):
        return False
    return (len(words) > 1 and _inside(evidence, words)) or (
        bool(verbs) and _inside(evidence, verbs)
    )


def _inside(evidence: Reading, words: list[Word]) -> bool:
    return all(is_quoted(evidence.text, word.start, word.end) for word in words)


def _unquoted(claim: Reading) -> set[int]:
    """Places of the claim's words that are its own."""
    return {word.place for word in claim.words if not is_quoted(claim.text, word.start, word.end)}


def _rests_on(alignment: Alignment, sentences: set[int], places: set[int]) -> bool:
    """Whether the evidence has a word of the claim in these sentences alone."""
    return bool(sentences) and any(
        word.place in places and all(answer.sentence in sentences for answer in answers)
        for word, answers in alignment.pairs
    )


# ----------------------------------------------------------------------------- who says so


def _speaker(alignment: Alignment) -> Word | None:
    """Whose word it is that the claim states flatly; None if nobody's, or a body's."""
    verbs = [answers for word, answers in alignment.pairs if is_verb(word)]
    told = verbs or [answers for _, answers in alignment.pairs]
    for telling in alignment.evidence.words:
        if not telling.forms & _TELLING or telling.place in alignment.answering:
            continue
        who = _who(alignment.evidence, telling)
        if who is None or _is_body(who):
            continue
        trailing = _is_trailing(alignment.evidence, telling)
        words = [word for one in told for word in one if word.place != who.place]
        if words and all(_is_told(who, telling, word, trailing) for word in words):
            return who
    return None


def _another_speaker(alignment: Alignment) -> Word | None:
    """Who says in the evidence what somebody else says in the claim."""
    said = [
        who for word in alignment.evidence.words if (who := _speakers(alignment.evidence, word))
    ]
    places = {one.place for who in said for one in who}
    of = {word.place: answers for word, answers in alignment.pairs}
    for word in alignment.claim.words if said else ():
        who = _speakers(alignment.claim, word)
        answers = {answer.place for one in who for answer in of.get(one.place, ())}
        if answers and not places & answers:
            return said[0][-1]
        names = [one for one in who if one.kind == "name"]
        theirs = [one for found in said for one in found if one.kind == "name"]
        if theirs and any(not _held(of.get(one.place, ()), places) for one in names):
            return theirs[0]
    return None


def _held(answers: Sequence[Word], places: set[int]) -> bool:
    return any(answer.place in places for answer in answers)


def _other_source(alignment: Alignment) -> Word | None:
    """According to whom it is so there, where the claim has it according to somebody else."""
    evidence, claimed = alignment.evidence, _sources(alignment.claim)
    sources = _sources(evidence)
    told = [a for one, found in alignment.pairs if one in claimed for a in found]
    if not told or not sources:
        return None
    known = [*sources, *(one for word in evidence.words for one in _speakers(evidence, word))]
    return None if any(one in known for one in told) else sources[-1]


def _sources(reading: Reading) -> list[Word]:
    """The words of weight behind each "according to"."""
    return [
        other
        for word in reading.words
        if word.folded == "according"
        for other in reading.words[word.place + 2 : word.place + 8]
        if other.clause == word.clause and other.counts
    ]


def _speakers(reading: Reading, telling: Word) -> list[Word]:
    """The words of who stands beside "said"; none where it is a pronoun."""
    who = _who(reading, telling) if telling.forms & _TELLING else None
    if who is None or not who.counts:
        return []
    if who.place < telling.place and who.clause < telling.clause:
        return before_an_aside(reading, telling.place - 1)
    if who.place < telling.place:
        near = reading.words[max(0, who.place - _BESIDE) : telling.place]
    else:
        near = reading.words[telling.place + 1 : who.place + _BESIDE]
    return [w for w in near if w.counts and w.clause == who.clause and not is_surely_verb(w)]


def _speaks_officially(evidence: Reading) -> bool:
    """Whether it is a body that says something: the police, a ministry."""
    speakers = (_who(evidence, word) for word in evidence.words if word.forms & _TELLING)
    return any(who is not None and _is_body(who) for who in speakers)


def _is_body(who: Word) -> bool:
    return bool(who.forms & _BODIES) or (who.text.isupper() and len(who.text) > 1)


def _who(reading: Reading, telling: Word) -> Word | None:
    """Who stands beside "said": "Mr Putin said", ", said Mr Putin", "a lawyer, Ann Lee, said"."""
    if telling.kind == "name" or telling.folded in _NOUNS:
        return None
    words = reading.words
    beside = list(words[max(0, telling.place - 1) : telling.place])
    if beside and (beside[0].clause < telling.clause or beside[0].sentence != telling.sentence):
        beside = _behind(reading, telling) or [word for word in beside if word.kind == "name"]
    who = next((word for word in beside if word.counts or word.folded in _SPEAKING), None)
    return who if who is not None and who.sentence == telling.sentence else None


def _behind(reading: Reading, telling: Word) -> list[Word]:
    """The "mayor Kerner" of ", said mayor Kerner"; nobody in ", said the agency is closed"."""
    after = [w for w in reading.words[telling.place + 1 :] if w.clause == telling.clause]
    found = [word for word in after if word.counts]
    if not found or "tell" in telling.forms:
        return []
    lead = [word for word in after if word.place < found[0].place]
    states = any(w.folded in BE | _MODALS or is_surely_verb(w) for w in after)
    plain = all(word.folded in _TO_SPEAKER or word.folded in TITLES for word in lead)
    return found if plain and not states else []


def _is_trailing(reading: Reading, telling: Word) -> bool:
    """Whether "said" has no object of its own behind it: "…, Putin said in Moscow." """
    if "tell" in telling.forms:  # it has a listener
        return True
    after = reading.words[telling.place + 1 : telling.place + 2]
    return not any(
        word.clause == telling.clause and (word.counts or word.folded in _OBJECTS) for word in after
    )


def _is_told(who: Word, telling: Word, word: Word, trailing: bool) -> bool:
    """Whether a word is part of what is told: behind "Putin said", or before ", Putin said"."""
    if word.sentence != telling.sentence:
        return False
    return word.place > telling.place or (trailing and word.clause < who.clause)


def _according(alignment: Alignment) -> Word | None:
    """The "wife" of "according to his wife"; None for a body, and for what the claim has, too."""
    for word in alignment.evidence.words:
        if word.folded != "according":
            continue
        after = alignment.evidence.words[word.place + 2 : word.place + 8]
        named = [other for other in after if other.clause == word.clause and other.counts]
        if named and not any(_is_body(one) or one.place in alignment.answering for one in named):
            return named[-1]
    return None


def _heading(alignment: Alignment) -> Word | None:
    """The "Trump" of "Trump: election was stolen", where the claim has none."""
    match = _HEADLINE.match(alignment.evidence.text)
    if match is None:
        return None
    before = [word for word in alignment.evidence.words if word.start < match.end(1)]
    told = any(word.place in alignment.answering for word in before)
    return None if told or not before else before[-1]


def _calling(alignment: Alignment) -> Word | None:
    """The "called" of "Mr Lee called him a thief", for a claim that he is one."""
    evidence, answering = alignment.evidence, alignment.answering
    if any(is_surely_verb(word) for word, _ in alignment.pairs):
        return None
    for word in evidence.words:
        if not word.forms & _CALL or word.place in answering or word.kind == "name":
            continue
        after = [w for w in evidence.words[word.place + 1 :] if w.clause == word.clause]
        calls = bool(after) and after[0].folded not in _CALLING
        if calls and any(other.place in answering for other in after):
            return word
    return None
