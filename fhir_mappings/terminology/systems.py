"""Code systems by one short name each, however a chart spells their URI."""

from __future__ import annotations

import re
from functools import lru_cache

TEXT = "text"

_KNOWN = {
    "loinc.org": "loinc",
    "snomed.info/sct": "snomed",
    "www.nlm.nih.gov/research/umls/rxnorm": "rxnorm",
    "rxnorm.info": "rxnorm",
    "www.whocc.no/atc": "atc",
    "fhir.de/codesystem/bfarm/atc": "atc",
    "fhir.de/codesystem/dimdi/atc": "atc",
    "www.cms.gov/medicare/coding/hcpcsreleasecodesets": "hcpcs",
    "terminology.hl7.org/codesystem/hcpcs": "hcpcs",
    "hl7.org/fhir/sid/hcpcs": "hcpcs",
    "www.cms.gov/medicare/coding/icd10": "icd-10-pcs",
    "hl7.org/fhir/sid/icd-10-pcs": "icd-10-pcs",
    "hl7.org/fhir/sid/icd-9-cm": "icd-9-cm",
    "terminology.hl7.org/codesystem/icd9cm": "icd-9-cm",
    "terminology.hl7.org/codesystem/icd-o-3": "icd-o-3",
    "hl7.org/fhir/sid/icd-o-3": "icd-o-3",
    "hl7.org/fhir/sid/ndc": "ndc",
    "ncicb.nci.nih.gov/xml/owl/evs/thesaurus.owl": "ncit",
    "ncithesaurus-stage.nci.nih.gov": "ncit",
    "www.ama-assn.org/go/cpt": "cpt",
    "unitsofmeasure.org": "ucum",
    "fhir.de/codesystem/ifa/pzn": "pzn",
    "fhir.de/codesystem/bfarm/ops": "ops",
    "fhir.de/codesystem/dimdi/ops": "ops",
}

_OIDS = {
    "2.16.840.1.113883.6.1": "loinc",
    "2.16.840.1.113883.6.96": "snomed",
    "2.16.840.1.113883.6.88": "rxnorm",
    "2.16.840.1.113883.6.73": "atc",
    "1.2.276.0.76.5.342": "atc",
    "2.16.840.1.113883.6.285": "hcpcs",
    "2.16.840.1.113883.6.14": "hcpcs",
    "2.16.840.1.113883.6.90": "icd-10",
    "2.16.840.1.113883.6.3": "icd-10",
    "1.2.276.0.76.5.409": "icd-10",
    "2.16.840.1.113883.6.4": "icd-10-pcs",
    "2.16.840.1.113883.6.103": "icd-9-cm",
    "2.16.840.1.113883.6.43.1": "icd-o-3",
    "2.16.840.1.113883.6.69": "ndc",
    "2.16.840.1.113883.3.26.1.1": "ncit",
    "2.16.840.1.113883.6.12": "cpt",
    "2.16.840.1.113883.6.8": "ucum",
}

_PREFIX = re.compile(r"^(?:https?://|urn:oid:|urn:)")
# ICD-10 of the WHO, its clinical modification and the national editions share the codes that matter here.
_NATIONAL_ICD10 = re.compile(r"icd-?10(?!-?(?:pcs|/pcs))(?:[-_/.]|cm|gm|am|who|nl|se|fr|$)")
_NATIONAL_ATC = re.compile(r"(?:^|[/:#._-])atc(?:$|[/:#._-])")


@lru_cache(maxsize=512)
def system_name(uri: str | None) -> str | None:
    """Return the short name of a code system; `None` without a system, and its own normalised text when it is not known."""
    if uri is None or not (plain := uri.strip().lower()):
        return None
    if plain == TEXT:
        return TEXT
    plain = _PREFIX.sub("", plain).split("|", 1)[0].split("?", 1)[0].rstrip("/# ")
    plain = plain.removeprefix("oid:")
    known = _KNOWN.get(plain) or _KNOWN.get(f"www.{plain}") or _OIDS.get(plain)
    if known:
        return known
    if plain.startswith("snomed.info/"):
        return "snomed"
    if _NATIONAL_ICD10.search(plain):
        return "icd-10"
    if _NATIONAL_ATC.search(plain):
        return "atc"
    return plain


@lru_cache(maxsize=4096)
def normal_code(system: str | None, code: str) -> str:
    """Return a code in the spelling of the data files: dots of ICD-10 set, `M9732/3` without `M`, no blanks, upper case."""
    plain = code.strip().upper()
    if system == "icd-10":
        # Confirmation signs and sites of the German edition ("C90.00 G", "C90.00+") say nothing about the concept.
        plain = re.sub(r"[^A-Z0-9.].*$", "", plain).replace(".", "").rstrip("-")
        return f"{plain[:3]}.{plain[3:]}" if len(plain) > 3 else plain
    if system == "icd-o-3":
        return plain.removeprefix("M-").removeprefix("M")
    if system == "ndc":
        return _product_ndc(plain)
    return plain


def _product_ndc(code: str) -> str:
    """Return the two product segments of a National Drug Code without leading zeros: `57894-502`."""
    parts = code.split("-")
    if len(parts) == 1 and len(code) == 11 and code.isdigit():
        parts = [code[:5], code[5:9]]
    if len(parts) < 2 or not all(part.isdigit() for part in parts[:2]):
        return code
    return f"{int(parts[0])}-{int(parts[1])}"
