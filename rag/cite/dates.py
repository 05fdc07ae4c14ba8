"""Dates in a text, absolute ("26 July 2024", "2019", "in May") or relative ("last week"). Pure.

A relative date is resolved from the day its article was published, never from today.
"""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Day = datetime.date
Interval = tuple[Day, Day]


@dataclass(frozen=True, slots=True)
class DateMention:
    """One date of a text: the days it may be, and its parts as far as they are written.

    `days` is None where the text alone does not tell and the article has no date.
    """

    written: str
    start: int
    end: int
    days: Interval | None
    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    shift: int | None = None
    """-1 for "last", 0 for "this", 1 for "next"."""


_MONTHS = {
    name: number
    for number in range(1, 13)
    for name in (calendar.month_name[number].lower(), calendar.month_abbr[number].lower())
} | {"sept": 9}
_WEEKDAYS = {calendar.day_name[number].lower(): number for number in range(7)}
_TO_TEN = "zero one two three four five six seven eight nine ten"
_SHIFTS = {"last": -1, "past": -1, "previous": -1, "this": 0, "next": 1, "following": 1}
_COUNTS = {word: number for number, word in enumerate(_TO_TEN.split())} | {"a": 1, "an": 1}
_FULL_MONTH = "|".join(calendar.month_name[1:])
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_YEAR = r"(?:1[0-9]{3}|20[0-9]{2})"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_PATTERNS = re.compile(
    rf"""
      (?<![\d-])(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})(?![\d-])
    | \b(?P<day1>{_DAY})(?:\ of)?\ (?P<month1>{_MONTH})(?:,?\ (?P<year1>{_YEAR})\b)?(?!\w)
    | \b(?P<month2>{_MONTH})\ (?P<day2>{_DAY})\b(?:,?\ (?P<year2>{_YEAR})\b)?
    | \b(?P<month3>{_MONTH}),?\ (?:of\ )?(?P<year3>{_YEAR})\b
    | \b(?P<decade>(?:1[0-9]|20)[0-9]0)['’]?s\b
    | (?<![\w$£€.,/-])(?P<year>{_YEAR})(?![\w%]|[.,/]\d|-\d)
    | (?<=[Ii]n\ )(?P<may>May)\b | (?<=[Ss]ince\ )(?P<may2>May)\b | (?<=[Ll]ast\ )(?P<may3>May)\b
    | \b(?P<month>(?!May)(?:{_FULL_MONTH}))\b
    | \b(?:(?P<which>last|this|next|past|previous|following)\s+)?
      (?P<weekday>(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)s?\b
    | \b(?P<near>today|yesterday|tomorrow|tonight)\b
    | \b(?P<shift>last|this|next)\s+(?P<period>week|weekend|month|year)\b
    | \b(?P<count>\d{{1,3}}|{"|".join(_COUNTS)})\s+
      (?P<unit>day|week|month|year|decade)s?\s+(?P<way>ago|earlier)\b
    """,
    re.VERBOSE,
)
_CASELESS = re.compile(r"\b(?:last|this|next|today|yesterday|tomorrow|tonight)\b", re.IGNORECASE)


def find_dates(text: str, published: Day | None = None) -> list[DateMention]:
    """The dates of a text in order. Relative ones are resolved from `published` if it is known."""
    lowered = _CASELESS.sub(lambda match: match[0].lower(), text)
    return [_mention(match, published) for match in _PATTERNS.finditer(lowered)]


def match_date(claimed: DateMention, found: Sequence[DateMention]) -> bool:
    """Whether the evidence names this date, or a more exact one that lies within it."""
    return any(_agrees(claimed, mention) for mention in found)


def _agrees(claimed: DateMention, found: DateMention) -> bool:
    if claimed.written == found.written:
        return True
    if None not in (claimed.shift, found.shift) and claimed.shift != found.shift:
        return False
    parts = ("year", "month", "day", "weekday")
    given = {part for part in parts if getattr(claimed, part) is not None}
    if given and all(getattr(claimed, part) == getattr(found, part) for part in given):
        return True
    if claimed.days is None or found.days is None:
        return False
    return claimed.days[0] <= found.days[0] and found.days[1] <= claimed.days[1]


def _mention(match: re.Match[str], published: Day | None) -> DateMention:
    year, month, day = _parts(match)
    weekday = _WEEKDAYS.get((match["weekday"] or "").lower())
    days = _absolute(match, year, month, day) or _relative(match, published, month, day, weekday)
    if days and days[0] == days[1]:
        weekday = days[0].weekday()
    written = " ".join(match[0].lower().replace(".", "").split())
    shift = _SHIFTS.get(match["which"] or match["shift"] or "")
    return DateMention(written, match.start(), match.end(), days, year, month, day, weekday, shift)


def _parts(match: re.Match[str]) -> tuple[int | None, int | None, int | None]:
    if match["iso"]:
        year, month, day = map(int, match["iso"].split("-"))
        return year, month, day
    written_year = match["year1"] or match["year2"] or match["year3"] or match["year"]
    may = match["may"] or match["may2"] or match["may3"]
    written_month = match["month1"] or match["month2"] or match["month3"] or match["month"] or may
    written_day = re.sub(r"\D", "", match["day1"] or match["day2"] or "")
    return (
        int(written_year) if written_year else None,
        _MONTHS[written_month.lower().rstrip(".")] if written_month else None,
        int(written_day) if written_day else None,
    )


def _absolute(
    match: re.Match[str], year: int | None, month: int | None, day: int | None
) -> Interval | None:
    if match["decade"]:
        first = int(match["decade"])
        return Day(first, 1, 1), Day(first + 9, 12, 31)
    if year is None:
        return None
    return _interval(year, month, day)


def _interval(year: int, month: int | None, day: int | None) -> Interval | None:
    try:
        if month is None:
            return Day(year, 1, 1), Day(year, 12, 31)
        if day is None:
            return Day(year, month, 1), Day(year, month, calendar.monthrange(year, month)[1])
        return Day(year, month, day), Day(year, month, day)
    except ValueError:  # 31 June is no day
        return None


def _relative(
    match: re.Match[str],
    published: Day | None,
    month: int | None,
    day: int | None,
    weekday: int | None,
) -> Interval | None:
    if published is None:
        return None
    if month is not None:
        return _nearest_year(published, month, day)
    if weekday is not None:
        return (
            _last_weekday(published, weekday) if match["which"] in (None, "last", "past") else None
        )
    if match["near"]:
        shift = {"yesterday": -1, "tomorrow": 1}.get(match["near"], 0)
        that_day = published + datetime.timedelta(days=shift)
        return that_day, that_day
    if match["period"]:
        return _period(published, match["period"], {"last": -1, "next": 1}.get(match["shift"], 0))
    return _ago(published, match["count"], match["unit"]) if match["way"] == "ago" else None


def _nearest_year(published: Day, month: int, day: int | None) -> Interval | None:
    """A date without a year, in the year that puts it nearest to the day of publication."""
    around = (_interval(published.year + shift, month, day) for shift in (-1, 0, 1))
    near = [interval for interval in around if interval]
    return min(near, key=lambda days: abs((days[0] - published).days), default=None)


def _last_weekday(published: Day, weekday: int) -> Interval:
    that_day = published - datetime.timedelta(days=(published.weekday() - weekday) % 7)
    return that_day, that_day


def _period(published: Day, period: str, shift: int) -> Interval | None:
    if period == "year":
        return _interval(published.year + shift, None, None)
    if period == "month":
        months = published.year * 12 + published.month - 1 + shift
        return _interval(months // 12, months % 12 + 1, None)
    monday = published - datetime.timedelta(days=published.weekday() - 7 * shift)
    first = monday + datetime.timedelta(days=5 if period == "weekend" else 0)
    return first, monday + datetime.timedelta(days=6)


def _ago(published: Day, count: str, unit: str) -> Interval | None:
    number = int(count) if count.isdigit() else _COUNTS[count]
    if unit == "year":
        return _interval(published.year - number, None, None)
    if unit == "month":
        return _period(published, "month", -number)
    if unit == "week":
        return _period(published, "week", -number)
    if unit == "decade":
        return None
    that_day = published - datetime.timedelta(days=number)
    return that_day, that_day


def covered(mentions: Sequence[DateMention]) -> Iterator[tuple[int, int]]:
    """The ranges of text that dates take up, so that "2019" is not counted as a number too."""
    return ((mention.start, mention.end) for mention in mentions)
