"""Whose conversations: a login's, else one browser's, known by a secret that stays secret."""

from __future__ import annotations

import re

import pytest

from rag.owner import COOKIE, owner, renewed_cookie


def secret_of(header: str) -> str:
    return re.match(rf"{COOKIE}=([\w-]+);", header)[1]


def test_a_browser_gets_a_secret_that_no_script_reads_and_no_other_site_sends():
    header = renewed_cookie("", "none", secure=False)
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(header.split("; "))
    assert "Secure" not in header
    assert "Secure" in renewed_cookie("", "none", secure=True).split("; ")
    assert secret_of(header) != secret_of(renewed_cookie("", "none", secure=False))


def test_the_secret_stays_the_same_and_is_not_in_the_owners_name():
    secret = secret_of(renewed_cookie("", "same-origin", secure=False))
    cookies = f"a=b; {COOKIE}={secret}; c=d"
    assert secret_of(renewed_cookie(cookies, "same-origin", secure=False)) == secret
    assert owner(None, cookies) == owner(None, f"{COOKIE}={secret}") != ""
    assert secret not in owner(None, cookies)


def test_a_link_from_another_site_does_not_replace_the_secret_it_holds_back():
    assert renewed_cookie("", "cross-site", secure=False) == ""


def test_a_login_wins_over_the_browser():
    cookies = f"{COOKIE}={'a' * 43}"
    assert owner("ada", cookies) == owner("ada", "") != owner("bob", cookies)


@pytest.mark.parametrize("cookies", ["", "x=y", f"{COOKIE}=short", f"not_{COOKIE}={'a' * 43}"])
def test_without_a_secret_it_is_nobody(cookies):
    assert owner(None, cookies) == ""
    assert owner(f"browser:{'0' * 64}", cookies).startswith("login:")
