"""What identifies a source in the index, and what has become of the place it names.

A file's key is its full path, links on the way to it followed. A file name may hold bytes that
are no text, which no database column takes: such a path is percent-encoded behind "bytes:", so
that the file itself can still be found by its key.
"""

from __future__ import annotations

import os
import stat
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
