"""From what a person names (a file, a folder, a glob, a URL) to the single sources in it.

Nothing is parsed here: `list_sources` and `fingerprint` are what an index needs to leave alone
what has not changed. The order is always the same: by id, code point by code point.
"""

from __future__ import annotations

import glob
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rag.errors import LoadError
from rag.load.limits import Limits, Skipped

KINDS = {
    ".txt": "text",
    ".text": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".rss": "feed",
    ".atom": "feed",
    ".xml": "feed",
}
"""File name endings that can be read, and as what. Of .xml, RSS and Atom."""

_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.I)
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Source:
    """One file or URL. `id` names it for good; `path` is None for a URL.

    The id of a file is its path below the folder or glob it was found by, with "/", or its name.
    """

    id: str
    location: str
    path: Path | None = None

    @property
    def kind(self) -> str:
        """How it will be read: a value of `KINDS`, or "" where the name does not tell."""
        return KINDS.get(self.path.suffix.lower(), "") if self.path else ""


def is_url(source: str | Path) -> bool:
    return isinstance(source, str) and _URL.match(source) is not None


def list_sources(source: str | Path, *, root: Path | None = None) -> list[Source | Skipped]:
    """The files below a folder or matching a glob; a single file or URL as a list of one.

    Hidden files and folders are left out silently. Files of an unknown kind, and links that lead
    out of the folder, come back as Skipped. With `root`, ids are paths below it. Raises
    LoadError where there is nothing of that name.
    """
    if is_url(source):
        return [Source(str(source), str(source))]
    if str(source).strip() == "":
        raise LoadError("(nothing)", "no file, folder or URL is named")
    path = Path(source)
    if os.path.isdir(path):  # noqa: PTH112  (Path.is_dir raises for an overlong name)
        return _listed(path, root or path, _walk(path))
    if os.path.lexists(path):
        return [_one(path, root)]
    if glob.has_magic(str(source)):
        return _glob(str(source), root)
    raise LoadError(printable(str(source)), "there is no file or folder of this name")


def fingerprint(path: str | Path) -> str:
    """SHA-256 of a file's bytes in hexadecimal, read in pieces. Raises LoadError if it is gone."""
    digest = hashlib.sha256()
    try:
        with _open_regular(Path(path)) as file:
            while piece := os.read(file.fd, 1 << 20):
                digest.update(piece)
    except OSError as error:
        raise LoadError(printable(str(path)), why(error)) from error
    return digest.hexdigest()


def read_bytes(path: Path, limits: Limits) -> bytes:
    """The bytes of a regular file. Raises LoadError: gone, not readable, a device, too large."""
    name = printable(str(path))
    try:
        with _open_regular(path) as file:
            pieces, left = [], limits.file_bytes + 1
            while left > 0 and (piece := os.read(file.fd, min(left, 1 << 20))):
                pieces.append(piece)
                left -= len(piece)
    except OSError as error:
        raise LoadError(name, why(error)) from error
    if left <= 0:
        raise LoadError(name, f"too large: more than {limits.file_bytes:,} bytes; split it")
    return b"".join(pieces)


def printable(name: str) -> str:
    """A name fit to be shown and stored: what is no valid, visible character is escaped."""
    valid = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", valid)


def why(error: OSError) -> str:
    """An operating system's error as a reason for people."""
    if isinstance(error, FileNotFoundError):
        return "the file is no longer there"
    if isinstance(error, PermissionError):
        return "no permission to read it"
    return (error.strerror or str(error)).lower()


class _open_regular:  # noqa: N801  (used like a function)
    """Opens a regular file without waiting on pipes or devices; `.fd` is its descriptor."""

    def __init__(self, path: Path) -> None:
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        self.fd = os.open(path, flags)

    def __enter__(self) -> _open_regular:
        if not stat.S_ISREG(os.fstat(self.fd).st_mode):
            os.close(self.fd)
            raise OSError(0, "not a regular file")
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.fd)


def _one(path: Path, root: Path | None) -> Source | Skipped:
    name = _id(path, root) if root else printable(path.name)
    source = Source(name, printable(path.as_posix()), path)
    return source if source.kind else Skipped(source.location, _unknown(path))


def _listed(folder: Path, root: Path, paths: Iterator[Path]) -> list[Source | Skipped]:
    inside = folder.resolve()
    found = [(_id(path, root), path) for path in paths]
    return [_checked(name, path, inside) for name, path in sorted(found)]


def _checked(name: str, path: Path, folder: Path) -> Source | Skipped:
    location = printable(path.as_posix())
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        missing = not path.is_symlink()
        reason = "the file is no longer there" if missing else "a link that leads nowhere"
        return Skipped(location, reason)
    if not target.is_relative_to(folder):
        return Skipped(location, "a link to a place outside the folder; add that place itself")
    if target.is_dir():
        return Skipped(location, "a link to a folder; its files are read where they are")
    source = Source(name, location, path)
    return source if source.kind else Skipped(location, _unknown(path))


def _walk(folder: Path) -> Iterator[Path]:
    """Every file below a folder, hidden ones left out, and links to folders, not followed."""
    for base, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        linked = [name for name in folders if (Path(base) / name).is_symlink()]
        yield from (Path(base) / name for name in (*files, *linked) if not name.startswith("."))


def _glob(pattern: str, root: Path | None) -> list[Source | Skipped]:
    parts = PurePosixPath(pattern).parts
    plain = next(n for n, part in enumerate(parts) if glob.has_magic(part))
    folder = Path(*parts[:plain])
    below = "/".join(parts[plain:])
    try:
        paths = list(folder.glob(below + "/*" if below.endswith("**") else below))
    except (ValueError, OSError) as error:
        raise LoadError(printable(pattern), f"no pattern for files ({error})") from error
    shown = [p for p in paths if not any(x[0] == "." for x in p.relative_to(folder).parts)]
    found = _listed(folder, root or folder, (p for p in shown if p.is_symlink() or p.is_file()))
    if not found:
        raise LoadError(printable(pattern), "no file matches")
    return found


def _id(path: Path, root: Path) -> str:
    try:
        return printable(path.relative_to(root).as_posix())
    except ValueError:
        return printable(os.path.relpath(path, root).replace(os.sep, "/"))


def _unknown(path: Path) -> str:
    if path.suffix.lower() == ".doc":
        return "the old Word format; save it as .docx"
    kinds = " ".join(sorted(KINDS))
    return f"not a kind of file that can be read ({path.suffix or 'no ending'}); known: {kinds}"
