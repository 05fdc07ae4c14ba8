"""Rules for what turns a statement round: negation, opposites, doubt. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from rag import lexicon
from rag.cite.faults import Fault
from rag.cite.matching import Alignment
from rag.cite.reading import Reading, Word
from rag.cite.reversals import cancels, is_not, negates, reach, suffering, undoes
from rag.cite.roles import is_done_to

_DOUBT = """if unless would could might may should reportedly allegedly supposedly suppose seem
appear possibly perhaps probably likely expect plan hope want intend propose consider suggest
claim believe think suspect fear accuse predict forecast rumour rumor seek aim try attempt vow
promise pledge urge demand allege whether threaten imagine charge indict joke dream pretend pose
wish arguably possible possibility tend can"""
_SUSPECTED = frozenset("investigate investigation suspicion probe inquiry question".split())  # noqa: SIM905
_OVER = frozenset("for over of into in".split())  # noqa: SIM905
_SPEECH = """say said says tell told state add note announce describe declare comment mention
explain write argue report speak claim call respond insist reveal confirm acknowledge admit ask
remark editorial interview according quote warn suggest think believe reply assert"""
_OPPOSITES = """
rise increase grow climb gain jump surge soar up expand double improve | fall decrease drop
decline shrink lose slump plunge sink down contract halve worsen ;
more greater over above exceed | less fewer under below ; higher high | lower low ;
before prior until | after following since ; win victory | lose defeat ;
accept agree approve | reject refuse deny disagree ;
start begin open launch | end finish close stop conclude ; buy purchase | sell ; import | export ;
first earliest | last latest ; support back favour favor endorse | oppose criticise criticize
condemn ; friend ally friendly | enemy foe rival hostile ; arrive enter join come | leave depart
exit quit ; north northern | south southern ; east eastern | west western ;
man male boy father son brother husband king | woman female girl mother daughter sister wife
queen ; father mother | son daughter ; same | different ; allow permit legalise legalize | ban
forbid prohibit block ; strengthen deepen | weaken ; succeed success | fail failure ; include |
exclude ; day | night ; morning | evening ; hire appoint | fire dismiss sack ;
arrest detain | release free ; guilty convict | innocent acquit ; bear birth born | die death
dead kill ; kill | injure wound hurt ; love | hate ; minimum | maximum ; young | old ;
cause | result ; legal | illegal ; public | private ; best | worst ; better | worse ; hot | cold ;
fast | slow ; left | right ; attack | defend ; borrow | lend ; teach | learn ; give | receive ;
send | receive ; guest | host ; employer | employee ; senior | junior ; majority | minority ;
war | peace ; rich | poor ; positive | negative ; heavy | light ; teacher | student ;
doctor | patient ; buyer | seller ; republican | democrat ; conservative | liberal"""

_DOUBTS = frozenset(_DOUBT.split())
_SAYING = frozenset(_SPEECH.split())

_NEGATED = 2
"""How many of the words that count, after a "not", it turns round."""

_BRIDGE = 8
"""How many words of the claim may stand where the evidence has a "not" between two of them."""

_BREAKS = frozenset(["but", "although", "though", "while"])
_STATING = frozenset(["is", "are", "was", "were"])
_ENDING = frozenset(["and", "by"])
_LEADING_ON = frozenset(["that", "he", "she", "it", "they", "we", "the"])
_CONDITIONS = frozenset(["if", "unless", "provided", "providing"])

_GOVERNED = 3
"""How many of the words that count, after "claimed" or "would", may depend on it."""


def _sides(table: str) -> dict[str, frozenset[tuple[int, int]]]:
    """Word -> the pairs of opposites it is in, each with its side."""
    found: dict[str, set[tuple[int, int]]] = {}
    for number, pair in enumerate(table.split(";")):
        for side, words in enumerate(pair.split("|")):
            for word in words.split():
                found.setdefault(word, set()).add((number, side))
    return {word: frozenset(sides) for word, sides in found.items()}


_SIDES = _sides(_OPPOSITES)


def polarity_faults(alignment: Alignment) -> Iterator[Fault]:
    """Where claim and evidence differ in direction, in "not", or in how sure they are."""
    yield from _opposite_faults(alignment)
    yield from _negation_faults(alignment)
    yield from _governing_faults(alignment)
    yield from _attribution_faults(alignment)


# ------------------------------------------------------------------------------ opposites


def _opposite_faults(alignment: Alignment) -> Iterator[Fault]:
    """ "rose" where the evidence says "fell", or says "rose" of another thing than the claim."""
    evidence = alignment.evidence.words
    for word in alignment.claim.words:
        free = [other for other in evidence if other.place not in alignment.answering]
        against = [other for other in free if _opposed(word, other)]
        if not against:
            continue
        same = [other for other in evidence if other.forms & word.forms]
        same += [other for held, found in alignment.pairs if held is word for other in found]
        if not same or _nearer(alignment, word, against, same):
            yield Fault(f"{word.text!r} where the evidence has {against[0].text!r}")


def _opposed(word: Word, other: Word) -> bool:
    listed, known = _against(word.forms)
    if not listed and not known:
        return False
    others = _listed(other.forms)
    if listed & others:
        return not _listed(word.forms) & others
    return "function" not in (word.kind, other.kind) and bool(known & other.forms)


@lru_cache(maxsize=10_000)
def _listed(forms: frozenset[str]) -> frozenset[tuple[int, int]]:
    return frozenset(side for form in forms for side in _SIDES.get(form, ()))


@lru_cache(maxsize=10_000)
def _against(forms: frozenset[str]) -> tuple[frozenset[tuple[int, int]], frozenset[str]]:
    """The other sides of what is listed here, and the opposites that the lexicon knows."""
    entries = [found for form in forms if (found := lexicon.entry(form))]
    return (
        frozenset((number, 1 - side) for number, side in _listed(forms)),
        frozenset(opposite for known in entries for opposite in known.opposites),
    )


def _nearer(
    alignment: Alignment, word: Word, against: Sequence[Word], same: Sequence[Word]
) -> bool:
    """Whether the words beside `word` in the claim stand nearer to its opposite in the evidence."""
    beside = [
        (abs(other.place - word.place), answers)
        for other, answers in alignment.pairs
        if other is not word and other.clause == word.clause
    ]
    if not beside:
        return False
    _, answers = min(beside, key=lambda pair: pair[0])
    return _gap(answers, against) < _gap(answers, same)


def _gap(words: Iterable[Word], others: Iterable[Word]) -> int:
    return min(
        abs(word.place - other.place) + 3 * abs(word.clause - other.clause)
        for word in words
        for other in others
    )


# ------------------------------------------------------------------------------- negation


def _negation_faults(alignment: Alignment) -> Iterator[Fault]:
    """A "not" on one side alone. "refused to sign" counts as a "not" for "sign"."""
    yield from _lone_negations(alignment)
    claimed, found = _negated(alignment.claim), _negated(alignment.evidence)
    for word, answers in alignment.pairs:
        if word.kind == "name":
            continue
        there = [answer.place in found for answer in answers]
        if word.place in claimed and not any(there):
            at = claimed[word.place]
            if not (_excused(alignment, at, word, found) or _turned_about(alignment, at)):
                yield Fault(f"{word.text!r} is negated in the claim, not in the evidence")
        elif word.place not in claimed and all(there):
            at = min(found[answer.place] for answer in answers)
            if not (_within(alignment, at, found, claimed) or _turned_about(alignment, at)):
                yield Fault(f"{word.text!r} is negated in the evidence, not in the claim")


def _lone_negations(alignment: Alignment) -> Iterator[Fault]:
    """A "not" in the claim alone; or in the evidence, between two words that the claim has too."""
    claim, evidence = alignment.claim, alignment.evidence
    # "refused" may stand for the claim's "not", but not where the claim has it as well.
    excuses = [word for word in evidence.words if word.place not in alignment.answering]
    if _nots(claim) and not _nots(evidence) and not _turn_round(evidence, excuses):
        yield Fault("the evidence has nothing like the claim's negation")
    places = {word.place for word in evidence.content}
    if places <= alignment.answering and len(_nots(claim)) != len(_nots(evidence)):
        yield Fault("the same words, but not as often negated")
    of = {answer.place: word for word, answers in alignment.pairs for answer in answers}
    for negation in _nots(evidence):
        before = [of.get(word.place) for word in evidence.content if word.place < negation.place]
        after = [of.get(word.place) for word in evidence.content if word.place > negation.place]
        left, right = (before or [None])[-1], (after or [None])[0]
        if left and right and left.place < right.place and left.sentence == right.sentence:
            between = claim.words[left.place + 1 : right.place]
            if len(between) <= _BRIDGE and not _turn_round(claim, between):
                yield Fault(
                    f"{negation.text!r} is left out between {left.text!r} and {right.text!r}"
                )


def _nots(reading: Reading) -> list[Word]:
    return [word for word in reading.words if is_not(reading, word)]


def _turn_round(reading: Reading, words: Iterable[Word]) -> bool:
    return any(negates(reading, word) for word in words)


def _negated(reading: Reading) -> dict[int, int]:
    """Place of each word that a "not" turns round -> the place of that "not"."""
    found: dict[int, int] = {}
    for word in reading.words:
        if negates(reading, word):
            for other in _following(reading, word, reach(word, _NEGATED)):
                found.setdefault(other.place, word.place)
        if undoes(reading, word):
            for other in suffering(reading, word):
                found.setdefault(other.place, word.place)
    return found


def _turned_about(alignment: Alignment, place: int) -> bool:
    """Whether the two say one thing of it, in the active and the passive: "they rejected the
    plan", "the plan was rejected". `place` is that of the "rejected" in either."""
    return any(
        (verb.place == place and is_done_to(alignment.evidence, answer))
        or (answer.place == place and is_done_to(alignment.claim, verb))
        for verb, answers in alignment.pairs
        if cancels(alignment.claim, verb)
        for answer in answers
    )


def _following(reading: Reading, word: Word, count: int) -> list[Word]:
    """The next words that count, in the same clause, and not past a "but".

    Nor past what they are the subject of ("the law that banned tents was repealed", "the ban was
    lifted"), or an "and" or a "by" right behind a verb ("was cancelled and", "was rejected by").
    """
    denies = is_not(reading, word)
    after: list[Word] = []
    for other in reading.words[word.place + 1 :]:
        if other.clause != word.clause or other.folded in _BREAKS:
            break
        if not denies and (other.folded in _STATING or (not after and other.folded in _ENDING)):
            break
        if other.counts:
            after.append(other)
        if len(after) == count:
            break
    return after


def _excused(alignment: Alignment, negation: int, word: Word, found: dict[int, int]) -> bool:
    """Whether another word under the claim's same "not" is negated in the evidence as well."""
    scope = {
        other.place for other in _following(alignment.claim, alignment.claim.words[negation], 2)
    }
    return any(
        answer.place in found
        for other, answers in alignment.pairs
        if other is not word and other.place in scope and other.kind != "name"
        for answer in answers
    )


def _within(
    alignment: Alignment, negation: int, found: dict[int, int], claimed: dict[int, int]
) -> bool:
    """Whether another word under the evidence's same "not" is negated in the claim as well."""
    scope = {place for place, at in found.items() if at == negation}
    return any(
        other.place in claimed and other.kind != "name"
        for other, answers in alignment.pairs
        if any(answer.place in scope for answer in answers)
    )


# ---------------------------------------------------------------------------------- doubt


def _governing_faults(alignment: Alignment) -> Iterator[Fault]:
    """ "claimed that", "would", "rejected the idea that": in the evidence alone, or the claim's."""
    answering = alignment.answering
    for governs in (cancels, _is_doubt):
        said = any(governs(alignment.claim, word) for word in alignment.claim.words)
        if said or (governs is cancels and _negated(alignment.claim)):
            continue
        for word in alignment.evidence.words:
            if not governs(alignment.evidence, word) or word.place in answering:
                continue
            most = 1 if word.folded.endswith("ly") else reach(word, _GOVERNED)
            if word.folded in _CONDITIONS and _depends_on(alignment, word):
                yield Fault(f"the evidence says {word.text!r}, the claim does not", wrong=False)
                break
            governed = _following(alignment.evidence, word, most)
            if any(other.place in answering and other.kind != "name" for other in governed):
                yield Fault(f"the evidence says {word.text!r}, the claim does not", wrong=False)
                break
    doubts = [word for word in alignment.claim.words if word.forms & _DOUBTS]
    if doubts and not any(word.forms & _DOUBTS for word in alignment.evidence.words):
        yield Fault(f"{doubts[0].text!r} is not in the evidence", wrong=False)


def _is_doubt(reading: Reading, word: Word) -> bool:
    """ "claimed", "would"; the "for" of "on trial for", the "over" of "an investigation over"."""
    before = reading.before(word)
    if word.folded in ("provided", "providing"):
        after = reading.words[word.place + 1 : word.place + 2]
        return any(other.folded in _LEADING_ON for other in after)
    suspected = word.folded in _OVER and before is not None and before.forms & _SUSPECTED
    tried = word.folded == "for" and before is not None and "trial" in before.forms
    return word.kind != "figure" and bool(word.forms & _DOUBTS or suspected or tried)


def _depends_on(alignment: Alignment, condition: Word) -> bool:
    """Whether what is claimed depends on a condition: "will sign if …", "If …, he will sign"."""
    if condition.opens:
        return any(
            word.sentence == condition.sentence and word.clause > condition.clause
            for _, found in alignment.pairs
            for word in found
        )
    before = [word for word in alignment.evidence.content if word.place < condition.place]
    if not before or before[-1].clause != condition.clause:
        return False
    return before[-1].place in alignment.answering


def _attribution_faults(alignment: Alignment) -> Iterator[Fault]:
    """Somebody is said to have said it, and the evidence has nobody saying anything."""
    speaks = [word for word in alignment.claim.words if word.forms & _SAYING]
    heard = any(word.forms & _SAYING for word in alignment.evidence.words)
    if speaks and not heard and not set(alignment.evidence.text) & set('“”"«»'):
        yield Fault(f"nobody says it in the evidence: {speaks[0].text!r}", wrong=False)
