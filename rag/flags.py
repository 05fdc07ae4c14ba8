"""The settings of the web chat on its command line: `python ui.py --port 8000 --index news`.

A flag sets the setting's environment variable for this process, so it wins over the environment
and `rag.toml`, and a reloaded page still knows it. Secrets have no flag: a command line can be
read by every user of the machine.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Collection, Sequence

FLAGS = {
    "index": "the index to answer from (.footnote)",
    "answerer": "who writes the answers: quote, embedded or endpoint (quote)",
    "model_url": "base URL of an OpenAI-compatible server, for endpoint",
    "thinking_tokens": "tokens for a model that thinks before it answers, for endpoint",
    "model_name": "its model",
    "abstain_below": "the score from 0 to 1 below which there is no answer",
    "passages": "how many passages are handed to the answerer (8)",
    "embedding_model": "a folder or hub name instead of all-MiniLM-L6-v2",
    "reader": "a folder or hub name instead of the packaged reader; none for none",
    "reranker": "a cross-encoder to reorder passages, a folder or hub name",
    "host": "where it listens (127.0.0.1, this machine alone)",
    "port": "and on which port; 0 takes a free one (7860)",
    "login": "user:HASH pairs by `rag hash-password`, spaces between",
    "allowed_hosts": "names it may be reached by, spaces between; * is any",
    "frame_ancestors": "who may show the page in a frame, a CSP source list ('self')",
    "allow_edit": "true or false: whether people may add and remove articles",
    "allow_url": "true or false: whether articles may be added from the web (false)",
    "max_upload_mb": "the largest file that may be added (20)",
    "max_upload_files": "how many files may be added at once (20)",
    "keep_conversations": "true or false: whether conversations outlive their tab (true)",
    "max_question_length": "in characters (2000)",
    "queue_size": "questions that may wait (64)",
    "concurrency": "questions answered at once (4)",
}
SECRET = frozenset({"api_key"})  # in the environment or in rag.toml


def add_flags(parser: argparse.ArgumentParser, without: Collection[str] = ()) -> None:
    """Gives a parser a flag for each setting of the web chat, save those it has already."""
    for name, text in FLAGS.items():
        if name in without:
            continue
        parser.add_argument(f"--{name.replace('_', '-')}", dest=name, metavar="VALUE", help=text)


def use_flags(options: argparse.Namespace) -> None:
    """Puts the flags that were given into the environment, where `Settings.load` finds them."""
    from rag.settings import PREFIX  # here, for help alone needs no settings

    for name in FLAGS:
        value = getattr(options, name, None)
        if value is not None:
            os.environ[PREFIX + name.upper()] = value


def parse_flags(arguments: Sequence[str]) -> None:
    """Reads the command line of `ui.py`. Exits with 2 and says why where it is wrong."""
    parser = argparse.ArgumentParser(
        prog="ui.py",
        description="The web chat. Each setting may also come from FOOTNOTE_… or ./rag.toml.",
        allow_abbrev=False,
    )
    add_flags(parser)
    use_flags(parser.parse_args(arguments))
