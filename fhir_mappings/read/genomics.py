"""Cytogenetics and sequencing: Observations per probe, Genomics Reporting variants, and the text of reports.

What is pending, failed or only listed as a probe is unknown, never absent.
"""

from __future__ import annotations

import re
from typing import Final

from fhir_mappings.dates import ChartDate
from fhir_mappings.read.aberrations import PERCENT, Value, findings_in, method_in
from fhir_mappings.read.elements import Component
from fhir_mappings.read.facts import Facts, codes_of, texts_of, words_of
from fhir_mappings.read.iscn import signals_in
from fhir_mappings.read.measurements import PENDING, Number, answer_of, number_of
from fhir_mappings.read.observation_types import Observation
from fhir_mappings.record import GenomicResult
from fhir_mappings.terminology.lookup import find
from fhir_mappings.terminology.names import fold
from fhir_mappings.terminology.phrases import phrase

_TAIL = r"(?: ?\([pq][^)]*\))?"


_SEP = r" ?[;:,/] ?"


_P17 = r"17 ?\)?\(?p ?(?:13)?(?:\.\d+)?(?:[- ]?p?\d*(?:\.\d+)?)?\)?"


_ABOUT_GENOMICS = phrase("genomic_test")


def read_report_text(text: str, ref: str, date: ChartDate | None, facts: Facts, title: str = "") -> None:
    """Read the aberrations of a report's conclusion."""
    for finding in findings_in(text):
        facts.genomics.append(
            GenomicResult(ref, finding.name, finding.value, date, finding.percent, method_in(f"{title} {text}"))
        )


def asks_for_genomics(question: str) -> bool:
    """Tell whether the name of an Observation is of a genomic test or an aberration."""
    return bool(_ABOUT_GENOMICS.search(fold(question)) or findings_in(question, bare="present"))


def read_genomics(observation: Observation, ref: str, date: ChartDate | None, facts: Facts) -> bool:
    """Read an Observation about the genome of the plasma cells; tells whether it was one."""
    codes = codes_of(observation.code)
    question = words_of(observation.code)
    rows = [row for code in codes if (row := find("genomics", code)) and row.role == "structure"]
    if any(row.concept == "variant_assessment" for row in rows):
        _read_variant(observation, ref, date, facts)
        return True
    named = findings_in(question, bare="present")
    if not (named or rows or _ABOUT_GENOMICS.search(fold(question))):
        return False
    method = method_in(f"{words_of(observation.method)} {question} {observation.value_string or ''}")
    if len(named) == 1 and not observation.component:
        _add(named[0].name, _probe_value(observation), _probe_percent(observation), ref, date, method, facts)
        return True
    answer = " | ".join(
        filter(
            None,
            [
                observation.value_string,
                *texts_of(observation.value_codeable_concept),
                *(note.text for note in observation.note),
            ],
        )
    )
    for finding in findings_in(answer, bare="present"):
        _add(finding.name, finding.value, finding.percent, ref, date, method, facts)
    for component in observation.component:
        _read_component(component, ref, date, method, facts)
    return True


def _read_component(component: Component, ref: str, date: ChartDate | None, method: str | None, facts: Facts) -> None:
    asked = findings_in(words_of(component.code), bare="present")
    if asked:
        for finding in asked:
            _add(finding.name, _probe_value(component), _probe_percent(component), ref, date, method, facts)
        return
    said = " | ".join(filter(None, [component.value_string, *texts_of(component.value_codeable_concept)]))
    for finding in findings_in(said, bare="present"):
        _add(finding.name, finding.value, finding.percent, ref, date, method, facts)


def _probe_value(part: Observation | Component) -> Value:
    answer = answer_of(part)
    if answer == "indeterminate":
        return "unknown"
    if answer:
        return "present" if answer == "positive" else "absent"
    said = " ".join(filter(None, [part.value_string, words_of(part.value_codeable_concept)]))
    if PENDING.search(fold(said)):
        return "unknown"
    if named := findings_in(said, bare="present"):
        return named[0].value
    percent = _probe_percent(part)
    if percent is None:
        return "unknown"
    return "present" if percent > 0 else "absent"


def _probe_percent(part: Observation | Component) -> float | None:
    if part.value_string and (found := PERCENT.search(part.value_string)):
        return float(found[1].replace(",", "."))
    number = number_of(part)
    if number and number.unit and number.unit.strip() == "%" and 0 <= number.value <= 100:
        return number.value
    return None


_GENES: Final = {
    "TP53": ("TP53 mutation", "del(17p)", None),
    "CKS1B": (None, None, "gain(1q)"),
    "CDKN2C": (None, "del(1p32)", None),
    "RB1": (None, "del(13q)", None),
}


_HGNC: Final = {
    "HGNC:11998": "TP53",
    "HGNC:1582": "CCND1",
    "HGNC:1585": "CCND3",
    "HGNC:3690": "FGFR3",
    "HGNC:12766": "NSD2",
    "HGNC:6776": "MAF",
    "HGNC:6408": "MAFB",
    "HGNC:19083": "CKS1B",
    "HGNC:1789": "CDKN2C",
    "HGNC:9884": "RB1",
    "HGNC:5477": "IGH",
}
"""Genes by their number, for variants that do not name them."""


_PARTNERS: Final = {
    "CCND1": "t(11;14)",
    "FGFR3": "t(4;14)",
    "NSD2": "t(4;14)",
    "MMSET": "t(4;14)",
    "WHSC1": "t(4;14)",
    "MAF": "t(14;16)",
    "MAFB": "t(14;20)",
    "CCND3": "t(6;14)",
}


_LOSS = re.compile(r"delet|loss|so:0000159|so:0001743|monosom")


_GERMLINE = re.compile(r"germ-?line|la6683-2")
_BENIGN = re.compile(r"\bbenign\b|la6675-8|la6674-1|la26334-5")
_UNCERTAIN = re.compile(r"uncertain|conflicting|\bvus\b|la26333-7|la6682-4|unknown significance")
"""Answers of LOINC list LL4034-6; a likely pathogenic change (LA26332-9) counts."""


_GAIN = re.compile(r"gain|amplif|duplic|so:0001742|so:1000035|copy number increase")


def _read_variant(observation: Observation, ref: str, date: ChartDate | None, facts: Facts) -> None:
    """Read a Genomics Reporting variant: ISCN or name where there is one, else gene with kind of change."""
    parts: dict[str, str] = {}
    for component in observation.component:
        for code in codes_of(component.code):
            if row := find("genomics", code):
                said = " ".join(
                    filter(
                        None,
                        [
                            words_of(component.value_codeable_concept),
                            component.value_string,
                            *(one.code for one in codes_of(component.value_codeable_concept)),
                        ],
                    )
                )
                if row.concept == "copy_number" and (number := number_of(component)):
                    said = f"{number.value:g}"
                parts[row.concept] = f"{parts.get(row.concept, '')} {said}".strip()
    answer = answer_of(observation)
    value: Value = {"positive": "present", "negative": "absent"}.get(answer or "", "unknown")  # type: ignore[assignment]
    if (
        answer is None
        and observation.value_codeable_concept is None
        and observation.value_string is None
        and observation.data_absent_reason is None
    ):
        value = "present" if parts.get("variant_iscn") or parts.get("p_hgvs") or parts.get("c_hgvs") else "unknown"
    method = method_in(f"{words_of(observation.method)} {words_of(observation.code)}") or (
        "sequencing" if parts.get("c_hgvs") or parts.get("p_hgvs") else None
    )
    percent = next(
        (
            _vaf(number_of(component))
            for component in observation.component
            if any((row := find("genomics", code)) and row.concept == "sample_vaf" for code in codes_of(component.code))
        ),
        None,
    )
    class_and_meaning = fold(f"{parts.get('genomic_source_class', '')} | {parts.get('clinical_significance', '')}")
    names = _variant_names(parts, words_of(observation.code), " ".join(note.text or "" for note in observation.note))
    if _GERMLINE.search(class_and_meaning) or _BENIGN.search(class_and_meaning):
        if names:
            facts.exclude(ref, "a germline or benign variant says nothing about the plasma cells", ", ".join(names))
        return
    if value == "present" and _UNCERTAIN.search(class_and_meaning):
        value = "unknown"
    signals = signals_in(" | ".join(parts.values()))
    if signals and value != "unknown":
        for signal in signals:
            there = value == "present" and signal.value == "present"
            _add(signal.name, "present" if there else "absent", percent or signal.percent, ref, date, "FISH", facts)
        return
    for name in names:
        _add(name, value, percent, ref, date, method, facts)


def _vaf(number: Number | None) -> float | None:
    if number is None:
        return None
    value = number.value * 100 if number.value <= 1 and number.unit != "%" else number.value
    return round(value, 4) if 0 <= value <= 100 else None


_DIPLOID = 2
"""Copies of a gene that is neither lost nor gained."""


def _variant_names(parts: dict[str, str], *texts: str) -> list[str]:
    said = " | ".join([parts.get("variant_iscn", ""), parts.get("discrete_variant", ""), *texts])
    if named := findings_in(said, bare="present"):
        return [finding.name for finding in named]
    studied = parts.get("gene_studied", "")
    genes = re.findall(r"[A-Z][A-Z0-9]{2,}", studied)
    genes += [gene for code, gene in _HGNC.items() if re.search(rf"{code}\b", studied) and gene not in genes]
    change = fold(f"{parts.get('dna_change_type', '')} {said} {parts.get('discrete_variant', '')}")
    place = parts.get("cytogenetic_location", "")
    if (copies := parts.get("copy_number")) and not (_LOSS.search(change) or _GAIN.search(change)):
        number = float(copies.split()[0])
        change = f"{change} | {'loss' if number < _DIPLOID else 'gain' if number > _DIPLOID else ''}"
    found = [
        name
        for gene in genes
        if (name := _PARTNERS.get(gene)) and ("IGH" in genes or "transloc" in change or "fusion" in change)
    ]
    for gene in genes:
        mutation, loss, gain = _GENES.get(gene, (None, None, None))
        small = (
            bool(parts.get("c_hgvs") or parts.get("p_hgvs"))
            or "snv" in change
            or "substitution" in change
            or "missense" in change
        )
        other = None if copies else mutation
        name = mutation if small else loss if _LOSS.search(change) else gain if _GAIN.search(change) else other
        if name:
            found.append(name)
    if not found:
        for prefix, loss, gain in (
            ("17p", "del(17p)", None),
            ("1q21", None, "gain(1q)"),
            ("1q", None, "gain(1q)"),
            ("1p32", "del(1p32)", None),
            ("13q", "del(13q)", None),
        ):
            if place.startswith(prefix) and (
                name := loss if _LOSS.search(change) else gain if _GAIN.search(change) else None
            ):
                found.append(name)
                break
    return list(dict.fromkeys(found))


def _add(
    name: str, value: Value, percent: float | None, ref: str, date: ChartDate | None, method: str | None, facts: Facts
) -> None:
    facts.genomics.append(GenomicResult(ref, name, value, date, percent if value == "present" else None, method))
