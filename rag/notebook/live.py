"""A stream shown while it runs: in a notebook a card that grows, in a terminal the text."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from rag.notebook.card import escape, in_card, next_card
from rag.notebook.markdown import answer_to_markdown
from rag.types import Answer, Delta, Done, Event, Retrieved, Rewritten


def show_live(events: Iterator[Event]) -> None:
    """Shows the events as they come; what stays is the card of the answer.

    Raises what the stream raises, after the card has said that there is no answer.
    """
    if _in_a_notebook():
        _show_card(events)
    else:
        _show_text(events)


def _in_a_notebook() -> bool:
    from IPython.core.getipython import get_ipython

    return hasattr(get_ipython(), "kernel")  # the shell of a terminal has none


def _show_card(events: Iterator[Event]) -> None:
    from IPython.display import DisplayHandle

    shown: Any = DisplayHandle()  # type: ignore[no-untyped-call]
    shown.display(_waiting("Searching"), raw=True)
    text = ""
    try:
        for event in events:
            text += event.text if isinstance(event, Delta) else ""
            shown.update(_after(event, text), raw=True)
    except BaseException as error:  # an interrupt too: the card must not go on to say "Searching"
        stopped = isinstance(error, KeyboardInterrupt)
        shown.update(_waiting("Stopped" if stopped else "Failed", text, over=True), raw=True)
        raise


def _after(event: Event, text: str) -> dict[str, str]:
    if isinstance(event, Done):
        return as_bundle(event.answer)
    if isinstance(event, Rewritten):
        return _waiting(f"Searching for: {event.query}")
    if isinstance(event, Retrieved):
        count = len(event.passages)
        return _waiting(f"Reading {count} passage{'' if count == 1 else 's'}")
    return _waiting("", text)


def as_bundle(answer: Answer) -> dict[str, str]:
    """An answer in every form a notebook can pick from, by MIME type."""
    return {
        "text/html": next_card(answer),
        "text/markdown": answer_to_markdown(answer),
        "text/plain": answer.text,
    }


def _waiting(what: str, text: str = "", *, over: bool = False) -> dict[str, str]:
    line = f"{what}{'.' if over else ' …'}" if what else ""
    words = f'<p dir="auto">{escape(text)}</p>' if text else ""
    remark = f"<p><em>{escape(line)}</em></p>" if line else ""
    return {"text/html": in_card(words + remark), "text/plain": f"{text} {line}".strip()}


def _show_text(events: Iterator[Event]) -> None:
    shown = ""
    for event in events:
        if isinstance(event, Delta):
            sys.stdout.write(event.text)
            sys.stdout.flush()
            shown += event.text
        elif isinstance(event, Done) and not shown:
            sys.stdout.write(event.answer.text)
    sys.stdout.write("\n")
