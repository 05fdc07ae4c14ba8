"""The web chat: ask the articles, read each footnote's exact words in the reader beside it.

    python ui.py --port 8000     serve it on the host and port of the settings; --help lists them
    gradio ui.py                 the same, reloading on changes; `gradio ui.py -- --port 8000`
    gr.mount_gradio_app(app, ui.demo, "/chat", **ui.page())    inside a FastAPI application
    Client(url).predict("…", api_name="/ask")                  one Answer.to_dict()

The page comes at once; the models are loaded by a thread behind it, and questions asked
meanwhile wait. Nothing is fetched from anywhere but this server. What happens on the page is
answered by `rag.page`; all markup is made by `rag.render`, which escapes every value.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from inspect import isgeneratorfunction
from typing import Any

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported

import gradio as gr
from gradio.events import EventListener, api
from starlette.middleware import Middleware

from rag import article_list, render
from rag import page as happening
from rag.blocks import Blocks
from rag.desk import Desk
from rag.errors import Error, SettingsError
from rag.flags import parse_flags
from rag.guard import Guard
from rag.language import choose, speaking
from rag.owner import owner
from rag.passwords import Passwords
from rag.settings import Settings
from rag.shelf import ALL
from rag.site import without_folders
from rag.visit import News, Visit

_WEB = render.WEB
_SCRIPT = (_WEB / "chat.js").read_text(encoding="utf-8")
_FIRST = (_WEB / "first.js").read_text(encoding="utf-8")
_LIBRARY = (_WEB / "library.js").read_text(encoding="utf-8")
_STYLE = "".join((_WEB / f"{part}.css").read_text(encoding="utf-8") for part in ("chat", "library"))
_SANS = ["ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Noto Sans", "sans-serif"]
_MONO = ["ui-monospace", "SF Mono", "Menlo", "Liberation Mono", "monospace"]

_SESSION_S = 12 * 3600  # what a page left alone this long had chosen is forgotten
_SESSIONS = 1000  # pages remembered at once

_THREADS = 40  # besides those of the questions that wait and are answered
_NO_QUESTIONS = 256  # places in Gradio's queue besides: opening a footnote, …

_CACHE = (600, 3600)  # seconds: how often uploads are swept, and how old they may get

desk = Desk(Settings.load)


def ask(
    question: str,
    history: list[Any] | None = None,
    articles: list[str] | None = None,
) -> dict[str, Any]:
    """Answer.to_dict() for one question: the endpoint `/ask`. Errors reach the client in words."""
    try:
        desk.check_length(question)
        with desk.lines.place() as has_place:
            if not has_place:
                raise Error(render.word("many_wait"))
            answer = desk.assistant().ask(question, history=history or [], articles=articles)
    except Error as error:
        raise gr.Error(desk.said(error), print_exception=False) from error
    return without_folders(answer).to_dict()


class _Page:
    """The parts of the page by name, laid out; `connect` wires them up."""

    def __init__(self) -> None:
        self.parts: dict[str, Any] = {}
        for name in ("talk", "shelf", "editing", "chosen"):
            self.parts[name] = gr.State(None, time_to_live=_SESSION_S)
        self._lay_out("masthead", render.show_masthead("loading"), "panel-masthead")
        with gr.Column(elem_id="panel-talks", min_width=0):
            self._lay_out("talks", render.show_talks(()))
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="panel-library", min_width=0):
                self._lay_out("tools", render.show_library_tools(), script=_SCRIPT + _LIBRARY)
                self._lay_out("adding", "")
                self._lay_out("library", render.show_library((), status="loading"))
            with gr.Column(elem_id="panel-chat", min_width=0):
                self._lay_out_chat()
            with gr.Column(elem_id="panel-reader", min_width=0):
                self._lay_out("reader", render.show_reader_empty())
        self._lay_out("outbox", "")
        self.parts["poll"] = gr.Timer(1.0)

    def _lay_out(self, name: str, value: str, elem_id: str = "", script: str = _SCRIPT) -> None:
        self.parts[name] = gr.HTML(
            value, elem_id=elem_id or name, js_on_load=script, apply_default_css=False
        )

    def _lay_out_chat(self) -> None:
        with gr.Column(elem_id="transcript"):
            self._lay_out("past", "")
            with gr.Column(elem_id="newest", min_width=0):
                self._lay_out("current", render.show_welcome("loading"))
                self._lay_out("follow", "")
        with gr.Row(elem_id="composer"):
            self.parts["box"] = gr.Textbox(
                label=render.word("your_question"),
                show_label=False,
                placeholder=render.word("placeholder"),
                elem_id="question",
                max_lines=6,
                container=False,
                autofocus=True,
            )
            self.parts["send"] = gr.Button(
                render.word("ask"), variant="primary", elem_id="ask", min_width=0
            )
            self.parts["stop"] = gr.Button(render.word("stop"), elem_id="stop", min_width=0)
        self._lay_out("answerer", "")

    def connect(self, page: gr.Blocks) -> None:
        """Wire every event."""
        parts = self.parts
        asked = [
            *(parts["box"].submit, parts["send"].click, _custom(parts["follow"], "example_select")),
            *(_custom(parts["current"], name) for name in ("example_select", "retry", "search_as")),
        ]
        # One event for all of them, and each time: `rag.asking` has a page answer one at a time,
        # and as many pages as may. Gradio's own ways drop what is sent meanwhile, send what came
        # first once more, show nothing while a question waits, and lose the words of a refusal.
        self._suggest_after(self._on(partial(gr.on, asked), happening.ask, trigger_mode="multiple"))
        self._on(parts["stop"].click, happening.stop)
        self._on(parts["current"].edit, happening.edit)
        self._on(parts["answerer"].choose, happening.choose, **_in_order("choice"))
        for name in ("past", "current", "reader"):
            self._on(parts[name].cite, happening.cite, **_in_order("reader"))
            self._on(parts[name].near, happening.near, **_in_order("reader"))
            self._on(parts[name].vote, happening.vote)
        self._on(parts["masthead"].download, happening.download)
        self._on(parts["masthead"].fresh, happening.fresh)
        self._on(parts["talks"].fresh, happening.fresh)
        self._suggest_after(self._on(parts["talks"].open_talk, happening.open_talk))
        self._on(parts["talks"].rename_talk, happening.rename_talk)
        self._on(parts["talks"].delete_talk, happening.delete_talk)
        self._on(parts["library"].read, article_list.read, **_in_order("reader"))
        for event in (article_list.tick, article_list.untick, article_list.turn_page):
            self._on(getattr(parts["library"], event.__name__), event, **_in_order("shelf"))
        self._on(parts["tools"].arrange, article_list.arrange, **_in_order("shelf"))
        self._on(parts["library"].remove_article, article_list.remove)
        self._on(parts["tools"].add_articles, article_list.add, trigger_mode="multiple")
        self._on(page.load, article_list.open_tools)
        self._suggest_after(self._on(page.load, happening.look))
        self._on(parts["poll"].tick, happening.look)

    def _suggest_after(self, shown: Any) -> None:
        self._on(shown.then, happening.suggest, concurrency_id="suggest", concurrency_limit=1)

    def _on(self, event: Any, act: Callable[..., Any], **options: Any) -> Any:
        """Answer an event of the page; no client may call it."""
        known = [self.parts[name] for name in ("talk", "shelf", "editing", "chosen", "box")]
        options = {
            "show_progress": "hidden",
            "api_visibility": "private",
            "concurrency_limit": None,
            **options,
        }
        return event(self._answering(act), known, list(self.parts.values()), **options)

    def _answering(self, act: Callable[..., Any]) -> Callable[..., Any]:
        """A function for Gradio that calls `act(desk, visit)` and spreads its news."""
        if isgeneratorfunction(act):

            def stream(request: gr.Request, event: gr.EventData, *known: Any) -> Iterator[Any]:
                steps = act(desk, _visit(request, event, *known))
                try:
                    while (news := _in_language(request, lambda: next(steps, None))) is not None:
                        yield self._spread(news)
                finally:
                    steps.close()

            return stream

        def answer(request: gr.Request, event: gr.EventData, *known: Any) -> list[Any]:
            visit = _visit(request, event, *known)
            return self._spread(_in_language(request, lambda: act(desk, visit)))

        return answer

    def _spread(self, news: News) -> list[Any]:
        """The news in the order of the parts; those that are not named stay as they are."""
        if "warning" in news:
            gr.Warning(news["warning"])
        return [_changed(news[name]) if name in news else gr.skip() for name in self.parts]


def _in_order(what: str) -> dict[str, Any]:
    """Options for events of which none may be lost, nor the last be overtaken by one before it."""
    return {"trigger_mode": "multiple", "concurrency_id": what, "concurrency_limit": 1}


def _custom(part: gr.HTML, event: str) -> Any:
    """An event that a part's own script triggers, as `gr.on` reads it.

    `part.event` of such an event can be called, but lacks what `gr.on` looks for.
    """
    listener: Any = EventListener(event)
    listener.__self__ = part
    return listener


def _in_language(request: gr.Request, act: Callable[[], Any]) -> Any:
    """What `act` gives, in the words of the browser's language.

    Each step of a stream may run in another thread, so the language is set for one step.
    """
    with speaking(choose(request.headers.get("accept-language") or "")):
        return act()


def _changed(value: Any) -> Any:
    return gr.update(**value) if isinstance(value, dict) else value


def _visit(request: gr.Request, event: gr.EventData, *known: Any) -> Visit:
    talk, shelf, editing, chosen, text = known
    return Visit(
        talk=talk,
        shelf=shelf or ALL,
        editing=editing,
        chosen=chosen or "",
        text=text or "",
        sent=event._data if isinstance(event._data, dict) else {},
        session=str(request.session_hash),
        owner=owner(request.username, request.headers.get("cookie") or ""),
        link=str(dict(request.query_params).get("talk", "")),
        arrived=demo.upload_file_set,
    )


def build() -> Blocks:
    """The page. It reads no settings and opens nothing until someone looks at it."""
    blocks: Blocks
    with Blocks(
        title="Footnote", analytics_enabled=False, fill_width=True, delete_cache=_CACHE
    ) as blocks:
        _Page().connect(blocks)
        # no limit of Gradio's: what waits in its queue takes room from the page's clicks
        api(ask, api_name="ask", concurrency_limit=None)
    return blocks


def page() -> dict[str, Any]:
    """The arguments that `launch` and `gr.mount_gradio_app` share; also sets the queue's limits.

    How the page looks, who may log in, and the guard. Raises SettingsError.
    """
    settings = desk.settings
    demo.max_threads = _THREADS + settings.concurrency + settings.queue_size
    demo.queue(
        api_open=False,
        max_size=settings.queue_size + _NO_QUESTIONS,
    )
    upload = settings.max_upload_mb * 1_000_000 if settings.may_edit else 0
    guard = Middleware(
        Guard,
        frame_ancestors=settings.frame_ancestors,
        max_upload=upload,
        hosts=settings.allowed_hosts,
        first=_FIRST,
    )
    # The page that asks for the password has no style sheet but the theme's.
    theme = gr.themes.Base(font=_SANS, font_mono=_MONO).set(
        button_primary_background_fill="#1f4a7a", button_primary_background_fill_dark="#1f4a7a"
    )
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


def serve(settings: Settings) -> str | None:
    """Serve the page from a thread and return its address. Port 0 takes a free one.

    None where `gradio ui.py` has this file run again, to take the page from it.
    """
    shared = page()  # before its number of threads is read
    _, address, _ = demo.launch(
        server_name=settings.host,
        server_port=settings.port or None,
        share=False,
        quiet=True,
        inline=False,
        prevent_thread_lock=True,
        state_session_capacity=_SESSIONS,
        max_threads=demo.max_threads,
        **shared,
    )
    desk.start()  # after the page can be served, so that loading does not delay it
    return address


def main() -> None:
    """Serve the web chat with the settings of the environment and `rag.toml`, until stopped."""
    served = demo  # `gradio ui.py` puts another into its place
    try:
        address = serve(desk.settings)
    except SettingsError as error:
        sys.exit(f"error: {error}")
    except OSError:  # Gradio's own words name a setting that is not ours
        place = f"port {desk.settings.port} of {desk.settings.host}"
        sys.exit(f"error: {place} cannot be used: give another with --port or FOOTNOTE_PORT")
    if address is None:
        return
    if not desk.settings.is_local and not desk.settings.login:
        sys.stderr.write(
            "Footnote: whoever reaches this machine can ask; `login` asks who they are\n"
        )
    sys.stdout.write(f"Footnote: {address}\n")
    sys.stdout.flush()
    served.block_thread()


demo = build()

if __name__ == "__main__":
    parse_flags(sys.argv[1:])
    main()
