"""Synthetic patients for suites: the shipped ones by their ids, and those of the generator by their scenarios."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from typing import Any

Body = dict[str, Any]
_OPTIONS = "org.myeloma-cds.options"


@dataclass(frozen=True)
class Patient:
    """A synthetic patient. `truth` is what is known about it (docs/synthetic.md), where the generator made it."""

    scenario: str
    id: str
    as_of: str
    bundle: Body = field(repr=False)
    truth: Body | None = field(default=None, repr=False)
    _request: Body = field(default_factory=dict, repr=False)

    def request(self) -> Body:
        """Return a complete `patient-view` request; a copy of one's own."""
        return copy.deepcopy(self._request)


def patient(scenario: str, *, seed: int = 0, style: str | None = None) -> Patient:
    """Return a shipped patient or one of the generator. Raises `KeyError` that names what there is."""
    from cds_service import demo

    if scenario in demo.patient_ids():
        request = json.loads(demo.load_request(scenario))
        as_of = request["extension"][_OPTIONS]["asOf"]
        return Patient(scenario, scenario, as_of, json.loads(demo.load_patient(scenario)), None, request)
    from cds_service import synthetic

    if scenario not in synthetic.scenario_names():
        known = ", ".join(demo.patient_ids())
        raise KeyError(
            f"There is no synthetic patient {scenario!r}. Shipped are: {known}; scenarios are listed by "
            "`myeloma-cds synth --scenario list`."
        )
    made = synthetic.generate(seed, 0, scenario, style)
    return Patient(
        scenario, made.identifier, made.as_of, json.loads(made.bundle()), dict(made.truth), json.loads(made.request())
    )


def patient_names() -> list[str]:
    """Return the names of all shipped patients and all scenarios."""
    from cds_service import demo, synthetic

    return [*demo.patient_ids(), *synthetic.scenario_names()]
