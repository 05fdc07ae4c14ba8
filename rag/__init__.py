"""Footnote: ask questions of articles; every sentence of an answer is footnoted.

import rag
assistant = rag.Assistant.from_sources(["seeds/"])
answer = assistant.ask("Why did the Hanoi summit end without an agreement?")
print(answer.text, answer.citations[0].quote)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag.errors import (
    Error,
    IndexDamaged,
    IndexLocked,
    IndexMismatch,
    IndexMissing,
    InputError,
    LoadError,
    ModelError,
    ModelOutput,
    ModelTimeout,
    ModelUnavailable,
    SettingsError,
    UnknownArticle,
)
from rag.types import (
    Answer,
    Article,
    ArticleInfo,
    Citation,
    Delta,
    Done,
    Event,
    Passage,
    Retrieved,
    Rewritten,
    Sentence,
    Span,
    Trace,
    Usage,
)

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.index import CheckReport, Index
    from rag.notebook.inline import chat
    from rag.settings import Settings
    from rag.shown import Articles, Passages, Stream
    from rag.sync import Progress, Report

__all__ = [
    "Answer",
    "Article",
    "ArticleInfo",
    "Articles",
    "Assistant",
    "CheckReport",
    "Citation",
    "Delta",
    "Done",
    "Error",
    "Event",
    "Index",
    "IndexDamaged",
    "IndexLocked",
    "IndexMismatch",
    "IndexMissing",
    "InputError",
    "LoadError",
    "ModelError",
    "ModelOutput",
    "ModelTimeout",
    "ModelUnavailable",
    "Passage",
    "Passages",
    "Progress",
    "Report",
    "Retrieved",
    "Rewritten",
    "Sentence",
    "Settings",
    "SettingsError",
    "Span",
    "Stream",
    "Trace",
    "UnknownArticle",
    "Usage",
    "chat",
]

# Loaded when first used: `import rag` alone must not cost what an index costs.
_LATE = {
    "Articles": "rag.shown",
    "Assistant": "rag.assistant",
    "CheckReport": "rag.index",
    "Index": "rag.index",
    "Passages": "rag.shown",
    "Progress": "rag.sync",
    "Report": "rag.sync",
    "Settings": "rag.settings",
    "Stream": "rag.shown",
    "chat": "rag.notebook.inline",
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LATE[name]), name)


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext rag` gives `%%ask` and `%ask`."""
    from rag.notebook import load_ipython_extension as load

    load(shell)
