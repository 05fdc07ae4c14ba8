"""Which words of the evidence answer to which words of the claim. Pure.

A word answers to another if they share a base form ("agreed", "agreement"), if they are
synonyms, or if the evidence's word is a kind of the claim's ("summit" for "meeting", never
the other way round). Names answer to names alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from rag import lexicon
from rag.cite.dates import match_date
from rag.cite.names import name_answers
from rag.cite.numbers import Quantity, match_number
from rag.cite.reading import Reading, Word, same_name

SYNONYM = 0.8
"""What a synonym counts, where the same word counts 1."""

_GROUPS = """
meeting summit talk talks conference|tie relation relationship link|firm company business
letter message correspondence|insult barb|strengthen deepen boost reinforce|child kid
big large huge enormous major substantial significant considerable|start begin launch commence
show display exhibit|buy purchase acquire|help assist aid support|agree accord deal pact
assert claim allege contend|kill slay|film movie|police officer cop|attack assault
flaunt boast brag|nuclear atomic|weapon arms warhead|drill exercise|regular routine
abruptly suddenly prematurely|collapse fail end break|difference disagreement dispute
rebuke criticise criticism condemn|friendly warm cordial|historic landmark|go travel visit
work strive aim|improve better enhance|long-time longtime longstanding|near close
leader head ruler|country nation|city town|hold host stage|announce declare
worsen deteriorate decline
rise increase grow climb jump|fall decrease drop decline
return comeback|nickname dub call brand label|reply respond answer
require need|reach achieve|win victory|trade exchange swap|person people
important key crucial|mostly mainly|leave depart quit|home house|job post position|rely depend
because due owing|resign quit|kidnap abduct|wed marry|investigation probe inquiry|fire blaze
resume restart|section part|predict expect|attract lure|admit concede|doctor physician|spot detect
remain stay|injure hurt wound|almost nearly|km kilometer kilometre|kg kilogram|tonne ton|per percent
"""
_MEASURED = """second minute hour day week month quarter year decade century inch foot yard mile
metre meter kilometre kilometer gram kilo kilogram ounce pound ton tonne litre liter gallon acre
hectare dollar euro yen rupee degree percent percentage"""
_MEASURES = frozenset(_MEASURED.split())
_GROUP_OF: dict[str, set[int]] = {}
for _number, _group in enumerate(_GROUPS.replace("\n", "|").split("|")):
    for _word in _group.split():
        _GROUP_OF.setdefault(_word, set()).add(_number)

_ENDINGS = """e s es ed d ing ion ions ation ations ment ments al ally ly ity ive y ies ied ance
ence ant ent ness ful t cy able ible ise ize ised ized"""
_SUFFIXES = frozenset(_ENDINGS.split()) | {""}


@dataclass(frozen=True)
class Alignment:
    """The claim's words that count, each with the evidence's words that answer to it.

    `strength[i]` is 1.0 for the same word, less for a synonym, 0.0 where nothing answers to
    `claim.content[i]`; `answers[i]` are the words that do.
    """

    claim: Reading
    evidence: Reading
    answers: tuple[tuple[Word, ...], ...]
    strength: tuple[float, ...]

    @cached_property
    def figures(self) -> tuple[bool, ...]:
        """For each number, then each date of the claim: whether the evidence holds it."""
        numbers, dates = self.evidence.numbers, self.evidence.dates
        years = {str(date.year) for date in dates}
        return (
            *(
                match_number(number, numbers) != "missing" or self._written(number) in years
                for number in self.claim.numbers
            ),
            *(match_date(date, dates) for date in self.claim.dates),
        )

    def _written(self, number: Quantity) -> str:
        """A year is written without a comma: "2,019 people" are none of 2019."""
        return self.claim.text[number.start : number.end].strip()

    @cached_property
    def parts(self) -> tuple[tuple[float, float], ...]:
        """(weight, how far it is held) of all that counts; names and figures weigh double."""
        words = zip(self.claim.content, self.strength, strict=True)
        return (
            *((2.0 if word.kind == "name" else 1.0, held) for word, held in words),
            *((2.0, float(held)) for held in self.figures),
        )

    @cached_property
    def coverage(self) -> float:
        """The share of what counts in the claim that the evidence holds, 0..1."""
        total = sum(weight for weight, _ in self.parts)
        return sum(weight * held for weight, held in self.parts) / total if total else 0.0

    @cached_property
    def missing(self) -> tuple[Word, ...]:
        """The claim's words that nothing answers to."""
        pairs = zip(self.claim.content, self.strength, strict=True)
        return tuple(word for word, value in pairs if not value)

    @cached_property
    def pairs(self) -> tuple[tuple[Word, tuple[Word, ...]], ...]:
        """The claim's words that something answers to, each with what does."""
        both = zip(self.claim.content, self.answers, strict=True)
        return tuple((word, found) for word, found in both if found)

    @cached_property
    def answering(self) -> frozenset[int]:
        """Places, in the evidence, of all words that answer to one of the claim's."""
        return frozenset(word.place for _, found in self.pairs for word in found)


def align(claim: Reading, evidence: Reading, context: Reading | None = None) -> Alignment:
    """Find for every word of the claim that counts the evidence's words that answer to it.

    `context` is the passage round the evidence, which may complete a name.
    """
    names = claim.names | evidence.names | (context.names if context else frozenset())
    claim, evidence = claim.knowing(names), evidence.knowing(names)
    named = {
        word.place: tuple(found)
        for group, places in name_answers(claim, evidence, context)
        for word, found in zip(group, places, strict=True)
    }
    answers, strength = [], []
    for word in claim.content:
        found, value = _answer(word, evidence, named)
        answers.append(found)
        strength.append(value)
    return Alignment(claim, evidence, tuple(answers), tuple(strength))


def _answer(
    word: Word, evidence: Reading, named: Mapping[int, tuple[Word, ...]]
) -> tuple[tuple[Word, ...], float]:
    if word.kind == "name":
        return named[word.place], 1.0 if named[word.place] else 0.0
    if found := tuple(other for other in evidence.words if _same(word, other)):
        return found, 1.0
    found = tuple(other for other in evidence.content if _means(word, other))
    return found, SYNONYM if found else 0.0


def _same(word: Word, other: Word) -> bool:
    if word.folded == other.folded:
        return True
    if word.kind == "name" or other.kind == "name":
        return same_name(word.folded, other.folded)
    return bool(word.forms & other.forms) or _derived(word.folded, other.folded)


def _means(word: Word, other: Word) -> bool:
    if _is_doer(word) != _is_doer(other):
        forms = _as_noun(word), _as_noun(other)
    else:
        forms = word.forms, other.forms
    if other.kind != "content":
        return False
    if in_one_group(*forms):
        return True
    measures = word.forms & _MEASURES, other.forms & _MEASURES
    differ = any(measures) and measures[0] != measures[1]  # a second is a minute to a dictionary
    return not differ and stands_for(*forms)


def _is_doer(word: Word) -> bool:
    return word.folded.endswith(("er", "or", "ers", "ors"))


def _as_noun(word: Word) -> frozenset[str]:
    """The forms of a word: of a "composer" not "compose", which would be "written"."""
    known = lexicon.entry(word.folded)
    if not _is_doer(word) or (known and known.is_verb):
        return word.forms
    return word.forms & {word.folded, word.folded.removesuffix("s")}


def in_one_group(forms: frozenset[str], others: frozenset[str]) -> bool:
    """Whether the two are one of the news paraphrases listed here."""
    groups = {number for form in forms for number in _GROUP_OF.get(form, ())}
    return any(number in groups for form in others for number in _GROUP_OF.get(form, ()))


@lru_cache(maxsize=50_000)
def stands_for(forms: frozenset[str], others: frozenset[str]) -> bool:
    """Whether a word with the forms `others`, as evidence, vouches for one with `forms`."""
    claimed = [known for form in forms if (known := lexicon.entry(form))]
    found = [known for form in others if (known := lexicon.entry(form))]
    if any(known.opposites & others for known in claimed):
        return False
    meanings = {meaning for known in claimed for meaning in known.meanings}
    vouched = {meaning for known in found for meaning in known.meanings | known.stands_for}
    return bool(meanings & vouched)


def _derived(word: str, other: str) -> bool:
    """Whether two words, one of them in no dictionary, have one stem: "denuclearise(-ation)"."""
    if lexicon.entry(word) and lexicon.entry(other):
        return False
    length = 0
    for left, right in zip(word, other, strict=False):
        if left != right:
            break
        length += 1
    return length >= 5 and word[length:] in _SUFFIXES and other[length:] in _SUFFIXES
