"""Numbers in a text, in digits or words, with unit, scale and how exactly they are meant. Pure.

"12", "twelve" and "a dozen" are 12; "4.2bn" and "4.2 billion" are the same; "first" is "1st".
"two and a half million" is one number, and "three quarters of" is 75 %.
"about 700", "nearly 700", "more than 700" and "700" are four different statements.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Literal

Bound = Literal["exact", "about", "over", "under"]
Match = Literal["same", "vague", "missing"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number of a text. `unit` is "%", "$", "£", "€", "ordinal", "decade" ("his
    80s"), "am", "pm" or empty."""

    value: Decimal
    unit: str
    bound: Bound
    start: int
    end: int


_TO_NINETEEN = """zero one two three four five six seven eight nine ten eleven twelve thirteen
fourteen fifteen sixteen seventeen eighteen nineteen"""
_TO_NINETY = "twenty thirty forty fifty sixty seventy eighty ninety"
_TO_TWELFTH = """first second third fourth fifth sixth seventh eighth ninth tenth eleventh
twelfth"""
_UNITS, _TENS, _ORDINALS = _TO_NINETEEN.split(), _TO_NINETY.split(), _TO_TWELFTH.split()
_WORDS = {
    **{word: number for number, word in enumerate(_UNITS)},
    **{word: 10 * number for number, word in enumerate(_TENS, start=2)},
    "dozen": 12,
}
_SCALES = {
    **{"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12},
    **{"k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9, "b": 10**9, "tn": 10**12},
}
_MONEY = {
    **{"$": "$", "us$": "$", "£": "£", "€": "€", "¥": "¥", "₹": "₹"},
    **{"dollar": "$", "dollars": "$", "pound": "£", "pounds": "£", "euro": "€", "euros": "€"},
    **{"yen": "¥", "rupees": "₹"},
}
_SIGNS = {"¼": Decimal("0.25"), "½": Decimal("0.5"), "¾": Decimal("0.75")}
_LETTERS = str.maketrans("ſıİ\u212a", "siIK")
"""Letters that a pattern without regard to case takes for others: the long s of "firſt"."""

_SCALE = r"(?:hundred|thousand|million|billion|trillion)"
_WORD = rf"(?:{'|'.join([*_TENS, *reversed(_UNITS), 'dozen'])})"
_MORE = r"(?:(?:\s+and\s+(?:a|three)\s+|-and-(?:a|three)-)(?:half|quarters?)\b)"
"""What "two and a half" has beyond the two."""

_PART = rf"(?:third|quarter|{'|'.join(_ORDINALS[3:10])})"
_FEW = rf"(?:{'|'.join(_UNITS[1:11])})"
_FRACTION = rf"""(?:half(?=\s+(?:of|the|his|her|its|their|our|my|all)\b)
    |(?:an?|one)[\s-]{_PART}(?=\s+of\b)|one-{_PART}
    |{_FEW}\s+(?:in|out\s+of)\s+(?:every\s+)?{_FEW}(?![\w-])
    |three[\s-]quarters|(?:two|three|four|five|six|seven|eight|nine)[\s-](?!quarter){_PART}s)"""
"""A share of a whole; not the "third quarter" of a year, nor "two quarters" of it."""

_HALVES = re.compile(
    r"\b(?:first|second|last|latter|other|top|bottom|opening|final|northern|southern|eastern|western"
    r"|upper|lower|each|either|this|that|better|back|front|early|later?|the|and a)\s+$",
    re.IGNORECASE,
)
"""Before a "half" that is one of two: "the second half of the match"."""

_DIGITS = re.compile(
    rf"""(?:(?P<minus>(?<![\w.,)-])[-−]|\bminus\s)|(?<![\w.,]))
    (?P<money>US\$|[$£€¥₹])?\s?(?P<number>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)
    (?![\d⁰¹²³⁴-⁹]|\^\d)
    (?P<more>{_MORE}|\s?[¼½¾])?(?:(?P<ordinal>st|nd|rd|th)\b|(?P<decade>'?s)\b|\s?(?P<clock>[ap])\.?m\b\.?
    |[\s-]?(?P<scale>{_SCALE}|bn|mn|tn|[kmb])\b(?P<late>{_MORE})?)?
    (?:\s?(?P<percent>%|per\s?cent\b|percent\b)|[\s-](?P<currency>dollars?|pounds?|euros?|yen|rupees)\b)?""",
    re.VERBOSE | re.IGNORECASE,
)
_SPELLED = re.compile(
    rf"""\b(?:(?P<part>half|(?:an?\s+)?quarter|(?:a|one|two|three)[\s-](?:third|quarter)s?)
        [\s-]+(?:of\s+)?(?:a\s+)?(?P<halved>{_SCALE}|dozen)
    |(?P<share>{_FRACTION})
    |(?P<run>(?:a\s+(?={_SCALE}|dozen|half))?{_WORD}(?:(?:\s+and\s+|[\s-]+)
            (?!three[\s-]quarter)(?:{_WORD}|{_SCALE})\b)*
        |a\s+{_SCALE}(?:\s+{_SCALE})*)(?:(?P<more>{_MORE})(?:[\s-]+(?P<grown>{_SCALE}|dozen)\b)?)?
    |(?P<ordinal>{"|".join(_ORDINALS)}))\b
    (?:\s?(?P<percent>%|per\s?cent\b|percent\b)|[\s-](?P<currency>dollars?|pounds?|euros?|yen|rupees)\b)?""",
    re.VERBOSE | re.IGNORECASE,
)
_MEASURE = (
    "hours?|days?|weeks?|months?|years?|decades?|centur(?:y|ies)|miles?|minutes?|tonnes?|tons?"
    "|kilometres?|kilometers?|metres?|meters?|kilos?|km|pints?|seconds?"
)
_BOUNDED = "|".join(
    rf"(?<={word}\s)" for word in ("almost", "nearly", "over", "under", "than", "least", "about")
)
_ONE = rf"(?:an?|\d+|{'|'.join(_UNITS[1:13])})"
_SPLIT = re.compile(
    rf"(?<![\w.,])(?:(?:half\s+an?\s|(?<!and\s)a\s+half[\s-]|half-)\s*(?:{_MEASURE})"
    rf"|(?P<whole>{_ONE})\s+(?:{_MEASURE}){_MORE}(?!\s+of\b|-)"
    rf"|(?P<one>(?:{_BOUNDED})an?)\s+(?:{_MEASURE}))\b",
    re.IGNORECASE,
)
"""A number with its measure: "a year and a half", "half an hour", "a year" behind "almost"."""

_BOUND_WORDS: dict[Bound, str] = {
    "over": "more than|over|at least|above|exceed(?:s|ed|ing)?|upwards? of"
    "|(?:no|not) (?:less|fewer) than|greater than|higher than|a minimum of|between",
    "under": "less than|fewer than|under|below|at most|up to|no more than|not more than|nearly"
    "|almost|just short of|as (?:many|much) as|lower than|a maximum of"
    r"|between [$£€]?[\w.,]+(?: \w+)? and",
    "about": "about|around|roughly|approximately|some|circa|an estimated|estimated|close to",
}
_BOUNDS = {
    bound: re.compile(rf"\b(?:{words})\s+(?:the |a |an )?$", re.IGNORECASE)
    for bound, words in _BOUND_WORDS.items()
}
_VAGUE_ONE = re.compile(r"\s+(?:of|another|day|by\s+one)\b|\s*$", re.IGNORECASE)


def find_numbers(text: str, taken: Sequence[tuple[int, int]] = ()) -> list[Quantity]:
    """The numbers of a text in order, outside the ranges `taken` (its dates)."""
    text = text.translate(_LETTERS)  # offsets stay
    found: list[Quantity] = []
    # What is part of a number is none of its own: the "half million" of "2 and a half million".
    for way in (find_split, _in_digits, _in_words):
        written = [*taken, *((quantity.start, quantity.end) for quantity in found)]
        found += [quantity for quantity in way(text) if _is_free(quantity, written)]
    return sorted(found, key=lambda quantity: quantity.start)


def _is_free(quantity: Quantity, taken: Sequence[tuple[int, int]]) -> bool:
    return not any(quantity.start < end and start < quantity.end for start, end in taken)


def match_number(claimed: Quantity, found: Sequence[Quantity]) -> Match:
    """Whether one of the numbers found says what the claim says.

    "vague" where one is near but the two are not meant as exactly: "700" for "more than 700",
    "about 30" is the "same" as 29.7, "30" alone is vague for it.
    """
    verdicts = [_compare(claimed, quantity) for quantity in found if _unit(claimed, quantity)]
    return "same" if "same" in verdicts else "vague" if "vague" in verdicts else "missing"


def _unit(claimed: Quantity, quantity: Quantity) -> bool:
    if not claimed.unit and quantity.unit in ("am", "pm"):
        return True
    return claimed.unit == quantity.unit


def _compare(claimed: Quantity, found: Quantity) -> Match:
    if claimed.value == found.value:
        if claimed.bound == found.bound or claimed.bound == "about":
            return "same"
        if {claimed.bound, found.bound} == {"over", "under"}:
            return "missing"
        return "vague"
    if found.bound != "exact":
        return "missing"
    digits = _digits(claimed.value)
    if claimed.bound == "over":
        return "same" if _rounded(found.value, digits, ROUND_FLOOR) == claimed.value else "missing"
    if claimed.bound == "under":
        return (
            "same" if _rounded(found.value, digits, ROUND_CEILING) == claimed.value else "missing"
        )
    if _rounded(found.value, digits, ROUND_HALF_UP) != claimed.value:
        return "missing"
    return "same" if claimed.bound == "about" else "vague"


def _digits(value: Decimal) -> int:
    """Significant digits: one for 30,000 and for 0.3."""
    return max(1, len(value.normalize().as_tuple().digits))


def _rounded(value: Decimal, digits: int, rounding: str) -> Decimal:
    if value == 0:
        return value
    place = Decimal(1).scaleb(value.adjusted() - digits + 1)
    return (value / place).quantize(Decimal(1), rounding=rounding) * place


def find_split(text: str) -> Iterator[Quantity]:
    """The numbers that have their measure within them: "a year and a half", "half an hour"."""
    for match in _SPLIT.finditer(text):
        more = re.search(_MORE, match[0], re.IGNORECASE)
        if match["one"]:
            yield _quantity(text, Decimal(1), "", match)
            continue
        whole = match["whole"] or "0"
        one = int(whole) if whole.isdigit() else _WORDS.get(whole.lower(), 1)
        yield _quantity(text, one + (_beyond(more[0]) if more else Decimal("0.5")), "", match)


def _in_digits(text: str) -> Iterator[Quantity]:
    for match in _DIGITS.finditer(text):
        value = Decimal(match["number"].replace(",", "")) + _beyond(match["more"])
        if match["scale"]:
            value = (value + _beyond(match["late"])) * _SCALES[match["scale"].lower()]
        if match["minus"]:
            value = -value
        clock = f"{match['clock']}m".lower() if match["clock"] else ""
        named = "ordinal" if match["ordinal"] else "decade" if match["decade"] else clock
        unit = named or _unit_of(match, match["money"])
        yield _quantity(text, value, unit, match)


def _in_words(text: str) -> Iterator[Quantity]:
    for match in _SPELLED.finditer(text):
        if match["ordinal"]:
            rank = _ORDINALS.index(match["ordinal"].lower()) + 1
            if rank != 2:  # "second" is a unit of time, too, and often no rank
                yield _quantity(text, Decimal(rank), "ordinal", match)
        elif match["share"]:
            if not _HALVES.search(text[max(0, match.start() - 12) : match.start()]):
                value = (100 * _share(match["share"])).quantize(Decimal("0.01"))
                yield _quantity(text, value, "%", match)
        elif match["part"]:
            value = _share(match["part"]) * _size(match["halved"])
            yield _quantity(text, value, _unit_of(match, None), match)
        elif match[0].lower() != "one" or not _VAGUE_ONE.match(text, match.end()):
            yield _quantity(text, _in_full(match), _unit_of(match, None), match)


def _in_full(match: re.Match[str]) -> Decimal:
    """What is spelled out, with its "and a half", which may be of the million before it."""
    words = re.findall(r"[a-z]+", match["run"].lower())
    value, beyond = Decimal(_value(words)), _beyond(match["more"])
    if match["grown"]:
        return (value + beyond) * _size(match["grown"])
    return value + beyond * (_size(words[-1]) if _size(words[-1]) >= 1000 else 1)


def _size(word: str) -> int:
    """How many a "million" or a "dozen" is; 0 for any other word."""
    return 12 if word.lower() == "dozen" else _SCALES.get(word.lower(), 0)


def _beyond(written: str | None) -> Decimal:
    """The 0.5 of " and a half"; 0 of nothing."""
    if not written:
        return Decimal(0)
    sign = written.strip()
    if sign in _SIGNS:
        return _SIGNS[sign]
    return _share(re.sub(r"^\W*and\W", "", written.lower()))


def _share(written: str) -> Decimal:
    """0.5 for "half", 0.75 for "three quarters", 0.2 for "one in five"."""
    *before, part = re.findall(r"[a-z]+", written.lower())
    if part in _WORDS:  # "one in five"
        return Decimal(_WORDS[before[0]]) / _WORDS[part]
    count = _WORDS.get(before[-1], 1) if before else 1
    whole = {"half": 2, "quarter": 4, "quarters": 4}.get(part)
    return Decimal(count) / (whole or _ORDINALS.index(part.removesuffix("s")) + 1)


def _value(words: Sequence[str]) -> int:
    total = current = 0
    for word in words:
        if word in _WORDS:
            current = max(current, 1) * 12 if word == "dozen" else current + _WORDS[word]
        elif word == "hundred":
            current = max(current, 1) * 100
        elif word in _SCALES:
            total, current = total + max(current, 1) * _SCALES[word], 0
    return total + current


def _unit_of(match: re.Match[str], money: str | None) -> str:
    if match["percent"]:
        return "%"
    written = money or match["currency"] or ""
    return _MONEY.get(written.lower(), "")


def _quantity(text: str, value: Decimal, unit: str, match: re.Match[str]) -> Quantity:
    before = text[max(0, match.start() - 30) : match.start()]
    bound: Bound = next(
        (name for name, pattern in _BOUNDS.items() if pattern.search(before)), "exact"
    )
    return Quantity(value, unit, bound, match.start(), match.end())
