"""An optional judge: any language model says whether an answer is right.

In: a function from a prompt to a reply. Out: "right", "wrong", or "unreadable" where the
reply's last line is not exactly a verdict; that is no score, and it is counted. Its agreement
with gold stands in metrics.json: a judge that does not agree with gold is not to be believed
where there is none. The prompt is eval/judge_prompt.txt.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from eval.sets import Question
from rag.types import Answer

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from rag.llm import Drafter

PROMPT = Path(__file__).with_name("judge_prompt.txt")
MAX_TOKENS = 200

_VERDICTS = {"VERDICT: right": "right", "VERDICT: wrong": "wrong"}


class Judge:
    """Asks a language model for a verdict on each answer. Errors of the model pass through."""

    def __init__(self, complete: Callable[[str], str]) -> None:
        self._complete = complete
        self._prompt = PROMPT.read_text(encoding="utf-8")

    def verdict(self, question: Question, answer: Answer) -> str:
        """ "right", "wrong" or "unreadable"; "" where it is not known what is right."""
        if question.answerable is None:
            return ""
        prompt = self._prompt.format(
            question=question.question,
            answerable="yes" if question.answerable else "no",
            gold="; ".join(_references(question)) or "none",
            answer=answer.text,
        )
        return read_verdict(self._complete(prompt))


def read_verdict(reply: str) -> str:
    """The verdict of a reply. Only its last line counts, and only where it is nothing else.

    "NO. ... yesterday" must not pass for a yes, so nothing is searched for within a line.
    """
    lines = reply.strip().splitlines()
    return _VERDICTS.get(lines[-1].strip(), "unreadable") if lines else "unreadable"


def from_llama_index(llm: LLM) -> Judge:
    """A judge from any LlamaIndex LLM."""
    return Judge(lambda prompt: llm.complete(prompt).text)


def from_drafter(drafter: Drafter) -> Judge:
    """A judge from one of the project's own models, an endpoint for one."""
    from rag.llm import Message

    def complete(prompt: str) -> str:
        return "".join(drafter.draft([Message("user", prompt)], max_tokens=MAX_TOKENS))

    return Judge(complete)


def _references(question: Question) -> list[str]:
    points = [" or ".join(point) for point in question.points]
    return [*question.answers, *question.corrections, *points]
