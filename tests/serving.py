"""Starts the real web chat as its own process, the way a person does, and stops it again."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).parents[1]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

ARTICLES = {
    "hostile.txt": (
        "<script>document.title='owned'</script><b>Lighthouse</b> news\n\n"
        "The keeper of the Skerry lighthouse is <img src=http://192.0.2.1/spy.png"
        " onerror=\"document.title='owned'\"> Morag <i>Sinclair</i>, who is 61 years old.\n"
    ),
    "ortega.txt": (
        "👩‍👩‍👧 A family and its parrot 🦜\n\n"
        "🎉 The café שלום עולם opened in Haifa 🇮🇱 in 1999.\n\n"
        "The Ortega family 👩‍👩‍👧 moved to Łódź in 1987 with their parrot 🦜, by train.\n"
    ),
}


@dataclass(frozen=True)
class Server:
    """A running chat: its address and its index."""

    url: str
    index: Path


def make_index(folder: Path, *sources: Path) -> Path:
    """An index of the sources, made by the command that people use."""
    index = folder / "index"
    command = [sys.executable, "-m", "rag", "add", *map(str, sources)]
    environment = environment_for(index)
    subprocess.run(command, check=True, cwd=folder, env=environment, timeout=240)
    return index


def copy_index(index: Path, folder: Path) -> Path:
    """An index of a test's own like another: quicker than making one."""
    kept = shutil.ignore_patterns("conversations.sqlite3*", "feedback.sqlite3*", "disliked.jsonl")
    return shutil.copytree(index, folder / "index", ignore=kept)


def free_port() -> str:
    """A port that the system gives out once, apart from those that Gradio tries in turn."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return str(taken.getsockname()[1])


def write_articles(folder: Path) -> Path:
    """The small articles above as files."""
    folder.mkdir()
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@contextmanager
def serving(
    index: Path, folder: Path, program: Sequence[str | Path] = (ROOT / "ui.py",), **settings: str
) -> Iterator[Server]:
    """The web chat over an index, in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, *map(str, program)],
        cwd=folder,
        env={**environment_for(index), "FOOTNOTE_PORT": "0", **settings},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        url = _address(process)
        yield Server(url, index)
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """A second server, of a test's own, on a free port of this machine; its address."""

    class Quiet(handler):
        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def _address(process: subprocess.Popen[str]) -> str:
    line = process.stdout.readline()
    assert line.startswith("Footnote: http://"), line
    return line.removeprefix("Footnote: ").strip()


def environment_for(index: Path) -> dict[str, str]:
    """The environment of a command that uses this index, with no other setting of Footnote."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("FOOTNOTE_")}
    return {**kept, "FOOTNOTE_INDEX": str(index), "PYTHONPATH": str(ROOT)}
