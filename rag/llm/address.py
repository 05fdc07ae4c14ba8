"""Where a model server is, what key it takes, and how much its models read. Pure."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from rag.errors import SettingsError

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def check_url(base_url: str) -> tuple[str, bool]:
    """The URL without a slash at its end, and whether it is on this machine.

    Raises SettingsError, which never shows the URL: it may hold a password.
    """
    try:
        parts = urlsplit(base_url.strip())
        host = parts.hostname
        _ = parts.port  # raises for a wrong one
        httpx.URL(base_url.strip())
    except (ValueError, httpx.InvalidURL) as error:
        raise SettingsError("model_url is not a URL") from error
    if parts.scheme not in ("http", "https") or not host:
        raise SettingsError("model_url must begin with http:// or https:// and name a host")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise SettingsError("model_url must hold no user, key or query; give the key as api_key")
    url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
    return url.removesuffix("/chat/completions"), host in LOOPBACK


def check_key(key: SecretStr) -> None:
    """Raise SettingsError for a key no header can carry: httpx's own error would show it."""
    value = key.get_secret_value()
    if not value.isascii() or not value.isprintable() or value != value.strip():
        raise SettingsError("api_key holds characters that a key cannot have; copy it again")


def find_context(listed: Any, model: str) -> int | None:
    """The context length in a list of models, under the names that servers give it.

    vLLM: max_model_len; llama.cpp: meta.n_ctx, else meta.n_ctx_train; OpenRouter, LM Studio:
    context_length; Groq: context_window.
    """
    entries = listed.get("data") if isinstance(listed, dict) else None
    entries = [entry for entry in entries if isinstance(entry, dict)] if entries else []
    named = [entry for entry in entries if entry.get("id") == model] or entries[:1]
    for entry in named:
        meta = entry.get("meta")
        facts = {**entry, **(meta if isinstance(meta, dict) else {})}
        for key in ("max_model_len", "n_ctx", "context_length", "context_window", "n_ctx_train"):
            if isinstance(facts.get(key), int) and facts[key] > 0:
                return int(facts[key])
    return None
