"""What the app needs to know of its deployment, worked out once at the start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from flask import Flask, current_app

from cds_service.settings import Settings, SettingsError
from cds_service.smart.sessions import Sessions
from cds_service.smart.vault import Vault
from cds_service.store.access import STORE

SMART = "myeloma-cds-smart"


@dataclass(frozen=True, slots=True)
class Setup:
    """The app as it is registered with EHRs, and the keeper of its sessions."""

    client_id: str
    base_url: str
    sessions: Sessions
    vault: Vault
    framed_by: tuple[str, ...] = ()

    @property
    def redirect_uri(self) -> str:
        """Return the redirect URI to register; built from the settings, never from a Host header."""
        return f"{self.base_url}/smart/callback"

    @property
    def secure(self) -> bool:
        """Tell whether callers come over https."""
        return self.base_url.startswith("https:")

    @property
    def cookie_path(self) -> str:
        """Return the path that the cookie is sent to."""
        return f"{urlsplit(self.base_url).path.rstrip('/')}/smart"


def refuse_unsafe(settings: Settings) -> None:
    """Raise `SettingsError` where SMART would fail later: a store of several replicas without a key that they share."""
    if not settings.smart_client_id:
        return
    if settings.secret_key is None and not settings.database_url.startswith("sqlite"):
        raise SettingsError(
            "MYELOMA_CDS_SMART_CLIENT_ID with a store that replicas share needs MYELOMA_CDS_SECRET_KEY, the same for all of "
            "them, for example from: openssl rand -hex 32"
        )
    if settings.smart_frame_ancestors and not (settings.public_url or "").startswith("https:"):
        raise SettingsError(
            "MYELOMA_CDS_SMART_FRAME_ANCESTORS needs a MYELOMA_CDS_PUBLIC_URL that begins with https: browsers send cookies "
            "into a frame only then."
        )


def register(app: Flask, settings: Settings, base_url: str) -> None:
    """Make the app ready to sign people in, when it has a client id."""
    refuse_unsafe(settings)
    if not settings.smart_client_id:
        return
    vault = Vault(settings.secret_key.get_secret_value() if settings.secret_key else None)
    app.extensions[SMART] = Setup(
        settings.smart_client_id,
        base_url.rstrip("/"),
        Sessions(app.extensions[STORE], vault),
        vault,
        settings.smart_frame_ancestors,
    )


def setup() -> Setup | None:
    """Return the setup of the app that answers; `None` without a client id."""
    return cast("Setup | None", current_app.extensions.get(SMART))
