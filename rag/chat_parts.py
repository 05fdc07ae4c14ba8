"""The parts of the chat page as a conversation makes them look.

Each function gives News, or the HTML of one part; `rag.page` decides when.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag import render
from rag.conversations import Kept
from rag.desk import Desk
from rag.errors import Error
from rag.turn import AskingState, Talk
from rag.visit import News, Visit


def whole(desk: Desk, talk: Talk, *, running: bool) -> News:
    """The whole chat: masthead, past turns, current turn, the talk itself, the buttons."""
    past = {"past": render.show_turns(talk.turns[:-1])}
    return newest(desk, talk, running=running) | past


def newest(desk: Desk, talk: Talk, *, running: bool) -> News:
    """The same but for the past turns, which take the longest to draw."""
    turns, last = talk.turns, len(talk.turns) - 1
    current = render.show_turn(turns[-1], last, last=not running) if turns else welcome(desk)
    return {
        "masthead": masthead(desk, talk, "running" if running else ""),
        "current": current,
        "talk": talk,
        **buttons(),
    }


def buttons() -> News:
    """What the buttons beside the box say; the masthead says which of them are shown.

    Not their property `visible`: of two changes to one part's properties that come soon after one
    another Gradio's page loses the first.
    """
    return {"send": render.word("ask"), "stop": render.word("stop")}


def composer() -> News:
    """What the box for a question is called; its words are in English until a page is opened."""
    called = {"placeholder": render.word("placeholder"), "label": render.word("your_question")}
    return {"box": called}


def welcome(desk: Desk) -> str:
    """What stands in place of a conversation that has not begun."""
    index = desk.settings.index.name or str(desk.settings.index)
    return render.show_welcome(desk.status, desk.detail, desk.starters, index)


def masthead(desk: Desk, talk: Talk, asking: AskingState = "") -> str:
    """What stands above everything."""
    detail = desk.detail if desk.status == "ready" else ""
    return render.show_masthead(desk.status, detail, talk, asking=asking)


def talks(desk: Desk, visit: Visit, talk: Talk) -> News:
    """The list of the owner's conversations, or why there is none."""
    keeping, signed_in = desk.settings.keep_conversations, bool(desk.settings.login)
    kept: Sequence[Kept] = ()
    unkept = talk.unkept
    try:
        if keeping and visit.owner:
            kept = desk.conversations().list(visit.owner)
    except Error as error:
        unkept = str(error)
    shown = render.show_talks(kept, talk.id, unkept, keeping=keeping, signed_in=signed_in)
    return {"talks": shown}
