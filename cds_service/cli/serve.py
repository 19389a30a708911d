"""`myeloma-cds serve`: start the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cds_service import __version__
from cds_service.cli.common import fail, say, settings_or_fail
from cds_service.settings import Settings, SettingsError, is_loopback, refuse_unsafe, shows_demo, unknown_variables

if TYPE_CHECKING:
    from flask import Flask

MIN_KEY = 32
"""Characters of a secret key that nobody guesses."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to bind.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free port.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Number of processes.")
def serve(host: str, port: int, workers: int) -> None:
    """Start the service."""
    settings = settings_or_fail()
    try:
        refuse_unsafe(settings, host)
        if settings.smart_client_id:
            _refuse_smart(settings, workers)
    except SettingsError as error:
        fail(str(error), 2)
    for name in unknown_variables():
        say(f"myeloma-cds: {name} is no setting; `myeloma-cds config` lists them.")
    from cds_service.shared_metrics import shared_between

    with shared_between(workers):
        _serve(settings, host, port, workers)


def _serve(settings: Settings, host: str, port: int, workers: int) -> None:
    from cds_service import server
    from cds_service.app import create_app
    from cds_service.pipeline import Pipeline

    try:
        bound = server.bind(host, port)
    except OSError as error:
        fail(
            f"{server.url_of(host, port)} cannot be bound: {error.strerror or error}. Is another service running there?"
        )
    pipeline = Pipeline()
    try:
        pipeline.warm_up()
    except Exception as error:  # noqa: BLE001 - whatever the loader refuses is a line for the operator, not a trace
        fail(f"the knowledge files cannot be used: {error}")
    address = server.url_of(host, server.address_of(bound)[1])
    base = settings.public_url or address
    app = create_app(settings, pipeline, loopback=is_loopback(host), base_url=base)
    _prepare_to_call(settings)
    _warn(settings, host)
    if settings.auth == "required" or settings.smart_client_id:
        _open_store(app)
    what = f"open {base}/" if shows_demo(settings, loopback=is_loopback(host)) else f"curl {base}/cds-services"
    where = f" (listening on {address})" if base != address else ""
    server.Server(app, bound, workers, ready=lambda: say(f"myeloma-cds {__version__} is ready: {what}{where}")).run()


def _prepare_to_call(settings: Settings) -> None:
    """Load what calls to other servers need, when the settings allow any, so that the first of them does not wait for it."""
    if settings.fhir_servers or settings.auth == "required":
        from cds_service.hooks import fetching  # noqa: F401


def _warn(settings: Settings, host: str) -> None:
    """Say what the person who starts the service has to know."""
    if settings.smart_client_id:
        _warn_smart(settings)
    if settings.sandbox:
        say(
            "myeloma-cds: WARNING: MYELOMA_CDS_SANDBOX=true trusts https://sandbox.cds-hooks.org, whose private key is "
            "public: anybody can call. For demonstration only, never with real patients."
        )
    if settings.auth == "required" and not settings.public_url and not is_loopback(host):
        say(
            "myeloma-cds: MYELOMA_CDS_PUBLIC_URL is not set, so `aud` of tokens is compared with the address bound; "
            "please set it to the URL that callers use."
        )


def _refuse_smart(settings: Settings, workers: int) -> None:
    """Refuse what would leave people signed out for no reason that they can see."""
    from cds_service.smart.setup import refuse_unsafe as refuse_unsafe_smart

    refuse_unsafe_smart(settings)
    if workers > 1 and settings.database_url in {"sqlite://", "sqlite:///:memory:"}:
        raise SettingsError(
            "The SMART app with several workers needs a store that they share: please set MYELOMA_CDS_DATABASE_URL."
        )


def _warn_smart(settings: Settings) -> None:
    """Say what the SMART app will lack."""
    if settings.secret_key is None:
        say(
            "myeloma-cds: MYELOMA_CDS_SECRET_KEY is not set: sessions of the SMART app end with this start of the service, and "
            "more than one replica cannot share them."
        )
    elif len(settings.secret_key.get_secret_value()) < MIN_KEY:
        say(
            f"myeloma-cds: MYELOMA_CDS_SECRET_KEY has fewer than {MIN_KEY} characters; openssl rand -hex 32 makes a good one."
        )
    if not settings.fhir_servers:
        say(
            "myeloma-cds: MYELOMA_CDS_FHIR_SERVERS is empty, so the SMART app accepts no EHR; please list their base URLs."
        )


def _open_store(app: Flask) -> None:
    """Make the store ready before workers start; without it the service starts degraded, and says so."""
    from cds_service.store.access import STORE

    found = app.extensions[STORE]
    if not found.usable():
        say(
            "myeloma-cds: the store cannot be used (MYELOMA_CDS_DATABASE_URL); advice goes on, used tokens are remembered "
            "by each process only, and /readyz says degraded."
        )
    found.close()
