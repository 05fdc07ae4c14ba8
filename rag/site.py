"""Where articles are from, as people elsewhere may see it. Pure.

    source_name("/home/anna/clients/story.txt")    story.txt
    without_folders(answer)                        the same answer, its sources so named
    name_folder(text, Path("/home/anna/.footnote"))    a message that names only .footnote

The folders of the machine that serves the web chat are nobody's business but its own. A web
address stays whole, for its footnotes lead there.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rag.types import Answer


def source_name(source: str) -> str:
    """A source for people: the site of a web address, the file name of a path."""
    if is_web(source):
        return source.split("/")[2].rpartition("@")[2].removeprefix("www.") or source
    return source.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]


def without_folders(answer: Answer) -> Answer:
    """The answer with its articles' files by their names alone, in what it says of them, too."""
    names = {
        info.source: source_name(info.source)
        for info in answer.articles
        if not is_web(info.source) and source_name(info.source) != info.source
    }
    if not names:
        return answer
    notice = answer.notice
    for source in sorted(names, key=len, reverse=True):  # one may begin as another does
        notice = notice.replace(source, names[source])
    articles = (
        replace(info, source=names.get(info.source, info.source)) for info in answer.articles
    )
    return replace(answer, articles=tuple(articles), notice=notice)


def name_folder(text: str, folder: Path) -> str:
    """A text with a folder's name in place of its whole path."""
    for path in sorted({str(folder.absolute()), str(folder.resolve()), str(folder)}, key=len)[::-1]:
        if len(Path(path).parts) > 1:
            text = text.replace(path, Path(path).name)
    return text


def is_web(source: str) -> bool:
    """Whether a source is an address that leads somewhere from any machine."""
    return source.lower().startswith(("http://", "https://"))
