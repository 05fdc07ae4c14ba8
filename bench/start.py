"""From the start of the web chat to its first page: `python -m bench start`.

Beside it, in turns with it, a page of Gradio's with a box and nothing else: what no chat made
with Gradio can be quicker than. Time is counted from starting the process to having the page.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from bench.server import CHAT, serving

RESULTS = Path(__file__).parent / "results"

BARE = """
import gradio
with gradio.Blocks() as page:
    gradio.Textbox()
_, address, _ = page.launch(server_port=None, quiet=True, prevent_thread_lock=True, ssr_mode=False)
print("Bare:", address, flush=True)
page.block_thread()
"""
PROGRAMS = {"footnote": CHAT, "bare gradio page": ("-c", BARE)}


def seconds_to_first_page(program: Sequence[str], folder: Path) -> float:
    """Starts a page in a process of its own, fetches it once, and ends it."""
    began = time.monotonic()
    with serving(folder, program, GRADIO_ANALYTICS_ENABLED="False") as (address, _):
        with urllib.request.urlopen(address, timeout=60) as page:
            page.read()
        return time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench start", description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    seconds: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(arguments.runs):
            for name, program in PROGRAMS.items():
                seconds[name].append(seconds_to_first_page(program, Path(folder)))
    write(seconds)


def write(seconds: dict[str, list[float]]) -> None:
    """The results as JSON, and as a table for people."""
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    ratio = medians["footnote"] / medians["bare gradio page"]
    (RESULTS / "start.json").write_text(json.dumps(seconds, indent=1) + "\n", "utf-8")
    rows = (
        f"| {name} | {medians[name]:.2f} | {min(found):.2f} | {max(found):.2f} |\n"
        for name, found in seconds.items()
    )
    text = (
        f"Seconds from the start of the process to its first page, {len(seconds['footnote'])} runs "
        f"of each in turns; {os.cpu_count()} cores, {platform.machine()}, "
        f"Python {platform.python_version()}.\n\n"
        "| | median | least | most |\n|---|---|---|---|\n"
        f"{''.join(rows)}\nThe medians' ratio is {ratio:.2f}.\n"
    )
    (RESULTS / "start.md").write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
