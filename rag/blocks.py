"""Gradio's page, at which an event leaves alone what it does not change.

with Blocks(…) as page:                    as `gr.Blocks`
"""

from __future__ import annotations

from copy import copy
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.state_holder import SessionState

_KEPT = gr.skip()


class Blocks(gr.Blocks):
    """As `gr.Blocks`; a part for which an event hands in `gr.skip()` costs nothing. No batches.

    Gradio 6 builds such a part, and twice its configuration, anew: with nineteen parts that takes
    10 ms of the one thread that serves everybody, at each step of each answer.
    """

    async def postprocess_data(
        self, block_fn: BlockFunction, predictions: Any, state: SessionState | None
    ) -> list[Any]:
        """What the page is sent for each of an event's parts, from what its function returned."""
        parts = block_fn.outputs
        listed = isinstance(predictions, list | tuple)
        if not listed or len(parts) < 2 or len(predictions) != len(parts):
            return await super().postprocess_data(block_fn, predictions, state)
        changed = [place for place, value in enumerate(predictions) if value != _KEPT]
        sent: list[Any] = [None if part.stateful else dict(_KEPT) for part in parts]
        if changed:
            fewer = copy(block_fn)
            fewer.outputs = [parts[place] for place in changed]
            values = [predictions[place] for place in changed]
            one = len(values) == 1  # Gradio then takes the value itself
            found = await super().postprocess_data(fewer, values[0] if one else values, state)
            for place, value in zip(changed, found, strict=True):
                sent[place] = value
        return sent
