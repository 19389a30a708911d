"""Settings: environment variables with the prefix `MYELOMA_CDS_`, nothing else (no file is read)."""

from __future__ import annotations

import ipaddress
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from cds_service.site import Site, hidden_regimens, lifted_programmes, marked_regimens
from cds_service.trust.issuers import parse_issuers

PREFIX = "MYELOMA_CDS_"
_SITE = {"hidden_regimens": hidden_regimens, "lifted_programmes": lifted_programmes}
_LISTS = frozenset({"fhir_servers", "cors_origins", "smart_frame_ancestors"})
_STORES = frozenset({"sqlite", "postgresql", "postgres"})
_RATE = re.compile(r"[1-9]\d{0,6} ?(/|per) ?([1-9]\d{0,4} ?)?(second|minute|hour|day)s?")
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-]+(:\d{1,5})?|https?://\[[0-9A-Fa-f:]+\](:\d{1,5})?")

Jurisdiction = Literal["US", "EU", "both"]
CarTAccess = Literal["yes", "no", "unknown"]
TopicCodes = Literal["hyphen", "alnum"]
LogLevel = Literal["debug", "info", "warning", "error"]


class SettingsError(Exception):
    """A setting that keeps the service from starting; the text is one clear line for the person who set it."""


def default_database_url() -> str:
    """Name the SQLite file in the user's state folder; without such a folder the store is in memory."""
    try:
        state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    except RuntimeError:
        return "sqlite://"
    return f"sqlite:///{state}/myeloma-cds/store.sqlite"


class Settings(BaseSettings):
    """Everything that can be set from outside."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    auth: Literal["off", "required"] = Field(
        "off",
        description="`off` answers anyone and is allowed only on a loopback address. `required` asks for a signed "
        "token of one of TRUSTED_ISSUERS on hooks, feedback and /assess.",
    )
    trusted_issuers: str = Field(
        "[]",
        description="JSON list of the callers to trust with AUTH=required: iss, and jku or jwks_file; optional "
        "audiences, tenants, algorithms (asymmetric ones; ES384 and RS384 without it).",
    )
    public_url: str | None = Field(
        None,
        description="Base URL as callers see it. Expected in `aud` of tokens and shown on the start page; unset means the address bound.",
    )
    fhir_servers: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Comma-separated base URLs of FHIR servers that may be asked for what a hook call did not bring. "
        "Empty: none is ever contacted. A loopback server counts only if it is written here.",
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        ("https://sandbox.cds-hooks.org",),
        description="Comma-separated browser origins that may call the service. Named origins only.",
    )
    database_url: str = Field(
        default_factory=default_database_url,
        description="SQLAlchemy URL of the store for feedback, used tokens and SMART sessions: SQLite or PostgreSQL.",
        json_schema_extra={"secret": True},
    )
    jurisdiction: Jurisdiction = Field("US", description="Whose labels count when a request does not say.")
    policy: Literal["current", "post-daratumumab-2023"] = Field(
        "current", description="Policy when a request does not say: current or post-daratumumab-2023."
    )
    car_t_access: CarTAccess = Field(
        "unknown", description="Whether CAR-T therapy can be reached from here: yes, no or unknown."
    )
    hidden_regimens: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Comma-separated regimen ids that this site does not offer. They are named as not offered here, "
        "never left out in silence.",
    )
    marked_regimens: str = Field(
        "",
        description="Regimens that carry a note of this site: comma-separated ids, or JSON that gives each its note, "
        'for example {"SVd": "second approval needed"}.',
    )
    lifted_programmes: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Comma-separated restricted access programmes (REMS) that are known to have ended: bispecific, belantamab.",
    )
    max_body_mb: Annotated[float, Field(gt=0, le=1024)] = Field(
        32, description="Largest request body in MB (1 MB = 1,048,576 bytes); more is answered with 413."
    )
    time_budget_s: Annotated[float, Field(gt=0, le=60)] = Field(
        4, description="Seconds for a hook call, of which asking a FHIR server for what is missing may take the most."
    )
    rate_limit: str = Field(
        "", description="Calls per address of a caller and process, for example 60/minute; empty means no limit."
    )
    strict: bool = Field(
        default=False, description="Validate every resource of a hook call with fhir.resources; what fails is not used."
    )
    allow_request_options: bool = Field(
        default=True, description="Whether a hook call may set asOf, jurisdiction, policy and carTAccess for itself."
    )
    sandbox: bool = Field(
        default=False,
        description="Trust the public sandbox's issuer and origin. Its key is public: for demonstration only.",
    )
    demo: bool | None = Field(
        None, description="Start page at /; unset means yes on a loopback address with AUTH=off, else no."
    )
    topic_codes: TopicCodes = Field(
        "hyphen", description="Style of the cards' topic codes: mm-history or, for clients that need it, mmhistory."
    )
    secret_key: SecretStr | None = Field(
        None,
        description="Key that signs the cookie of the SMART app and encrypts its tokens in the store; the same for every "
        "replica. Unset means a new one at every start, which ends its sessions.",
        json_schema_extra={"secret": True},
    )
    smart_client_id: str = Field(
        "", description="Client id under which EHRs know the SMART on FHIR app; empty means that there is no such app."
    )
    smart_frame_ancestors: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Comma-separated origins of EHRs that may show the SMART app in a frame; needs an https PUBLIC_URL. "
        "Empty: none, the app opens in a window of its own.",
    )
    retention_days: Annotated[int, Field(ge=1)] = Field(365, description="Days that the store keeps feedback.")
    log_level: LogLevel = Field("info", description="debug, info, warning or error. Logs never hold patient data.")

    @model_validator(mode="before")
    @classmethod
    def _empty_means_default(cls, data: Any) -> Any:
        """Read an empty variable as a list without entries, or else as the default (compose files pass them on)."""
        if not isinstance(data, dict):
            return data
        return {name: value for name, value in data.items() if value != "" or name.lower() in _LISTS}

    @field_validator("fhir_servers", "cors_origins", "smart_frame_ancestors", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("log_level", "auth", "topic_codes", "car_t_access", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.strip().lower() if isinstance(value, str) else value

    @field_validator("fhir_servers")
    @classmethod
    def _base_urls(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            parts = urlsplit(url)
            if (
                parts.scheme not in {"http", "https"}
                or not parts.hostname
                or parts.query
                or parts.fragment
                or "@" in url
            ):
                raise ValueError(f"{url!r} is not a base URL such as https://fhir.example.org/r4")
        return tuple(url.rstrip("/") for url in value)

    @field_validator("cors_origins", "smart_frame_ancestors")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is not an origin such as https://ehr.example.org ('*' is not accepted)")
        return value

    @field_validator("hidden_regimens", "lifted_programmes", mode="before")
    @classmethod
    def _restrictions(cls, value: object, info: ValidationInfo) -> object:
        return _SITE[str(info.field_name)](value)

    @field_validator("marked_regimens")
    @classmethod
    def _marked(cls, value: str) -> str:
        marked_regimens(value)
        return value

    @field_validator("trusted_issuers")
    @classmethod
    def _issuers(cls, value: str) -> str:
        parse_issuers(value)
        return value

    @field_validator("public_url")
    @classmethod
    def _public_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment or "@" in value:
            raise ValueError("this is not a base URL such as https://cds.example.org")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _database_url(cls, value: str) -> str:
        """Refuse what can never become a store; one that is down now is another matter. The value may hold a password."""
        scheme, separator, _ = value.partition("://")
        if not separator or scheme.partition("+")[0] not in _STORES:
            raise ValueError(
                "this is not a URL such as sqlite:////var/lib/myeloma-cds/store.sqlite or postgresql://..."
            )
        return value

    @field_validator("rate_limit")
    @classmethod
    def _rate(cls, value: str) -> str:
        if value and not _RATE.fullmatch(value.strip()):
            raise ValueError("this is not a rate such as 60/minute")
        return value.strip()

    @property
    def site(self) -> Site:
        """Return what this site restricts."""
        return Site(self.hidden_regimens, marked_regimens(self.marked_regimens), self.lifted_programmes)

    @property
    def max_body_bytes(self) -> int:
        """Return the body limit in bytes."""
        return int(self.max_body_mb * 1024 * 1024)


def load_settings(**overrides: Any) -> Settings:
    """Read the settings from the environment; a wrong value raises `SettingsError` with one line per setting."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        lines = [
            f"{PREFIX}{str(item['loc'][0]).upper()}: {item['msg'].removeprefix('Value error, ')}"
            for item in error.errors(include_input=False, include_url=False)
        ]
        raise SettingsError("; ".join(lines)) from None


def is_loopback(host: str) -> bool:
    """Tell whether an address to bind is reachable from this machine only."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def shows_demo(settings: Settings, *, loopback: bool) -> bool:
    """Tell whether the start page is shown: where it is asked for, or on a loopback address that needs no token."""
    return loopback and settings.auth == "off" if settings.demo is None else settings.demo


def refuse_unsafe(settings: Settings, host: str | None = None) -> None:
    """Raise `SettingsError` where what the settings ask for would not be safe (R90)."""
    if settings.auth == "required":
        if not parse_issuers(settings.trusted_issuers) and not settings.sandbox:
            raise SettingsError(
                "MYELOMA_CDS_AUTH=required needs somebody to trust: please set MYELOMA_CDS_TRUSTED_ISSUERS, for example "
                '[{"iss": "https://ehr.example.org", "jku": "https://ehr.example.org/jwks.json"}].'
            )
        return
    if host is not None and not is_loopback(host):
        raise SettingsError(
            f"MYELOMA_CDS_AUTH=off answers anyone, so it is refused on {host}: please bind a loopback address such as "
            "127.0.0.1, or set MYELOMA_CDS_AUTH=required with MYELOMA_CDS_TRUSTED_ISSUERS."
        )


def unknown_variables() -> list[str]:
    """List variables with our prefix that are no settings, most likely typing errors."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    return sorted(
        name
        for name in os.environ
        if name.startswith(PREFIX) and name not in known and not name.startswith(f"{PREFIX}TEST_")
    )
