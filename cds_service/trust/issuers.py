"""The allow list of issuers (R95): what `TRUSTED_ISSUERS` may say, and the public sandbox's issuer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator, model_validator

DEFAULT_ALGORITHMS = ("ES384", "RS384")
ASYMMETRIC = frozenset(
    {"ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA"}
)  # fmt: skip
"""What an issuer may be configured with; `none` and everything symmetric is refused (R94)."""

SANDBOX_ISSUER = "https://sandbox.cds-hooks.org"
SANDBOX_KEYS = f"{SANDBOX_ISSUER}/.well-known/jwks.json"
_Text = Annotated[str, Field(min_length=1, max_length=2048)]
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    iss: _Text
    jku: _Text | None = None
    jwks_file: _Text | None = None
    audiences: tuple[_Text, ...] = ()
    tenants: tuple[_Text, ...] = ()
    algorithms: tuple[_Text, ...] = DEFAULT_ALGORITHMS

    @field_validator("jku")
    @classmethod
    def _https(cls, value: str | None) -> str | None:
        if value is not None:
            parts = urlsplit(value)
            safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
            if not safe or not parts.hostname or "@" in parts.netloc:
                raise ValueError("jku has to be an https address (http only on loopback)")
        return value

    @field_validator("algorithms")
    @classmethod
    def _asymmetric(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or not set(value) <= ASYMMETRIC:
            raise ValueError(f"algorithms may be any of {', '.join(sorted(ASYMMETRIC))}")
        return value

    @model_validator(mode="after")
    def _one_source(self) -> _Entry:
        if (self.jku is None) == (self.jwks_file is None):
            raise ValueError("an issuer needs either jku or jwks_file")
        if self.jwks_file is not None and not Path(self.jwks_file).is_file():
            raise ValueError(f"there is no file {self.jwks_file}")
        return self


@dataclass(frozen=True, slots=True)
class Issuer:
    """A caller to trust. `audiences` are accepted beside the URL of the endpoint; empty `tenants` means any or none."""

    iss: str
    jku: str | None = None
    jwks_file: str | None = None
    audiences: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()
    algorithms: tuple[str, ...] = DEFAULT_ALGORITHMS


_ENTRIES = TypeAdapter(tuple[_Entry, ...])


def parse_issuers(text: str) -> tuple[Issuer, ...]:
    """Read the JSON list of the setting; `ValueError` with one line when it is wrong."""
    try:
        entries = _ENTRIES.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise ValueError(f"{message}{f' ({where})' if where else ''}") from None
    return tuple(Issuer(**entry.model_dump()) for entry in entries)


def sandbox_issuer() -> Issuer:
    """Return the public sandbox as an issuer: anybody can sign with its key, which is published with its source."""
    return Issuer(SANDBOX_ISSUER, jku=SANDBOX_KEYS, algorithms=("ES384", "ES256"))
