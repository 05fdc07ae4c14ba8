"""The language models that draft answers: embedded in this process, behind any endpoint, or
any that LlamaIndex knows. All are a `Drafter`; see `rag.llm.base` for what that promises.
"""

from __future__ import annotations

from rag.llm.base import Draft, Drafter, Message
from rag.llm.embedded import EmbeddedModel
from rag.llm.endpoint import EndpointModel, Timeouts
from rag.llm.llamaindex import LlamaIndexModel

__all__ = [
    "Draft",
    "Drafter",
    "EmbeddedModel",
    "EndpointModel",
    "LlamaIndexModel",
    "Message",
    "Timeouts",
]
