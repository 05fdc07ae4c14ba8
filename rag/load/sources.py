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
import sys
from collections.abc import Callable, Iterator
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
    `inside` is the folder that it must not lead out of.
    """

    id: str
    location: str
    path: Path | None = None
    inside: Path | None = None

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
        return _folder(path, root or path)
    if os.path.lexists(path):
        return [_one(path, root)]
    if glob.has_magic(str(source)):
        return _glob(str(source), root)
    raise LoadError(printable(str(source)), "there is no file or folder of this name")


def fingerprint(path: str | Path, limits: Limits | None = None, inside: Path | None = None) -> str:
    """SHA-256 of a file's bytes in hexadecimal, read in pieces. Raises LoadError as `read_bytes`
    does; without limits, of a file of any size."""
    digest = hashlib.sha256()
    for piece in _pieces(Path(path), limits.file_bytes if limits else None, inside):
        digest.update(piece)
    return digest.hexdigest()


def read_bytes(path: Path, limits: Limits, inside: Path | None = None) -> bytes:
    """The bytes of a regular file. Raises LoadError: gone, not readable, a device, too large,
    or no longer within the folder `inside`."""
    return b"".join(_pieces(path, limits.file_bytes, inside))


def _pieces(path: Path, most: int | None, inside: Path | None) -> Iterator[bytes]:
    name = printable(str(path))
    too_large = f"too large: more than {most or 0:,} bytes; split it"
    try:
        with _open_regular(_inside(path, inside), no_link=inside is not None) as file:
            left = most if most is not None else sys.maxsize
            if os.fstat(file.fd).st_size > left:
                raise LoadError(name, too_large)
            while piece := os.read(file.fd, 1 << 20):
                left -= len(piece)
                if left < 0:  # it grows meanwhile
                    raise LoadError(name, too_large)
                yield piece
    except OSError as error:
        raise LoadError(name, why(error)) from error


def _inside(path: Path, folder: Path | None) -> Path:
    """The file itself. It was looked at when the folder was listed, and may be a link since."""
    if folder is None:
        return path
    target = path.resolve(strict=True)
    if not target.is_relative_to(folder):
        raise OSError(0, "a link to a place outside the folder; add that place itself")
    return target


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

    def __init__(self, path: Path, no_link: bool = False) -> None:
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        flags |= getattr(os, "O_NOFOLLOW", 0) if no_link else 0
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


def _folder(folder: Path, root: Path) -> list[Source | Skipped]:
    """Raises LoadError if it cannot be read; folders in it that cannot be come back as Skipped."""
    errors: list[OSError] = []
    found = _listed(folder, root, _walk(folder, errors.append))
    for error in errors:
        place = printable(str(error.filename))
        if place == printable(str(folder)):
            raise LoadError(place, f"the folder cannot be read: {why(error)}") from error
        found.append(Skipped(place, f"the folder cannot be read: {why(error)}"))
    return found


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
    source = Source(name, location, path, folder)
    return source if source.kind else Skipped(location, _unknown(path))


def _walk(folder: Path, on_error: Callable[[OSError], None]) -> Iterator[Path]:
    """Every file below a folder, hidden ones left out, and links to folders, not followed."""
    for base, folders, files in os.walk(folder, onerror=on_error):
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
