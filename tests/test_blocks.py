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


def sent(page: type[gr.Blocks], returned: list[Any], configured: list[gr.HTML]) -> list[Any]:
    """What a page is sent of an event's five parts; `configured` is of that alone."""

    async def answered() -> list[Any]:
        with page() as blocks:
            parts = [*(gr.HTML("") for _ in range(4)), gr.Textbox("")]
            gr.on([blocks.load], lambda: None, None, parts)
        event = next(iter(blocks.fns.values()))
        state = SessionState(blocks)
        configured.clear()
        return await blocks.postprocess_data(event, deepcopy(returned), state)

    return asyncio.run(answered())


def test_a_part_that_is_kept_is_not_made_again(configured) -> None:
    sent(gr.Blocks, [gr.skip()] * 5, configured)
    assert len(configured) == 4 * 2  # Gradio's way: where that ends, ours is not needed
    sent(Blocks, [gr.skip()] * 5, configured)
    assert not configured


@pytest.mark.parametrize(
    "returned",
    [
        [gr.skip(), "<p>new</p>", gr.skip(), "", "typed"],
        [*[gr.skip()] * 4, gr.update(placeholder="Ask", value="typed")],
        ["a", "b", "c", "d", None],
        [gr.skip()] * 5,
    ],
)
def test_the_page_is_sent_the_same_as_by_gradio_itself(returned, configured) -> None:
    theirs = sent(gr.Blocks, returned, configured)
    for value in theirs:
        if isinstance(value, dict):  # of HTML, Gradio repeats that it is an update
            assert value.pop("props", {"__type__": "update"}) == {"__type__": "update"}
    assert sent(Blocks, returned, configured) == theirs


def test_a_wrong_number_of_values_is_said_as_by_gradio_itself(configured) -> None:
    with pytest.raises(ValueError, match="enough output values"):
        sent(Blocks, ["a", gr.skip()], configured)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        sent(Blocks, ["a"] * 6, configured)
    assert any("too many output values" in str(each.message) for each in said)
