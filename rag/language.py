"""The language of the web chat's own words: English, German, Spanish or Chinese.

    with speaking(choose("de-AT,en;q=0.7")):   for what is done for one request
        gettext("Ask")                         "Fragen"

English is what the code says; each other language has a catalog `rag/web/<language>.json` of
English to translation, a list of plural forms where there is a number. What is not in it stays
English. The language is that of the context (thread or task), never of the process.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from pathlib import Path

from babel.dates import format_date, format_time
from babel.numbers import format_decimal

LANGUAGES = ("en", "de", "es", "zh")

_LOCALES = {"en": "en_GB", "de": "de", "es": "es", "zh": "zh_Hans"}
_CATALOGS = Path(__file__).parent / "web"
_NUMBER = re.compile(r"\d+")
_spoken: ContextVar[str] = ContextVar("language", default="en")

Catalog = Mapping[str, "str | list[str]"]


def choose(accepted: str) -> str:
    """The best of LANGUAGES for an Accept-Language header (RFC 9110, 12.5.4); else English.

    A region or script is passed over: "de-AT" is German, "zh-Hant" Chinese.
    """
    wanted = []
    for place, part in enumerate(accepted.split(",")[:50]):
        tag, _, parameters = part.partition(";")
        wanted.append((-_quality(parameters), place, tag.strip().lower().split("-")[0]))
    for negative, _, tag in sorted(wanted):
        if negative < 0 and (tag in LANGUAGES or tag == "*"):
            return tag if tag in LANGUAGES else "en"
    return "en"


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """What runs inside, in this thread or task, says its words in this language."""
    token = _spoken.set(language if language in LANGUAGES else "en")
    try:
        yield
    finally:
        _spoken.reset(token)


def spoken() -> str:
    """The language of this context, as the `lang` attribute has it."""
    return _spoken.get()


def gettext(message: str) -> str:
    """The message in the language of this context."""
    found = catalog(spoken()).get(message, message)
    return found if isinstance(found, str) else found[-1]


def ngettext(singular: str, plural: str, number: int) -> str:
    """The form that goes with a number. German and Spanish have two, Chinese has one."""
    found = catalog(spoken()).get(singular)
    if found is None:
        return singular if number == 1 else plural
    forms = [found] if isinstance(found, str) else found
    return forms[0] if number == 1 else forms[-1]


def mark(message: str) -> str:
    """The message itself: marks it as one that is translated where it is shown."""
    return message


def translate(text: str) -> str:
    """A text that another module made: translated if it, or its form with a number, is known."""
    number = _NUMBER.search(text)
    if number is None:
        return gettext(text)
    form = _NUMBER.sub("%(number)s", text, count=1)
    translated = gettext(form)
    return text if translated == form else translated % {"number": number.group()}


def day(value: datetime.date | None) -> str:
    """A date for people, such as 26 July 2024; "" for none."""
    return format_date(value, "long", locale=_LOCALES[spoken()]) if value else ""


def day_and_time(moment: datetime.datetime) -> str:
    """A moment for people, such as 26 July 2024, 14:05."""
    time = format_time(moment, "HH:mm", locale=_LOCALES[spoken()])
    return f"{day(moment.date())}, {time}"


def decimal(value: float, places: int = 0) -> str:
    """A number for people: 1,234 in English, 1.234 in German."""
    return _decimal(round(value, places), places, spoken())


@lru_cache(maxsize=4096)  # "Why this answer" has hundreds, most of them scores of two digits
def _decimal(value: float, places: int, language: str) -> str:
    form = "#,##0" + ("." + "0" * places if places else "")
    return format_decimal(value, form, locale=_LOCALES[language])


@cache
def catalog(language: str) -> Catalog:
    """English to translation; empty for English."""
    if language == "en":
        return {}
    path = _CATALOGS / f"{language}.json"
    found: dict[str, str | list[str]] = json.loads(path.read_text(encoding="utf-8"))
    return found
