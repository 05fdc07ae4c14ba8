"""What was said before a question: from any shape that chats and programs keep it in. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rag.errors import InputError

Turns = tuple[tuple[str, str], ...]


def parse_history(history: Any) -> Turns:
    """Turns as (role, text), oldest first, from pairs, lists or role/content dicts.

    Roles are "user" and "assistant"; other roles and empty texts are left out. Content in
    parts, as chat APIs and Gradio send it, is joined. Raises InputError for anything else.
    """
    if history is None:
        return ()
    if isinstance(history, str | bytes | Mapping) or not isinstance(history, Iterable):
        raise InputError("history must be a list of (role, text) pairs or role/content dicts")
    try:
        turns = [_parse_turn(turn) for turn in history]
    except RecursionError:
        raise InputError("a turn of the history holds parts within parts without end") from None
    return tuple((role, text) for role, text in turns if role in ("user", "assistant") and text)


def _parse_turn(turn: Any) -> tuple[str, str]:
    if isinstance(turn, Mapping):
        role, content = turn.get("role"), turn.get("content")
    elif isinstance(turn, Sequence) and not isinstance(turn, str | bytes) and len(turn) == 2:
        role, content = turn
    else:
        raise InputError(f"a turn of the history must be (role, text), not {type(turn).__name__}")
    if not isinstance(role, str):
        raise InputError("a turn of the history must begin with its role, user or assistant")
    text = _parse_content(content).encode("utf-8", "replace").decode("utf-8")  # lone surrogates
    return role.strip().lower(), text.strip()


def _parse_content(content: Any) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, Mapping):
        return _parse_content(content.get("text"))
    if isinstance(content, Sequence) and not isinstance(content, bytes):
        return " ".join(filter(None, map(_parse_content, content)))
    raise InputError(f"the text of a turn must be a string, not {type(content).__name__}")
