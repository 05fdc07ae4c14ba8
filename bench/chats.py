"""Many chats at once on a real server: `python -m bench chats`.

Fifty chats ask on pages of the web chat's own server (`ui.py`, answering by quoting) for a minute,
each as soon as it has its last answer; what their browsers would send is sent by `bench.visitor`.
Each has a town of its own with four articles, and asks in turn what only one of them says, four
questions to a conversation; every answer is checked as it stands on the page: it is to that
question, cites that article, and holds the words that were looked for. Time is counted from sending
a question to having its whole answer, waiting for others included; memory is the server's resident
set, from the end of warming up on.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bench.server import environment, serving
from bench.visitor import Shown, Visitor

RESULTS = Path(__file__).parent / "results"
MEMORY_SECONDS = 10
PAGE_SIZE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20

HEADS = ("Bran", "Cor", "Dun", "Eld", "Fal", "Gar", "Hol", "Ist", "Kel", "Lor")
TAILS = ("avik", "ebury", "iton", "omere", "ushaven")
FIRST = ("Agnes", "Boris", "Clara", "Dmitri", "Edith", "Farid", "Greta", "Hugo", "Ingrid", "Jonas")
LAST = ("Almqvist", "Bertrand", "Castellan", "Drummond", "Eriksen")


@dataclass(frozen=True)
class Case:
    """One question, the title of the article that answers it, the words the answer must have."""

    question: str
    title: str
    words: str


@dataclass
class Tally:
    """What the chats saw."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    mixed_up: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    wider: list[str] = field(default_factory=list)


def town(number: int, folder: Path) -> list[Case]:
    """Writes the four articles of one chat's town; returns what can be asked of them."""
    name = HEADS[number % 10] + TAILS[number // 10 % 5]
    person = f"{FIRST[number % 10]} {LAST[(number + number // 10) % 5]}"
    year, cost = 1850 + number, 200 + 7 * number
    said = {
        "bridge": (
            f"The iron bridge of {name} was opened in {year} by the engineer {person}.",
            f"Who opened the iron bridge of {name}?",
            person,
        ),
        "museum": (
            f"The maritime museum of {name} cost {cost} thousand crowns to build.",
            f"How much did the maritime museum of {name} cost?",
            f"{cost} thousand",
        ),
        "school": (
            f"The music school of {name} has {cost + 11} pupils from nine villages.",
            f"How many pupils does the music school of {name} have?",
            str(cost + 11),
        ),
        "harbour": (
            f"The fishing harbour of {name} was closed in {year + 90} after a storm.",
            f"When was the fishing harbour of {name} closed?",
            str(year + 90),
        ),
    }
    cases = []
    for subject, (sentence, question, words) in said.items():
        title, file = f"The {subject} of {name}", f"{name.lower()}-{subject}.txt"
        filling = f"People of {name} still speak of the {subject}. It is described in a small book."
        (folder / file).write_text(f"{title}\n\n{sentence} {filling}\n", "utf-8")
        cases.append(Case(question, title, words))
    return cases


async def chat(visitor: Visitor, cases: list[Case], until: float, tally: Tally, seed: int) -> None:
    """One person asking, answer by answer, until the time is over."""
    turn = seed
    while time.monotonic() < until:
        case = cases[turn % len(cases)]
        began = time.monotonic()
        try:
            shown = await visitor.ask(case.question)
            tally.seconds.append(time.monotonic() - began)
            judge(case, shown, tally)
            turn += 1
            if turn % len(cases) == 0:
                await visitor.begin_anew()
        except (httpx.HTTPError, RuntimeError) as error:
            tally.errors.append(f"{case.question} {error!r}")


def judge(case: Case, shown: Shown, tally: Tally) -> None:
    """Counts an answer to another question or without one's own article, and one that says nothing.

    One that quotes another town as well as one's own is a matter of how answers are chosen, the
    same with one chat as with fifty, and is counted apart.
    """
    if shown.question != case.question or (shown.cited and case.title not in shown.cited):
        tally.mixed_up.append(f"{case.question} -> {shown.question} {sorted(shown.cited)}")
    elif shown.state == "failed":
        tally.errors.append(f"{case.question} -> a failure")
    elif case.words not in shown.text:
        tally.unanswered.append(f"{case.question} -> {shown.state} {shown.text}")
    elif len(shown.cited) > 1:
        tally.wider.append(f"{case.question} -> {sorted(shown.cited)}")


async def run(url: str, towns: list[list[Case]], seconds: float, tally: Tally) -> float:
    """All chats at once, each in a browser of its own. Returns the seconds they took.

    Opening the pages, one after the other, is not counted.
    """
    visitors = [Visitor(url) for _ in towns]
    for visitor in visitors:
        await visitor.arrive()
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        until = began + seconds
        for seed, (visitor, cases) in enumerate(zip(visitors, towns, strict=True)):
            group.create_task(chat(visitor, cases, until, tally, seed))
    took = time.monotonic() - began
    await asyncio.gather(*(visitor.leave() for visitor in visitors))
    return took


@contextmanager
def served(folder: Path, articles: Path) -> Iterator[tuple[str, int]]:
    """The address and process id of a web chat over the articles."""
    settings = {"FOOTNOTE_INDEX": str(folder / "index"), "FOOTNOTE_ANSWERER": "quote"}
    add = [sys.executable, "-m", "rag", "sync", str(articles)]
    subprocess.run(add, check=True, cwd=folder, env=environment(**settings))
    with serving(folder, **settings) as running:
        yield running


@contextmanager
def watched(pid: int) -> Iterator[list[int]]:
    """A process's resident set (Linux) in MB: at once, every ten seconds, and at the end."""
    found, over = [resident_mb(pid)], threading.Event()

    def look() -> None:
        while not over.wait(MEMORY_SECONDS):
            found.append(resident_mb(pid))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield found
    finally:
        over.set()
        watcher.join()
        found.append(resident_mb(pid))


def resident_mb(pid: int) -> int:
    return round(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_SIZE_MB)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chats", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--warm", type=float, default=15.0, help="seconds before measuring")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        articles = Path(name) / "articles"
        articles.mkdir()
        towns = [town(number, articles) for number in range(options.chats)]
        with served(Path(name), articles) as (url, pid):
            asyncio.run(run(url, towns, options.warm, Tally()))
            tally = Tally()
            with watched(pid) as resident:
                took = asyncio.run(run(url, towns, options.seconds, tally))
            report = summary(tally, options.chats, took)
            report["resident_mb"] = resident
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "chats.json").write_text(json.dumps(report, indent=2) + "\n")
    (RESULTS / "chats.md").write_text(table(report))
    print(table(report), *tally.errors[:5], *tally.mixed_up[:5], *tally.unanswered[:5], sep="\n")


def summary(tally: Tally, chats: int, seconds: float) -> dict[str, Any]:
    percentiles = statistics.quantiles(tally.seconds, n=20)
    return {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, "
        f"Python {platform.python_version()}",
        "chats": chats,
        "seconds": round(seconds, 1),
        "answers": len(tally.seconds),
        "answers_a_second": round(len(tally.seconds) / seconds, 1),
        "errors": len(tally.errors),
        "mixed_up": len(tally.mixed_up),
        "not_answered": len(tally.unanswered),
        "quote_another_town_too": len(tally.wider),
        "median_s": round(statistics.median(tally.seconds), 3),
        "p95_s": round(percentiles[-1], 3),
    }


def table(report: dict[str, Any]) -> str:
    memory = ", ".join(f"{size:,}" for size in report["resident_mb"])
    return (
        f"{report['chats']} chats at once for {report['seconds']:.0f} s, answered by quoting; "
        f"{report['machine']}, the clients on the same machine.\n\n"
        "| answers | a second | median | 95th percentile | errors | mixed up | not answered "
        "| quote another town, too |\n"
        "|---|---|---|---|---|---|---|---|\n"
        f"| {report['answers']:,} | {report['answers_a_second']} | {report['median_s']:.2f} s "
        f"| {report['p95_s']:.2f} s | {report['errors']} | {report['mixed_up']} "
        f"| {report['not_answered']} | {report['quote_another_town_too']} |\n\n"
        f"The server's memory from the end of the warming up, every {MEMORY_SECONDS} s, in MB: "
        f"{memory}.\n"
    )
