"""What the chat page does when something happens on it, without the page.

    act(desk, visit) -> News, or an iterator of them while an answer grows

A `Visit` is what is known when something happens: the conversation, what was chosen, what the
event carries, and who it is. `News` are the parts of the page that are to change, by name; a
part not named stays as it is. `ui.py` gives the parts their places.

    masthead past current follow talks answerer                  HTML
    tools adding library reader outbox                                   HTML
    box send stop                                                        text
    poll                                                                 properties to change
    talk shelf editing chosen                                            remembered, not shown
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag import article_list, render
from rag.asking import Asking
from rag.chat_parts import buttons, composer, masthead, newest, talks, welcome, whole
from rag.desk import Desk, answer_turn
from rag.errors import Error
from rag.export import Format, export
from rag.feedback import REASONS
from rag.keeping import caught_up, fetch, keep, kept_since
from rag.language import decimal, ngettext
from rag.reading import read_footnote, read_passage
from rag.shelf import Shelf
from rag.suggest import follow_ups
from rag.turn import Talk, Turn, past_messages
from rag.types import Answer
from rag.visit import News, Visit

_BEAT_S = 0.2  # how often a question that waits for the one before it looks again
_PLACE_S = 2.0  # how often one that waits for others does, to show how many they are


# ---------------------------------------------------------------- a page is opened


def look(desk: Desk, visit: Visit) -> News:
    """What the page shows when it is opened, and each second until the articles are open."""
    desk.start()
    news: News = {
        "library": article_list.show(desk, visit.shelf),
        "poll": {"active": not desk.settled},
    }
    talk = fetch(desk, visit)
    running = desk.lines.first(visit.session) is not None
    if running:  # perhaps asked before the first look was over: what is shown stays
        news["masthead"] = masthead(desk, talk, "running")
    elif visit.talk is None:
        news |= whole(desk, talk, running=False) | talks(desk, visit, talk) | composer()
        news["reader"] = render.show_reader_empty()
    else:
        news["masthead"] = masthead(desk, talk, "" if visit.editing is None else "editing")
        if not talk.turns:
            news["current"] = welcome(desk)
    return news | {"answerer": render.show_answerers(desk.answerers, visit.chosen)}


# ---------------------------------------------------------------- asking


def ask(desk: Desk, visit: Visit) -> Iterator[News]:
    """Stream the answer to what was typed, to a suggested question, or to the last one again.

    An edited question takes the place of the turn it came from and of those after it. What is
    asked while an answer is on its way is asked after it, of the conversation as it is then.
    """
    again = visit.carried("do") in ("retry", "search_as")
    mine = Asking("" if again else str(visit.carried("question") or visit.text).strip())
    joined = desk.lines.join_once(visit.session, mine, alone=again)
    if not joined:
        yield {} if joined is None else {"warning": render.word("many_wait")}  # None: pressed twice
        return
    try:
        yield from _ask_in_turn(desk, visit, mine)
    finally:
        desk.lines.leave(visit.session, mine)


def _ask_in_turn(desk: Desk, visit: Visit, mine: Asking) -> Iterator[News]:
    """The same once the question before it is over; nothing if the page turned elsewhere."""
    while place := desk.lines.wait(visit.session, mine, _BEAT_S):
        if place < 0:
            return
        yield {} if mine.waited else {"box": ""}  # once: the next may be in it already
        mine.waited, visit = True, replace(visit, editing=None)
    talk = mine.before or caught_up(desk, visit)
    before, turn = _wanted(talk, visit)
    question = turn.question.encode("utf-8", "replace").decode("utf-8").strip()
    if question:
        turn = replace(turn, question=question)
        yield from _answer(desk, visit, replace(talk, turns=before), turn, mine)
    else:
        yield whole(desk, talk, running=False) | {"editing": None}


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


def _answer(desk: Desk, visit: Visit, before: Talk, turn: Turn, asking: Asking) -> Iterator[News]:
    """The page while a question is answered; the whole turn is kept at its end."""
    desk.searches.forget(visit.session)
    talk = replace(before, turns=(*before.turns, turn))
    shown = turn
    try:
        started = {"follow": ""} if asking.waited else _started(desk, visit, talk)
        yield whole(desk, talk, running=True) | started
        history = past_messages(before.turns)
        for turn in _in_place(desk, turn, history, visit.shelf, asking):  # noqa: B020
            # its end is shown when it is kept: drawn twice, what was clicked between would be lost
            same = turn == shown or turn.over or asking.moved_to is not None
            # a beat without news is handed on too: Gradio can only end a generator that yields
            yield {} if same else {"current": render.show_turn(turn, len(before.turns))}
            shown = turn
        yield _end(desk, visit, before, turn, asking)
        yield {}  # Gradio sends what comes last twice: it would undo what is done between
    except GeneratorExit:  # the page was closed or reloaded
        if asking.after is None:
            _kept(desk, visit, before, turn if turn.over else replace(turn, stopped=True), asking)
        raise


def _in_place(
    desk: Desk, turn: Turn, history: Sequence[tuple[str, str]], shelf: Shelf, asking: Asking
) -> Iterator[Turn]:
    """The turn while it waits until others are answered, and then as it is answered."""
    while ahead := desk.lines.ahead(asking, _PLACE_S):
        words = ngettext(
            "%(count)s question is ahead of yours",
            "%(count)s questions are ahead of yours",
            ahead,
        )
        waiting = replace(turn, waiting=words % {"count": decimal(ahead)})
        if asking.stop.is_set():
            yield replace(turn, stopped=True)
            return
        yield waiting
    yield from answer_turn(desk, turn, history, shelf, asking.stop.is_set)


def _started(desk: Desk, visit: Visit, talk: Talk) -> News:
    """What else changes with a question.

    Gradio forgets a choice that has not changed for long: it is chosen anew, or if it is gone
    already, the page shows what is asked instead. The reader does not go on showing words of an
    answer that is replaced.
    """
    started: News = {"box": "", "editing": None, "follow": ""}
    started |= {"shelf": visit.shelf, "chosen": visit.chosen}
    if visit.talk is None:
        started["library"] = article_list.show(desk, visit.shelf)
        started["answerer"] = render.show_answerers(desk.answerers, visit.chosen)
    elif len(talk.turns) <= len(visit.talk.turns):
        started["reader"] = render.show_reader_empty()
    return started


def _kept(desk: Desk, visit: Visit, before: Talk, turn: Turn, asking: Asking) -> Talk:
    """The conversation with the turn, and with the votes that came meanwhile, as it is kept."""
    with asking.keeping:
        turns = _voted(before.turns, asking)
        talk = replace(before, turns=(*turns, turn))
        if not asking.deleted:
            talk = keep(desk, visit, talk, min(asking.votes, default=len(turns)))
        asking.after = talk
    return talk


def _voted(turns: Sequence[Turn], asking: Asking) -> tuple[Turn, ...]:
    return tuple(asking.votes.get(place, old) for place, old in enumerate(turns))


def _end(desk: Desk, visit: Visit, before: Talk, turn: Turn, asking: Asking) -> News:
    """Keep the turn, and show it if it is still looked at."""
    talk = _kept(desk, visit, before, turn, asking)
    if asking.moved_to is not None:
        return talks(desk, visit, asking.moved_to)
    shown = whole if asking.votes else newest  # the past is as it was drawn when it began
    return shown(desk, talk, running=False) | talks(desk, visit, talk)


def stop(desk: Desk, visit: Visit) -> News:
    """Ask the answer that is on its way to end, or leave a question as it was before editing.

    The answer ends by itself, at its next beat. Gradio's own cancelling is not used: what the
    cancelled event still sends can come after what is shown instead, and the browser takes a
    second until it can ask again.
    """
    if asking := desk.lines.first(visit.session):
        desk.lines.stop(asking)
        return {}
    left = {} if visit.editing is None else {"box": ""}  # else the answer is over by itself
    left |= {"masthead": masthead(desk, fetch(desk, visit))}
    return left | {"editing": None} | buttons()


def edit(desk: Desk, visit: Visit) -> News:
    """Put the last question back into the box; it is replaced when asked."""
    talk = fetch(desk, visit)
    if not talk.turns:
        return {"editing": None}
    return {
        "box": talk.turns[-1].question,
        "editing": len(talk.turns) - 1,
        "masthead": masthead(desk, talk, "editing"),
        "send": render.word("ask_instead"),
        "stop": render.word("cancel"),
    }


def choose(desk: Desk, visit: Visit) -> News:
    """Who answers the next question."""
    wanted = str(visit.carried("value"))
    return {"chosen": wanted if wanted in desk.answerers else ""}


def suggest(desk: Desk, visit: Visit) -> News:
    """What can be asked next, found when the answer is already shown, unless others wait."""
    talk = fetch(desk, visit)
    if desk.lines.first(visit.session) or not talk.turns or desk.status != "ready":
        return {}
    mine = desk.searches.begin(visit.session)

    def is_over() -> bool:
        return desk.closed or not desk.searches.is_newest(visit.session, mine)

    def gives_way() -> bool:
        return desk.lines.crowded or is_over()

    try:
        with desk.working():
            asked = follow_ups(desk.assistant(), talk.turns, gives_way, visit.shelf)
    except Error:  # whatever is wrong is said where a question is answered
        return {}
    if is_over():
        return {}
    desk.searches.forget(visit.session)
    return {"follow": render.show_follow_ups(asked)}


# ---------------------------------------------------------------- what can be done with an answer


def cite(desk: Desk, visit: Visit) -> News:
    """Open the reader at a footnote's words."""
    turns = fetch(desk, visit).turns
    return {"reader": read_footnote(desk, turns, visit.number("turn"), visit.number("note"))}


def near(desk: Desk, visit: Visit) -> News:
    """Open the reader at one of a refusal's nearest passages."""
    turns = fetch(desk, visit).turns
    return {"reader": read_passage(desk, turns, visit.number("turn"), visit.number("passage"))}


def vote(desk: Desk, visit: Visit) -> News:
    """Keep what someone thinks of an answer, and show that it was kept."""
    talk = fetch(desk, visit)
    place, vote, reason = visit.number("turn"), visit.carried("vote"), visit.carried("reason")
    answer = talk.turns[place].answer if 0 <= place < len(talk.turns) else None
    if answer is None or vote not in ("up", "down") or reason not in ("", *REASONS):
        return {}
    try:
        desk.vote(answer, vote, reason, voter=_voter(visit, talk, answer), turn=place)
    except Error as error:
        return {"warning": str(error)}
    voted = replace(talk.turns[place], vote=vote, reason=reason)
    if asking := desk.lines.first(visit.session):
        with asking.keeping:
            if asking.after is None:  # it will keep the vote with its answer
                asking.votes[place] = voted
                turns = _voted(talk.turns[:-1], asking)
                return {} if asking.moved_to else {"past": render.show_turns(turns)}
    if not talk.turns[-1].over:  # its answer came meanwhile, and is on the page or comes to it
        talk = kept_since(desk, visit, talk)
        if len(talk.turns) <= place or not talk.turns[-1].over:
            return {}
    talk = replace(talk, turns=(*talk.turns[:place], voted, *talk.turns[place + 1 :]))
    talk = keep(desk, visit, talk, place)
    shown = whole(desk, talk, running=False)
    return {"past": shown["past"], "current": shown["current"], "talk": talk}


def _voter(visit: Visit, talk: Talk, answer: Answer) -> str:
    """Whose vote it is, and on what: another answer can come into the same place."""
    answered = "\n".join((answer.question, answer.text))
    digest = hashlib.sha256(answered.encode("utf-8", "replace")).hexdigest()
    return f"{talk.id or visit.session} {digest[:16]}"


def download(desk: Desk, visit: Visit) -> News:
    """Hand the conversation to the page as a file."""
    wanted = visit.carried("format")
    form: Format = wanted if wanted in ("html", "json") else "markdown"
    file = export(fetch(desk, visit).turns, form)
    return {"outbox": render.show_outbox(secrets.token_hex(4), *file)}


# ---------------------------------------------------------------- conversations


def fresh(desk: Desk, visit: Visit) -> News:
    """Begin a new conversation."""
    return _turn_to(desk, visit, Talk())


def open_talk(desk: Desk, visit: Visit) -> News:
    """Go on with a conversation of the list."""
    wanted = str(visit.carried("talk"))
    talk = fetch(desk, replace(visit, talk=None, link=wanted))
    if talk.unkept:
        return {"warning": talk.unkept}
    return _turn_to(desk, visit, talk)


def rename_talk(desk: Desk, visit: Visit) -> News:
    """Give a conversation of the list another title."""
    talk, wanted = fetch(desk, visit), str(visit.carried("talk"))
    try:
        desk.conversations().rename(visit.owner, wanted, str(visit.carried("title")))
    except Error as error:
        return {"warning": str(error)}
    return talks(desk, visit, talk)


def delete_talk(desk: Desk, visit: Visit) -> News:
    """Take a conversation out of the list; the page is empty after its own."""
    talk, wanted = fetch(desk, visit), str(visit.carried("talk"))
    try:
        desk.conversations().delete(visit.owner, wanted)
    except Error as error:
        return {"warning": str(error)}
    if wanted != talk.id:
        return talks(desk, visit, talk)
    return _turn_to(desk, visit, Talk(), deleted=True)


def _turn_to(desk: Desk, visit: Visit, talk: Talk, *, deleted: bool = False) -> News:
    """The page with another conversation in it; an answer on its way in the old one ends."""
    if asking := desk.lines.clear(visit.session):
        asking.moved_to, asking.deleted = talk, deleted
        desk.lines.stop(asking)
    desk.searches.forget(visit.session)
    changed: News = {"box": "", "editing": None, "follow": ""}
    changed |= {"reader": render.show_reader_empty()}
    return whole(desk, talk, running=False) | talks(desk, visit, talk) | changed
