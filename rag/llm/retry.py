"""What to make of a response that is not a stream: try again, and when, or give up."""

from __future__ import annotations

import datetime
import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from pydantic import SecretStr

from rag.errors import ModelError, ModelUnavailable

TRANSIENT = {408, 409, 425, 429}  # and every 5xx
FIRST_PAUSE = 0.5  # seconds; doubled with each try
LONGEST_PAUSE = 8.0
SHOWN = 160  # characters of a server's own words


@dataclass(frozen=True, slots=True)
class Failure:
    """A try that failed: the error to raise, whether to try again, the pause the server asks."""

    error: ModelError
    again: bool = False
    retry_after: float | None = None

    def pause(self, attempt: int) -> float:
        """Seconds until the next try: what the server asks, else growing, with jitter."""
        if self.retry_after is not None:
            return self.retry_after
        pause = min(FIRST_PAUSE * 2.0**attempt, LONGEST_PAUSE)
        return pause * random.uniform(0.75, 1.25)


_TOO_MUCH = re.compile(r"too (?:large|long|many|big)|context length|exceed", re.IGNORECASE)
"""What a server says of a parameter that it knows, and finds too large."""


class Dialect:
    """Which optional parameters a server does not know, learnt from its complaints.

    Some servers refuse `stream_options` or `temperature`; OpenAI's newer models take
    `max_completion_tokens` for `max_tokens`.
    """

    OPTIONAL = ("stream_options", "temperature", "max_tokens", "stop")

    def __init__(self) -> None:
        self._refused: frozenset[str] = frozenset()

    def translate(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The request as this server takes it."""
        spoken = {key: value for key, value in request.items() if key not in self._refused}
        if "max_tokens" in self._refused:
            spoken["max_completion_tokens"] = request["max_tokens"]
        return spoken

    def learn(self, complaint: str, request: Mapping[str, Any]) -> bool:
        """Note the parameters that a 400 complains of; whether there is a new one."""
        if _TOO_MUCH.search(complaint):
            return False
        named = {
            name
            for name in self.OPTIONAL
            if name in request and re.search(rf"[\"'`]{name}[\"'`.\\]", complaint)
        }
        new = bool(named - self._refused)
        self._refused |= named
        return new


def judge(response: httpx.Response, body: str, url: str, model: str, key: SecretStr) -> Failure:
    """What an error status means for the person, in one line that never holds the key."""
    status = response.status_code
    said = _said(body, key)
    if status in (401, 403):
        # the server's own words are left out: some repeat the key
        return Failure(ModelUnavailable(f"{url} refused the key ({status}): check api_key"))
    if status == 404:
        message = f"{url} has no model {model!r} (404): check model_name and model_url{said}"
        return Failure(ModelUnavailable(message))
    if status in TRANSIENT or status >= 500:
        message = f"{url} is busy or broken ({status}): ask again later{said}"
        wait = retry_after(response.headers.get("retry-after"))
        return Failure(ModelUnavailable(message), again=True, retry_after=wait)
    return Failure(ModelUnavailable(f"{url} refused the request ({status}){said}"))


def retry_after(value: str | None) -> float | None:
    """Seconds from a Retry-After header: a number or an HTTP date; None for nothing usable."""
    if value is None:
        return None
    try:
        return max(0.0, min(float(value), 86_400.0))
    except ValueError:
        pass
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    now = datetime.datetime.now(when.tzinfo)
    return max(0.0, (when - now).total_seconds())


def _said(body: str, key: SecretStr) -> str:
    """The server's own words in one line, without the key; "" for a page of HTML."""
    try:
        found = json.loads(body)
        error = found.get("error", found) if isinstance(found, dict) else ""
        text = error.get("message", "") if isinstance(error, dict) else error
    except ValueError:
        text = "" if "<" in body else body
    return f": {one_line(str(text), key)}" if text else ""


def one_line(text: str, key: SecretStr) -> str:
    """At most 160 printable characters of a server's words, the key left out."""
    secret = key.get_secret_value()
    text = text.replace(secret, "…") if secret else text
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())[:SHOWN]
