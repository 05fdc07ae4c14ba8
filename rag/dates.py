"""Dates of publication as people and pages write them: pure, and never a guess.

A date is read where a line or a field says that it is one. "03/04/2024" may be March or April,
so it is no date here; neither is a year alone. Nothing ever falls back to the current day.
"""

from __future__ import annotations

import datetime
import re

_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_ISO = r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})(?![\d-])(?:[T ]\d{2}:\d{2}\S*)?(?: ?(?:UTC|GMT|Z))?"
_TAIL = r"(?:[ ,|·•@-]+(?:at )?\d{1,2}[:.]\d{2}[^\n]{0,20})?"
_DAY_MONTH = (
    r"(?P<d1>\d{1,2})(?:st|nd|rd|th)?(?: of)?[ -](?P<b1>[A-Za-z]{3,9})\.?,?[ -](?P<y1>\d{4})"
)
_MONTH_DAY = r"(?P<b2>[A-Za-z]{3,9})\.? (?P<d2>\d{1,2})(?:st|nd|rd|th)?,? (?P<y2>\d{4})"
_NUMERIC = (
    r"(?P<n1>\d{1,2})[/.](?P<n2>\d{1,2})[/.](?P<y3>\d{4})|"
    r"(?P<y4>\d{4})[/.](?P<m4>\d{1,2})[/.](?P<d4>\d{1,2})"
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,? )?"
_DATE = re.compile(rf"{_WEEKDAY}(?:{_ISO}|{_DAY_MONTH}|{_MONTH_DAY}|{_NUMERIC})", re.I)
_LABEL = (
    r"(?:(?:publication |publish |release |posted |article )?date|(?:first )?published|posted|"
    r"publi[sc]ation|dateline|pubdate|issued|date published|published (?:at|on|date))"
)
_LABELLED = re.compile(rf"{_LABEL}\s*(?::|\bon\b|–|-|\s)\s*(?P<rest>.+)", re.I)
_ISO_LABELLED = re.compile(
    rf"(?:date\s*:?|{_LABEL}\s*:)\s*(?P<date>{_ISO})(?:\s+(?P<text>\S.*))?$", re.I
)


def parse_date(text: str) -> datetime.date | None:
    """The date a field holds, in ISO, RFC 822, "26 July 2024" or "July 26, 2024" form, or None.

    Whatever follows the date (a time, a zone) is left aside. Days that do not exist give None.
    """
    match = _DATE.match(text.strip())
    return _date(match) if match else None


def find_date(line: str) -> tuple[datetime.date, str] | None:
    """The date of a header line such as "Published: 26 July 2024", with the text after it.

    Text after the date is allowed only where the date is in ISO form ("date 2024-07-26 Storm
    hits …"); else the line must hold nothing but label, date and time, or date and time alone.
    None for other lines, "Updated: …" among them.
    """
    line = line.strip()
    if match := _ISO_LABELLED.match(line):
        date, text = parse_date(match["date"]), match["text"] or ""
        if date and not re.match(r"[,;.)\]a-z]", text):
            return date, text
    if len(line) > 80:
        return None
    match = _LABELLED.match(line)
    rest = match["rest"].strip() if match else line
    dated = _DATE.match(rest)
    date = _date(dated) if dated else None
    if dated is None or date is None:
        return None
    return (date, "") if re.fullmatch(_TAIL + r"[.\s]*", rest[dated.end() :]) else None


def is_labelled(line: str) -> bool:
    """Whether a line in which `find_date` finds a date says what it is: "Published: 26 July 2024",
    not "26 July 2024"."""
    return _LABELLED.match(line.strip()) is not None


def _date(match: re.Match[str]) -> datetime.date | None:
    found = {name: value for name, value in match.groupdict().items() if value}
    numbers = _numbers(found)
    try:
        return datetime.date(*numbers) if numbers else None
    except ValueError:
        return None


def _numbers(found: dict[str, str]) -> tuple[int, int, int] | None:
    if "y" in found:
        return int(found["y"]), int(found["m"]), int(found["d"])
    if "y4" in found:
        return int(found["y4"]), int(found["m4"]), int(found["d4"])
    if "n1" in found:
        return _unambiguous(int(found["n1"]), int(found["n2"]), int(found["y3"]))
    which = "1" if "y1" in found else "2"
    month = _month(found["b" + which])
    return (int(found["y" + which]), month, int(found["d" + which])) if month else None


def _unambiguous(first: int, second: int, year: int) -> tuple[int, int, int] | None:
    if first == second or second > 12:
        return year, first, second
    return (year, second, first) if first > 12 else None


def _month(name: str) -> int | None:
    """The number of a month's name, whole or cut to three letters or more ("Sept")."""
    lowered = name.casefold()
    numbers = (n for n, month in enumerate(_MONTHS, start=1) if month.startswith(lowered))
    return next(numbers, None)
