"""Check the terminology data: check digits, formats, duplicates, roles; with a folder, compare with the tables in it.

    python scripts/check_terminology.py [FOLDER]

FOLDER holds tables of the same names with one more column `status`. Rows of it that are not `verified:…` and rows of CPT are not expected
here; every other difference is printed. The exit status is 1 when anything was found.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from fhir_mappings.terminology.agents import AGENTS, CLASSES
from fhir_mappings.terminology.check_digits import code_valid
from fhir_mappings.terminology.systems import TEXT, system_name
from fhir_mappings.terminology.tables import CODE_TABLES, code_rows, rows_of
from fhir_mappings.terminology.units import unit_key

CPT = "http://www.ama-assn.org/go/cpt"
_COLUMNS = ("concept", "system", "code", "display", "role", "note")
_ROLES = {
    "drugs": (
        "antimyeloma steroid_partner must_not_count supportive_must_not_count lymphodepletion not_myeloma other unresolvable"
        " regimen_text"
    ),
    "conditions": (
        "in_scope in_scope_secondary in_scope_morphology precursor_not_trigger related_not_trigger ambiguous_not_trigger"
        " not_trigger history_not_trigger comorbidity treatment_evidence"
    ),
    "labs": "value qualitative score mrd look_alike do_not_use_as_concentration do_not_use_as_24h display_text",
    "genomics": "structure value method text_form",
    "procedures": "treatment_event supporting_event look_alike comorbidity_evidence",
    "disease_status": (
        "observation_code value value_not_in_stu4 termination_reason stage_value stage_code stage_method treatment_intent line_code"
    ),
}
# Codes that mean the same thing as a finding and as a reason to stop.
_TWO_ROLES = {("disease_status", "419835002")}
_NAME_ROLES = {"agent", "class-only", "supportive", "lymphodepletion", "not-myeloma"}


def own_problems() -> Iterator[str]:
    """Yield what is wrong with the data of this project by itself."""
    for table in (*CODE_TABLES, "more_labs"):
        roles = set(_ROLES["labs" if table == "more_labs" else table].split())
        for row in code_rows(table):
            system = system_name(row.system)
            if row.system == CPT:
                yield f"{table}: CPT code {row.code} must not be shipped"
            if row.role not in roles:
                yield f"{table}: {row.concept} {row.code} has the unknown role {row.role!r}"
            if system not in {None, TEXT} and not code_valid(system, row.code):
                yield f"{table}: {row.code} is no valid code of {system}"
            if not row.concept or not row.code:
                yield f"{table}: a row has no concept or no code"
        counts = Counter((row.concept, row.system, row.code, row.display) for row in code_rows(table))
        yield from (f"{table}: {' '.join(key)} stands {count} times" for key, count in counts.items() if count > 1)
        meanings: dict[tuple[str, str], set[str]] = {}
        for row in code_rows(table):
            if row.system != TEXT:
                meanings.setdefault((row.system, row.code), set()).add(row.concept)
        yield from (
            f"{table}: {code} means {', '.join(sorted(concepts))}"
            for (_, code), concepts in meanings.items()
            if len(concepts) > 1 and (table, code) not in _TWO_ROLES
        )
    yield from _name_problems()
    yield from _unit_problems()
    for file in ("reused_codes", "severity_codes"):
        for line in rows_of(file):
            if not code_valid(system_name(line["system"]), line["code"]):
                yield f"{file}: {line['code']} is no valid code"


def _name_problems() -> Iterator[str]:
    counts: Counter[str] = Counter()
    for row in rows_of("drug_names"):
        counts[row["name"].lower()] += 1
        if row["role"] not in _NAME_ROLES:
            yield f"drug_names: {row['name']} has the unknown role {row['role']!r}"
        if row["role"] == "agent" and row["agent"] not in AGENTS:
            yield f"drug_names: {row['agent']} is no agent key"
        if row["role"] == "class-only" and row["agent"].removeprefix("unnamed:") not in CLASSES:
            yield f"drug_names: {row['agent']} is no class"
    yield from (f"drug_names: {name} stands {count} times" for name, count in counts.items() if count > 1)
    named = {row["agent"] for row in rows_of("drug_names")}
    yield from (f"drug_names: {key} has no name" for key in AGENTS if key not in named)
    names = Counter(row["name"] for row in rows_of("regimens") if row["name"])
    yield from (f"regimens: {name} stands {count} times" for name, count in names.items() if count > 1)
    sets: dict[str, set[str]] = {}
    for row in rows_of("regimens"):
        sets.setdefault(row["agents"], set()).add(row["regimen"])
        for agent in row["agents"].split("+"):
            if agent not in AGENTS:
                yield f"regimens: {row['regimen']} holds {agent}, which is no agent key"
    yield from (
        f"regimens: {agents} is called {', '.join(sorted(regimens))}"
        for agents, regimens in sets.items()
        if len(regimens) > 1
    )


def _unit_problems() -> Iterator[str]:
    canonical: dict[str, set[tuple[str, str, str]]] = {}
    seen: Counter[tuple[str, str]] = Counter()
    for file in ("lab_units", "more_lab_units"):
        for row in rows_of(file):
            canonical.setdefault(row["lab"], set()).add(
                (row["canonical_unit"], row["plausible_min"], row["plausible_max"])
            )
            seen[row["lab"], row["unit_seen"]] += 1
    yield from (
        f"{lab}: more than one canonical unit or range: {sorted(units)}"
        for lab, units in canonical.items()
        if len(units) > 1
    )
    yield from (f"{lab}: unit {unit} stands {count} times" for (lab, unit), count in seen.items() if count > 1)
    rows = [row for file in ("lab_units", "more_lab_units") for row in rows_of(file)]
    for lab, units in canonical.items():
        unit = unit_key(next(iter(units))[0])
        own = [row for row in rows if row["lab"] == lab and unit_key(row["unit_seen"]) == unit]
        if any(float(row["factor_to_canonical"]) != 1 for row in own):
            yield f"{lab}: the factor of its canonical unit is not 1"


def differences(folder: Path) -> Iterator[str]:
    """Yield how the data differ from the tables of a folder."""
    for table in CODE_TABLES:
        path = folder / f"{table}.csv"
        if not path.is_file():
            yield f"{table}: {path.name} is not in the folder"
            continue
        with path.open(encoding="utf-8", newline="") as file:
            theirs = [row for row in csv.DictReader(file) if _expected(row)]
        wanted: Counter[tuple[str, ...]] = Counter(tuple(row[column] for column in _COLUMNS) for row in theirs)
        held: Counter[tuple[str, ...]] = Counter(
            (row.concept, row.system, row.code, row.display, row.role, row.note) for row in code_rows(table)
        )
        keys_held = {key[:3] for key in held}
        keys_wanted = {key[:3] for key in wanted}
        for key in wanted - held:
            yield f"{table}: {'row differs' if key[:3] in keys_held else 'row is missing'}: {', '.join(key[:4])}"
        for key in held - wanted:
            if key[:3] not in keys_wanted:
                yield f"{table}: row is not in the folder: {', '.join(key[:4])}"
    yield from _unit_differences(folder / "lab_units.csv")


def _expected(row: dict[str, str]) -> bool:
    return row.get("status", "verified").startswith("verified") and row["system"] != CPT


def _unit_differences(path: Path) -> Iterator[str]:
    """Yield differences of the unit table; the canonical unit may be another, so ratios of factors are compared."""
    if not path.is_file():
        yield f"lab_units: {path.name} is not in the folder"
        return
    with path.open(encoding="utf-8", newline="") as file:
        theirs = {(row["lab"], row["unit_seen"]): row for row in csv.DictReader(file)}
    ours = {(row["lab"], row["unit_seen"]): row for row in rows_of("lab_units")}
    yield from (f"lab_units: row is missing: {lab}, {unit}" for lab, unit in theirs.keys() - ours.keys())
    yield from (f"lab_units: row is not in the folder: {lab}, {unit}" for lab, unit in ours.keys() - theirs.keys())
    for lab in {key[0] for key in theirs}:
        scales: set[float] = set()
        for key in (key for key in theirs.keys() & ours.keys() if key[0] == lab):
            left, right = theirs[key]["factor_to_canonical"], ours[key]["factor_to_canonical"]
            if _is_number(left) and _is_number(right):
                scales.add(round(float(right) / float(left), 9))
            elif left != right:
                yield f"lab_units: {lab}, {key[1]}: {right} instead of {left}"
        if len(scales) > 1:
            yield f"lab_units: {lab}: factors do not stand in the same ratio ({sorted(scales)})"
        elif scales:
            yield from _bound_differences(lab, scales.pop(), theirs, ours)


def _bound_differences(
    lab: str, scale: float, theirs: dict[tuple[str, str], dict[str, str]], ours: dict[tuple[str, str], dict[str, str]]
) -> Iterator[str]:
    for key in (key for key in theirs.keys() & ours.keys() if key[0] == lab):
        for column in ("plausible_min", "plausible_max"):
            wanted, held = float(theirs[key][column]) * scale, float(ours[key][column])
            if abs(wanted - held) > 1e-6 * max(1.0, abs(wanted)):
                yield f"lab_units: {lab}: {column} {held:g} instead of {wanted:g}"
                return


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?", text) is not None


def main(arguments: list[str]) -> int:
    """Print every problem; return 1 when there is one."""
    if len(arguments) > 1:
        print(__doc__)
        return 2
    problems = list(own_problems())
    if arguments:
        folder = Path(arguments[0])
        if not folder.is_dir():
            print(f"{folder} is not a folder")
            return 2
        problems += differences(folder)
    for problem in problems:
        print(problem)
    rows = sum(len(code_rows(table)) for table in CODE_TABLES)
    names = f"{len(rows_of('drug_names'))} drug names, {len(rows_of('regimens'))} regimen names"
    print(f"{rows} codes and texts, {names}: {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
