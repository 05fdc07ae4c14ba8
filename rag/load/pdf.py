"""PDFs to articles: pypdf reads the letters, this puts lines back together into paragraphs.

The date in a PDF's properties is when the file was made, often the day somebody printed it, so
it is never taken as the day of publication; a "Published: …" line on the first page is.
"""

from __future__ import annotations

import io
import logging
import re
import statistics
import time
from collections import Counter
from typing import Any

from rag.clean import Block, Cleaned, clean_blocks, one_line, split_paragraphs
from rag.errors import LoadError
from rag.load.limits import Limits

_PAGE_NUMBER = re.compile(
    r"(?:page |p\. ?|[-–—] ?)?\d{1,4}(?: ?(?:/|of) ?\d{1,4})?(?: ?[-–—])?", re.I
)
_SENTENCE_END = re.compile(r"[.!?…。！？؟:][\"'”’»)\]]*$")
_HYPHENATED = re.compile(r"([^\W\d_]{2,})-\n([^\W\d_]{2,})")
_TREE = 10
"""How many times larger than its bytes a page's content may be in memory."""

_NO_TITLE = re.compile(
    r"(?:untitled(?:[ -](?:document|design|presentation))?|document|title|print|scan(?:ned)?|"
    r"powerpoint[ -]presentation|\(anonymous\))[\W\d_]*|microsoft (?:word|powerpoint) [-–] .*|"
    r".*\.\w{2,5}",
    re.I,
)

logging.getLogger("pypdf").setLevel(logging.ERROR)  # it warns of each harmless flaw in a file


def read_pdf(name: str, data: bytes, *, limits: Limits) -> Cleaned:
    """The text of a PDF, page headers and page numbers left out. Raises LoadError.

    What is drawn as a picture (a scan) holds no text and is an error.
    """
    pages, title = _read(name, data, limits)
    if not any(page.strip() for page in pages):
        raise LoadError(name, "no text in it (scanned pages?); run text recognition (OCR) first")
    blocks = [Block(text) for text in paragraphs_of(pages)]
    return clean_blocks(blocks, title=title)


def _read(name: str, data: bytes, limits: Limits) -> tuple[list[str], str]:
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError

    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise LoadError(name, "encrypted; save a copy without a password")
        count = len(reader.pages)
        if count > limits.pages:
            reason = f"{count:,} pages, at most {limits.pages:,} are read; split it"
            raise LoadError(name, reason)
        return _texts(name, reader, limits), _title(reader)
    except LoadError:
        raise
    except LimitReachedError as error:
        raise LoadError(name, "unpacks to more than is read of one page (a bomb?)") from error
    except (DependencyError, FileNotDecryptedError) as error:
        raise LoadError(name, "encrypted; save a copy without a password") from error
    except Exception as error:  # a broken file can raise anything in the parser; it is named
        raise LoadError(name, f"unreadable PDF ({type(error).__name__})") from error


def _texts(name: str, reader: Any, limits: Limits) -> list[str]:
    stop = time.monotonic() + limits.seconds

    def in_time(*_: Any) -> None:
        if time.monotonic() > stop:
            raise LoadError(name, f"takes more than {limits.seconds:g} s to read; split it")

    texts, characters, drawn = [], 0, 0
    for page in reader.pages:
        contents = page.get_contents()
        drawn += len(contents.get_data()) if contents is not None else 0
        if drawn > limits.expanded_bytes / _TREE:  # before it is parsed, which nothing can stop
            raise LoadError(name, f"its pages unpack to more than {drawn:,} bytes (a bomb?)")
        text = page.extract_text(visitor_operand_before=in_time)  # asked at each operator
        in_time()
        characters += len(text)
        if characters > limits.characters:
            raise LoadError(name, f"more than {limits.characters:,} characters; split it")
        texts.append(text)
    return texts


def _title(reader: Any) -> str:
    title = one_line(str((reader.metadata or {}).get("/Title") or ""))
    return "" if len(title) > 300 or _NO_TITLE.fullmatch(title) else title


def paragraphs_of(pages: list[str]) -> list[str]:
    """Paragraphs from the lines of pages: running heads dropped, words and sentences rejoined.

    A paragraph ends at a blank line, at a short line that ends a sentence, and at a very short
    one (a heading) before a capital. One that runs over the end of a page is one paragraph.
    """
    lines = [[line.strip() for line in page.splitlines()] for page in pages]
    running = _running_lines(lines)
    paragraphs: list[str] = []
    for page in lines:
        found = _page_paragraphs(_without_edges(page, running))
        if paragraphs and found and _goes_on(paragraphs[-1], found[0]):
            paragraphs[-1] += "\n" + found.pop(0)
        paragraphs.extend(found)
    words = Counter(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", " ".join(paragraphs).casefold()))
    return [text for p in paragraphs for text in split_paragraphs(_rejoin(p, words))]


def _running_lines(pages: list[list[str]]) -> set[str]:
    """Lines at the top or bottom of at least three pages and half of them, numbers aside."""
    seen: Counter[str] = Counter()
    for page in pages:
        filled = [line for line in page if line]
        seen.update({_shape(line) for line in (*filled[:2], *filled[-2:])})
    return {shape for shape, n in seen.items() if n >= 3 and n >= len(pages) / 2 and shape}


def _shape(line: str) -> str:
    return re.sub(r"\d+", "#", line)


def _without_edges(page: list[str], running: set[str]) -> list[str]:
    filled = [n for n, line in enumerate(page) if line]
    edges = {*filled[:2], *filled[-2:]}
    last = {*filled[:1], *filled[-1:]}
    return [
        line
        for n, line in enumerate(page)
        if not (n in edges and _shape(line) in running)
        and not (n in last and _PAGE_NUMBER.fullmatch(line))
    ]


def _page_paragraphs(lines: list[str]) -> list[str]:
    widths = [len(line) for line in lines if line]
    full = statistics.quantiles(widths, n=10)[-1] if len(widths) > 1 else 0
    paragraphs: list[list[str]] = [[]]
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        if line:
            paragraphs[-1].append(line)
        ends = len(line) < 0.8 * full and _SENTENCE_END.search(line)
        heads = len(line) < 0.6 * full and not after[:1].islower() and line[-1:] not in ",-"
        if not line or ends or heads:
            paragraphs.append([])
    return ["\n".join(paragraph) for paragraph in paragraphs if paragraph]


def _goes_on(before: str, after: str) -> bool:
    return not _SENTENCE_END.search(before) and after[0].islower()


def _rejoin(paragraph: str, words: Counter[str]) -> str:
    """One line again; a word broken by a hyphen as the rest of the text writes it."""

    def word(match: re.Match[str]) -> str:
        whole, hyphened = match[1] + match[2], f"{match[1]}-{match[2]}"
        known = words[hyphened.casefold()] > words[whole.casefold()]
        return hyphened if known or match[2][0].isupper() else whole

    return _HYPHENATED.sub(word, paragraph).replace("\n", " ")
