"""The conversation of a page: fetched, caught up with what was kept meanwhile, and kept.

Each takes the desk and the visit, and gives a Talk; where it cannot be kept, the Talk says why.
"""

from __future__ import annotations

from dataclasses import replace

from rag.desk import Desk
from rag.errors import Error
from rag.language import gettext, mark
from rag.turn import Talk
from rag.visit import Visit

NO_OWNER = mark("This browser keeps no cookie for this page, so a conversation ends with its tab.")


def fetch(desk: Desk, visit: Visit) -> Talk:
    """The conversation of a visit, fetched where this server has only its id."""
    if visit.talk is not None:
        return visit.talk
    if visit.link and visit.owner:
        try:
            return desk.conversations().load(visit.owner, visit.link) or Talk()
        except Error as error:
            return Talk(unkept=str(error))
    return Talk()


def kept_since(desk: Desk, visit: Visit, talk: Talk) -> Talk:
    """The conversation as it is kept now; as it was where it is not."""
    return fetch(desk, replace(visit, talk=None, link=talk.id)) if talk.id else talk


def caught_up(desk: Desk, visit: Visit) -> Talk:
    """The conversation with what a reload in the middle of an answer left at its end."""
    talk = fetch(desk, visit)
    if not talk.id or not visit.owner or visit.editing is not None:
        return talk
    try:
        if desk.conversations().revision(visit.owner, talk.id) in (None, talk.revision):
            return talk
        kept = desk.conversations().load(visit.owner, talk.id) or talk
    except Error:  # it is said where the turn is kept
        return talk
    known = len(talk.turns)
    added = kept.turns[known:]
    mine = kept.turns[:known] == talk.turns and all(turn.stopped for turn in added)
    return kept if mine else talk


def keep(desk: Desk, visit: Visit, talk: Talk, first: int | None = None) -> Talk:
    """The talk as kept: from place `first` on, or its last turn. It says why if it is not."""
    if not desk.settings.keep_conversations:
        return talk
    if not visit.owner:
        return replace(talk, unkept=gettext(NO_OWNER))
    first = len(talk.turns) - 1 if first is None else first
    if talk.unkept:  # what came before was not kept, either
        first = 0
    try:
        return replace(desk.conversations().save(visit.owner, talk, first), unkept="")
    except Error as error:
        return replace(talk, unkept=str(error))
