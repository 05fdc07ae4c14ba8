"""What the chat page does when something happens on it, without the page.

    act(desk, visit) -> News, or an iterator of them while an answer grows

A `Visit` is what is known when something happens: the conversation, what was chosen, what the
event carries, and who it is. `News` are the parts of the page that are to change, by name; a
part not named stays as it is. `ui.py` gives the parts their places.

    masthead past current follow talks answerer                  HTML
    tools adding library reader outbox                                   HTML
    box                                                                  text
    send stop poll                                                       properties to change
    talk shelf editing chosen                                            remembered, not shown
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rag import article_list, render
from rag.conversations import Kept
from rag.desk import Desk, answer_turn
from rag.errors import Error
from rag.export import Format, export
from rag.feedback import REASONS
from rag.language import gettext, mark
from rag.reading import read_footnote, read_passage
from rag.shelf import ALL, Shelf
from rag.suggest import follow_ups
from rag.turn import Talk, Turn, past_messages

News = dict[str, Any]

NO_OWNER = mark("This browser keeps no cookie for this page, so a conversation ends with its tab.")


@dataclass(eq=False, slots=True)
class _Asking:
    """An answer on its way, and what is done on its page meanwhile.

    `votes` are turns before it that were voted on, by place; `moved_to` is the conversation
    that the page has turned to, `deleted` whether it did so because this one is gone.
    """

    stop: threading.Event = field(default_factory=threading.Event)
    votes: dict[int, Turn] = field(default_factory=dict)
    moved_to: Talk | None = None
    deleted: bool = False


# By session: the answers on their way, and the newest search for what to ask next.
_asking: dict[str, _Asking] = {}
_suggesting: dict[str, object] = {}


@dataclass(frozen=True, slots=True)
class Visit:
    """What is known when something happens on a page.

    `talk` is None in a page that this server does not know (any more); `link` is then the id
    of the conversation it shows. `owner` is whose conversations it may see, "" for nobody's.
    """

    talk: Talk | None = None
    shelf: Shelf = ALL
    editing: int | None = None
    chosen: str = ""
    text: str = ""
    sent: Mapping[str, Any] | None = None
    session: str = ""
    owner: str = ""
    link: str = ""
    arrived: Collection[str] = ()  # paths of the files that were uploaded to this server

    def carried(self, name: str) -> Any:
        """What the event carries under a name; "" where it carries no such thing."""
        return (self.sent or {}).get(name, "")

    def number(self, name: str) -> int:
        """The same as a whole number; -1 for anything else."""
        text = str(self.carried(name))
        return int(text) if text.isdecimal() else -1


# ---------------------------------------------------------------- a page is opened


def look(desk: Desk, visit: Visit) -> News:
    """What the page shows when it is opened, and each second until the articles are open."""
    desk.start()
    news: News = {
        "library": article_list.show(desk, visit.shelf),
        "poll": {"active": not desk.settled},
    }
    talk = _talk(desk, visit)
    if visit.talk is None:
        news |= _show(desk, visit, talk, running=False) | _list(desk, visit, talk) | _composer()
        news["reader"] = render.show_reader_empty()
    else:
        news |= {"masthead": _masthead(desk, talk, running=visit.session in _asking)}
        if not talk.turns:
            news["current"] = _welcome(desk)
    return news | {"answerer": render.show_answerers(desk.answerers, visit.chosen)}


def _talk(desk: Desk, visit: Visit) -> Talk:
    """The conversation of a visit, fetched where this server has only its id."""
    if visit.talk is not None:
        return visit.talk
    if visit.link and visit.owner:
        try:
            return desk.conversations().load(visit.owner, visit.link) or Talk()
        except Error as error:
            return Talk(unkept=str(error))
    return Talk()


# ---------------------------------------------------------------- asking


def ask(desk: Desk, visit: Visit) -> Iterator[News]:
    """Stream the answer to what was typed, to a suggested question, or to the last one again.

    An edited question takes the place of the turn it came from and of those after it.
    """
    talk = _talk(desk, visit)
    before, turn = _wanted(talk, visit)
    question = turn.question.encode("utf-8", "replace").decode("utf-8").strip()
    if question:
        yield from _answer(
            desk, visit, replace(talk, turns=before), replace(turn, question=question)
        )
    else:
        yield _show(desk, visit, talk, running=False) | {"box": "", "editing": None}


def _wanted(talk: Talk, visit: Visit) -> tuple[tuple[Turn, ...], Turn]:
    """The turns that stay, and the question to answer after them."""
    turns, do = talk.turns, visit.carried("do")
    if do in ("retry", "search_as") and turns:
        last = turns[-1]
        asked_as = str(visit.carried("query")).strip() if do == "search_as" else last.asked_as
        if asked_as == last.question:
            asked_as = ""
        return turns[:-1], Turn(last.question, asked_as, visit.chosen)
    if do == "example_select":
        return turns, Turn(str(visit.carried("question")), "", visit.chosen)
    before = turns if visit.editing is None else turns[: visit.editing]
    return before, Turn(visit.text, "", visit.chosen)


def _answer(desk: Desk, visit: Visit, before: Talk, turn: Turn) -> Iterator[News]:
    """The page while a question is answered; the whole turn is kept at its end."""
    asking = _asking[visit.session] = _Asking()
    _suggesting.pop(visit.session, None)
    talk = replace(before, turns=(*before.turns, turn))
    started = {"box": "", "editing": None, "follow": "", "talk": talk}
    yield _show(desk, visit, talk, running=True) | started
    shown = turn
    try:
        history = past_messages(before.turns)
        for turn in answer_turn(desk, turn, history, visit.shelf, asking.stop.is_set):  # noqa: B020
            same = turn == shown or asking.moved_to is not None
            # a beat without news is handed on too: Gradio can only end a generator that yields
            yield {} if same else {"current": render.show_turn(turn, len(before.turns))}
            shown = turn
        over = _end(desk, visit, before, turn, asking)
    except GeneratorExit:  # the page was closed or reloaded
        _end(desk, visit, before, turn if turn.over else replace(turn, stopped=True), asking)
        raise
    finally:
        if _asking.get(visit.session) is asking:
            del _asking[visit.session]
    yield over


def _end(desk: Desk, visit: Visit, before: Talk, turn: Turn, asking: _Asking) -> News:
    """Keep the turn, with the votes that came meanwhile, and show it if it is still looked at."""
    turns = tuple(asking.votes.get(place, old) for place, old in enumerate(before.turns))
    talk = replace(before, turns=(*turns, turn))
    if not asking.deleted:
        talk = _keep(desk, visit, talk, min(asking.votes, default=len(turns)))
    if asking.moved_to is not None:
        return _list(desk, visit, asking.moved_to)
    return _show(desk, visit, talk, running=False) | {"talk": talk} | _list(desk, visit, talk)


def stop(desk: Desk, visit: Visit) -> News:
    """Ask the answer that is on its way to end. It does so itself, at its next beat.

    Gradio's own cancelling is not used: what the cancelled event still sends can come after
    what is shown instead, and the browser takes a second until it can ask again.
    """
    if visit.session in _asking:
        _asking[visit.session].stop.set()
    return {}


def edit(desk: Desk, visit: Visit) -> News:
    """Put the last question back into the box; it is replaced when asked."""
    turns = _talk(desk, visit).turns
    if not turns:
        return {"editing": None}
    return {
        "box": turns[-1].question,
        "editing": len(turns) - 1,
        "send": {"value": render.word("ask_instead")},
    }


def choose(desk: Desk, visit: Visit) -> News:
    """Who answers the next question."""
    wanted = str(visit.carried("value"))
    return {"chosen": wanted if wanted in desk.answerers else ""}


def suggest(desk: Desk, visit: Visit) -> News:
    """What can be asked next, found when the answer is already shown."""
    talk = _talk(desk, visit)
    if visit.session in _asking or not talk.turns or desk.status != "ready":
        return {}
    mine = _suggesting[visit.session] = object()

    def is_over() -> bool:
        return desk.closed or _suggesting.get(visit.session) is not mine

    try:
        with desk.working():
            asked = follow_ups(desk.assistant(), talk.turns, is_over)
    except Error:  # whatever is wrong is said where a question is answered
        return {}
    if is_over():
        return {}
    del _suggesting[visit.session]
    return {"follow": render.show_follow_ups(asked)}


# ---------------------------------------------------------------- what can be done with an answer


def cite(desk: Desk, visit: Visit) -> News:
    """Open the reader at a footnote's words."""
    turns = _talk(desk, visit).turns
    return {"reader": read_footnote(desk, turns, visit.number("turn"), visit.number("note"))}


def near(desk: Desk, visit: Visit) -> News:
    """Open the reader at one of a refusal's nearest passages."""
    turns = _talk(desk, visit).turns
    return {"reader": read_passage(desk, turns, visit.number("turn"), visit.number("passage"))}


def vote(desk: Desk, visit: Visit) -> News:
    """Keep what someone thinks of an answer, and show that it was kept."""
    talk = _talk(desk, visit)
    place, vote, reason = visit.number("turn"), visit.carried("vote"), visit.carried("reason")
    answer = talk.turns[place].answer if 0 <= place < len(talk.turns) else None
    if answer is None or vote not in ("up", "down") or reason not in ("", *REASONS):
        return {}
    try:
        desk.vote(answer, vote, reason, voter=talk.id or visit.session, turn=place)
    except Error as error:
        return {"warning": str(error)}
    voted = replace(talk.turns[place], vote=vote, reason=reason)
    talk = replace(talk, turns=(*talk.turns[:place], voted, *talk.turns[place + 1 :]))
    if asking := _asking.get(visit.session):  # it keeps the conversation when it is over
        asking.votes[place] = voted
        return {"past": render.show_turns(talk.turns[:-1]), "talk": talk}
    talk = _keep(desk, visit, talk, place)
    shown = _show(desk, visit, talk, running=False)
    return {"past": shown["past"], "current": shown["current"], "talk": talk}


def download(desk: Desk, visit: Visit) -> News:
    """Hand the conversation to the page as a file."""
    wanted = visit.carried("format")
    form: Format = wanted if wanted in ("html", "json") else "markdown"
    file = export(_talk(desk, visit).turns, form)
    return {"outbox": render.show_outbox(secrets.token_hex(4), *file)}


# ---------------------------------------------------------------- conversations


def fresh(desk: Desk, visit: Visit) -> News:
    """Begin a new conversation."""
    return _turn_to(desk, visit, Talk())


def open_talk(desk: Desk, visit: Visit) -> News:
    """Go on with a conversation of the list."""
    wanted = str(visit.carried("talk"))
    talk = _talk(desk, replace(visit, talk=None, link=wanted))
    if talk.unkept:
        return {"warning": talk.unkept}
    return _turn_to(desk, visit, talk)


def rename_talk(desk: Desk, visit: Visit) -> News:
    """Give a conversation of the list another title."""
    talk, wanted = _talk(desk, visit), str(visit.carried("talk"))
    try:
        desk.conversations().rename(visit.owner, wanted, str(visit.carried("title")))
    except Error as error:
        return {"warning": str(error)}
    return _list(desk, visit, talk)


def delete_talk(desk: Desk, visit: Visit) -> News:
    """Take a conversation out of the list; the page is empty after its own."""
    talk, wanted = _talk(desk, visit), str(visit.carried("talk"))
    try:
        desk.conversations().delete(visit.owner, wanted)
    except Error as error:
        return {"warning": str(error)}
    if wanted != talk.id:
        return _list(desk, visit, talk)
    return _turn_to(desk, visit, Talk(), deleted=True)


def _turn_to(desk: Desk, visit: Visit, talk: Talk, *, deleted: bool = False) -> News:
    """The page with another conversation in it; an answer on its way in the old one ends."""
    if asking := _asking.pop(visit.session, None):
        asking.moved_to, asking.deleted = talk, deleted
        asking.stop.set()
    _suggesting.pop(visit.session, None)
    changed = {"talk": talk, "box": "", "editing": None, "follow": ""}
    changed |= {"reader": render.show_reader_empty()}
    return _show(desk, visit, talk, running=False) | _list(desk, visit, talk) | changed


def _keep(desk: Desk, visit: Visit, talk: Talk, first: int | None = None) -> Talk:
    """The talk as kept: from place `first` on, or its last turn. It says why if it is not."""
    if not desk.settings.keep_conversations:
        return talk
    if not visit.owner:
        return replace(talk, unkept=gettext(NO_OWNER))
    first = len(talk.turns) - 1 if first is None else first
    try:
        return replace(desk.conversations().save(visit.owner, talk, first), unkept="")
    except Error as error:
        return replace(talk, unkept=str(error))


def _list(desk: Desk, visit: Visit, talk: Talk) -> News:
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


# ---------------------------------------------------------------- how it looks


def _show(desk: Desk, visit: Visit, talk: Talk, *, running: bool) -> News:
    """The whole chat: masthead, past turns, current turn, the talk itself, the buttons."""
    turns, last = talk.turns, len(talk.turns) - 1
    current = render.show_turn(turns[-1], last, last=not running) if turns else _welcome(desk)
    return {
        "masthead": _masthead(desk, talk, running=running),
        "past": render.show_turns(turns[:-1]),
        "current": current,
        "talk": talk,
        "send": {"visible": not running, "value": render.word("ask")},
        "stop": {"visible": running, "value": render.word("stop")},
    }


def _composer() -> News:
    """What the box for a question is called; its words are in English until a page is opened."""
    called = {"placeholder": render.word("placeholder"), "label": render.word("your_question")}
    return {"box": called}


def _welcome(desk: Desk) -> str:
    return render.show_welcome(desk.status, desk.detail, desk.starters, str(desk.settings.index))


def _masthead(desk: Desk, talk: Talk, *, running: bool = False) -> str:
    detail = desk.detail if desk.status == "ready" else ""
    return render.show_masthead(desk.status, detail, talk, running=running)
