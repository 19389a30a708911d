"""The pytest plugin `myeloma-cds`, loaded by pytest wherever the distribution is installed.

It costs a run that does not use it next to nothing: everything but pytest is imported when a fixture is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cds_service.kit.patients import Patient
    from cds_service.kit.service import Headers, Service

OPTION = "--myeloma-cds-url"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option for a service that runs already."""
    parser.getgroup("myeloma-cds").addoption(
        OPTION, metavar="URL", help="Use the myeloma-cds service at this URL instead of starting one."
    )


@pytest.fixture(scope="session")
def myeloma_cds_settings() -> dict[str, str]:
    """Return the settings of the service that is started; override it in a conftest.py of your own.

    Names are those of docs/settings.md without their prefix, for example `{"jurisdiction": "EU"}`.
    """
    return {}


@pytest.fixture(scope="session")
def myeloma_cds_headers() -> Headers | None:
    """Return a function from the method and URL of a call to the headers that it carries, such as a token; override it if needed."""
    return None


@pytest.fixture(scope="session")
def myeloma_cds_service(
    pytestconfig: pytest.Config,
    tmp_path_factory: pytest.TempPathFactory,
    myeloma_cds_settings: dict[str, Any],
    myeloma_cds_headers: Headers | None,
) -> Iterator[Service]:
    """Start the service on a free port for the session, or use the one that `--myeloma-cds-url` names."""
    from cds_service.kit.process import running
    from cds_service.kit.service import Service

    given = pytestconfig.getoption(OPTION)
    if given:
        service = Service(given, myeloma_cds_headers)
        _expect_an_answer(service)
        yield service
        service.close()
        return
    settings = {name: str(value) for name, value in myeloma_cds_settings.items()}
    with running(tmp_path_factory.mktemp("myeloma-cds"), **{"log_level": "error", **settings}) as found:
        service = Service(found.url, myeloma_cds_headers)
        yield service
        service.close()


def _expect_an_answer(service: Service) -> None:
    """Say it once and plainly when nothing is there, instead of a trace for each test."""
    import requests

    try:
        answer = service.get("/cds-services")
    except requests.RequestException as error:
        pytest.fail(f"No service answers at {service.url} ({OPTION}): {type(error).__name__}.", pytrace=False)
    if answer.status_code != 200:
        pytest.fail(
            f"{service.url}/cds-services answers {answer.status_code}; is {OPTION} its base URL?", pytrace=False
        )


@pytest.fixture
def synthetic_patient(request: pytest.FixtureRequest) -> Any:
    """Return a function that gives a synthetic patient by its scenario; with `indirect=True`, the patient itself."""
    from cds_service.kit.patients import patient

    scenario: str | None = getattr(request, "param", None)
    if scenario is None:
        return patient
    found: Patient = patient(scenario)
    return found
