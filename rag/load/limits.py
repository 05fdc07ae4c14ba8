"""What a source may cost at most, and what is handed on when one cannot be read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps on one source; past any of them it is skipped with the reason.

    | field            | unit        | what it caps                                            |
    |------------------|-------------|---------------------------------------------------------|
    | file_bytes       | bytes       | a file on disk, or a download                            |
    | expanded_bytes   | bytes       | what a compressed file or download unpacks to            |
    | characters       | code points | the text of one article                                  |
    | pages            | pages       | a PDF                                                    |
    | elements         | tags        | a web page; the paragraphs of a .docx                    |
    | articles         | articles    | the entries of one feed                                  |
    | seconds          | seconds     | reading one PDF or .docx; a download with its redirects  |
    | redirects        | hops        | a download                                               |
    """

    file_bytes: int = 50_000_000
    expanded_bytes: int = 200_000_000
    characters: int = 5_000_000
    pages: int = 1_000
    elements: int = 200_000
    articles: int = 2_000
    seconds: float = 60.0
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Skipped:
    """A source that gave no article, and a reason that says what to do about it.

    `id` is that of the article there would have been, where a source has several.
    """

    source: str
    reason: str
    id: str = ""
