"""Whose conversations someone may see: those of a login, else those of one browser.

A browser without a login is known by a random secret in a cookie that no script can read and
no other site can send. What is kept on disk is the secret's hash, so that nobody becomes its
owner by reading the file. Pure.
"""

from __future__ import annotations

import hashlib
import re
import secrets

COOKIE = "footnote_owner"

_KEPT_S = 400 * 24 * 3600  # the longest that browsers allow; each visit renews it
_SECRET = re.compile(rf"(?:^|;\s*){COOKIE}=([\w-]{{43}})(?=;|$)", re.ASCII)


def owner(login: str | None, cookies: str) -> str:
    """Who it is, from the name of a login and the Cookie header; "" for nobody known."""
    if login:
        return f"login:{login}"
    secret = _SECRET.search(cookies)
    return f"browser:{hashlib.sha256(secret[1].encode()).hexdigest()}" if secret else ""


def renewed_cookie(cookies: str, site: str, *, secure: bool, path: str = "/") -> str:
    """The Set-Cookie header for a response to a browser; "" where none is to be set.

    `cookies` is its Cookie header, `site` its Sec-Fetch-Site header. After a link from
    another site a browser holds its cookie back, so one that is missing then may well be
    there: it must not be replaced.
    """
    known = _SECRET.search(cookies)
    if not known and site == "cross-site":
        return ""
    secret = known[1] if known else secrets.token_urlsafe(32)
    rest = "; Secure" if secure else ""
    return f"{COOKIE}={secret}; Path={path}; Max-Age={_KEPT_S}; HttpOnly; SameSite=Strict{rest}"
