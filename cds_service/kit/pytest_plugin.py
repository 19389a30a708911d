"""The pytest plugin `myeloma-cds`, loaded by pytest wherever the distribution is installed.

It costs a run that does not use it next to nothing: everything but pytest is imported when a fixture is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cds_service.kit.patients import Patient
    from cds_service.kit.service import Service

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
def myeloma_cds_service(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory, myeloma_cds_settings: dict[str, Any]
) -> Iterator[Service]:
    """Start the service on a free port for the session, or use the one that `--myeloma-cds-url` names."""
    from cds_service.kit.process import running
    from cds_service.kit.service import Service

    given = pytestconfig.getoption(OPTION)
    if given:
        service = Service(given)
        yield service
        service.close()
        return
    settings = {name: str(value) for name, value in myeloma_cds_settings.items()}
    with running(tmp_path_factory.mktemp("myeloma-cds"), **{"log_level": "error", **settings}) as found:
        service = Service(found.url)
        yield service
        service.close()


@pytest.fixture
def synthetic_patient(request: pytest.FixtureRequest) -> Any:
    """Return a function that gives a synthetic patient by its scenario; with `indirect=True`, the patient itself."""
    from cds_service.kit.patients import patient

    scenario: str | None = getattr(request, "param", None)
    if scenario is None:
        return patient
    found: Patient = patient(scenario)
    return found
