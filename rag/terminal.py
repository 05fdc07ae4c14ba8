"""What the commands print: results on standard output, everything else on standard error.

What an article holds cannot steer the terminal (`rag.plain.printable`).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rag.plain import json_text, one_line, printable

if TYPE_CHECKING:
    from rag import Progress, Report


def print_text(text: str) -> None:
    sys.stdout.write(printable(text) + "\n")


def print_json(value: Any) -> None:
    unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    sys.stdout.write(json_text(value, ascii_only=not unicode) + "\n")


def print_report(report: Report) -> int:
    counts = {
        "added": report.added,
        "updated": report.updated,
        "removed": report.removed,
        "unchanged": report.unchanged,
        "skipped": len(report.skipped),
    }
    for skipped in report.skipped:
        tell(f"skipped {skipped.source}: {skipped.reason}")
    print_text(", ".join(f"{n} {what}" for what, n in counts.items() if n) or "no articles found")
    taken = sum(counts.values()) - counts["skipped"]
    if counts["skipped"] and not taken:
        return fail("none of the sources could be read; the lines above say why")
    return 0


def tell(message: str) -> None:
    sys.stderr.write(f"rag: {one_line(printable(message))}\n")


def fail(message: str) -> int:
    tell(message)
    return 1


@contextmanager
def progress_bar() -> Iterator[Callable[[Progress], None] | None]:
    """A bar on standard error; None where nobody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    text = TextColumn("{task.fields[passages]} passages, {task.fields[rate]:.0f}/s")
    columns = (BarColumn(), MofNCompleteColumn(), text, TimeRemainingColumn())
    began = time.monotonic()
    with Bar(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task("", total=None, passages=0, rate=0.0)
        yield lambda now: bar.update(
            task,
            completed=now.done,
            total=now.total,
            passages=now.passages,
            rate=now.passages / max(time.monotonic() - began, 1e-3),
        )
