"""The page's events: what they do not change costs nothing, what they change arrives."""

from __future__ import annotations

import asyncio
import warnings
from copy import deepcopy
from typing import Any

import gradio as gr
import pytest
from gradio.state_holder import SessionState

from rag.blocks import Blocks


@pytest.fixture
def configured(monkeypatch) -> list[gr.HTML]:
    """The parts whose configuration Gradio makes, one by one."""
    made: list[gr.HTML] = []
    real = gr.HTML.get_config

    def get_config(self: gr.HTML) -> dict[str, Any]:
        made.append(self)
        return real(self)

    monkeypatch.setattr(gr.HTML, "get_config", get_config)
    return made


def sent(
    page: type[gr.Blocks], returned: list[Any], configured: list[gr.HTML]
) -> tuple[list[Any], Any]:
    """What a page is sent of an event's six parts, and what is remembered of the last, a State.

    `configured` is of that alone.
    """

    async def answered() -> tuple[list[Any], Any]:
        with page() as blocks:
            parts = [*(gr.HTML("") for _ in range(4)), gr.Textbox(""), gr.State("before")]
            gr.on([blocks.load], lambda: None, None, parts)
        event = next(iter(blocks.fns.values()))
        state = SessionState(blocks)
        configured.clear()
        values = await blocks.postprocess_data(event, deepcopy(returned), state)
        return values, state[parts[-1]._id]

    return asyncio.run(answered())


def test_a_part_that_is_kept_is_not_made_again(configured) -> None:
    sent(gr.Blocks, [gr.skip()] * 6, configured)
    assert len(configured) == 4 * 2  # Gradio's way: where that ends, ours is not needed
    sent(Blocks, [gr.skip()] * 6, configured)
    assert not configured


@pytest.mark.parametrize(
    ("returned", "remembered"),
    [
        ([gr.skip(), "<p>new</p>", gr.skip(), "", "typed", gr.skip()], "before"),
        ([*[gr.skip()] * 4, gr.update(placeholder="Ask", value="typed"), ("a", "talk")],
         ("a", "talk")),
        (["a", "b", "c", "d", None, None], None),
        ([*[gr.skip()] * 5, None], None),
        ([gr.skip()] * 6, "before"),
    ],
)  # fmt: skip
def test_the_page_is_sent_and_its_state_is_the_same_as_by_gradio_itself(
    returned, remembered, configured
) -> None:
    theirs, their_state = sent(gr.Blocks, returned, configured)
    for value in theirs:
        if isinstance(value, dict):  # of HTML, Gradio repeats that it is an update
            assert value.pop("props", {"__type__": "update"}) == {"__type__": "update"}
    ours, our_state = sent(Blocks, returned, configured)
    assert our_state == their_state == remembered
    assert ours == theirs


def test_a_wrong_number_of_values_is_said_as_by_gradio_itself(configured) -> None:
    with pytest.raises(ValueError, match="enough output values"):
        sent(Blocks, ["a", gr.skip()], configured)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        sent(Blocks, ["a"] * 7, configured)
    assert any("too many output values" in str(each.message) for each in said)
