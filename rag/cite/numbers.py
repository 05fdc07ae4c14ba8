"""Numbers in a text, in digits or words, with unit, scale and how exactly they are meant. Pure.

"12", "twelve" and "a dozen" are 12; "4.2bn" and "4.2 billion" are the same; "first" is "1st".
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
    """One number of a text. `unit` is "%", "$", "£", "€", "ordinal", "am", "pm" or empty."""

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
_SCALE = r"(?:hundred|thousand|million|billion|trillion)"
_WORD = rf"(?:{'|'.join([*_TENS, *reversed(_UNITS), 'dozen'])})"
_DIGITS = re.compile(
    rf"""(?:(?P<minus>(?<![\w.,)-])[-−]|\bminus\s)|(?<![\w.,]))
    (?P<money>US\$|[$£€¥₹])?\s?(?P<number>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)
    (?:(?P<ordinal>st|nd|rd|th)\b|\s?(?P<clock>[ap])\.?m\b\.?
    |[\s-]?(?P<scale>{_SCALE}|bn|mn|tn|[kmb])\b)?
    (?:\s?(?P<percent>%|per\s?cent\b|percent\b)|[\s-](?P<currency>dollars?|pounds?|euros?|yen|rupees)\b)?""",
    re.VERBOSE | re.IGNORECASE,
)
_SPELLED = re.compile(
    rf"""\b(?:(?P<run>(?:a\s+(?={_SCALE}|dozen|half))?{_WORD}(?:(?:\s+and\s+|[\s-]+)(?:{_WORD}|{_SCALE})\b)*
        |a\s+{_SCALE}(?:\s+{_SCALE})*)
    |(?P<ordinal>{"|".join(_ORDINALS)})|(?P<half>half)\s+(?:a\s+)?(?P<halved>{_SCALE}))\b
    (?:\s?(?P<percent>%|per\s?cent\b|percent\b)|[\s-](?P<currency>dollars?|pounds?|euros?|yen|rupees)\b)?""",
    re.VERBOSE | re.IGNORECASE,
)
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
    found = [*_in_digits(text), *_in_words(text)]
    free = [
        quantity
        for quantity in found
        if not any(quantity.start < end and start < quantity.end for start, end in taken)
    ]
    return sorted(free, key=lambda quantity: quantity.start)


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


def _in_digits(text: str) -> Iterator[Quantity]:
    for match in _DIGITS.finditer(text):
        value = Decimal(match["number"].replace(",", ""))
        if match["scale"]:
            value *= _SCALES[match["scale"].lower()]
        if match["minus"]:
            value = -value
        clock = f"{match['clock']}m".lower() if match["clock"] else ""
        unit = "ordinal" if match["ordinal"] else clock or _unit_of(match, match["money"])
        yield _quantity(text, value, unit, match)


def _in_words(text: str) -> Iterator[Quantity]:
    for match in _SPELLED.finditer(text):
        if match["ordinal"]:
            rank = _ORDINALS.index(match["ordinal"].lower()) + 1
            if rank != 2:  # "second" is a unit of time, too, and often no rank
                yield _quantity(text, Decimal(rank), "ordinal", match)
            continue
        if match["half"]:
            value = Decimal("0.5") * _SCALES[match["halved"].lower()]
        else:
            value = Decimal(_value(re.findall(r"[a-z]+", match["run"].lower())))
        alone = match["run"] and match["run"].lower() == "one"
        if not (alone and _VAGUE_ONE.match(text, match.end())):
            yield _quantity(text, value, _unit_of(match, None), match)


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
