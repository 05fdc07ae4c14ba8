"""What identifies a source in the index, and what has become of the place it names.

A file's key is its full path, links on the way to it followed. A file name may hold bytes that
are no text, which no database column takes: such a path is percent-encoded behind "bytes:", so
that the file itself can still be found by its key.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

from rag.load import Source

_BYTES = "bytes:"


def key_of(source: Source) -> str:
    """What identifies a source; always text that can be stored."""
    if source.path is None:
        return source.location
    path = str(source.path.parent.resolve() / source.path.name)
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return _BYTES + quote_from_bytes(os.fsencode(path))
    return path


def path_of(key: str) -> Path:
    """The file that a key names. Of a URL or an article handed in: a path that is not absolute."""
    if key.startswith(_BYTES):
        return Path(os.fsdecode(unquote_to_bytes(key.removeprefix(_BYTES))))
    return Path(key)


def is_gone(key: str) -> bool:
    """Whether a file is really no longer there. Raises OSError where nobody can tell."""
    try:
        mode = os.lstat(path_of(key)).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return True
    return not (stat.S_ISREG(mode) or stat.S_ISLNK(mode))


def is_missing(key: str) -> bool:
    """Whether a key names a file, and it is surely not there any more."""
    try:
        return path_of(key).is_absolute() and is_gone(key)
    except OSError:
        return False


class Occupied:
    """The folders that hold files to read, at any depth."""

    def __init__(self, root: Path, keys: Iterable[str]) -> None:
        self._root = root
        self._folders: set[Path] = set()
        for key in keys:
            for folder in path_of(key).parents:
                if folder in self._folders:
                    break
                self._folders.add(folder)

    def emptied(self, key: str) -> Path | None:
        """The outermost folder around a file that is there and holds nothing to read.

        A drive that is not mounted looks like this: its mount point stays, as an empty folder.
        """
        inner = [path for path in path_of(key).parents if path.is_relative_to(self._root)]
        for folder in reversed(inner):
            if folder not in self._folders:
                return folder if folder.is_dir() else None
        return None
