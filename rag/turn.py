"""A conversation as the web chat holds it: questions, each with what became of it. Pure.

Turn    one question: on its way, answered, stopped or failed
Talk    the turns of one conversation, and where it is kept
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.types import Answer, Passage

State = Literal["waiting", "writing", "answered", "abstained", "failed", "stopped"]

AskingState = Literal["", "running", "editing"]
"""What the box for a question is for: a new one, nothing while one is answered, or the last one."""

LONGEST_TITLE = 120  # characters


@dataclass(frozen=True, slots=True)
class Turn:
    """One question in the chat: on its way, answered, stopped or failed.

    `asked_as` is what the person wants searched for instead of the question, "" to leave that
    to the rewriting; `query` is what was. `answerer` is who answers, "" until that is
    known. `partial` is the text streamed so far, `error` one line for people.
    Exactly one of `answer` and `error` is set when the turn is over, unless it was stopped.
    """

    question: str
    asked_as: str = ""
    answerer: str = ""
    query: str = ""
    passages: tuple[Passage, ...] = ()
    partial: str = ""
    answer: Answer | None = None
    error: str = ""
    stopped: bool = False
    waiting: str = ""
    vote: Literal["", "up", "down"] = ""
    reason: str = ""

    @property
    def over(self) -> bool:
        """Whether nothing more is coming."""
        return self.state not in ("waiting", "writing")

    @property
    def state(self) -> State:
        if self.error:
            return "failed"
        if self.answer is not None:
            return "abstained" if self.answer.abstained else "answered"
        if self.stopped:
            return "stopped"
        return "writing" if self.partial else "waiting"


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation. `id` is "" until it is kept; `revision` counts its changes.

    `unkept` says in one line why it is not kept.
    """

    turns: tuple[Turn, ...] = ()
    id: str = ""
    revision: int = 0
    title: str = ""
    unkept: str = ""


def past_messages(turns: Sequence[Turn]) -> list[tuple[str, str]]:
    """The conversation so far as (role, text) pairs; turns without an answer are left out."""
    messages = []
    for turn in turns:
        if turn.answer is not None:
            messages += [("user", turn.question), ("assistant", turn.answer.text)]
    return messages
