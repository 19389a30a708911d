"""An EHR and an app that it knows, and a browser without a screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient

from cds_service.app import create_app
from cds_service.pipeline import Pipeline
from cds_service.settings import Settings
from tests.service.conftest import no_settings_from_outside  # noqa: F401 - a fixture
from tests.smart.smart_stub import CLIENT_ID, Ehr, running_ehr

PATIENT = "dvrd-asct-dr-relapse"
BASE = "http://127.0.0.1:8000"


@pytest.fixture(scope="session")
def pipeline() -> Pipeline:
    return Pipeline()


@pytest.fixture
def ehr() -> Iterator[Ehr]:
    with running_ehr(PATIENT) as found:
        found.redirect_uri = f"{BASE}/smart/callback"
        yield found


@pytest.fixture
def make_app(pipeline: Pipeline, ehr: Ehr) -> Callable[..., Flask]:
    def make(**settings: Any) -> Flask:
        chosen: dict[str, Any] = {
            "log_level": "info",
            "database_url": "sqlite://",
            "smart_client_id": CLIENT_ID,
            "fhir_servers": ehr.iss,
            **settings,
        }
        return create_app(Settings(**chosen), pipeline, base_url=chosen.get("public_url") or BASE)

    return make


class Person:
    """Somebody with a browser: follows the redirects of app and EHR by hand."""

    def __init__(self, app: Flask, ehr: Ehr) -> None:
        self.client: FlaskClient = app.test_client()
        self.ehr = ehr

    def launch(self, **query: str) -> Any:
        return self.client.get("/smart/launch", query_string=query)

    def sign_in(self, **query: str) -> str:
        """Return the path of the redirect back to the app."""
        sent = self.launch(**({"iss": self.ehr.iss} | query))
        assert sent.status_code == 302, sent.text
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(sent.location, allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["Location"])
        assert back.path.endswith("/smart/callback")
        return f"/smart/callback?{back.query}"

    def open(self, **query: str) -> Any:
        """Sign in and return the page."""
        back = self.client.get(self.sign_in(**query))
        assert back.status_code == 303, back.text
        target = urlsplit(back.location)
        return self.client.get(f"/smart/app?{target.query}", headers={"Accept": "text/html"})


@pytest.fixture
def person(make_app: Callable[..., Flask], ehr: Ehr) -> Person:
    return Person(make_app(), ehr)
