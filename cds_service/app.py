"""The application factory."""

from __future__ import annotations

from flask import Flask, Response
from flask_cors import CORS

from cds_service import api, assess, bodies, errors, health, limits, logs, metrics, schemas, tracing
from cds_service.context import PIPELINE, SETTINGS
from cds_service.hooks import discovery, feedback, orders, patient_view
from cds_service.json_provider import OrjsonProvider
from cds_service.pages import assets, demo_page, timeline_endpoint
from cds_service.pipeline import Pipeline
from cds_service.settings import Settings, load_settings, refuse_unsafe, shows_demo
from cds_service.smart import setup as smart_setup
from cds_service.smart import views as smart_views
from cds_service.store.access import STORE, Store
from cds_service.trust.issuers import SANDBOX_ISSUER


def create_app(
    settings: Settings | None = None,
    pipeline: Pipeline | None = None,
    *,
    loopback: bool = True,
    base_url: str = "http://127.0.0.1:8000",
) -> Flask:
    """Make the WSGI application.

    `loopback` says whether the address bound can be reached from this machine only; by default the start page is shown
    there, unless callers need a token. `base_url` is the address bound; callers see it unless `PUBLIC_URL` names another.
    Raises `SettingsError` where what the settings ask for would not be safe.
    """
    settings = settings or load_settings()
    refuse_unsafe(settings)
    logs.configure(settings.log_level)
    app = Flask("cds_service", static_folder=None, template_folder=None)
    app.json = OrjsonProvider(app)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.extensions[SETTINGS] = settings
    app.extensions[PIPELINE] = pipeline or Pipeline()
    app.extensions[STORE] = Store(settings.database_url, settings.retention_days)
    logs.register(app)
    metrics.register(app)
    if tracing.wanted():
        tracing.register(app)
    errors.register(app)
    bodies.register(app)
    app.after_request(_protect)
    limits.register_rate_limit(app, settings)
    if settings.auth == "required":
        from cds_service.trust import guard

        guard.register(app, settings, settings.public_url or base_url)
    if settings.sandbox:
        logs.LOG.warning("sandbox_trusted", text="anybody can sign for the public sandbox: demonstration only")
    smart_setup.register(app, settings, settings.public_url or base_url)
    pages = (assets, timeline_endpoint, smart_views)
    for module in (discovery, patient_view, orders, feedback, assess, health, metrics, schemas, api, *pages):
        app.register_blueprint(module.blueprint)
    if shows_demo(settings, loopback=loopback):
        app.register_blueprint(demo_page.blueprint)
    origins = list(settings.cors_origins)
    if settings.sandbox and SANDBOX_ISSUER not in origins:
        origins.append(SANDBOX_ISSUER)
    if origins:
        CORS(
            app,
            origins=origins,
            methods=["GET", "POST", "OPTIONS"],
            allow_headers=["Accept", "Authorization", "Content-Type", "X-Request-ID"],
            expose_headers=["X-Request-ID"],
            always_send=False,
            allow_private_network=True,  # a public sandbox page may call a service on the tester's own machine
            max_age=600,
        )
    return app


def _protect(response: Response) -> Response:
    """No answer is kept by caches or read as another type (R09)."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.vary.add("Origin")
    return response
