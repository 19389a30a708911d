"""A first relapse after D-VRd with one more fact, for every caution that a fact can raise; the names are those of the cautions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from cds_service.synthetic.chance import Chance
from cds_service.synthetic.scenarios.beginnings import relapsed, transplanted
from cds_service.synthetic.scenarios.script import Collection, Script
from cds_service.synthetic.story.model import Story

SCENARIOS = Collection()
RECENT: Final = "2026-10-20"
"""The day of results: within 30 days before the day of the assessment."""
Fact = tuple[Any, ...]
"""What `Script.says` takes, with the named values in a mapping at the end if there are any."""


def _condition(words: str, on: str = "2025-05-05", severity: str | None = None) -> Fact:
    return ("condition", words, on, severity)


def _result(words: str, value: float | str, unit: str = "", code: str = "", high: float | None = None) -> Fact:
    return ("result", words, RECENT, value, unit, {"code": code, "high": high})


def _medicine(words: str) -> Fact:
    return ("medicine", words, "2026-08-03", None, "", {"until": None})


PREGNANCY: Final = ("result", "Pregnancy test", RECENT, "positive", "", {"code": "2106-3"})
FACTS: Final[tuple[tuple[str, str, dict[str, Any], tuple[Fact, ...]], ...]] = (
    ("K-AL-1", "AL amyloidosis with the heart affected", {}, (_condition("AL amyloidosis with cardiac involvement"),)),
    ("K-BELA-1", "corneal ulcer", {}, (_condition("Corneal ulcer"),)),
    ("K-BELA-2", "no eye examination", {}, ()),
    ("K-BELA-3", "dry eyes", {}, (_condition("Dry eye syndrome"),)),
    ("K-BELA-4-low", "platelets of 60", {}, (_result("Platelets", 60, "10*3/uL", "777-3"),)),
    ("K-BELA-4-very-low", "platelets of 20", {}, (_result("Platelets", 20, "10*3/uL", "777-3"),)),
    ("K-CARD-1-heart-failure", "heart failure of NYHA class III", {}, (_condition("Heart failure, NYHA class III"),)),
    (
        "K-CARD-1-infarction",
        "myocardial infarction two months ago",
        {},
        (_condition("Acute myocardial infarction", "2026-09-02"),),
    ),
    (
        "K-CARD-1-arrhythmia",
        "uncontrolled atrial fibrillation of grade 3",
        {},
        (_condition("Atrial fibrillation", "2026-07-01", "CTCAE grade 3"),),
    ),
    ("K-CARD-2", "ejection fraction of 35 %", {}, (_result("LVEF", 35, "%", "10230-1"),)),
    ("K-CARD-3", "heart failure in the history", {}, (_condition("Heart failure, NYHA class I"),)),
    ("K-CARD-3-lvef", "ejection fraction of 45 %", {}, (_result("LVEF", 45, "%", "10230-1"),)),
    ("K-CARD-4", "blood pressure of 168 mmHg", {}, (_result("Systolic blood pressure", 168, "mm[Hg]", "8480-6"),)),
    ("K-CARF-1", "thrombotic microangiopathy", {}, (_condition("Thrombotic microangiopathy"),)),
    ("K-CART-4-severe", "on dialysis", {}, (_condition("Dependence on hemodialysis"),)),
    ("K-CART-4-moderate", "creatinine clearance of 45", {}, (_result("Creatinine clearance", 45, "mL/min", "2164-2"),)),
    ("K-CART-5", "raised LDH", {}, (_result("LDH", 610, "U/L", "2532-0", 250),)),
    ("K-CART-6", "therapy-related myelodysplastic syndrome", {}, (_condition("Myelodysplastic syndrome"),)),
    ("K-CNS-1", "parkinsonism", {}, (_condition("Parkinsonism"),)),
    ("K-CYT-1", "neutrophils of 0.8", {}, (_result("Absolute neutrophil count", 0.8, "10*3/uL", "751-8"),)),
    (
        "K-EMD-1",
        "extramedullary plasmacytoma",
        {},
        (_condition("Extramedullary plasmacytoma of the liver", "2026-08-24"),),
    ),
    ("K-HBV-1", "hepatitis B surface antigen", {}, (_result("HBsAg", "Reactive", "", "5196-1"),)),
    ("K-HEP-1", "bilirubin of 2.4 mg/dL", {}, (_result("Bilirubin, total", 2.4, "mg/dL", "1975-2", 1.2),)),
    ("K-IGG-1", "IgG of 250 mg/dL", {"isotype": "IgA"}, (_result("IgG", 250, "mg/dL", "2465-3"),)),
    ("K-IMID-1", "pregnant", {"birth": "1990-02-02"}, (PREGNANCY,)),
    ("K-IMID-2", "deep vein thrombosis in the history", {}, (_condition("History of deep vein thrombosis"),)),
    ("K-INF-1", "pneumonia now", {}, (_condition("Pneumonia", "2026-10-26"),)),
    ("K-INF-3", "no prophylaxis of infections", {}, ()),
    ("K-INTOL", "bortezomib stopped for neuropathy", {}, ()),
    ("K-IXA-1", "creatinine clearance of 25", {}, (_result("Creatinine clearance", 25, "mL/min", "2164-2"),)),
    ("K-LEN-1", "creatinine clearance of 40", {}, (_result("Creatinine clearance", 40, "mL/min", "2164-2"),)),
    ("K-LEN-2", "platelets of 40", {}, (_result("Platelets", 40, "10*3/uL", "777-3"),)),
    ("K-MEL-2", "platelets of 45", {}, (_result("Platelets", 45, "10*3/uL", "777-3"),)),
    ("K-NEURO-1", "neuropathy of grade 2", {}, (_condition("Peripheral neuropathy", "2026-05-04", "CTCAE grade 2"),)),
    (
        "K-NEURO-2",
        "painful neuropathy",
        {},
        (_condition("Painful peripheral neuropathy", "2026-05-04", "CTCAE grade 2"),),
    ),
    ("K-NEURO-3", "neuropathy of grade 4", {}, (_condition("Peripheral neuropathy", "2026-05-04", "CTCAE grade 4"),)),
    ("K-NEURO-4", "neuropathy without a grade", {}, (_condition("Peripheral neuropathy", "2026-05-04"),)),
    ("K-PI-1", "on carbamazepine", {}, (_medicine("carbamazepine 200 mg"),)),
    ("K-POM-1", "on dialysis", {}, (_condition("Dependence on hemodialysis"),)),
    ("K-POM-2", "on ciprofloxacin", {}, (_medicine("ciprofloxacin 500 mg"),)),
    ("K-POM-3", "cirrhosis", {}, (_condition("Cirrhosis of liver"),)),
    ("K-POM-4", "neutrophils of 0.4", {}, (_result("Absolute neutrophil count", 0.4, "10*3/uL", "751-8"),)),
    ("K-POM-4-new-cycle", "platelets of 40", {}, (_result("Platelets", 40, "10*3/uL", "777-3"),)),
    ("K-PREG-1", "pregnant", {"birth": "1990-02-02"}, (PREGNANCY,)),
    ("K-PS-1", "ECOG 2", {}, (_result("ECOG Performance Status score", 2, "", "89247-1"),)),
    ("K-PS-2", "ECOG 3", {}, (_result("ECOG Performance Status score", 3, "", "89247-1"),)),
    ("K-SEL-1", "platelets of 60", {}, (_result("Platelets", 60, "10*3/uL", "777-3"),)),
    ("K-SEL-2", "platelets of 20", {}, (_result("Platelets", 20, "10*3/uL", "777-3"),)),
    ("K-SEL-3", "sodium of 126 mmol/L", {}, (_result("Sodium", 126, "mmol/L", "2951-2"),)),
    ("K-SEL-4-low", "neutrophils of 0.8", {}, (_result("Absolute neutrophil count", 0.8, "10*3/uL", "751-8"),)),
    ("K-SEL-4-very-low", "neutrophils of 0.4", {}, (_result("Absolute neutrophil count", 0.4, "10*3/uL", "751-8"),)),
    ("K-SEL-5", "body mass index of 17", {}, (_result("Body mass index", 17, "kg/m2", "39156-5"),)),
    ("K-SEL-6", "hemoglobin of 7.4 g/dL", {}, (_result("Hemoglobin", 7.4, "g/dL", "718-7"),)),
    ("K-STER-1", "78 years old", {"birth": "1948-02-02"}, ()),
    (
        "K-STER-1-diabetes",
        "diabetes, poorly controlled",
        {},
        (_condition("Type 2 diabetes mellitus, poorly controlled"),),
    ),
    ("K-THAL-1", "neuropathy of grade 2", {}, (_condition("Peripheral neuropathy", "2026-05-04", "CTCAE grade 2"),)),
    (
        "K-VEN-1",
        "neither t(11;14) nor BCL2",
        {},
        (
            _result("FISH, plasma cell myeloma panel, bone marrow", "t(11;14) not detected"),
            _result("Molecular diagnostics", "BCL2-high not detected by quantitative RT-PCR."),
        ),
    ),
    (
        "K-VEN-2-strong",
        "t(11;14), on posaconazole",
        {"genomics": {"t(11;14)": True}},
        (_medicine("posaconazole 300 mg"),),
    ),
    ("K-VEN-2-moderate", "t(11;14), on verapamil", {"genomics": {"t(11;14)": True}}, (_medicine("verapamil 80 mg"),)),
)
"""Name, words, what is special about the patient, and what the chart says besides."""


def _say(script: Script, facts: tuple[Fact, ...]) -> Script:
    for fact in facts:
        named = fact[-1] if isinstance(fact[-1], dict) else {}
        plain = fact[: len(fact) - bool(named)]
        script.says(*plain, **{key: value for key, value in named.items() if value is not None})
    return script


def _never_imid(chance: Chance, **special: Any) -> Script:
    script = Script(chance, "2021-03-01", birth="1952-02-02", **special).line("2021-03-20", "DVMp", phase="treatment")
    return script.drop("2022-03-10", "VMp", "planned-completion").progress("2026-08-24", stop="2026-09-20")


def _triple_refractory(chance: Chance, **special: Any) -> Script:
    script = Script(chance, "2020-03-01", birth="1950-02-02", **special).line("2020-03-20", "VRd", "PR")
    script.progress("2022-06-06", stop="2022-07-03").line("2022-08-01", "DPd", "PR")
    script.progress("2024-02-05", stop="2024-03-03").line("2024-04-01", "KCd", "PR")
    return script.progress("2026-08-24", stop="2026-09-20")


BASES: Final = {"K-IXA-1": _never_imid, "K-THAL-1": _never_imid, "K-MEL-2": _triple_refractory}
"""Stories in which a regimen with the drug comes up at all, where that is not the first relapse after D-VRd."""


def _relapse(
    base: Callable[..., Script], special: dict[str, Any], facts: tuple[Fact, ...]
) -> Callable[[Chance], Story]:
    def tell(chance: Chance) -> Story:
        return _say(base(chance, **special), facts).finish(28)

    return tell


def _after_neuropathy(chance: Chance) -> Story:
    script = Script(chance, "2022-03-01").line("2022-03-20", "DVRd", phase="induction")
    script.drop("2022-07-10", "V", reaction=("Peripheral neuropathy", 3))
    return script.progress("2026-08-24", stop="2026-09-20").finish(28)


for _name, _words, _special, _facts in FACTS:
    SCENARIOS.add(
        _name,
        f"{'Relapse' if _name in BASES else 'First relapse on D-R'}, {_words}",
        _after_neuropathy if _name == "K-INTOL" else _relapse(BASES.get(_name, relapsed), _special, _facts),
    )


@SCENARIOS("K-BCMA-2", "Progression on teclistamab, its last dose two months ago: CAR-T against the same target")
def after_bispecific(chance: Chance) -> Story:
    script = transplanted(chance).progress("2024-06-03", stop="2024-07-01").line("2024-08-01", "Teclistamab")
    return script.progress("2026-08-10", stop="2026-09-05").finish(28)


@SCENARIOS("K-CART-3", "Bendamustine in the last line: too close to a collection of cells")
def bendamustine(chance: Chance) -> Story:
    script = transplanted(chance).progress("2025-06-02", stop="2025-06-29").line("2025-08-04", "VYd", "PR")
    return script.progress("2026-08-24", stop="2026-09-20").finish(28)
