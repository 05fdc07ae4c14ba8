"""A server's list of its models, read within a limit of bytes; the caller keeps the time."""

from __future__ import annotations

import json
from typing import Any

import httpx

LONGEST_LIST = 4_000_000  # bytes; OpenRouter's, of some hundred models, has about half a million


async def list_models(client: httpx.AsyncClient, url: str) -> Any:
    """What `url`/models answers, whatever JSON it is.

    Raises httpx.HTTPError for a server that refuses, ValueError for one that sends no JSON or
    more than `LONGEST_LIST` bytes.
    """
    body = bytearray()
    async with client.stream("GET", f"{url}/models") as response:
        response.raise_for_status()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > LONGEST_LIST:
                raise ValueError("a list of models that does not end")
    return json.loads(body)
