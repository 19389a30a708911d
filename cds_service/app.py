"""The application factory."""

from __future__ import annotations

from flask import Flask, Response
from flask_cors import CORS

from cds_service import assess, errors, health, home, logs, schemas
from cds_service.context import PIPELINE, SETTINGS
from cds_service.hooks import discovery, patient_view
from cds_service.json_provider import OrjsonProvider
from cds_service.pipeline import Pipeline
from cds_service.settings import Settings, load_settings, refuse_unsafe


def create_app(settings: Settings | None = None, pipeline: Pipeline | None = None, *, loopback: bool = True) -> Flask:
    """Make the WSGI application.

    `loopback` says whether the address bound can be reached from this machine only; by default the start page is shown
    there. Raises `SettingsError` where the settings ask for protection that this version does not have.
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
    logs.register(app)
    errors.register(app)
    app.after_request(_protect)
    for module in (discovery, patient_view, assess, health, schemas):
        app.register_blueprint(module.blueprint)
    if settings.demo if settings.demo is not None else loopback:
        app.register_blueprint(home.blueprint)
    if settings.cors_origins:
        CORS(
            app,
            origins=list(settings.cors_origins),
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
