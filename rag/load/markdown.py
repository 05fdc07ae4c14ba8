"""Markdown to articles: rendered by markdown-it (CommonMark and tables), then read as a page."""

from __future__ import annotations

import datetime
import re
from typing import Any

from rag.clean import Cleaned, clean_blocks, one_line
from rag.dates import parse_date
from rag.errors import LoadError
from rag.load.blocks import blocks_of, parse_html
from rag.load.limits import Limits
from rag.load.text import decode

_FRONT_MATTER = re.compile(r"\s*---[ ]*\n(.*?)\n(?:---|\.\.\.)[ ]*(?:\n|$)", re.DOTALL)
_FIELD = re.compile(r"^([\w-]+)[ ]*:[ ]*(\S.*)$", re.M)
_DATE_KEYS = ("published", "date", "pubdate", "publishdate", "date_published", "published_at")


def read_markdown(name: str, data: bytes, *, limits: Limits) -> Cleaned:
    """A Markdown file; its front matter, or else its first heading, gives title and date."""
    from markdown_it import MarkdownIt

    text = decode(name, data)
    marks = sum(text.count(mark) for mark in "\n*_`[<|~")
    if len(text) > 2 * limits.characters or marks > 2 * limits.elements:
        raise LoadError(name, "too long for one Markdown file; split it")
    fields, body = split_front_matter(_plain_line_ends(text))
    try:
        tree = parse_html(MarkdownIt("commonmark").enable("table").render(body))
    except (ValueError, RecursionError) as error:
        raise LoadError(name, "no readable Markdown") from error
    _images_to_captions(tree)
    headings = tree.xpath("//body/*[1][self::h1]")
    title = fields.get("title") or (headings[0].text_content() if headings else "")
    return clean_blocks(
        blocks_of(tree.find("body")), title=one_line(title), published=_published(fields)
    )


def split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """The `key: value` lines between two lines of --- at the top (keys in lower case), the rest."""
    match = _FRONT_MATTER.match(text)
    if match is None:
        return {}, text
    fields = {key.lower(): value.strip(" \"'") for key, value in _FIELD.findall(match[1])}
    return (fields, text[match.end() :]) if fields else ({}, text)


def _published(fields: dict[str, str]) -> datetime.date | None:
    dates = (parse_date(fields[key]) for key in _DATE_KEYS if key in fields)
    return next((date for date in dates if date), None)


def _plain_line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")


def _images_to_captions(tree: Any) -> None:
    """An image alone in its paragraph is a figure, and its description the caption."""
    for image in tree.xpath("//p[count(*)=1 and normalize-space()='']/img[@alt!='']"):
        paragraph = image.getparent()
        paragraph.tag, paragraph.text = "figcaption", image.get("alt")
        paragraph.remove(image)
