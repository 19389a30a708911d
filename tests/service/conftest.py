"""An app on the real pipeline, and hook requests to change at will."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient

from cds_service import demo
from cds_service.app import create_app
from cds_service.pipeline import Pipeline
from cds_service.settings import Settings

SERVICE = "/cds-services/myeloma-patient-view"
RELAPSE = "dvrd-asct-dr-relapse"


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the settings and the store of the developer's machine out of the tests."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.getbasetemp() / "state"))
    for name in Settings.model_fields:
        monkeypatch.delenv(f"MYELOMA_CDS_{name.upper()}", raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def pipeline() -> Pipeline:
    return Pipeline()


@pytest.fixture
def make_app(pipeline: Pipeline) -> Callable[..., Flask]:
    def make(**settings: Any) -> Flask:
        app = create_app(Settings(**{"log_level": "error", "database_url": "sqlite://", **settings}), pipeline)
        app.testing = False
        return app

    return make


@pytest.fixture
def client(make_app: Callable[..., Flask]) -> FlaskClient:
    return make_app().test_client()


@pytest.fixture(scope="session")
def _relapse() -> dict[str, Any]:
    loaded: dict[str, Any] = orjson.loads(demo.load_request(RELAPSE))
    return loaded


@pytest.fixture
def hook_request(_relapse: dict[str, Any]) -> dict[str, Any]:
    """Return the request of the shipped patient with a first relapse after D-VRd; a copy of one's own."""
    return copy.deepcopy(_relapse)


@pytest.fixture
def bundle() -> dict[str, Any]:
    loaded: dict[str, Any] = orjson.loads(demo.load_patient(RELAPSE))
    return loaded


@pytest.fixture
def call(client: FlaskClient) -> Callable[..., Any]:
    """Return a function that posts a hook request and gives status and body."""

    def post(body: Any, **options: Any) -> Any:
        return client.post(SERVICE, json=body, **options)

    return post
