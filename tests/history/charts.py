"""Clinical cases as a clinician writes them, read into a `PatientRecord` (format: `tests/cases/README.md`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from msgspec.structs import replace

from fhir_mappings.dates import ChartDate
from fhir_mappings.record import (
    DrugRecord,
    Fact,
    GenomicResult,
    LabValue,
    PatientRecord,
    Problem,
    QualitativeResult,
    Reaction,
    StatedLine,
    StatedRefractory,
    StatedStatus,
    TreatmentEvent,
)

CASES = Path(__file__).parent.parent / "cases"
_DRUG = re.compile(
    r"^(?P<agent>[a-z:A-Z_ ]+?)\s+(?P<start>[\d-]+|undated)(?:\.\.(?P<end>[\d-]*|\?))?(?P<rest>(?:\s+\w[\w-]*:?\S*)*)$"
)
_STATES = {
    "myeloma": "multiple_myeloma",
    "smoldering": "smoldering_myeloma",
    "al": "al_amyloidosis",
    "mgus": "mgus",
    "plasma-cell-leukemia": "plasma_cell_leukemia",
    "plasmacytoma": "solitary_plasmacytoma",
}


def load_cases() -> list[tuple[str, dict[str, Any]]]:
    """Return every case file by its name, which starts with the rule."""
    return [(path.stem, yaml.safe_load(path.read_text(encoding="utf-8"))) for path in sorted(CASES.glob("*.yaml"))]


def chart_of(case: Mapping[str, Any]) -> PatientRecord:
    """Build the record of a case."""
    as_of = _date(case["as_of"])
    assert as_of is not None
    labs = [
        *_series("m_protein_serum", "g/L", case.get("serum")),
        *_series("m_protein_urine_24h", "mg/(24.h)", case.get("urine")),
        *_series("flc_kappa_serum", "mg/L", case.get("kappa")),
        *_series("flc_lambda_serum", "mg/L", case.get("lambda")),
    ]
    for concept, values in (case.get("labs") or {}).items():
        labs += _series(concept, "", values)
    facts = [Fact(f"CarePlan/{i}", "treatment_plan", text, day) for i, (day, text) in enumerate(_dated(case, "plans"))]
    for index, (day, text) in enumerate(_dated(case, "facts")):
        name, value = text.split(" ", 1)
        facts.append(Fact(f"Observation/f{index}", name, value, day))
    return PatientRecord(
        patient="Patient/case",
        drugs=tuple(_drug(text, index, as_of) for index, text in enumerate(case.get("drugs", ()))),
        events=tuple(_event(text, index) for index, text in enumerate(case.get("events", ()))),
        labs=tuple(labs),
        statements=tuple(_statement(text, index) for index, text in enumerate(case.get("statements", ()))),
        refractory_statements=tuple(_refractory(text, i) for i, text in enumerate(case.get("stated_refractory", ()))),
        stated_lines=tuple(_stated_line(text, i) for i, text in enumerate(case.get("stated_lines", ()))),
        problems=tuple(_problems(case.get("diagnosis", {"myeloma": None}))),
        genomics=tuple(
            _genomic(index, name, value) for index, (name, value) in enumerate((case.get("genomics") or {}).items())
        ),
        facts=tuple(facts),
        qualitative=tuple(
            QualitativeResult(f"Observation/q{i}", q["what"], q["value"], _chart_date(q.get("date")), q.get("text", ""))
            for i, q in enumerate(case.get("qualitative", ()))
        ),
        reactions=tuple(
            Reaction(
                f"AdverseEvent/{i}",
                r["agent"],
                r["reaction"],
                r.get("grade"),
                _chart_date(r.get("date")),
                r.get("resolved", "unknown"),
            )
            for i, r in enumerate(case.get("reactions", ()))
        ),
        drug_resources_seen=True,
        deceased=bool(case.get("deceased")),
    )


def _dated(case: Mapping[str, Any], key: str) -> list[tuple[ChartDate | None, str]]:
    """Read lines of the form `2020-01-05 words`."""
    pairs = [str(text).split(" ", 1) for text in case.get(key, ())]
    return [(_chart_date(day), text) for day, text in pairs]


def _genomic(index: int, name: str, value: Any) -> GenomicResult:
    """Read `present`, `absent`, `unknown`, with `15%` of cells, a day or `biallelic` after it."""
    result, *more = str(value).split()
    share = next((float(word[:-1]) for word in more if word.endswith("%")), None)
    day = next((word for word in more if word[0].isdigit() and not word.endswith("%")), None)
    method = next((word for word in more if not word[0].isdigit()), None)
    known: Any = result
    return GenomicResult(f"Observation/g{index}", name, known, _chart_date(day), share, method)


def _date(value: object) -> ChartDate | None:
    return _chart_date(value)


def _chart_date(value: object) -> ChartDate | None:
    if value is None or value == "undated":
        return None
    found = ChartDate.parse(value.isoformat() if isinstance(value, date) else str(value))
    assert found is not None, f"not a date: {value!r}"
    return found


def _series(concept: str, unit: str, values: Mapping[Any, Any] | None) -> Iterable[LabValue]:
    for day, value in (values or {}).items():
        when = _chart_date(day)
        assert when is not None
        ref = f"Observation/{concept}-{when}"
        if isinstance(value, dict):
            yield LabValue(
                ref,
                concept,
                float(value["value"]),
                unit,
                when,
                upper_normal=value.get("high"),
                lower_normal=value.get("low"),
                method=value.get("method"),
                flags=tuple(value.get("flags", ())),
            )
            continue
        if isinstance(value, str) and value[0] in "<>":
            yield LabValue(ref, concept, float(value[1:]), unit, when, comparator="<" if value[0] == "<" else ">")
        else:
            yield LabValue(ref, concept, float(value), unit, when)


def _drug(text: str, index: int, as_of: ChartDate) -> DrugRecord:
    """Read `agent start..end key:value …`; `..` ongoing (confirmed at `as_of`), `..?` end not known."""
    found = _DRUG.match(text)
    assert found, f"cannot read the drug {text!r}"
    words = found["rest"].split()
    options: dict[str, Any] = {}  # words of a case file; the types check what comes of them
    for word in words:
        name, _, value = word.partition(":")
        options[name] = value or "yes"
    start, end = _chart_date(found["start"]), found["end"]
    source = options.get("source", "statement")
    record = DrugRecord(
        ref=f"{source.title()}/{index}",
        agent=found["agent"],
        source=source,
        taken=options.get("taken", "taken"),
        start=start,
        end=start if end is None else None if end in {"", "?"} else _chart_date(end),
        ongoing=end == "",
        asserted=as_of if end == "" and "asserted" not in options else _chart_date(options.get("asserted")),
    )
    return replace(
        record,
        stop_reason=options.get("stopped"),
        stop_text=options.get("because", options.get("stopped")),
        intent=options.get("intent"),
        indication=options.get("for", "unstated"),
        dose_mg=float(options["dose"]) if "dose" in options else None,
        supply_covers_cycle="cycle" in options,
        blinded="blinded" in options,
        route=options.get("route"),
    )


def _event(text: str, index: int) -> TreatmentEvent:
    words: list[Any] = text.split(" ", 2)
    kind, day, *agent = words
    said = agent[0] if agent else ""
    product = said if said and kind == "car-t" else None
    return TreatmentEvent(f"Procedure/{index}", kind, _chart_date(day), product, text=said)


def _statement(text: str, index: int) -> StatedStatus:
    facts, _, said = text.partition(" -- ")
    words: list[Any] = facts.split()
    value, day, *more = words
    return StatedStatus(
        f"Observation/s{index}",
        value,
        _chart_date(day),
        imwg="imwg" in more,
        kind=next((m for m in more if m != "imwg"), "unspecified"),
        text=said,
    )


def _refractory(text: str, index: int) -> StatedRefractory:
    target, day = text.rsplit(" ", 1)
    return StatedRefractory(f"Condition/r{index}", target, _chart_date(day))


def _stated_line(text: str, index: int) -> StatedLine:
    kind, number, *day = text.split()
    return StatedLine(f"Observation/l{index}", int(number), kind == "relapse", _chart_date(day[0] if day else None))


def _problems(diagnosis: Mapping[str, Any]) -> Iterable[Problem]:
    for index, (name, value) in enumerate(diagnosis.items()):
        concept = _STATES.get(name, name)
        role = "in_scope" if name == "myeloma" else "related_not_trigger"
        details = value if isinstance(value, dict) else {"onset": value}
        yield Problem(
            f"Condition/{index}",
            concept,
            role,
            _chart_date(details.get("onset")),
            verification=details.get("verification", "confirmed"),
            text=details.get("text", ""),
            clinical_status=details.get("status"),
            abatement=_chart_date(details.get("abated")),
        )
