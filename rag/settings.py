"""The settings: small, frozen, unknown keys refused, always passed in explicitly.

    setting           environment                 rag.toml            default
    index             FOOTNOTE_INDEX              index = "…"         .footnote
    answerer          FOOTNOTE_ANSWERER           answerer = "…"      quote
    model_url         FOOTNOTE_MODEL_URL          model_url = "…"     none

and so on for every field below. What is given in code wins over the environment, the
environment over `rag.toml` in the working directory. Nothing is read at import. A setting of
several values is a list in `rag.toml`, and words with spaces between them in the environment.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from rag.errors import InputError, SettingsError

Answerer = Literal["quote", "embedded", "endpoint"]

Words = Annotated[tuple[str, ...], NoDecode]

PREFIX = "FOOTNOTE_"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Settings(BaseSettings):
    """Every setting there is. Build it with `Settings.load()`, which reports errors in one line."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, toml_file="rag.toml", extra="forbid", frozen=True
    )

    # The index and how it is searched
    index: Path = Path(".footnote")
    embedding_model: str = ""  # a folder or hub name; "" is the packaged all-MiniLM-L6-v2
    reader: str = ""  # "" is the packaged one, "none" is none, else a folder or hub name
    reranker: str = ""  # a folder or hub name of a cross-encoder; "" is none
    passages: int = Field(default=8, ge=1, le=50)  # handed to the answerer

    # Answering
    answerer: Answerer = "quote"
    model_url: str = ""  # base URL of an OpenAI-compatible server, for "endpoint"
    model_name: str = ""
    api_key: SecretStr = SecretStr("")
    thinking_tokens: int = Field(default=0, ge=0)  # room for a model that thinks before it answers
    abstain_below: float | None = Field(default=None, ge=0, le=1)  # None: the fitted threshold
    max_question_length: int = Field(default=2000, ge=1)  # code points

    # Loading
    allow_url: bool = False

    # The web chat
    host: str = "127.0.0.1"
    port: int = Field(default=7860, ge=0, le=65535)
    login: Words = Field(default=(), repr=False)  # user:hash by `rag hash-password`; () is none
    allowed_hosts: Words = ()  # names it may be reached by; () is this machine's, "*" any
    frame_ancestors: str = "'self'"  # a CSP source list: who may embed the page
    allow_edit: bool | None = None  # add and remove articles; None: on this machine, or with login
    max_upload_mb: int = Field(default=20, ge=1, le=1000)  # one file
    max_upload_files: int = Field(default=20, ge=1, le=1000)  # added at once
    keep_conversations: bool = True  # in the index's folder, each for whoever had it
    queue_size: int = Field(default=64, ge=1)
    concurrency: int = Field(default=4, ge=1)

    @field_validator("login", "allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return value.split() if isinstance(value, str) else value

    @property
    def is_local(self) -> bool:
        """Whether the web chat listens on this machine alone."""
        return self.host in _LOOPBACK

    @property
    def may_edit(self) -> bool:
        """Whether people of the web chat may add and remove articles."""
        if self.allow_edit is None:
            return self.is_local or bool(self.login)
        return self.allow_edit

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @classmethod
    def load(cls, **overrides: Any) -> Settings:
        """Settings from code, then the environment, then `rag.toml`.

        An override of None counts as not given. Raises SettingsError, which names the
        setting and never shows the value of a key.
        """
        _refuse_unknown_environment()
        try:
            return cls(**{key: value for key, value in overrides.items() if value is not None})
        except ValidationError as error:
            raise SettingsError(_one_line(error)) from None
        except ValueError as error:  # rag.toml is not TOML
            raise SettingsError(f"rag.toml cannot be read: {error}") from None


def known_answerer(answerer: Answerer | None) -> Answerer | None:
    """The same; raises InputError for one that does not exist."""
    if answerer is not None and answerer not in get_args(Answerer):
        known = ", ".join(get_args(Answerer))
        raise InputError(f"there is no answerer {answerer!r}; there are {known}")
    return answerer


def _refuse_unknown_environment() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for name in os.environ:
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            raise SettingsError(f"unknown setting {name}; known are {', '.join(sorted(known))}")


def _one_line(error: ValidationError) -> str:
    parts = []
    for problem in error.errors(include_input=False, include_url=False):
        name = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            parts.append(f"unknown setting {name!r}")
        else:
            parts.append(f"setting {name!r}: {problem['msg']}")
    return "; ".join(parts)
