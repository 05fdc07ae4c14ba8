"""What Footnote looks like in a notebook, and as Markdown. Everything works without a script.

card.py       an Answer as HTML: sentences, numbered chips, each source in its context
markdown.py   the same as Markdown with footnotes
parts.py      what both share: quotations in context, names, remarks
rows.py       passages and articles as HTML, and as a pandas table
live.py       a stream that shows while it runs
magic.py      `%%ask` and `%ask`
inline.py     `rag.chat(assistant)`: the web chat in a frame
"""

from rag.notebook.card import answer_to_html, next_card
from rag.notebook.magic import load_ipython_extension
from rag.notebook.markdown import answer_to_markdown, escape_markdown
from rag.notebook.parts import BROKEN_OFF, article_name, quote_in_context, remark
from rag.notebook.rows import (
    articles_to_frame,
    articles_to_html,
    passages_to_frame,
    passages_to_html,
    to_frame,
)

__all__ = [
    "BROKEN_OFF",
    "answer_to_html",
    "answer_to_markdown",
    "article_name",
    "articles_to_frame",
    "articles_to_html",
    "escape_markdown",
    "load_ipython_extension",
    "next_card",
    "passages_to_frame",
    "passages_to_html",
    "quote_in_context",
    "remark",
    "to_frame",
]
