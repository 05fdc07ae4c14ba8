"""Web pages to articles: trafilatura finds the article in the page, the page says when and who.

The date is only taken from where the page states its publication (`published_of`), not from any
date on it: a page's clock, its copyright line and the dates of other stories are not it.
"""

from __future__ import annotations

import copy
import datetime
import json
import re
from collections.abc import Iterator
from typing import Any

from rag.clean import Block, Cleaned, clean_blocks, one_line
from rag.dates import parse_date
from rag.errors import LoadError
from rag.load.blocks import blocks_of, names, parse_html
from rag.load.limits import Limits
from rag.load.text import decode

_CAPTION_MARK = "xFootnoteCaptionMarkx"
_LONGEST_CAPTION = 1000  # characters; but a <figcaption> is one however long
_BREAK_MARK = "xFootnoteParagraphMarkx"
_LOWER = "translate(@class,'ABCDEFGHIJKLMNOPQRSTUVWXYZ','abcdefghijklmnopqrstuvwxyz')"
_CAPTIONS = (
    "//figcaption"
    f"|//p[contains({_LOWER},'caption') and not(ancestor::figcaption)]"
    f"|//div[contains({_LOWER},'caption') and not(.//p|.//img|ancestor::figcaption)]"
    f"|//span[contains({_LOWER},'caption') and not(ancestor::figcaption|ancestor::p)]"
)
_BYLINES = (
    f"//*[(self::p or self::div or self::span or self::address) and (contains({_LOWER},'byline')"
    " or @rel='author' or @itemprop='author')]"
)
_DATE_FIELDS = names(
    "article:published_time article:published og:published_time og:article:published_time "
    "datepublished date_published publishdate publish-date publish_date published-date "
    "publication_date publicationdate publication-date pubdate parsely-pub-date sailthru.date "
    "dc.date.issued dcterms.issued dc.date.published dcterms.created dc.date dcterms.date date "
    "cxenseparse:recs:publishtime citation_publication_date citation_online_date "
    "prism.publicationdate rnews:datepublished"
)
_DATE_IN_URL = re.compile(r"/((?:19|20)\d\d)[/-](0[1-9]|1[0-2])[/-]([0-2]\d|3[01])(?:[/-]|$)")
_CHARSET = re.compile(
    rb"<(?:meta[^>]{0,200}?charset|\?xml[^>]{0,100}?encoding)\s*=\s*[\"']?([\w.:-]+)", re.I
)


def read_html(
    name: str, data: bytes, *, limits: Limits, url: str = "", declared: str = ""
) -> Cleaned:
    """The article of a web page. `declared` is the encoding the server named. Raises LoadError."""
    match = _CHARSET.search(data[:4096])
    encoding = declared or (match[1].decode("ascii") if match else "")
    return page_to_article(name, decode(name, data, encoding), limits=limits, url=url)


def page_to_article(name: str, markup: str, *, limits: Limits, url: str = "") -> Cleaned:
    """The article of a page given as text; title, date and byline from what the page states."""
    try:
        tree = parse_html(markup)
        if sum(1 for _ in tree.iter()) > limits.elements:
            raise LoadError(name, f"more than {limits.elements:,} tags; save the article alone")
        title, author, blocks = _extract(tree)
        published = published_of(tree, url)
    except (ValueError, RecursionError, AssertionError) as error:
        raise LoadError(name, f"no readable web page ({error})") from error
    if author:
        blocks = _with_byline(blocks, author, title)
    return clean_blocks(blocks, title=title, published=published)


def published_of(tree: Any, url: str = "") -> datetime.date | None:
    """The day of publication that a page states, or None.

    In this order: JSON-LD `datePublished`, a meta field, `itemprop`, a <time> of the article, the
    page's own or canonical URL. A date of modification is none of these.
    """
    canonical = tree.xpath("//link[@rel='canonical']/@href|//meta[@property='og:url']/@content")
    addresses = [url, *map(str, canonical)]
    candidates = (
        *_linked_data_dates(tree),
        *_field_dates(tree),
        *_time_dates(tree),
        *("-".join(match.groups()) for a in addresses if (match := _DATE_IN_URL.search(a))),
    )
    return next((date for text in candidates if (date := parse_date(text))), None)


def _linked_data_dates(tree: Any) -> Iterator[str]:
    for script in tree.xpath("//script[contains(@type,'ld+json')]"):
        try:
            data = json.loads(script.text or "")
        except (ValueError, RecursionError):
            continue
        yield from _published_fields(data)


def _published_fields(data: Any) -> Iterator[str]:
    """`datePublished` of what is described at the top or in @graph; not of things it mentions."""
    items = data if isinstance(data, list) else [data]
    for item in items[:100]:
        if not isinstance(item, dict):
            continue
        if isinstance(item.get("datePublished"), str):
            yield item["datePublished"]
        if isinstance(item.get("@graph"), list):
            yield from _published_fields(item["@graph"])
        if isinstance(item.get("mainEntity"), dict):
            yield from _published_fields(item["mainEntity"])


def _field_dates(tree: Any) -> Iterator[str]:
    for meta in tree.iter("meta"):
        fields = (meta.get(key) or "" for key in ("property", "name", "itemprop"))
        if any(field.strip().lower() in _DATE_FIELDS for field in fields):
            yield meta.get("content") or ""
    for element in tree.xpath("//*[@itemprop='datePublished']"):
        yield element.get("datetime") or element.get("content") or element.text_content()[:80]


def _time_dates(tree: Any) -> Iterator[str]:
    """<time> marked as published, or the only one of the article, outside any aside.

    The only one in a page's own header is often the clock of the site.
    """
    times = tree.xpath("//time[not(ancestor::aside|ancestor::nav|ancestor::footer|ancestor::li)]")
    said = [time for time in times if _says_published(time)]
    inside = [
        time for time in times if next(time.iterancestors("article", "main"), None) is not None
    ]
    for time in said or (inside if len(inside) == 1 else []):
        if not _says_updated(time):
            yield time.get("datetime") or time.text_content()[:80]


def _says_published(time: Any) -> bool:
    return time.get("pubdate") is not None or "publish" in (time.get("class") or "").lower()


def _says_updated(time: Any) -> bool:
    above = time.getparent()
    around = " ".join(
        (above.text_content()[:200], time.get("class") or "", above.get("class") or "")
    )
    return re.search(r"updat|modif|revis", around, re.I) is not None


def _extract(tree: Any) -> tuple[str, str, list[Block]]:
    """Title, author and paragraphs. Where trafilatura finds no article, all there is to read."""
    from trafilatura import bare_extraction

    marked = copy.deepcopy(tree)
    for unseen in marked.xpath("//noscript"):  # what a browser never shows
        unseen.drop_tree()
    _free_from_figures(marked)
    _mark_captions(marked)
    _unwrap_times(marked)
    _mark_paragraphs(marked)
    found = bare_extraction(
        marked,
        with_metadata=True,
        include_comments=False,
        include_tables=True,
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    body = getattr(found, "body", None)
    blocks = list(_unmarked(blocks_of(body))) if body is not None else []
    if not any(block.text for block in blocks):
        blocks = list(_unmarked(blocks_of(marked.find("body"))))
    title = getattr(found, "title", None) or tree.findtext(".//h1") or tree.findtext(".//title")
    return one_line(title or ""), _byline(tree, getattr(found, "author", None) or ""), blocks


def _free_from_figures(tree: Any) -> None:
    """Quotations and tables that are set as figures stand before them: extractors drop figures."""
    for figure in tree.xpath("//figure[not(ancestor::figure)]"):
        for element in figure.xpath(".//blockquote|.//table"):
            if next(element.iterancestors("blockquote", "table"), None) is None:
                figure.addprevious(element)


def _mark_captions(tree: Any) -> None:
    """Captions become marked paragraphs in the place of their figure: extractors drop figures."""
    for caption in tree.xpath(_CAPTIONS):
        text = " ".join(caption.text_content().split())
        place = next(caption.iterancestors("figure"), _caption_box(caption, len(text)))
        if caption.tag != "figcaption" and len(text) > _LONGEST_CAPTION:  # an article called one
            caption.attrib.pop("class", None)
            continue
        if place.getparent() is None:
            continue
        if text:
            paragraph = tree.makeelement("p")
            paragraph.text = f"{_CAPTION_MARK} {text}"
            place.addprevious(paragraph)
        caption.drop_tree()


def _caption_box(caption: Any, length: int) -> Any:
    """The outermost element around a caption that is called one too ("wp-caption"), and is not
    around an article as well."""
    boxes = [
        box
        for box in caption.iterancestors("div")
        if "caption" in (box.get("class") or "").lower()
        and len(box.text_content()) <= length + _LONGEST_CAPTION
    ]
    return boxes[-1] if boxes else caption


def _unwrap_times(tree: Any) -> None:
    """A <time> within a sentence is words of it, which extractors leave out."""
    for time in tree.xpath("//time[ancestor::p or ancestor::li or ancestor::td or ancestor::dd]"):
        if time.getparent().text_content().strip() != time.text_content().strip():
            time.drop_tag()


def _mark_paragraphs(tree: Any) -> None:
    for line_break in tree.iter("br"):
        after = line_break.getnext()
        if after is not None and after.tag == "br" and not (line_break.tail or "").strip():
            line_break.tail = f" {_BREAK_MARK} "


def _unmarked(blocks: list[Block]) -> Iterator[Block]:
    for block in blocks:
        for part in block.text.split(_BREAK_MARK):
            caption = block.caption or part.lstrip().startswith(_CAPTION_MARK)
            yield Block(part.replace(_CAPTION_MARK, "").strip(), caption)


def _byline(tree: Any, author: str) -> str:
    """The page's own words for who wrote it, or "By" and the author its metadata names."""
    for element in tree.xpath(_BYLINES):
        text = one_line(element.text_content())
        if 3 < len(text) <= 120 and text.lower().startswith("by "):
            return text
    return one_line(f"By {author.replace(';', ',')}") if 2 < len(author) <= 120 else ""


def _with_byline(blocks: list[Block], byline: str, title: str) -> list[Block]:
    who = byline[3:].casefold()
    if any(who in block.text.casefold() for block in blocks[:4] if not block.caption):
        return blocks
    below_headline = 1 if blocks and one_line(blocks[0].text) == title else 0
    return [*blocks[:below_headline], Block(byline), *blocks[below_headline:]]
