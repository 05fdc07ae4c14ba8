"""`%load_ext rag` gives a notebook `%%ask` and `%ask`.

    %%ask                                    the cell is the question, `assistant` answers it
    %%ask other --answerer embedded          another variable, another answerer
    %%ask --since 2024-07-01 --articles a.txt,b.txt --into answer
    answer = %ask --since 2024-07-01 What did the agency say?

`%%ask` shows the answer while it is made, and `--into` keeps it in a variable; `%ask` gives it
as a value.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from typing import Any, NoReturn

from rag.errors import InputError
from rag.shown import Stream
from rag.types import Answer

# Options come first in a line; what follows them is the question, quotation marks and all.
_OPTIONS = re.compile(r"\s*((?:--[\w-]+(?:=|\s+)\S+(?:\s+|$))*)(.*)", re.DOTALL)


def load_ipython_extension(ipython: Any) -> None:
    """Registers `%%ask` and `%ask`."""
    ipython.register_magic_function(_ask_magic(ipython), "line_cell", "ask")


def _ask_magic(ipython: Any) -> Callable[[str, str | None], Answer | None]:
    def ask(line: str, cell: str | None = None) -> Answer | None:
        if cell is None:
            found = _OPTIONS.fullmatch(line)
            options, question = found.groups() if found else ("", line)
            return _stream(ipython.user_ns, _parse(options.split()), question).answer
        chosen = _parse(line.split())
        stream = _stream(ipython.user_ns, chosen, cell)
        stream._ipython_display_()
        if chosen.into:
            ipython.user_ns[chosen.into] = stream.answer
        return None

    ask.__doc__ = _parser().format_help()  # what `%%ask?` shows
    return ask


def _stream(variables: dict[str, Any], chosen: argparse.Namespace, question: str) -> Stream:
    name = chosen.assistant
    if name not in variables:
        raise InputError(
            f"there is no variable {name!r}; make one with "
            f'{name} = rag.Assistant.from_sources(["seeds/"])'
        )
    stream: Stream = variables[name].stream(
        question.strip(),
        articles=chosen.articles.split(",") if chosen.articles else None,
        since=chosen.since,
        until=chosen.until,
        answerer=chosen.answerer,
    )
    return stream


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InputError(f"%%ask: {message}; `%%ask?` lists what it takes")


def _parse(words: list[str]) -> argparse.Namespace:
    return _parser().parse_args(words)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="%%ask", description="Ask the articles.", add_help=False)
    parser.add_argument("assistant", nargs="?", default="assistant", help="whom to ask, a variable")
    parser.add_argument("--answerer", choices=("quote", "embedded", "endpoint"), help="who answers")
    parser.add_argument("--articles", metavar="ID,ID", help="answer from these articles alone")
    parser.add_argument("--since", metavar="DATE", help="published then or later")
    parser.add_argument("--until", metavar="DATE", help="published then or before")
    parser.add_argument("--into", metavar="NAME", help="keep the Answer in this variable")
    return parser
