"""The real web chat over 2,000 articles in memory, some of them hostile; no model to start.

    python light_chat.py HOSTILE_FOLDER       prints what `ui.py` prints

Every string of the folder is an article's title, file name and body; all are also in the body
of one article, and one conversation has each as a question, a quotation and a searched
question. It is kept for the browser with the cookie below; its id is written to the file `talk`.
"""

from __future__ import annotations

import datetime
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from light import LightEmbedder

from rag import Assistant
from rag.desk import Desk
from rag.owner import COOKIE, owner
from rag.settings import Settings
from rag.turn import Talk, Turn
from rag.types import Answer, Article, ArticleInfo, Citation, Passage, Sentence, Span

ARTICLES = 2000
SECRET = "h" * 43


def hostile(folder: Path) -> list[str]:
    """Every string in the folder's JSON files, without those of nothing but space."""
    found: dict[str, None] = {}
    for path in sorted(folder.glob("*.json")):
        found |= dict.fromkeys(_strings(json.loads(path.read_text("utf-8"))))
    return [text for text in found if text.strip()]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)


def file_name(text: str) -> str:
    """A string as the name of one file: with nothing in it that would part folders."""
    return text.replace("/", "\N{DIVISION SLASH}").replace("\\", "\N{SET MINUS}") + ".txt"


def articles(texts: list[str]) -> list[Article]:
    """One a string, one with them all, and plain ones to make up the number."""
    nasty = [Article(f"h{n}", text, text, f"/in/{file_name(text)}") for n, text in enumerate(texts)]
    everything = Article("all", "\n\n".join(texts), "Every string")
    day = datetime.date(2020, 1, 1)
    plain = [
        Article(
            f"p{n}",
            f"Report {n} is about harbour{n}.",
            f"Report {n}",
            "",
            day.replace(day=n % 28 + 1),
        )
        for n in range(ARTICLES - len(nasty) - 1)
    ]
    return [everything, *nasty, *plain]


def turn(number: int, text: str) -> Turn:
    """A string as a question and as what it was searched for, quoted from its own article."""
    info = ArticleInfo(f"h{number}", text, f"/in/{file_name(text)}", None, "", len(text))
    span = Span(info.id, 0, len(text))
    quoted = Sentence(text, (Citation(span, text, 1.0),), "supported")
    passages = (Passage(span, text, 1.0),)
    answer = Answer(text, f"{text} ", (quoted,), passages, False, "quote", articles=(info,))
    return Turn(text, answer=answer)


def main() -> None:
    import ui  # here, for the tests import this module and need no Gradio

    texts = hostile(Path(sys.argv[1]))
    settings = Settings.load(reader="none")
    assistant = Assistant.from_articles(
        articles(texts), settings=settings, embedder=LightEmbedder()
    )
    ui.desk = Desk(lambda: settings, assistant)
    talk = Talk(tuple(turn(number, text) for number, text in enumerate(texts)))
    kept = ui.desk.conversations().save(owner(None, f"{COOKIE}={SECRET}"), talk)
    Path("talk").write_text(kept.id)
    ui.main()


if __name__ == "__main__":
    main()
