"""Every error Footnote raises, named by what the caller does next.

    Error
    ├── InputError            fix what was handed in: a question, an article, a filter
    │   ├── LoadError         one source could not be read; the message names it and says why
    │   └── UnknownArticle    no article has this id
    ├── SettingsError         fix the settings: an unknown key, a missing key, a wrong value
    ├── IndexFailure           something is wrong with the index on disk
    │   ├── IndexMissing      there is none at this path: add articles first
    │   ├── IndexLocked       another process is writing; the message names it
    │   ├── IndexMismatch     it was made with another model or settings: re-index
    │   └── IndexDamaged      files are missing or changed: `rag check --repair`
    └── ModelError            the language model did not deliver
        ├── ModelUnavailable  it could not be reached, or refused: retry, or look at its server
        ├── ModelTimeout      it did not answer in time
        └── ModelOutput       it answered with something unusable, or stopped half way

Errors of other libraries are translated where they are called and kept as `__cause__`; of a
model's, whose words may hold a key, only the kind and the place are kept.
A failure is never turned into an abstention.
"""

from __future__ import annotations


class Error(Exception):
    """Base of all errors raised on purpose by this package. The message is one line, for people."""


class InputError(Error):
    """What was handed in cannot be used."""


class LoadError(InputError):
    """A source could not be turned into an article."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason


class UnknownArticle(InputError):
    """No article with this id is in the index."""

    def __init__(self, article_id: str) -> None:
        super().__init__(f"no article has the id {article_id!r}; `rag list` shows those there are")
        self.article_id = article_id


class SettingsError(Error):
    """A setting is unknown, missing or wrong."""


class IndexFailure(Error):
    """Something is wrong with the index on disk."""


class IndexMissing(IndexFailure):
    """There is no index at this path."""


class IndexLocked(IndexFailure):
    """Another process is writing to this index."""


class IndexMismatch(IndexFailure):
    """The index was made with another model or other passage settings."""


class IndexDamaged(IndexFailure):
    """Files of the index are missing, truncated or changed."""


class ModelError(Error):
    """The language model did not deliver an answer."""


class ModelUnavailable(ModelError):
    """The model could not be reached or refused the request."""


class ModelTimeout(ModelError):
    """The model did not answer in time."""


class ModelOutput(ModelError):
    """The model's answer is empty, garbled or cut off."""
