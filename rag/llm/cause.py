"""What may stand as the cause of a ModelError: an uncaught traceback prints its words. Pure."""

from __future__ import annotations

import traceback

from pydantic import SecretStr


class Wordless(Exception):
    """In the place of an error whose own words are not shown: its kind, and where it was raised."""


def wordless(error: BaseException) -> Wordless:
    """The kind and the traceback of an error, without its words."""
    kind = type(error)
    stands_in = Wordless(f"{kind.__module__}.{kind.__qualname__}, its words left out")
    return stands_in.with_traceback(error.__traceback__)


def without_key(error: BaseException, key: SecretStr) -> BaseException:
    """The error itself; `wordless` if it, or what it was raised from, repeats the key."""
    secret = key.get_secret_value()
    if not secret:
        return error
    printed = "".join(traceback.format_exception(error))
    repeats = secret in printed or repr(secret)[1:-1] in printed
    return wordless(error) if repeats else error
