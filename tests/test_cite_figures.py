"""Numbers and dates: the same one in another form is the same, another one never is."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from rag.cite.check import check
from rag.cite.dates import find_dates, match_date
from rag.cite.numbers import find_numbers, match_number

PUBLISHED = datetime.date(2024, 7, 26)  # a Friday


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("12 people", "12", ""),
        ("twelve people", "12", ""),
        ("a dozen people", "12", ""),
        ("two dozen people", "24", ""),
        ("twenty-five", "25", ""),
        ("two hundred and six", "206", ""),
        ("1,200,000", "1200000", ""),
        ("half a million", "500000", ""),
        ("$4.2bn", "4200000000", "$"),
        ("4.2 billion dollars", "4200000000", "$"),
        ("£5m", "5000000", "£"),
        ("3.5%", "3.5", "%"),
        ("3.5 per cent", "3.5", "%"),
        ("the first", "1", "ordinal"),
        ("the 3rd", "3", "ordinal"),
        # (2 + 1/2) · 1,000,000; 1,000,000 + 1/2 · 1,000,000; 1/4 · 1,000,000; 1/2 · 12.
        ("two and a half million", "2500000", ""),
        ("two-and-a-half million", "2500000", ""),
        ("2 and a half million", "2500000", ""),
        ("2½ million", "2500000", ""),
        ("three and a half billion dollars", "3500000000", "$"),
        ("$2 and a half billion", "2500000000", "$"),
        ("a million and a half", "1500000", ""),
        ("2 million and a half", "2500000", ""),
        ("two and three quarters", "2.75", ""),
        ("one and a half", "1.5", ""),
        ("a quarter of a million", "250000", ""),
        ("three quarters of a million", "750000", ""),
        ("half a dozen", "6", ""),
        # 1 + 1/2; 2 + 1/4; 1/2.
        ("a year and a half", "1.5", ""),
        ("one year and a half", "1.5", ""),
        ("two miles and a quarter", "2.25", ""),
        ("half an hour", "0.5", ""),
        ("half a billion dollars", "500000000", "$"),
        # Shares of a whole, in per cent: 3 / 4, 1 / 4, 2 / 3 rounded to hundredths, 1 / 5.
        ("three quarters of voters", "75", "%"),
        ("three-quarters", "75", "%"),
        ("a quarter of voters", "25", "%"),
        ("two thirds of voters", "66.67", "%"),
        ("one-third", "33.33", "%"),
        ("a fifth of voters", "20", "%"),
        ("half of voters", "50", "%"),
        ("half the voters", "50", "%"),
    ],
)
def test_a_number_is_read_in_digits_and_words(text: str, value: str, unit: str) -> None:
    (number,) = find_numbers(text)
    assert (number.value, number.unit) == (Decimal(value), unit)


@pytest.mark.parametrize(
    "text",
    [
        "one of the envoys",
        "the second half of the match",
        "the French Quarter of the city",
        "living quarters",
        "a half-time talk",
        "the other half of the town",
    ],
)
def test_what_only_looks_like_a_number_is_none(text: str) -> None:
    assert find_numbers(text) == []


@pytest.mark.parametrize(
    ("text", "value"), [("the third quarter of the year", "3"), ("the fifth of May", "5")]
)
def test_a_rank_is_no_share(text: str, value: str) -> None:
    (number,) = find_numbers(text)
    assert (number.value, number.unit) == (Decimal(value), "ordinal")


@pytest.mark.parametrize(
    ("claim", "evidence", "expected"),
    [
        ("12 died", "twelve died", "same"),
        ("12 died", "13 died", "missing"),
        ("4.2 billion", "4.2bn", "same"),
        ("$5 million", "£5 million", "missing"),
        ("5%", "5 people", "missing"),
        ("about 30", "29.7", "same"),
        ("about 30", "36", "missing"),
        ("30", "29.7", "vague"),
        ("700 women", "more than 700 women", "vague"),
        ("more than 700 women", "more than 700 women", "same"),
        ("more than 700 women", "fewer than 700 women", "missing"),
        ("more than 700 women", "712 women", "same"),
        ("more than 700 women", "689 women", "missing"),
        ("nearly 200", "198", "same"),
        ("third", "3 people", "missing"),
        ("one and a half years", "a year and a half", "same"),
        ("one year", "one year and a half", "missing"),
        ("half of voters", "50 percent of voters", "same"),
        ("50% of voters", "half the voters", "same"),
        ("three quarters of voters", "75% of voters", "same"),
        ("a quarter of voters", "three quarters of voters", "missing"),
        ("half of voters", "more than half of voters", "vague"),
        ("more than half of voters", "more than half of voters", "same"),
        ("two thirds of voters", "a third of voters", "missing"),
        ("two thirds of voters", "5,000,000,000,000% of it", "missing"),
    ],
)
def test_numbers_are_compared_with_unit_and_rounding(
    claim: str, evidence: str, expected: str
) -> None:
    (claimed,) = find_numbers(claim)
    assert match_number(claimed, find_numbers(evidence)) == expected


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("on 26 July 2024", "2024-07-26", "2024-07-26"),
        ("on July 26th, 2024", "2024-07-26", "2024-07-26"),
        ("2024-07-26", "2024-07-26", "2024-07-26"),
        ("in February 2019", "2019-02-01", "2019-02-28"),
        ("in 2019", "2019-01-01", "2019-12-31"),
        ("in the 1990s", "1990-01-01", "1999-12-31"),
        # Resolved from Friday, 26 July 2024.
        ("yesterday", "2024-07-25", "2024-07-25"),
        ("last week", "2024-07-15", "2024-07-21"),
        ("last month", "2024-06-01", "2024-06-30"),
        ("next year", "2025-01-01", "2025-12-31"),
        ("on Monday", "2024-07-22", "2024-07-22"),
        ("two years ago", "2022-01-01", "2022-12-31"),
        ("on 4 July", "2024-07-04", "2024-07-04"),
        ("on 30 December", "2024-12-30", "2024-12-30"),
    ],
)
def test_dates_are_read_and_relative_ones_resolved(text: str, first: str, last: str) -> None:
    (date,) = find_dates(text, PUBLISHED)
    assert date.days == (datetime.date.fromisoformat(first), datetime.date.fromisoformat(last))


def test_without_a_day_of_publication_a_relative_date_stays_open() -> None:
    (date,) = find_dates("last week")
    assert date.days is None


def test_modal_may_is_no_month() -> None:
    assert find_dates("He may leave. They march on.") == []


@pytest.mark.parametrize(
    ("claim", "evidence", "agrees"),
    [
        ("in 2019", "in February 2019", True),
        ("in February 2019", "in 2019", False),
        ("in 2018", "in February 2019", False),
        ("in July 2024", "last week", True),
        ("in June 2024", "last week", False),
        ("last week", "last week", True),
        ("on 22 July 2024", "on Monday", True),
        ("on July 4", "on 4 July 2024", True),
        ("on July 5", "on 4 July 2024", False),
        ("in 2024", "yesterday", True),
        ("in the 1990s", "in 1994", True),
    ],
)
def test_a_date_may_be_vaguer_than_the_evidence_never_more_exact(
    claim: str, evidence: str, agrees: bool
) -> None:
    (claimed,) = find_dates(claim, PUBLISHED)
    assert match_date(claimed, find_dates(evidence, PUBLISHED)) is agrees


@pytest.mark.parametrize(
    "text",
    ["two \u017fixths of them left", "the fir\u017ft king", "5 thou\u017fand", "a m\u0131llion"],
)
def test_letters_that_only_look_alike_are_no_error(text: str) -> None:
    assert check("The men left.", text, similarity=0.9).verdict in ("partly", "unsupported")
