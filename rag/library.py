"""Articles added and removed from the web chat.

    for step in add(desk, uploads, addresses): ...   Step, Step, … with a report
    remove(desk, article_id)                         names of files that it could not delete

Each goes on to its end once it has begun, even if the page that asked for it is closed. What
is raised is an Error with a message for people; of the machine it shows no more than names.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rag.desk import UNEXPECTED, Desk
from rag.errors import Error, IndexLocked, InputError, LoadError
from rag.language import mark
from rag.load import Limits, Skipped
from rag.load.sources import is_url
from rag.site import name_folder
from rag.uploads import FOLDER, Kept, keep

if TYPE_CHECKING:
    from rag.index import Index
    from rag.sync import Progress, Report

log = logging.getLogger(__name__)

# Said by a thread that speaks no language, and translated where they are shown.
BUSY = mark(
    "The articles are being changed by someone else. Nothing was done; try again in a moment."
)
CLOSED = mark("Articles cannot be changed here.")
NOTHING = mark("There is nothing to add.")
MOST = mark("Add at most %(number)s at once.")
NO_ADDRESSES = mark("Addresses are not loaded here; the operator can allow it.")
NO_ADDRESS = mark("That is no web address; it begins with http:// or https://.")
NOT_WHOLE = mark("it did not arrive whole, or cannot be kept")
TWICE = mark("a second file of this name")

_BEAT_S = 0.2

# Uploads of one name must not cross, so one change at a time from all pages of this process.
_turn = threading.Lock()


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it arrived: where it lies, and the name it had where it came from."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Step:
    """How far an addition is, in sources; at its end there is a report or an error."""

    done: int = 0
    total: int = 0
    report: Report | None = None
    error: str = ""


@dataclass
class _Job:
    """One addition, in a thread of its own so that it ends well without its page."""

    desk: Desk
    uploads: Sequence[Upload]
    addresses: Sequence[str]
    now: Step
    kept: list[Kept] = field(default_factory=list)
    end: Step | None = None

    def run(self) -> None:
        try:
            with _changing():
                self._add_or_put_back()
        except Error as error:
            self.end = Step(error=_said(self.desk, error))
        except Exception:
            log.exception("articles could not be added")
            self.end = Step(error=UNEXPECTED)
        self.desk.look_again()

    def _add_or_put_back(self) -> None:
        try:
            self.end = Step(report=self._add())
        finally:
            for kept in self.kept:
                kept.put_back()

    def _add(self) -> Report:
        settings = self.desk.settings
        limits = Limits(file_bytes=settings.max_upload_mb * 1_000_000)
        index, close = _index(self.desk)
        skipped: list[Skipped] = []
        try:
            sources: list[str | Path] = [*self._keep(skipped), *self.addresses]
            report = index.add(sources, progress=self._note, limits=limits)
        finally:
            if close:
                index.close()
        refused = {item.source for item in report.skipped}
        for kept in self.kept:
            (kept.put_back if kept.path.as_posix() in refused else kept.settle)()
        self.kept.clear()
        return replace(report, skipped=(*skipped, *report.skipped))

    def _keep(self, skipped: list[Skipped]) -> Iterator[Path]:
        folder = self.desk.settings.index / FOLDER
        for upload in self.uploads:
            try:
                kept = keep(folder, upload.path, upload.name)
            except OSError as error:
                log.warning("an upload could not be kept: %s", error)
                skipped.append(Skipped(upload.name, NOT_WHOLE))
                continue
            if any(kept.path == other.path for other in self.kept):
                skipped.append(Skipped(upload.name, TWICE))
                kept.put_back()
                continue
            self.kept.append(kept)
            yield kept.path

    def _note(self, progress: Progress) -> None:
        self.now = Step(progress.done, progress.total)


def add(desk: Desk, uploads: Sequence[Upload], addresses: Sequence[str]) -> Iterator[Step]:
    """Adds files and web addresses. Never raises; the last step has a report or an error.

    An upload of the same name as an earlier one takes its place, if it can be read.
    """
    try:
        _check(desk, uploads, addresses)
    except Error as error:
        yield Step(error=str(error))
        return
    job = _Job(desk, uploads, addresses, Step(0, len(uploads) + len(addresses)))
    thread = threading.Thread(target=job.run, name="add-articles")
    thread.start()
    while thread.is_alive():
        yield job.now
        thread.join(_BEAT_S)
    assert job.end is not None
    yield job.end


def remove(desk: Desk, article_id: str) -> list[str]:
    """Takes an article out, and the uploaded file that only it came from.

    Returns the names of files that could not be deleted. Raises Error where it is not out.
    """
    if not desk.settings.may_edit:
        raise InputError(CLOSED)
    try:
        with _changing():
            index = desk.assistant().index
            files = _files_of(index, desk.settings.index / FOLDER, article_id)
            index.remove(article_id)
            left = [path.name for path in files if not _is_deleted(path)]
    except Error as error:
        raise Error(_said(desk, error)) from error
    desk.look_again()
    return left


@contextmanager
def _changing() -> Iterator[None]:
    if not _turn.acquire(blocking=False):
        raise InputError(BUSY)
    try:
        yield
    finally:
        _turn.release()


def _check(desk: Desk, uploads: Sequence[Upload], addresses: Sequence[str]) -> None:
    settings = desk.settings
    if not settings.may_edit:
        raise InputError(CLOSED)
    if not uploads and not addresses:
        raise InputError(NOTHING)
    if len(uploads) + len(addresses) > settings.max_upload_files:
        raise InputError(MOST % {"number": settings.max_upload_files})
    if addresses and not settings.allow_url:
        raise InputError(NO_ADDRESSES)
    for address in addresses:
        if not is_url(address) or not address.lower().startswith(("http://", "https://")):
            raise InputError(NO_ADDRESS)


def _index(desk: Desk) -> tuple[Index, bool]:
    """The index to write to, made if there is none, and whether to close it afterwards."""
    if desk.status == "missing":
        from rag.index import Index

        return Index.open(desk.settings.index, settings=desk.settings), True
    return desk.assistant().index, False


def _files_of(index: Index, folder: Path, article_id: str) -> list[Path]:
    """The uploaded files that this article and no other came from."""
    with index.catalog.view() as view:
        origins = view.origins()
    own = {origin.source for origin, owner in origins if owner == article_id}
    shared = {origin.source for origin, owner in origins if owner != article_id}
    inside = folder.resolve()
    return [Path(source) for source in own - shared if Path(source).parent == inside]


def _is_deleted(path: Path) -> bool:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("a removed article's file could not be deleted: %s", error)
        return False
    return True


def _said(desk: Desk, error: Error) -> str:
    """An error for people elsewhere: without the folders of this machine."""
    if isinstance(error, IndexLocked):
        return BUSY
    if isinstance(error, LoadError):
        return f"{Path(error.source).name}: {error.reason}"
    return name_folder(str(error), desk.settings.index)
