"""Is there enough to advise on? If not, the answer is 412 and says what is needed (R33, R37, R38, R43)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from cds_service.hooks.prefetch import ALL_DRUG_KEYS, DRUG_KEYS, OTHER_TYPES, Supply, gaps_of
from cds_service.parts import Part
from cds_service.refusals import RefusalError
from fhir_mappings.read import Reading
from fhir_mappings.record import PatientRecord

HELP = (
    "Please prefetch it, or name the FHIR server of the call in MYELOMA_CDS_FHIR_SERVERS so that it can be read there."
)
HELP_ASKED = "Please prefetch it, or see to it that the FHIR server of the call supplies it."
"""The same where that server was asked, so that nobody looks for the cause in the settings."""
_OF_THE_CLIENT = ("the FHIR server", "more pages than are followed", "further page")
"""Words of the reasons that the FHIR client gives."""
ANOTHERS = "all that came belongs to another patient"
OTHER_PATIENT = (
    "The prefetch belongs to another patient than context.patientId, so none of it was used. "
    "Please send the prefetch of the patient in context."
)


_CONDITIONS = frozenset({"Condition"})
_DRUGS = frozenset({*DRUG_KEYS.values(), "MedicationDispense"})


def _precondition(diagnostics: str) -> RefusalError:
    return RefusalError(412, "required", diagnostics)


def _reason(stock: Mapping[str, Supply], key: str) -> str:
    supply = stock.get(key)
    if supply is None and f"{OTHER_TYPES}{key}" in stock:
        return "the prefetched value holds no resource of that type"
    return supply.reason if supply is not None and supply.reason else "it was not prefetched"


def _help(reasons: str) -> str:
    return HELP_ASKED if any(words in reasons for words in _OF_THE_CLIENT) else HELP


def _there(stock: Mapping[str, Supply], key: str) -> bool:
    return key in stock and stock[key].state != "failed"


def drugs_looked_for(stock: Mapping[str, Supply]) -> bool:
    """Tell whether drug data were looked up, so that finding none means something."""
    return any(_there(stock, key) for key in ALL_DRUG_KEYS)


def refuse_without_essentials(stock: Mapping[str, Supply]) -> None:
    """Refuse when the conditions, or every kind of drug data, could not be had at all."""
    if not _there(stock, "conditions"):
        reason = _reason(stock, "conditions")
        raise _precondition(f"The prefetch key conditions is needed, but {reason}. {_help(reason)}")
    if not any(_there(stock, key) for key in ALL_DRUG_KEYS):
        reasons = "; ".join(f"{key}: {_reason(stock, key)}" for key in DRUG_KEYS)
        raise _precondition(
            f"At least one of the prefetch keys {', '.join(DRUG_KEYS)} is needed ({reasons}). {_help(reasons)}"
        )


def refuse_when_reading_shows_too_little(stock: Mapping[str, Supply], parts: Sequence[Part], reading: Reading) -> None:
    """Refuse when the data are another patient's, or when what is missing could hold all that matters."""
    record = reading.record
    supplied = {kind for part in parts for kind in part.entries.seen}
    if reading.dropped and any(supplied & needed and not reading.types & needed for needed in (_CONDITIONS, _DRUGS)):
        raise _precondition(OTHER_PATIENT)
    incomplete = [key for key in ALL_DRUG_KEYS if key in stock and stock[key].state != "read"]
    if incomplete and not record.drugs:
        reasons = "; ".join(f"{key}: {_reason(stock, key)}" for key in incomplete)
        raise _precondition(
            f"No myeloma drug was found, and not all drug data could be read ({reasons}). {_help(reasons)}"
        )
    if stock["conditions"].state == "paged" and not any(
        problem.role.startswith("in_scope") for problem in record.problems
    ):
        reason = _reason(stock, "conditions")
        raise _precondition(
            f"No myeloma was found, and not all of the prefetch key conditions could be read ({reason}). {_help(reason)}"
        )


def with_other_patients_gaps(parts: Sequence[Part], reading: Reading) -> PatientRecord:
    """Return the record; a kind of data of which all belongs to another patient was not looked up for this one (R37, R43)."""
    record = reading.record
    if not reading.dropped:
        return record
    known = {gap.key for gap in record.gaps}
    lost = {kind for part in parts for kind in part.entries.seen} - reading.types
    found = tuple(gap for gap in gaps_of(lost, ANOTHERS) if gap.key not in known)
    return replace(record, gaps=(*record.gaps, *found)) if found else record
