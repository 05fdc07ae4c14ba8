"""Time and memory of an answer: `python -m bench answers` writes results/answers.json and .md.

Warm: the median of repeated questions on the seed article, one process. Cold: `python -m rag
ask` from the start of the process. Page: from the start of `ui.py` to the first response.
Each is run several times; machines are noisy, so minimum, median and maximum are given.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.server import CHAT, ROOT
from bench.start import seconds_to_first_page
from rag import Assistant
from rag.settings import Answerer

RESULTS = Path(__file__).parent / "results"
QUESTIONS = (
    "Why did the Hanoi summit end without an agreement?",
    "What did the news agency say about the two parties?",
    "Where did Mr Trump speak last week?",
    "Who is the president of France?",
    "What was signed in Singapore?",
)


def main() -> None:
    rows = {
        "warm answer, quote": warm("quote", rounds=10),
        "warm answer, embedded": warm("embedded", rounds=1),
        "cold `rag ask`, quote": several(cold, 5),
        "first response of the page": several(page, 3),
    }
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    about = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    report = {"machine": about, "peak_memory_mb": round(memory), "seconds": rows}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "answers.json").write_text(json.dumps(report, indent=2) + "\n")
    (RESULTS / "answers.md").write_text(table(report))
    print(table(report))


def warm(answerer: Answerer, rounds: int) -> list[float]:
    """Seconds of each answer after one round that loads the models."""
    assistant = Assistant.from_sources(["seeds/"], answerer=answerer)
    seconds: list[float] = []
    for turn in range(rounds + 1):
        for question in QUESTIONS:
            began = time.perf_counter()
            assistant.ask(question)
            if turn:
                seconds.append(time.perf_counter() - began)
    return seconds


def cold() -> float:
    began = time.perf_counter()
    command = [sys.executable, "-m", "rag", "ask", QUESTIONS[0]]
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def page() -> float:
    """Seconds from starting the server to its first page."""
    return seconds_to_first_page(CHAT, ROOT)


def several(measure: Callable[[], float], times: int) -> list[float]:
    measure()  # files into the cache, byte code written
    return [measure() for _ in range(times)]


def table(report: dict[str, object]) -> str:
    rows = report["seconds"]
    assert isinstance(rows, dict)
    lines = [
        f"`python -m bench answers`, {report['machine']}; "
        f"peak memory with both answerers {report['peak_memory_mb']} MB.\n",
        "| seconds | median | min | max | runs |",
        "|---|---|---|---|---|",
    ]
    for name, seconds in rows.items():
        middle = statistics.median(seconds)
        lines.append(
            f"| {name} | {middle:.3f} | {min(seconds):.3f} | {max(seconds):.3f} | {len(seconds)} |"
        )
    return "\n".join(lines) + "\n"
