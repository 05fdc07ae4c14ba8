"""A parsed page to paragraphs: one walk over an element tree for every source made of markup.

It knows HTML's elements and those of trafilatura's output. Nothing is run and nothing fetched.
White space means nothing except in <pre>; <br> breaks a line, two of them end a paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from rag.clean import Block


def names(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


_LEFT_OUT = names(
    "script style noscript template head-meta svg math iframe object embed nav form button "
    "select option textarea input audio video canvas map dialog graphic"
)
_LISTS = frozenset(("ul", "ol", "list", "menu", "dl"))
_ITEMS = frozenset(("li", "item", "dt", "dd"))
_ROWS = frozenset(("tr", "row"))
_CELLS = frozenset(("td", "th", "cell"))
_BLOCKS = names(
    "p div section article main header footer aside h1 h2 h3 h4 h5 h6 head ab quote blockquote "
    "figure figcaption caption address details summary hgroup pre table body html center "
    "fieldset legend"
)
_BREAKS = frozenset(("br", "lb"))
_SCRIPT = re.compile(r"<(script|style)\b", re.I)
_SCRIPT_ENDS = {name: re.compile(f"</{name}[^>]*>", re.I) for name in ("script", "style")}
_CROWDED = re.compile(
    r"<[a-z][^\s/>]*+(?:[\s/]*+[^\s/>=]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'>][^\s>]*+)?)?+)"
    r"{300}",
    re.I,
)
_WHITE = re.compile(r"[ \t\r\n\f]+")
_MOST_TAGS = 1_000_000
_LINE = "\x0b"
"""Stands for <br> until white space is settled."""


def parse_html(markup: str) -> Any:
    """The root element of an HTML page or fragment; what is nested over 256 deep is cut off.

    Scripts are left out before parsing, but for linked data. Raises ValueError for a page with
    more than a million tags, or hundreds of attributes in one: the parser's time grows with
    their square.
    """
    import lxml.etree  # type: ignore[import-untyped]
    import lxml.html  # type: ignore[import-untyped]

    parser = lxml.html.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False
    )
    markup = _without_scripts(markup)
    if markup.count("<") > _MOST_TAGS:
        raise ValueError(f"more than {_MOST_TAGS:,} tags")
    if _CROWDED.search(markup):
        raise ValueError("a tag with hundreds of attributes")
    data = markup.encode("utf-8", "replace")
    try:
        return lxml.html.document_fromstring(data, parser=parser, ensure_head_body=True)
    except lxml.etree.ParserError:  # nothing in it at all
        return lxml.html.document_fromstring("<p></p>", ensure_head_body=True)


def _without_scripts(markup: str) -> str:
    """Scripts and styles cut out; linked data kept, with no "<" that could be taken for a tag."""
    parts, position = [], 0
    for opening in _SCRIPT.finditer(markup):
        if opening.start() < position:
            continue
        parts.append(markup[position : opening.start()])
        inside = markup.find(">", opening.end()) + 1 or len(markup)
        closing = _SCRIPT_ENDS[opening[1].lower()].search(markup, inside)
        position = closing.end() if closing else len(markup)
        if closing and "ld+json" in markup[opening.end() : inside]:
            data = markup[inside : closing.start()].replace("<", "\\u003c")
            parts.append(f'<script type="application/ld+json">{data}</script>')
    return "".join((*parts, markup[position:]))


def blocks_of(root: Any) -> list[Block]:
    """The paragraphs below an element, in order. A list is one block, a line an item."""
    walk = _Walk()
    walk.element(root)
    walk.flush()
    return walk.blocks


class _Walk:
    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._inline: list[str] = []
        self._caption = False

    def element(self, element: Any) -> None:
        """Depth first; lxml never nests deeper than 256, so recursion is bounded."""
        name = _name(element)
        if name in _LEFT_OUT or element.get("hidden") is not None:
            return
        if name in _LISTS:
            self._lines(list(_items(element)))
        elif name == "table":
            self._lines([row for row in _rows(element) if row.strip(" |")])
        elif name == "pre" or (name == "code" and "\n" in _all_text(element)):
            self._lines(_all_text(element).split("\n"))
        elif name in _BREAKS:
            self._inline.append(_LINE)
        elif name in _BLOCKS:
            self._block(element, name)
        else:
            self._inside(element)

    def flush(self) -> None:
        """Ends the paragraph."""
        text = _settle("".join(self._inline))
        self._inline.clear()
        self.blocks.extend(Block(part, self._caption) for part in text.split("\n\n") if part)

    def _block(self, element: Any, name: str) -> None:
        self.flush()
        before = self._caption
        self._caption = before or name in ("figcaption", "caption")
        self._inside(element)
        self.flush()
        self._caption = before

    def _inside(self, element: Any) -> None:
        self._inline.append(element.text or "")
        for child in element:
            if isinstance(child.tag, str):
                self.element(child)
            self._inline.append(child.tail or "")

    def _lines(self, lines: list[str]) -> None:
        self.flush()
        self.blocks.append(Block("\n".join(lines), self._caption))


def _name(element: Any) -> str:
    return element.tag.lower() if isinstance(element.tag, str) else ""


def _items(element: Any) -> Iterator[str]:
    """The lines of a list, those of lists inside it after the item they belong to."""
    numbered = _name(element) == "ol" or element.get("rend") == "ol"
    number = 0
    for child in element:
        if _name(child) in _LISTS:
            yield from _items(child)
        elif _name(child) in _ITEMS:
            number += 1
            text = _settle(_own_text(child)).replace("\n\n", "\n")
            mark = "" if _name(child) in ("dt", "dd") else f"{number}. " if numbered else "- "
            if text:
                yield mark + text
            for inner in child.iter():
                if inner is not child and _name(inner) in _LISTS and _outermost(inner, child):
                    yield from _items(inner)


def _outermost(inner: Any, item: Any) -> bool:
    above = inner.getparent()
    while above is not None and above is not item:
        if _name(above) in _LISTS:
            return False
        above = above.getparent()
    return True


def _rows(table: Any) -> Iterator[str]:
    for row in table.iter():
        if _name(row) in _ROWS:
            cells = (_settle(_own_text(cell)) for cell in row if _name(cell) in _CELLS)
            yield " | ".join(cell.replace("\n", " ") for cell in cells)


def _own_text(element: Any) -> str:
    """The text of an item or cell without the lists inside it."""
    parts = [element.text or ""]
    for child in element:
        name = _name(child)
        if name in _BREAKS:
            parts.append(_LINE)
        elif name and name not in _LISTS and name not in _LEFT_OUT:
            space = " " if name in _BLOCKS else ""
            parts.extend((space, _own_text(child), space))
        parts.append(child.tail or "")
    return "".join(parts)


def _all_text(element: Any) -> str:
    return "".join(element.itertext())


def _settle(text: str) -> str:
    """White space as a browser shows it; one break is a line, more are a paragraph."""
    text = _WHITE.sub(" ", text)
    text = re.sub(rf" ?{_LINE} ?(?:{_LINE} ?)+", "\n\n", text)
    return re.sub(rf" ?{_LINE} ?", "\n", text).strip()
