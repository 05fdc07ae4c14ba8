"""Raw text in, article text out: pure functions, no files, no network.

What comes out always holds: no NUL, no lone surrogate, no control, bidirectional or zero-width
mark that a reader cannot see; lines end in "\\n"; no space at a line's end and never two in a
row; paragraphs are separated by exactly one blank line. `normalize` of it changes nothing.

A paragraph is dropped only as a whole, and only when each of its sentences reads as the site
talking to its visitor (`rag.boilerplate`). In doubt it stays: a stray "Read more" costs little,
a lost sentence of the article cannot be cited any more.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.boilerplate import boilerplate_positions
from rag.dates import find_date, is_labelled

TITLE_LENGTH = 100
"""Code points of a title made from the first sentence, the ellipsis included."""

_HEADLINE_LENGTH = 160
_CAPTION_WORDS = 90
_LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
_MANY_MARKS = re.compile(
    "[^\x00-\u02ff\u3041-\u3096\u30a1-\u30fa\u3400-\ua48c\uac00-\ud7a3\uf900-\ufaff]{31,}"
)
_MOST_MARKS = 30
_SPACES = re.compile("[ \t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_SPACE_AT_LINE_END = re.compile(r" ?\n ?")
_PARAGRAPH_BREAK = re.compile(r"\n{2,}")
_SENTENCE_END = re.compile(r"[.!?…。！？؟][\"'”’»)\]]*$")
_NO_HEADLINE_END = re.compile(r"(?<!\.\.)[.。।۔።։][\"'”’»)\]」』]*$|[:;,—–―−：；，、-]$")
_FIRST_SENTENCE = re.compile(
    r".{20,}?(?<![. ][A-Z])(?<!\b(?:Mr|Ms|Dr|St|Lt))[.!?…][\"'”’»)]*(?=\s+[\"'“‘«(]?[A-Z0-9])|.+",
    re.DOTALL,
)
_BYLINE = re.compile(r"by\s.{2,118}$", re.I)
_NO_TITLE = re.compile(r"(?:by|updated|published|posted|from)\b|\W*$", re.I)
_SMALL_WORDS = frozenset(("and", "de", "del", "der", "di", "la", "le", "van", "von", "bin", "al"))

# "( AP )", "(AFP via Getty Images)", "(Jane Doe/Reuters)", "[Photo: Jane Doe]" at the very end.
_AGENCIES = (
    r"AP|AFP|EPA|PA|ANI|AAP|dpa|ANSA|KCNA|Reuters|Getty|Shutterstock|Alamy|Bloomberg|Xinhua|TASS|"
    r"Sputnik|Zuma|Imago|iStock|Unsplash|Wikimedia|Rex|Anadolu|NurPhoto|Yonhap|Kyodo|Agencies"
)
_CREDIT_AT_END = re.compile(
    rf"\S\s*[(\[]\s*(?:(?:[\w.,’'&-]+[ /|]+){{0,8}}(?:{_AGENCIES})(?:[ /|,]+[\w.,’'&-]+){{0,5}}"
    r"|(?i:photo|image|picture|credit|photograph)s?\s*(?::|by|courtesy)\s[^()\[\]]{2,80})\s*[)\]]\.?$"
)
_CREDIT_BY_LABEL = re.compile(
    rf"(?:[|.]\s+|\s[-–—]\s)(?:(?:Photo|Image|Picture|Photograph|Credit)s?(?:\s[Cc]redits?)?\s?:\s?"
    rf"[^.:\n]{{2,80}}|[\w .’'-]{{2,40}}/(?:{_AGENCIES})(?:\s[\w ]{{1,30}})?)\.?$"
)
_CAPTION_LABEL = re.compile(r"^(?:image caption|photo caption|caption|pictured)\s?[,:]\s", re.I)
_TITLE_LINE = re.compile(r"^(?:title|headline)\s?:\s*(\S.{0,300})$", re.I)
_SOURCE_LINE = re.compile(r"^(?:url|source|link|permalink)\s?:\s*(https?://\S+)$", re.I)


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph before cleaning, and whether its markup says that it is a photo caption."""

    text: str
    caption: bool = False


@dataclass(frozen=True, slots=True)
class Cleaned:
    """An article's text with what was found in it. `dropped` holds the paragraphs left out.

    `captions` are half-open offsets into `text`; `title` is never empty unless the text is.
    """

    text: str
    title: str = ""
    published: datetime.date | None = None
    captions: tuple[tuple[int, int], ...] = ()
    dropped: tuple[str, ...] = ()


def clean(raw: str, *, title: str = "") -> Cleaned:
    """Plain text to an article: header lines read, boilerplate dropped, captions marked."""
    paragraphs = split_paragraphs(raw)
    if paragraphs and _is_letterhead(lines := paragraphs[0].split("\n")):
        paragraphs[:1] = lines
    return clean_blocks([Block(text) for text in paragraphs], title=title)


def clean_text(raw: str) -> str:
    """The text of `clean(raw)`."""
    return clean(raw).text


def clean_blocks(
    blocks: Iterable[Block], *, title: str = "", published: datetime.date | None = None
) -> Cleaned:
    """Paragraphs to an article. A `title` or `published` given wins over what the text says.

    A headline that becomes the title is not repeated in the text.
    """
    kept = [Block(text, block.caption) for block in blocks if (text := normalize(block.text))]
    header = read_header([block.text for block in kept])
    kept = [Block(header.first, False), *kept[header.skip + 1 :]] if header.found else kept
    kept = [block for block in kept if block.text]
    drop = boilerplate_positions([block.text for block in kept])
    dropped = tuple(block.text for n, block in enumerate(kept) if n in drop)
    kept = [block for n, block in enumerate(kept) if n not in drop]
    title = one_line(title) or header.title
    dated = _date_below_headline(kept, title)
    below = ""
    if dated:
        published = published or header.published or dated[1]
        below = kept.pop(dated[0]).text
    headline = _headline(kept, title, certain=is_labelled(below))
    if headline:
        title, kept = headline, kept[1:]
    text, captions = _join(kept)
    return Cleaned(
        text,
        title or first_words(kept),
        published or header.published,
        captions,
        dropped,
    )


def normalize(raw: str) -> str:
    """The same words without what cannot be seen: see the module's contract.

    Lone surrogates become U+FFFD, pairs of them the character they stand for; letters are
    composed (NFC), so that a search finds a word however it was typed.
    """
    if not raw.isascii():
        raw = raw.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    text = _LINE_BREAKS.sub("\n", raw).replace("\u2029", "\n\n")
    text = _SPACES.sub(" ", _INVISIBLE.sub("", text))
    text = _PARAGRAPH_BREAK.sub("\n\n", _SPACE_AT_LINE_END.sub("\n", text))
    return unicodedata.normalize("NFC", _MANY_MARKS.sub(_fewer_marks, text)).strip()


def _fewer_marks(match: re.Match[str]) -> str:
    """At most 30 combining marks in a row: composing them takes the square of their number."""
    kept, marks = [], 0
    for character in match[0]:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def one_line(raw: str) -> str:
    """Normalized, with every line break turned into a space: for titles."""
    return " ".join(normalize(raw).split())


def split_paragraphs(raw: str) -> list[str]:
    """Paragraphs of plain text, normalized. Blank lines separate them.

    Lines broken at a fixed width are joined again. Where a text has no blank lines, or its lines
    are whole sentences, each line is a paragraph; short lines (a list, verse) stay together.
    """
    paragraphs: list[str] = []
    for block in _PARAGRAPH_BREAK.split(normalize(raw)):
        paragraphs.extend(_unwrap(block.split("\n")))
    return paragraphs


def _unwrap(lines: list[str]) -> list[str]:
    if len(lines) == 1:
        return [line for line in lines if line]
    widest = max(map(len, lines))
    full = [len(line) >= 0.6 * widest for line in lines[:-1]]
    if 40 <= widest <= 120 and all(full) and not any(map(_is_list_item, lines)):
        return [" ".join(lines)]
    if all(len(line) > 120 or _SENTENCE_END.search(line) for line in lines[:-1]):
        return lines
    return ["\n".join(lines)]


def _is_list_item(line: str) -> bool:
    return re.match(r"(?:[-*•‣▪–—]|\d{1,3}[.)])\s", line) is not None


@dataclass(frozen=True, slots=True)
class Header:
    """The header lines of a text: `skip` whole paragraphs, then `first` is what is left of one."""

    title: str = ""
    published: datetime.date | None = None
    skip: int = 0
    first: str = ""
    found: bool = False


def read_header(paragraphs: Sequence[str]) -> Header:
    """Reads "date 2024-07-26", "Published: 26 July 2024", "Title: …", "URL: …" off the top.

    Only an unbroken run of such lines at the very start counts. A date may be followed by text
    on its line when it is in ISO form; the text stays. The first date wins.
    """
    title, published = "", None
    found = False
    for position, paragraph in enumerate(paragraphs):
        lines = paragraph.split("\n")
        while lines:
            line, rest, date = lines[0], "", None
            if match := _TITLE_LINE.match(line):
                title = title or match[1].strip()
            elif _SOURCE_LINE.match(line):
                pass  # an article's source is where it was read from
            elif dated := find_date(line):
                date, rest = dated
                published = published or date
            else:
                break
            found = True
            lines = [rest, *lines[1:]] if rest else lines[1:]
            if rest:
                break
        if lines:
            if not found:
                return Header()
            return Header(title, published, position, "\n".join(lines), True)
    return Header(title, published, len(paragraphs), "", found)


def _is_letterhead(lines: list[str]) -> bool:
    """Headline, byline and date on a line each, with no blank line between them."""
    return 1 < len(lines) <= 6 and any(_BYLINE.match(line) or find_date(line) for line in lines)


def _date_below_headline(blocks: Sequence[Block], title: str) -> tuple[int, datetime.date] | None:
    """Position and date of a date line that follows the headline, or headline and byline.

    What stands above "Published: …" may end like a sentence: there it is a headline all the same.
    """
    for position, block in enumerate(blocks[1:4], start=1):
        dated = find_date(block.text)
        if not dated or dated[1]:
            continue
        first, *between = above = [block.text for block in blocks[:position]]
        labelled = is_labelled(block.text) and position + 1 < len(blocks)
        headed = labelled and _is_short_line(first) and all(map(_BYLINE.match, between))
        usual = all(
            _BYLINE.match(line) or _may_be_headline(line) or _same_words(line, title)
            for line in above
        )
        return (position, dated[0]) if headed or usual else None
    return None


def is_caption(paragraph: str) -> bool:
    """Whether a paragraph reads as a photo caption: it ends in a picture credit, or says so."""
    if "\n" in paragraph or paragraph.count(" ") > _CAPTION_WORDS:
        return False
    return bool(
        _CREDIT_AT_END.search(paragraph)
        or _CREDIT_BY_LABEL.search(paragraph)
        or _CAPTION_LABEL.match(paragraph)
    )


def _headline(blocks: Sequence[Block], title: str, *, certain: bool = False) -> str:
    """The first paragraph where it is a headline with something below it, else "".

    `certain` says that a line such as "Published: …" stood below it.
    """
    if len(blocks) < 2 or blocks[0].caption:
        return ""
    first, below = blocks[0].text, [block.text for block in blocks[1:4]]
    if title:
        return title if _same_words(first, title) else ""
    has_body = any(len(text) > len(first) or _SENTENCE_END.search(text) for text in below)
    may_be = _may_be_headline(first) or (certain and _is_short_line(first) and _is_title(first))
    return first if has_body and may_be else ""


def _may_be_headline(line: str) -> bool:
    """One line that ends in no full stop, nor is a caption, list item, dateline or name."""
    return (
        _is_short_line(line)
        and not _NO_HEADLINE_END.search(line)
        and not re.search(r"[|@]|\.com\b", line)
        and _is_title(line)
        and not _is_list_item(line)
    )


def _is_short_line(text: str) -> bool:
    return "\n" not in text and len(text) <= _HEADLINE_LENGTH


def _is_title(line: str) -> bool:
    """A line that is no byline, date or caption."""
    return not (_NO_TITLE.match(line) or is_caption(line) or _are_names(line))


def _are_names(line: str) -> bool:
    """ "David Woods" or "Joseph Ax, Val Volcovici and Humeyra Pamuk": a byline, no headline."""
    people = re.split(r",? and |, ", line)
    return all(
        len(words) <= 4
        and all(word in _SMALL_WORDS or re.match(r"[A-Z][\w.’'-]*$", word) for word in words)
        for words in (person.split() for person in people)
    ) and (len(people) > 1 or len(line.split()) == 2)


def _same_words(one: str, other: str) -> bool:
    return re.findall(r"\w+", one.casefold()) == re.findall(r"\w+", other.casefold())


def first_words(blocks: Sequence[Block], length: int = TITLE_LENGTH) -> str:
    """A title where there is no headline: the first sentence, cut between words if too long.

    Captions, datelines and bylines are passed over where there is anything else.
    """
    blocks = blocks[:20]
    texts = [b.text for b in blocks if not (b.caption or is_caption(b.text) or _are_names(b.text))]
    whole = [text for text in texts if text.count(" ") >= 3 and not _NO_TITLE.match(text)]
    first = next(iter((*whole, *texts, *(block.text for block in blocks))), "")
    match = _FIRST_SENTENCE.match(one_line(first))
    sentence = match[0] if match else ""
    if len(sentence) <= length:
        return sentence
    head = sentence[:length]
    cut = head.rfind(" ")
    return head[: cut if cut > length // 2 else length - 1].rstrip(" ,;:–—-") + "…"


def _join(blocks: Sequence[Block]) -> tuple[str, tuple[tuple[int, int], ...]]:
    captions, position = [], 0
    for block in blocks:
        if block.caption or is_caption(block.text):
            captions.append((position, position + len(block.text)))
        position += len(block.text) + 2
    return "\n\n".join(block.text for block in blocks), tuple(captions)
