"""The commands: `rag …` or `python -m rag …`. Parses, calls the package, prints; no more.

    command                       what it prints
    add SOURCES…                  what was added, updated, left alone and skipped
    sync FOLDER [--allow-empty]   the same; articles whose file is gone are removed
    list                          id, date and title of every article
    show ID                       one article, its whole text
    remove ID…                    the ids removed
    ask QUESTION                  the answer with numbered footnotes, or that there is none
    search QUERY                  the passages nearest to a query
    check [--repair | --reindex]  whether the index is whole
    chat                          the address of the web chat, until interrupted
    hash-password USER            a line for the setting `login`
    mcp                           speaks MCP with the program that started it

    exit code   meaning
    0           done; an answer, or a plain statement that the articles do not say
    1           an error, told in one line on standard error that says what to do;
                `check` found damage; none of the sources could be read
    2           the command line is wrong
    130         interrupted from the keyboard

Results go to standard output, everything else to standard error. Output is plain text: what
an article holds cannot steer the terminal. With --json it is one JSON value.
"""

from __future__ import annotations

import argparse
import datetime
import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import Error, IndexMissing, InputError
from rag.flags import add_flags, use_flags
from rag.plain import (
    answer_text,
    article_dict,
    day,
    one_line,
    passage_dict,
    passages_text,
)
from rag.terminal import fail, print_json, print_report, print_text, progress_bar, tell

if TYPE_CHECKING:
    from rag import Assistant, Index
    from rag.settings import Settings

SEEDS = Path("seeds")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code, as the table above has it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except Error as error:
        return fail(str(error))
    except KeyboardInterrupt:
        tell("interrupted")
        return 130
    except BrokenPipeError:
        # The reader, such as `head`, has what it wanted. Python flushes once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


# -- The command line ---------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rag",
        description="Ask questions of your articles; every sentence of an answer is footnoted.",
        epilog="Exit codes: 0 done (also where the articles do not say), 1 error, 2 wrong usage, "
        "130 interrupted. Settings are read from FOOTNOTE_… variables and ./rag.toml.",
    )
    parser.add_argument("--index", metavar="PATH", help="the index (default: .footnote)")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(
        name: str, run: Callable[[argparse.Namespace], int], summary: str
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=summary, description=summary)
        added.add_argument("--index", metavar="PATH", default=argparse.SUPPRESS, help="the index")
        added.set_defaults(run=run)
        return added

    _add_collection_commands(command)
    _add_asking_commands(command)
    _add_chat_commands(command)
    return parser


_Command = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


def _add_collection_commands(command: _Command) -> None:
    add = command("add", _add, "Add articles: files, folders, feeds or addresses.")
    add.add_argument("sources", nargs="+", metavar="SOURCE")
    add.add_argument("--allow-url", action="store_true", default=None, help="fetch web addresses")
    sync = command("sync", _sync, "Make the index mirror a folder.")
    sync.add_argument("folder", metavar="FOLDER")
    sync.add_argument(
        "--allow-empty",
        action="store_true",
        help="also where a folder holds nothing any more: remove what came from it",
    )
    listing = command("list", _list, "List the articles.")
    listing.add_argument("--json", action="store_true", help="print JSON")
    show = command("show", _show, "Show one article.")
    show.add_argument("id", metavar="ID")
    remove = command("remove", _remove, "Remove articles.")
    remove.add_argument("ids", nargs="+", metavar="ID")
    check = command("check", _check, "Check that the index is whole.")
    mend = check.add_mutually_exclusive_group()
    mend.add_argument("--repair", action="store_true", help="rebuild what is damaged")
    mend.add_argument("--reindex", action="store_true", help="encode every article again")


def _add_asking_commands(command: _Command) -> None:
    ask = command("ask", _ask, "Answer a question from the articles.")
    ask.add_argument("words", nargs="+", metavar="QUESTION")
    ask.add_argument("--answerer", choices=("quote", "embedded", "endpoint"), help="who answers")
    search = command("search", _search, "Find the passages nearest to a query.")
    search.add_argument("words", nargs="+", metavar="QUERY")
    search.add_argument("-k", type=_count, default=10, metavar="N", help="how many (10)")
    for parser in (ask, search):
        parser.add_argument(
            "--article", action="append", metavar="ID", help="only this article; may be repeated"
        )
        parser.add_argument("--since", type=_date, metavar="DATE", help="published then or later")
        parser.add_argument("--until", type=_date, metavar="DATE", help="published then or before")
        parser.add_argument("--json", action="store_true", help="print JSON")


def _add_chat_commands(command: _Command) -> None:
    add_flags(command("chat", _chat, "Serve the web chat."), without=("index",))
    command("mcp", _mcp, "Serve the articles as MCP tools over standard input and output.")
    hashing = command("hash-password", _hash_password, "Make a line for the setting login.")
    hashing.add_argument("user", metavar="USER")


def _date(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; give it as YYYY-MM-DD") from None


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)


# -- The collection -------------------------------------------------------------------------


def _add(options: argparse.Namespace) -> int:
    settings = _settings(options, allow_url=options.allow_url)
    with _index(settings, create=True) as index, progress_bar() as progress:
        report = index.add(options.sources, progress=progress)
    return print_report(report)


def _sync(options: argparse.Namespace) -> int:
    with _index(_settings(options), create=True) as index, progress_bar() as progress:
        report = index.sync(options.folder, allow_empty=options.allow_empty, progress=progress)
    return print_report(report)


def _list(options: argparse.Namespace) -> int:
    with _index(_settings(options)) as index:
        articles = index.articles()
    if options.json:
        print_json([article_dict(article) for article in articles])
        return 0
    width = min(max((len(article.id) for article in articles), default=0), 48)
    for article in articles:
        print_text(f"{article.id:<{width}}  {day(article.published)}  {one_line(article.title)}")
    return 0


def _show(options: argparse.Namespace) -> int:
    with _index(_settings(options)) as index:
        article = index.article(options.id)
    print_text(f"{one_line(article.title)}\n{one_line(article.source)}\n{day(article.published)}\n")
    print_text(article.text)
    return 0


def _remove(options: argparse.Namespace) -> int:
    with _index(_settings(options)) as index:
        for article_id in options.ids:
            index.remove(article_id)
            print_text(f"removed {article_id}")
    return 0


def _check(options: argparse.Namespace) -> int:
    settings = _settings(options)
    if options.reindex:
        _reindex(settings)
    with _index(settings) as index:
        report = index.check(repair=options.repair)
    for problem in report.problems:
        print_text(problem)
    for repaired in report.repaired:
        print_text(f"repaired: {repaired}")
    if report.ok:
        print_text("the index is whole")
        return 0
    if options.repair:
        return fail("the index is damaged and could not be mended; the lines above say what to do")
    return fail("the index is damaged; `rag check --repair` mends what can be mended")


def _reindex(settings: Settings) -> None:
    from rag import Index

    with progress_bar() as progress:
        Index.reindex(settings.index, settings=settings, progress=progress)


# -- Asking ---------------------------------------------------------------------------------


def _ask(options: argparse.Namespace) -> int:
    assistant = _assistant(_settings(options, answerer=options.answerer))
    answer = assistant.ask(" ".join(options.words), **_filters(options, assistant))
    if options.json:
        print_json(answer.to_dict())
    else:
        print_text(answer_text(answer))
    return 0


def _search(options: argparse.Namespace) -> int:
    assistant = _assistant(_settings(options))
    passages = assistant.retrieve(
        " ".join(options.words), k=options.k, **_filters(options, assistant)
    )
    infos = {article.id: article for article in assistant.articles()}
    if options.json:
        print_json([passage_dict(passage, infos) for passage in passages])
    elif passages:
        print_text(passages_text(passages, infos))
    return 0


def _assistant(settings: Settings) -> Assistant:
    """The assistant over the index; in a fresh checkout the seed articles are indexed first."""
    from rag import Assistant

    try:
        assistant = Assistant.open(settings.index, settings=settings)
        if assistant.articles():
            return assistant
        missing: Error = InputError(
            f"the index {settings.index} holds no article: add some with `rag add SOURCE`"
        )
    except IndexMissing as error:
        missing = error
    if settings.index != type(settings).model_fields["index"].default or not SEEDS.is_dir():
        raise missing
    tell(f"there is no index yet: adding the articles in {SEEDS}/ to {settings.index} first")
    with _index(settings, create=True) as index, progress_bar() as progress:
        index.add([str(SEEDS)], progress=progress)
    return Assistant.open(settings.index, settings=settings)


def _filters(options: argparse.Namespace, assistant: Assistant) -> dict[str, Any]:
    for article_id in options.article or ():
        assistant.article(article_id)  # a mistyped id is an error, not an article that is silent
    return {"articles": options.article, "since": options.since, "until": options.until}


def _settings(options: argparse.Namespace, **overrides: Any) -> Settings:
    from rag.settings import Settings

    return Settings.load(index=options.index, **overrides)


@contextmanager
def _index(settings: Settings, create: bool = False) -> Iterator[Index]:
    from rag import Index

    index = Index.open(settings.index, create=create, settings=settings)
    try:
        yield index
    finally:
        index.close()


# -- The web chat ---------------------------------------------------------------------------


def _chat(options: argparse.Namespace) -> int:
    import ui

    use_flags(options)
    ui.main()
    return 0


def _mcp(options: argparse.Namespace) -> int:
    from rag.tools import serve

    serve(_assistant(_settings(options)))
    return 0


def _hash_password(options: argparse.Namespace) -> int:
    """Asks twice at a terminal; else the password is the first line of standard input."""
    from rag.passwords import hash_password

    if sys.stdin.isatty():
        password = getpass("Password: ")
        if getpass("Again: ") != password:
            raise InputError("the two are not the same")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    print_text(hash_password(options.user, password))
    return 0
