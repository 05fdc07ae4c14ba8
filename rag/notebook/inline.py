"""`rag.chat(assistant)`: the web chat in a frame of the notebook.

The page of `ui.py` is served on a free port of this machine by a thread of the notebook's
kernel. The browser must be able to reach that port: it can where both run on one machine, and
where the port is forwarded, as VS Code does.
"""

from __future__ import annotations

import sys
import tempfile
from html import escape
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from rag.desk import Desk
from rag.errors import SettingsError
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.assistant import Assistant

# Who may show the chat in a frame, unless the settings say: a notebook on another port of this
# machine, which is another origin, and VS Code, whose notebooks have an origin of their own.
_NOTEBOOKS = "'self' http://localhost:* http://127.0.0.1:* vscode-webview:"
_numbers = count(1)


def chat(assistant: Assistant, *, height: int = 760, port: int = 0) -> Chat:
    """Opens the web chat over this assistant; as the value of a cell it shows in a frame.

    It listens on this machine alone, on a free port unless `port` names one, until `close()`
    or the end of the process. Raises SettingsError where the port is taken.
    """
    return Chat(assistant, height, port)


class Chat:
    """A running chat: its `url`, shown in a frame. A context manager that closes it."""

    def __init__(self, assistant: Assistant, height: int, port: int) -> None:
        self.height = height
        # What a chat over an index in memory keeps (conversations, votes, added files) is kept
        # as long as the chat.
        self._folder = tempfile.TemporaryDirectory(prefix="footnote-chat-")
        settings = _settings(assistant, self._folder.name, port)
        self._desk = Desk(lambda: settings, assistant)
        self._page = _load_page(self._desk)
        try:
            self.url: str = self._page.serve(settings)
        except OSError as error:
            self._folder.cleanup()
            raise SettingsError(f"the chat cannot be served: {error}") from error

    def close(self) -> None:
        """Stops serving. What was in the frame stays there and answers no more."""
        self._page.demo.close(verbose=False)
        self._desk.close()
        sys.modules.pop(self._page.__name__, None)
        self._folder.cleanup()

    def __enter__(self) -> Chat:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<the web chat on {self.url}>"

    def _repr_html_(self) -> str:
        url = escape(self.url, quote=True)
        return (
            f'<iframe src="{url}" title="Footnote" width="100%" height="{int(self.height)}" '
            'allow="clipboard-write" '  # what "Copy" asks for
            'style="border: 1px solid rgba(128, 128, 128, 0.45); border-radius: 6px"></iframe>\n'
            f'<p><a href="{url}" target="_blank" rel="noopener">Open the chat in a tab</a></p>'
        )


def _settings(assistant: Assistant, folder: str, port: int) -> Settings:
    given = assistant.settings
    index = assistant.index.path or Path(folder)
    changed = {"index": index, "host": "127.0.0.1", "port": port}
    if given.frame_ancestors == Settings.model_fields["frame_ancestors"].default:
        changed["frame_ancestors"] = _NOTEBOOKS
    return given.model_copy(update=changed)


def _load_page(desk: Desk) -> ModuleType:
    """The module of the web chat once more, for this desk alone.

    The module holds one desk, which all its pages share; each chat of a notebook has its own.
    """
    found = find_spec("ui")
    if found is None or found.origin is None:
        raise SettingsError("the web chat is not installed: ui.py is missing beside the package")
    spec = spec_from_file_location(f"footnote_chat_{next(_numbers)}", found.origin)
    assert spec is not None
    assert spec.loader is not None  # it is a file of Python
    page = module_from_spec(spec)
    sys.modules[spec.name] = page  # where dataclasses and Gradio look a module up by its name
    spec.loader.exec_module(page)
    vars(page)["desk"] = desk
    for component in page.demo.blocks.values():
        if getattr(component, "autofocus", False):
            component.autofocus = (
                False  # it would scroll the notebook; browsers refuse it and say so
            )
    return page
