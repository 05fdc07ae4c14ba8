"""Passwords of the web chat: hashed with scrypt, compared in constant time, one at a time.

    hash_password("anna", "…")            "anna:scrypt.15.8.1.SALT.HASH", a line for the settings
    await Passwords(lines).check(user, password)

A hash has no character that a shell or a settings file would change. A check costs a third of a
second and 32 MB, the same for a user there is not; checks wait for each other, so that guessing
is slow and takes no more than one core.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable

from rag.errors import InputError, SettingsError

# 2**15 rounds of 8 blocks: what OWASP's password cheat sheet (2024) asks of scrypt, less one
# power of two for the small machines this runs on.
_COST, _BLOCKS, _LANES = 15, 8, 1
_MEMORY = 256 * 1024 * 1024
_PAIR = re.compile(
    r"(?P<user>[^:\s]+):scrypt\.(?P<cost>1\d|20)\.(?P<blocks>[1-9]|1\d)\.(?P<lanes>[1-9])"
    r"\.(?P<salt>[\w-]{22,})\.(?P<key>[\w-]{43})"
)
SHORTEST = 8


def hash_password(user: str, password: str) -> str:
    """`user:HASH` for the setting `login`. Raises InputError for what cannot be one."""
    if not re.fullmatch(r"[^:\s]+", user):
        raise InputError("a user's name has at least one character, no space and no colon")
    if len(password) < SHORTEST:
        raise InputError(f"the password is too short: give it at least {SHORTEST} characters")
    salt = secrets.token_bytes(16)
    key = _key(password, salt, _COST, _BLOCKS, _LANES)
    return f"{user}:scrypt.{_COST}.{_BLOCKS}.{_LANES}.{_text(salt)}.{_text(key)}"


class Passwords:
    """Who may log in. `pairs` are lines of `hash_password`; of one user the last counts.

    Raises SettingsError for a pair that is none, without showing it: it may be a password.
    """

    def __init__(self, pairs: Iterable[str]) -> None:
        self._pairs: dict[str, re.Match[str]] = {}
        for number, pair in enumerate(pairs, start=1):
            match = _PAIR.fullmatch(pair)
            if match is None:
                raise SettingsError(
                    f"setting 'login': entry {number} is not user:HASH as `rag hash-password USER` "
                    "prints it; passwords themselves are not taken"
                )
            self._pairs[match["user"]] = match
        self._nobody = _PAIR.fullmatch(hash_password("nobody", secrets.token_urlsafe()))
        self._turn = asyncio.Lock()

    async def check(self, user: str, password: str) -> bool:
        """Whether this is the user's password. Takes as long when there is no such user."""
        async with self._turn:
            return await asyncio.to_thread(self._matches, user, password)

    def _matches(self, user: str, password: str) -> bool:
        pair = self._pairs.get(user) or self._nobody
        assert pair is not None
        numbers = [int(pair[part]) for part in ("cost", "blocks", "lanes")]
        key = _key(password, _bytes(pair["salt"]), *numbers)
        return hmac.compare_digest(key, _bytes(pair["key"])) and user in self._pairs


def _key(password: str, salt: bytes, cost: int, blocks: int, lanes: int) -> bytes:
    spelled = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(
        spelled, salt=salt, n=2**cost, r=blocks, p=lanes, maxmem=_MEMORY, dklen=32
    )


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
