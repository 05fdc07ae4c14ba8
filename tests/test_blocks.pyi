"""The page's events: what they do not change costs nothing, what they change arrives."""

from __future__ import annotations

import asyncio
import warnings
from typing import Any

import gradio as gr
import pytest

from rag.blocks import Blocks

KEPT = {"__type__": "update"}

from gradio.events import Dependency

class Counted(gr.HTML):
    """Counts how often Gradio builds one, and how often the configuration of one."""

    built = configured = 0

    def __init__(self, *arguments: Any, **named: Any) -> None:
        type(self).built += 1
        super().__init__(*arguments, **named)

    def get_config(self) -> dict[str, Any]:
        type(self).configured += 1
        return super().get_config()
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component


def sent(page: type[gr.Blocks], *returned: Any) -> tuple[list[Any], int]:
    """What a page is sent of an event's five parts, and how many were built or configured."""
    from gradio.state_holder import SessionState

    with page() as blocks:
        parts = [Counted("") for _ in range(4)] + [gr.Textbox("")]
        gr.on([blocks.load], lambda: None, None, parts)
    event = next(iter(blocks.fns.values()))
    state = SessionState(blocks)
    before = Counted.built + Counted.configured
    found = asyncio.run(blocks.postprocess_data(event, list(returned), state))
    return found, Counted.built + Counted.configured - before


def test_a_part_that_is_kept_is_not_built_again() -> None:
    _, theirs = sent(gr.Blocks, *[gr.skip()] * 5)
    _, ours = sent(Blocks, *[gr.skip()] * 5)
    assert theirs == 4 * 3  # one new part, and twice its configuration: else this is not needed
    assert ours == 0


@pytest.mark.parametrize(
    "returned",
    [
        [gr.skip(), "<p>new</p>", gr.skip(), "", "typed"],
        [gr.skip(), gr.skip(), gr.skip(), gr.skip(), gr.update(placeholder="Ask", value="typed")],
        ["a", "b", "c", "d", None],
        [gr.skip()] * 5,
    ],
)
def test_the_page_is_sent_the_same_as_by_gradio_itself(returned: list[Any]) -> None:
    theirs, _ = sent(gr.Blocks, *returned)
    ours, _ = sent(Blocks, *returned)
    assert ours == theirs


def test_a_wrong_number_of_values_is_said_as_by_gradio_itself() -> None:
    with pytest.raises(ValueError, match="enough output values"):
        sent(Blocks, "a", gr.skip())
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        sent(Blocks, *["a"] * 6)
    assert any("too many output values" in str(each.message) for each in said)