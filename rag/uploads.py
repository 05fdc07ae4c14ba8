"""Files that people add in the web chat: kept in the index's folder, under safe names.

    keep(folder, path, "Notes.pdf")  -> Kept: in place, or `put_back()` as it was before
    safe_name("../../etc/passwd")    -> "passwd"

An article's identity is its source, so the file stays where it was added from: one of the same
name takes its place, and `rag add .footnote/uploads` reads them all again.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import unicodedata
from dataclasses import dataclass
from pathlib import Path

FOLDER = "uploads"

_LONGEST = 120  # bytes of a name; file systems allow 255, and a backup adds some
_NOT_IN_NAMES = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in its place, and what was there before, if anything."""

    path: Path
    before: Path | None

    def settle(self) -> None:
        """The new file stays."""
        if self.before:
            self.before.unlink(missing_ok=True)

    def put_back(self) -> None:
        """The new file goes; what was there before is there again."""
        if self.before:
            self.before.replace(self.path)
        else:
            self.path.unlink(missing_ok=True)


def keep(folder: Path, upload: Path, name: str) -> Kept:
    """Moves an uploaded file into the folder under a safe name. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / safe_name(name)
    token = secrets.token_hex(8)
    arriving, before = folder / f".{token}.new", folder / f".{token}.old"
    # Copied, for another page may have uploaded the same bytes to the same place.
    shutil.copyfile(upload, arriving)
    there = path.is_file()
    if there:
        os.link(path, before)
    arriving.replace(path)
    return Kept(path, before if there else None)


def safe_name(name: str) -> str:
    """What to call a file whose name came from outside: no folder, not hidden, not too long.

    Characters that only ever mean themselves stay as they are, in composed form.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = _NOT_IN_NAMES.sub("_", last).strip().lstrip(".")
    stem, dot, ending = plain.rpartition(".")
    if not dot:
        stem, ending = plain, ""
    ending = _cut(dot + ending, 20)
    return (_cut(stem, _LONGEST - len(ending.encode())).strip() or "article") + ending


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode("utf-8", "ignore")
