"""Which model drafts: the one handed in, the one behind an address, or the one that comes along."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from rag.errors import SettingsError
from rag.llm.base import Drafter
from rag.llm.embedded import EmbeddedModel
from rag.llm.endpoint import EndpointModel
from rag.llm.llamaindex import LlamaIndexModel
from rag.settings import Settings


def make_drafter(mode: str, llm: Any, settings: Settings) -> Drafter:
    """The model of a mode: "llm" is `llm`, a `Drafter` or a LlamaIndex LLM; else "endpoint" or
    "embedded". Raises SettingsError for an endpoint without an address, and for any other name."""
    if mode == "llm":
        # Not isinstance: in Python 3.11 that reads the properties, and one may ask a server.
        return llm if callable(getattr(llm, "draft", None)) else LlamaIndexModel(llm)
    if mode == "endpoint":
        if not settings.model_url:
            raise SettingsError(
                "no model server is set: give its address as model_url (FOOTNOTE_MODEL_URL) and "
                "the model as model_name (FOOTNOTE_MODEL_NAME)"
            )
        return EndpointModel(
            settings.model_url,
            settings.model_name,
            settings.api_key,
            thinking_tokens=settings.thinking_tokens,
        )
    if mode == "embedded":
        return _embedded_model()
    raise SettingsError(f"there is no answerer {mode!r}: quote, embedded and endpoint there are")


@lru_cache
def _embedded_model() -> EmbeddedModel:
    """One embedded model a process: every assistant shares its weights."""
    return EmbeddedModel()
