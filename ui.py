"""The web chat: ask the articles, read each footnote's exact words in the reader beside it.

    python ui.py --port 8000     serve it on the host and port of the settings; --help lists them
    gradio ui.py                 the same, reloading on changes; `gradio ui.py -- --port 8000`
    gr.mount_gradio_app(app, ui.demo, "/chat", **ui.page())    inside a FastAPI application
    Client(url).predict("…", api_name="/ask")                  one Answer.to_dict()

The page comes at once; the models are loaded by a thread behind it, and questions asked
meanwhile wait. Nothing is fetched from anywhere but this server. All markup is made by
`rag.render`, which escapes every value.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported

import gradio as gr
from gradio.events import api
from starlette.middleware import Middleware

from rag import render
from rag.desk import Desk, answer_turn, past_messages
from rag.errors import Error, SettingsError
from rag.export import Format, export
from rag.feedback import REASONS
from rag.flags import parse_flags
from rag.guard import Guard
from rag.passwords import Passwords
from rag.reading import read_article, read_footnote, read_passage
from rag.render import Turn
from rag.settings import Settings

Turns = tuple[Turn, ...]
Ticked = tuple[str, ...] | None

_WEB = render.WEB
_SCRIPT = (_WEB / "chat.js").read_text(encoding="utf-8")
_STYLE = (_WEB / "chat.css").read_text(encoding="utf-8")
_SANS = ["ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Noto Sans", "sans-serif"]
_MONO = ["ui-monospace", "SF Mono", "Menlo", "Liberation Mono", "monospace"]

_SESSION_S = 12 * 3600  # a conversation left alone this long is forgotten
_SESSIONS = 1000  # conversations kept in memory at once

desk = Desk(Settings.load)
stopping: set[str] = set()  # sessions whose answer shall end


# ---------------------------------------------------------------- asking


def ask(
    question: str,
    history: list[Any] | None = None,
    articles: list[str] | None = None,
) -> dict[str, Any]:
    """Answer.to_dict() for one question: the endpoint `/ask`. Errors reach the client in words."""
    try:
        desk.check_length(question)
        answer = desk.assistant().ask(question, history=history or [], articles=articles)
    except Error as error:
        raise gr.Error(str(error), print_exception=False) from error
    return answer.to_dict()


def on_ask(
    question: str,
    turns: Turns,
    ticked: Ticked,
    editing: int | None,
    request: gr.Request,
    event: gr.EventData,
) -> Iterator[Any]:
    """Stream the answer to what was typed, to a suggested question, or to the last one again.

    An edited question takes the place of the turn it came from and of those after it.
    """
    sent = event._data if isinstance(event._data, dict) else {}
    before = turns
    if sent.get("do") == "retry" and turns:
        before, question = turns[:-1], turns[-1].question
    elif sent.get("do") == "example_select":
        question = str(sent.get("question", ""))
    elif editing is not None:
        before = turns[:editing]
    if question.strip():
        yield from _stream(before, question, ticked, str(request.session_hash))
    else:
        yield (*_show(turns, running=False), question, None)


def on_stop(request: gr.Request) -> None:
    """Ask the answer that is on its way to end. It does so itself, at its next beat.

    Gradio's own cancelling is not used: what the cancelled event still sends can come after
    what is shown instead, and the browser takes a second until it can ask again.
    """
    stopping.add(str(request.session_hash))


def on_edit(turns: Turns) -> tuple[Any, ...]:
    """Put the last question back into the box; it is replaced when asked."""
    if not turns:
        return gr.skip(), None, gr.skip()
    return turns[-1].question, len(turns) - 1, gr.update(value="Ask instead")


def on_fresh() -> tuple[Any, ...]:
    """Begin a new conversation."""
    return (*_show((), running=False), "", None, render.show_reader_empty())


def _stream(before: Turns, question: str, ticked: Ticked, session: str) -> Iterator[Any]:
    stopping.discard(session)
    turn = Turn(question.strip())
    yield (*_show((*before, turn), running=True), "", None)
    shown = turn
    history = past_messages(before)
    for turn in answer_turn(desk, turn, history, ticked, lambda: session in stopping):  # noqa: B020
        # a beat without news is handed on too: Gradio can only end a generator that yields
        news = _show_last((*before, turn)) if turn != shown else (gr.skip(),) * 6
        yield (*news, gr.skip(), gr.skip())
        shown = turn
    yield (*_show((*before, turn), running=False), gr.skip(), gr.skip())


def _show(turns: Turns, *, running: bool) -> tuple[Any, ...]:
    """The whole chat: masthead, past turns, current turn, the turns themselves, the buttons."""
    last = len(turns) - 1
    return (
        _masthead(turns, running=running),
        render.show_turns(turns[:-1]),
        render.show_turn(turns[-1], last, last=not running) if turns else _welcome(),
        turns,
        gr.update(visible=not running, value="Ask"),
        gr.update(visible=running),
    )


def _show_last(turns: Turns) -> tuple[Any, ...]:
    """The same while an answer grows: only its own turn is drawn again."""
    current = render.show_turn(turns[-1], len(turns) - 1)
    return (gr.skip(), gr.skip(), current, turns, gr.skip(), gr.skip())


def _welcome() -> str:
    return render.show_welcome(desk.status, desk.detail, desk.starters, str(desk.settings.index))


def _masthead(turns: Turns, *, running: bool = False) -> str:
    detail = desk.detail if desk.status == "ready" else ""
    return render.show_masthead(desk.status, detail, talking=bool(turns) and not running)


# ---------------------------------------------------------------- what can be done with an answer


def on_cite(turns: Turns, event: gr.EventData) -> str:
    """Open the reader at a footnote's words."""
    return read_footnote(desk, turns, int(event.turn), int(event.note))


def on_near(turns: Turns, event: gr.EventData) -> str:
    """Open the reader at one of a refusal's nearest passages."""
    return read_passage(desk, turns, int(event.turn), int(event.passage))


def on_vote(turns: Turns, request: gr.Request, event: gr.EventData) -> tuple[Any, ...]:
    """Keep what someone thinks of an answer, and show that it was kept."""
    place, vote, reason = int(event.turn), event.vote, event._data.get("reason", "")
    known = vote in ("up", "down") and reason in ("", *REASONS)
    answer = turns[place].answer if 0 <= place < len(turns) else None
    if answer is None or not known:
        return gr.skip(), gr.skip(), gr.skip()
    try:
        voter = str(request.session_hash)
        desk.vote(answer, vote, reason, voter=voter, turn=place)
    except Error as error:
        gr.Warning(str(error))
        return gr.skip(), gr.skip(), gr.skip()
    turns = (*turns[:place], replace(turns[place], vote=vote, reason=reason), *turns[place + 1 :])
    _, past, current, *_ = _show(turns, running=False)
    return past, current, turns


def on_download(turns: Turns, event: gr.EventData) -> str:
    """Hand the conversation to the page as a file."""
    form: Format = event.format if event.format in ("html", "json") else "markdown"
    return render.show_outbox(secrets.token_hex(4), *export(turns, form))


# ---------------------------------------------------------------- the articles


def on_tick(ticked: Ticked, event: gr.EventData) -> tuple[str, Ticked]:
    """Limit questions to the ticked articles; none ticked means all."""
    ids = set(ticked or ())
    (ids.add if event.on else ids.discard)(str(event.article))
    known = tuple(info.id for info in desk.articles() if info.id in ids) or None
    return _library(known), known


def on_untick() -> tuple[str, Ticked]:
    """Answer from all articles again."""
    return _library(None), None


def on_read(event: gr.EventData) -> str:
    """Open an article from the list."""
    return read_article(desk, str(event.article))


def on_look(turns: Turns, ticked: Ticked) -> tuple[Any, ...]:
    """What the page shows when it is opened, and each second until the articles are open."""
    desk.start()
    return (
        _masthead(turns),
        _library(ticked),
        gr.skip() if turns else _welcome(),
        gr.Timer(active=not desk.settled),
    )


def _library(ticked: Ticked) -> str:
    return render.show_library(desk.articles(), ticked, desk.status)


# ---------------------------------------------------------------- the page


class _Page:
    """The components of the page, laid out; `connect` wires them up."""

    def __init__(self) -> None:
        self.turns = gr.State((), time_to_live=_SESSION_S)
        self.ticked = gr.State(None, time_to_live=_SESSION_S)
        self.editing = gr.State(None, time_to_live=_SESSION_S)
        self.masthead = _panel("panel-masthead", render.show_masthead("loading"))
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="panel-library", min_width=0):
                self.library = _panel("library", render.show_library((), None, "loading"))
            with gr.Column(elem_id="panel-chat", min_width=0):
                self._lay_out_chat()
            with gr.Column(elem_id="panel-reader", min_width=0):
                self.reader = _panel("reader", render.show_reader_empty())
        self.outbox = _panel("outbox", "")
        self.poll = gr.Timer(1.0)

    def _lay_out_chat(self) -> None:
        with gr.Column(elem_id="transcript"):
            self.past = _panel("past", "")
            self.current = _panel("current", render.show_welcome("loading"))
        with gr.Row(elem_id="composer"):
            self.box = gr.Textbox(
                label="Your question",
                show_label=False,
                placeholder="Ask the articles…",
                elem_id="question",
                max_lines=6,
                container=False,
                autofocus=True,
            )
            self.send = gr.Button("Ask", variant="primary", elem_id="ask", min_width=0)
            self.stop = gr.Button("Stop", visible=False, elem_id="stop", min_width=0)

    def connect(self, page: gr.Blocks) -> None:
        """Wire every event."""
        known = [self.turns, self.ticked]
        shown = [self.masthead, self.past, self.current, self.turns, self.send, self.stop]
        asked = [*shown, self.box, self.editing]
        gr.on(
            [
                self.box.submit,
                self.send.click,
                self.current.example_select,
                self.current.retry,
            ],
            on_ask,
            [self.box, *known, self.editing],
            asked,
            show_progress="hidden",
            api_visibility="private",
            concurrency_id="ask",
        )
        _on(self.stop, "click", on_stop, None, None)
        _on(self.current, "edit", on_edit, self.turns, [self.box, self.editing, self.send])
        _on(self.masthead, "fresh", on_fresh, None, [*asked, self.reader])
        _on(self.masthead, "download", on_download, self.turns, self.outbox)
        for panel in (self.past, self.current, self.reader):
            _on(panel, "cite", on_cite, self.turns, self.reader)
            _on(panel, "near", on_near, self.turns, self.reader)
            _on(panel, "vote", on_vote, self.turns, [self.past, self.current, self.turns])
        _on(self.library, "read", on_read, None, self.reader)
        _on(self.library, "tick", on_tick, self.ticked, [self.library, self.ticked])
        _on(self.library, "untick", on_untick, None, [self.library, self.ticked])
        looked = [self.masthead, self.library, self.current, self.poll]
        _on(page, "load", on_look, known, looked)
        _on(self.poll, "tick", on_look, known, looked)


def _on(
    source: Any, event: str, answer: Callable[..., Any], inputs: Any, outputs: Any, **options: Any
) -> None:
    """Answer an event of the page; no client may call it."""
    options |= {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": None}
    getattr(source, event)(answer, inputs, outputs, **options)


def _panel(name: str, value: str) -> gr.HTML:
    return gr.HTML(value, elem_id=name, js_on_load=_SCRIPT, apply_default_css=False)


def build() -> gr.Blocks:
    """The page. It reads no settings and opens nothing until someone looks at it."""
    blocks: gr.Blocks
    with gr.Blocks(title="Footnote", analytics_enabled=False, fill_width=True) as blocks:
        _Page().connect(blocks)
        api(ask, api_name="ask", concurrency_id="ask")
    return blocks


def page() -> dict[str, Any]:
    """The arguments that `launch` and `gr.mount_gradio_app` share; also sets the queue's limits.

    How the page looks, who may log in, and the guard. Raises SettingsError.
    """
    settings = desk.settings
    demo.queue(
        api_open=False,
        max_size=settings.queue_size,
        default_concurrency_limit=settings.concurrency,
    )
    upload = settings.max_upload_mb * 1_000_000 if settings.may_edit else 0
    guard = Middleware(
        Guard,
        frame_ancestors=settings.frame_ancestors,
        max_upload=upload,
        hosts=settings.allowed_hosts,
    )
    theme = gr.themes.Base(font=_SANS, font_mono=_MONO)
    return {
        "app_kwargs": {"middleware": [guard]},
        "auth": Passwords(settings.login).check if settings.login else None,
        "max_file_size": upload or 1,
        "theme": theme,
        # not `css`: Gradio rewrites the selectors of that, differently inside media queries
        "head": f"<style>{_STYLE}</style>",
        "footer_links": [],
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "pwa": False,
        "mcp_server": False,
        "show_error": True,
        "allowed_paths": [],
        "favicon_path": _WEB / "favicon.svg",
    }


def serve(settings: Settings) -> str:
    """Serve the page from a thread and return its address. Port 0 takes a free one."""
    _, address, _ = demo.launch(
        server_name=settings.host,
        server_port=settings.port or None,
        share=False,
        quiet=True,
        inline=False,
        prevent_thread_lock=True,
        state_session_capacity=_SESSIONS,
        **page(),
    )
    desk.start()  # after the page can be served, so that loading does not delay it
    return str(address)


def main() -> None:
    """Serve the web chat with the settings of the environment and `rag.toml`, until stopped."""
    try:
        address = serve(desk.settings)
    except (SettingsError, OSError) as error:  # OSError: the port is taken
        sys.exit(f"error: {error}")
    if not desk.settings.is_local and not desk.settings.login:
        sys.stderr.write(
            "Footnote: whoever reaches this machine can ask; `login` asks who they are\n"
        )
    sys.stdout.write(f"Footnote: {address}\n")
    sys.stdout.flush()
    demo.block_thread()


demo = build()

if __name__ == "__main__":
    parse_flags(sys.argv[1:])
    main()
