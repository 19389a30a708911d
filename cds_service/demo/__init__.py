"""The shipped synthetic patients and the hook requests that go with them.

None of these people exists. The files are written by `scripts/demo_patients`; what a careful reader concludes from
each chart stands in `tests/patients/`.
"""

from importlib.resources import files

TITLES = {
    "al-amyloidosis-daratumumab": "AL amyloidosis on daratumumab",
    "cd38-naive-relapse": "First relapse, no anti-CD38 antibody so far",
    "dara-len-refractory-first-relapse": "First relapse on daratumumab and lenalidomide",
    "drd-pi-naive-relapse": "Relapse on D-Rd, no proteasome inhibitor so far",
    "dvrd-asct-dr-relapse": "D-VRd, transplant, relapse on D-R maintenance",
    "failed-searches-missing-data": "Failed searches, missing data",
    "mgus": "MGUS",
    "no-plasma-cell-disorder": "No plasma-cell disorder",
    "penta-refractory-no-cart-access": "Penta-refractory, no access to CAR-T",
    "responding-first-line": "Responding to the first line",
    "smoldering": "Smoldering myeloma",
    "t1114-len-refractory-pi-sensitive": "t(11;14), refractory to lenalidomide",
    "tcr-four-lines": "Triple-class refractory after four lines",
    "tcr-post-cart": "Triple-class refractory, relapse after CAR-T",
}
"""What a person reads instead of an id."""


class UnknownDemoPatientError(KeyError):
    """Raised for an id that is not among the shipped patients; says which ids are."""

    def __str__(self) -> str:
        """Return the message itself, not its `repr` as `KeyError` does."""
        return str(self.args[0])


def patient_ids() -> tuple[str, ...]:
    """Return the ids of the shipped patients in alphabetical order."""
    folder = files(__name__) / "patients"
    return tuple(sorted(entry.name.removesuffix(".json") for entry in folder.iterdir() if entry.name.endswith(".json")))


def load_patient(patient_id: str) -> bytes:
    """Return the chart of a shipped patient: a FHIR R4 collection Bundle as JSON."""
    return _load("patients", patient_id)


def load_request(patient_id: str) -> bytes:
    """Return the complete CDS Hooks `patient-view` request for a shipped patient as JSON."""
    return _load("requests", patient_id)


def _load(folder: str, patient_id: str) -> bytes:
    known = patient_ids()
    if patient_id not in known:
        raise UnknownDemoPatientError(f"No demo patient {patient_id!r}; the known ids are: {', '.join(known)}")
    return (files(__name__) / folder / f"{patient_id}.json").read_bytes()
