"""Helpers that build one patient's FHIR R4 chart, resource by resource, without surprises.

A chart numbers its resources by type in the order in which they are made: the same code always writes the same bytes.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from .codes import (
    ANALYTES,
    ANTI_HBC,
    AUTOLOGOUS_TRANSPLANT,
    DISEASE_STATUS,
    FISH_METHOD,
    GENE_STUDIED,
    HBSAG,
    UCUM,
    VARIANT,
    VARIANT_ISCN,
    Code,
    Drug,
)

Json = dict[str, Any]
Shape = Literal["rxnorm", "atc", "text", "contained", "referenced"]

_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
_SHORT = {
    "AllergyIntolerance": "allergy",
    "Condition": "cond",
    "DiagnosticReport": "report",
    "Flag": "flag",
    "Medication": "med",
    "MedicationAdministration": "adm",
    "MedicationDispense": "disp",
    "MedicationRequest": "order",
    "MedicationStatement": "stmt",
    "Observation": "obs",
    "Procedure": "proc",
}


def codeable(text: str, *codes: Code) -> Json:
    """Return a CodeableConcept with the given text and codings."""
    concept: Json = {}
    if codes:
        concept["coding"] = [{"system": c.system, "code": c.code, "display": c.display} for c in codes]
    concept["text"] = text
    return concept


def days(start: str, every: int, until: str) -> tuple[str, ...]:
    """Return the dates from `start` to `until`, both included, every so many days."""
    first, last = date.fromisoformat(start), date.fromisoformat(until)
    return tuple(str(first + timedelta(step)) for step in range(0, (last - first).days + 1, every))


def plus(day: str, count: int) -> str:
    """Return the date that lies `count` days after `day`."""
    return str(date.fromisoformat(day) + timedelta(count))


@dataclass(frozen=True)
class Course:
    """One drug over one period: what a medication list would say about it.

    `stop` is the reason for stopping: a coding or free text; `end` is the day of the last dose.
    """

    drug: Drug
    start: str | None
    end: str | None = None
    dose: str = ""
    stop: Code | str | None = None
    status: str = ""
    reason: str | None = None

    @property
    def statement_status(self) -> str:
        """Status as given, else stopped with a reason, completed with an end, and active with neither."""
        if self.status:
            return self.status
        if self.stop:
            return "stopped"
        return "completed" if self.end else "active"

    def stop_reason(self) -> Json:
        """Return the reason for stopping as a CodeableConcept."""
        if isinstance(self.stop, Code):
            return codeable("Disease progression", self.stop)
        return codeable(self.stop or "")


@dataclass
class Chart:
    """A growing collection of resources about one patient."""

    patient_id: str
    given: str
    family: str
    birth: str
    gender: str
    shape: Shape = "rxnorm"
    resources: list[Json] = field(default_factory=list)
    prefetch_changes: dict[str, Json | None] = field(default_factory=dict)
    prefetch_missing: tuple[str, ...] = ()
    _count: Counter[str] = field(default_factory=Counter)
    _medications: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin the chart with its Patient resource."""
        self.resources.append(
            {
                "resourceType": "Patient",
                "id": self.patient_id,
                "active": True,
                "name": [{"use": "official", "family": self.family, "given": [self.given]}],
                "gender": self.gender,
                "birthDate": self.birth,
            }
        )

    @property
    def subject(self) -> Json:
        """Reference to the patient."""
        return {"reference": f"Patient/{self.patient_id}"}

    def add(self, kind: str, body: Mapping[str, Any]) -> str:
        """Add a resource of type `kind` and return the reference to it."""
        self._count[kind] += 1
        resource_id = f"{self.patient_id}-{_SHORT[kind]}-{self._count[kind]:03d}"
        self.resources.append({"resourceType": kind, "id": resource_id, **body})
        return f"{kind}/{resource_id}"

    def condition(self, text: str, onset: str, codes: Iterable[Code] = (), **more: Any) -> str:
        """Add a confirmed, active problem; `more` overrides or adds elements."""
        return self.add(
            "Condition",
            {
                "clinicalStatus": codeable("Active", Code(f"{_TERMINOLOGY}/condition-clinical", "active", "Active")),
                "verificationStatus": codeable(
                    "Confirmed", Code(f"{_TERMINOLOGY}/condition-ver-status", "confirmed", "Confirmed")
                ),
                "category": [
                    codeable(
                        "Problem list item",
                        Code(f"{_TERMINOLOGY}/condition-category", "problem-list-item", "Problem List Item"),
                    )
                ],
                "code": codeable(text, *codes),
                "subject": self.subject,
                "onsetDateTime": onset,
                "recordedDate": onset,
                **more,
            },
        )

    # --- drugs -------------------------------------------------------------------------------------------------------

    def _drug_concept(self, drug: Drug) -> Json:
        if self.shape == "text":
            return codeable(drug.text)
        if self.shape == "atc" and drug.atc:
            return codeable(drug.name, drug.atc)
        return codeable(drug.name, drug.rxnorm) if drug.rxnorm else codeable(drug.text)

    def _drug_elements(self, drug: Drug) -> Json:
        """Return the medication[x] elements in the shape of this chart."""
        concept = self._drug_concept(drug)
        if self.shape == "contained":
            contained = [{"resourceType": "Medication", "id": "med", "code": concept}]
            return {"contained": contained, "medicationReference": {"reference": "#med", "display": drug.name}}
        if self.shape == "referenced":
            if drug.name not in self._medications:
                self._medications[drug.name] = self.add("Medication", {"status": "active", "code": concept})
            return {"medicationReference": {"reference": self._medications[drug.name]}}
        return {"medicationCodeableConcept": concept}

    @staticmethod
    def _because(course: Course) -> Json:
        return {"reasonReference": [{"reference": course.reason}]} if course.reason else {}

    def statement(self, course: Course, asserted: str | None = None) -> str:
        """Add a MedicationStatement for the course."""
        body: Json = {"status": course.statement_status}
        if course.stop:
            body["statusReason"] = [course.stop_reason()]
        body |= self._drug_elements(course.drug) | {"subject": self.subject}
        if course.start:
            body["effectivePeriod"] = {"start": course.start} | ({"end": course.end} if course.end else {})
        if asserted or course.end:
            body["dateAsserted"] = asserted or course.end
        body |= self._because(course)
        if course.dose:
            body["dosage"] = [{"text": course.dose}]
        return self.add("MedicationStatement", body)

    def statements(self, *courses: Course) -> None:
        """Add a MedicationStatement for each course."""
        for course in courses:
            self.statement(course)

    def orders(self, course: Course, every: int = 84) -> None:
        """Add consecutive orders that cover the course, each with its dispense period; the last carries the stop."""
        if not (course.start and course.end):
            raise ValueError("orders need a course with start and end")
        starts = days(course.start, every, course.end)
        for start in starts:
            last = start == starts[-1]
            end = course.end if last else plus(start, every - 1)
            body: Json = {"status": "stopped" if last and course.stop else "completed"}
            if last and course.stop:
                body["statusReason"] = course.stop_reason()
            body |= {"intent": "order"} | self._drug_elements(course.drug)
            body |= {"subject": self.subject, "authoredOn": start} | self._because(course)
            if course.dose:
                body["dosageInstruction"] = [{"text": course.dose}]
            supply = (date.fromisoformat(end) - date.fromisoformat(start)).days + 1
            body["dispenseRequest"] = {
                "validityPeriod": {"start": start, "end": end},
                "expectedSupplyDuration": {"value": supply, "unit": "days", "system": UCUM, "code": "d"},
            }
            self.add("MedicationRequest", body)

    def dispenses(self, course: Course, dates: Iterable[str], supply: int = 28) -> None:
        """Add one dispense per date."""
        for day in dates:
            self.add(
                "MedicationDispense",
                {"status": "completed"}
                | self._drug_elements(course.drug)
                | {
                    "subject": self.subject,
                    "daysSupply": {"value": supply, "unit": "days", "system": UCUM, "code": "d"},
                    "whenHandedOver": day,
                },
            )

    def administrations(self, course: Course, dates: Iterable[str]) -> None:
        """Add one completed administration per date; start and end of the course are not used."""
        for day in dates:
            body: Json = {"status": "completed"} | self._drug_elements(course.drug)
            body |= {"subject": self.subject, "effectiveDateTime": day} | self._because(course)
            if course.dose:
                body["dosage"] = {"text": course.dose}
            self.add("MedicationAdministration", body)

    # --- observations and procedures ---------------------------------------------------------------------------------

    def observation(self, code: Json, day: str, value: Mapping[str, Any], category: str = "laboratory") -> str:
        """Add a final Observation; `value` holds value[x] and whatever else it needs."""
        system = f"{_TERMINOLOGY}/observation-category"
        return self.add(
            "Observation",
            {
                "status": "final",
                "category": [{"coding": [{"system": system, "code": category}]}],
                "code": code,
                "subject": self.subject,
                "effectiveDateTime": day,
                **value,
            },
        )

    def table(self, text: str) -> None:
        """Add the Observations of a table: a head of analyte names, then a date and values per row; `-` is no value."""
        head, *rows = [line.split() for line in text.strip().splitlines()]
        for day, *cells in rows:
            for name, cell in zip(head[1:], cells, strict=True):
                if cell != "-":
                    self._quantity(name, day, cell)

    def _quantity(self, name: str, day: str, cell: str) -> None:
        analyte = ANALYTES[name]
        number = cell.lstrip("<>")
        quantity: Json = {"value": float(number) if "." in number else int(number)}
        if number != cell:
            quantity["comparator"] = cell[0]
        quantity |= {"unit": analyte.unit, "system": UCUM, "code": analyte.unit}
        value: Json = {"valueQuantity": quantity}
        if analyte.low is not None and analyte.high is not None:
            unit = {"unit": analyte.unit, "system": UCUM, "code": analyte.unit}
            value["referenceRange"] = [{"low": {"value": analyte.low} | unit, "high": {"value": analyte.high} | unit}]
        self.observation(codeable(analyte.code.display, analyte.code), day, value, analyte.category)

    def ecog(self, day: str, score: int) -> None:
        """Add an ECOG performance status."""
        code = ANALYTES["ecog"].code
        self.observation(codeable(code.display, code), day, {"valueInteger": score}, "survey")

    def finding(self, code: Code, day: str, text: str) -> None:
        """Add a qualitative result as text."""
        self.observation(codeable(code.display, code), day, {"valueCodeableConcept": codeable(text)})

    def hepatitis_b(self, day: str, *, core_positive: bool = False) -> None:
        """Add hepatitis B serology: surface antigen negative, core antibody as given."""
        self.finding(HBSAG, day, "Negative")
        self.finding(ANTI_HBC, day, "Positive" if core_positive else "Negative")

    def disease_status(self, day: str, value: Code, condition: str) -> str:
        """Add a clinician's statement of the disease status in the mCODE form."""
        return self.observation(
            codeable(DISEASE_STATUS.display, DISEASE_STATUS),
            day,
            {"focus": [{"reference": condition}], "valueCodeableConcept": codeable(value.display, value)},
            "exam",
        )

    def fish_text(self, day: str, result: str) -> str:
        """Add plasma-cell FISH as one free text."""
        return self.observation(codeable("FISH, plasma cell myeloma panel, bone marrow"), day, {"valueString": result})

    def fish_components(self, day: str, probes: Mapping[str, str]) -> str:
        """Add plasma-cell FISH as one Observation with a component per probe."""
        components = [{"code": codeable(probe), "valueString": result} for probe, result in probes.items()]
        value = {"method": codeable("FISH", FISH_METHOD), "component": components}
        return self.observation(codeable("Plasma cell FISH panel (CD138 selected)"), day, value)

    def fish_variants(self, day: str, variants: Mapping[tuple[str, str], str]) -> list[str]:
        """Add Genomics Reporting variants: (gene, ISCN or lesion) to Present or Absent."""
        return [
            self.observation(
                codeable(VARIANT.display, VARIANT),
                day,
                {
                    "method": codeable("FISH", FISH_METHOD),
                    "valueCodeableConcept": codeable(result),
                    "component": [
                        {"code": codeable(GENE_STUDIED.display, GENE_STUDIED), "valueCodeableConcept": codeable(gene)},
                        {"code": codeable(VARIANT_ISCN.display, VARIANT_ISCN), "valueCodeableConcept": codeable(iscn)},
                    ],
                },
            )
            for (gene, iscn), result in variants.items()
        ]

    def report(self, code: Json, day: str, conclusion: str, results: Iterable[str] = ()) -> None:
        """Add a final DiagnosticReport with its conclusion."""
        references = [{"reference": result} for result in results]
        body: Json = {"status": "final", "code": code, "subject": self.subject, "effectiveDateTime": day}
        self.add("DiagnosticReport", body | ({"result": references} if references else {}) | {"conclusion": conclusion})

    def procedure(self, text: str, day: str, codes: Iterable[Code] = (), reason: str | None = None) -> None:
        """Add a completed Procedure."""
        body: Json = {"status": "completed", "code": codeable(text, *codes), "subject": self.subject}
        body["performedDateTime"] = day
        self.add("Procedure", body | ({"reasonReference": [{"reference": reason}]} if reason else {}))

    def transplant(self, day: str, reason: str, melphalan: Course) -> None:
        """Add an autologous transplant with its conditioning melphalan on the day before."""
        self.administrations(melphalan, [plus(day, -1)])
        self.procedure("Autologous stem cell transplantation", day, [AUTOLOGOUS_TRANSPLANT], reason)

    def allergy(self, text: str, day: str, reaction: str) -> None:
        """Add an allergy."""
        self.add(
            "AllergyIntolerance",
            {
                "clinicalStatus": codeable(
                    "Active", Code(f"{_TERMINOLOGY}/allergyintolerance-clinical", "active", "Active")
                ),
                "code": codeable(text),
                "patient": self.subject,
                "recordedDate": day,
                "reaction": [{"manifestation": [codeable(reaction)]}],
            },
        )
