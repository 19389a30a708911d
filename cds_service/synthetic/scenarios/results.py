"""Stories about results: units, comparators, assays, antibodies that are measured, single values, depths of response (P02-P23)."""

from __future__ import annotations

from cds_service.synthetic.chance import Chance
from cds_service.synthetic.days import day
from cds_service.synthetic.scenarios.beginnings import relapsed, transplanted
from cds_service.synthetic.scenarios.script import Collection, Script
from cds_service.synthetic.story.model import Story

SCENARIOS = Collection()
scenario = SCENARIOS
M_PROTEIN = {"words": "M-spike", "code": "33358-3"}
KAPPA = {"words": "Kappa Free Light Chain, S", "code": "36916-5"}
LAMBDA = {"words": "Lambda Free Light Chain, S", "code": "33944-0"}


def _stable(chance: Chance, level: float = 60.0) -> Script:
    """D-Rd since 2024 in partial response."""
    return Script(chance, "2024-03-01", level).line("2024-03-20", "DRd", "PR")


@scenario("P02-unit-suspect", "A result ten times the one before, without a unit: not used, no progression")
def unit_suspect(chance: Chance) -> Story:
    script = _stable(chance)
    return script.says("result", on="2026-06-10", value=round(script.level("2026-06-10"), 1), **M_PROTEIN).finish(28)


@scenario("P03-comparators", "Results below the limit of the assay, and one in words: nothing is left to measure")
def comparators(chance: Chance) -> Story:
    script = transplanted(chance)
    for on in ("2025-03-03", "2025-06-02"):
        script.says("result", on=on, value=0.1, unit="g/dL", comparator="<", **M_PROTEIN)
    return script.says("result", on="2025-09-01", value="faint band, not quantifiable", **M_PROTEIN).finish()


@scenario("P05-change-of-assay", "Another assay of free light chains reads higher: a new baseline, no progression")
def change_of_assay(chance: Chance) -> Story:
    script = _light_chains(chance)
    for on, method, value in (
        ("2025-11-03", "Freelite", 2.4),
        ("2026-02-02", "Freelite", 2.5),
        ("2026-08-03", "N Latex", 14.6),
        ("2026-09-07", "N Latex", 14.9),
    ):
        script.says("result", on=on, value=value, unit="mg/dL", method=method, **KAPPA)
        script.says("result", on=on, value=0.8, unit="mg/dL", method=method, **LAMBDA)
    return script.finish(28, seen="2025-10-15")


def _light_chains(chance: Chance) -> Script:
    return Script(chance, "2024-03-01", 1800.0, marker="flc", isotype="light-chain").line("2024-03-20", "DRd", "CR")


@scenario(
    "P06-antibody-band",
    "IgA lambda myeloma in complete response, an IgG kappa band of 1 g/L on daratumumab: the antibody",
)
def antibody_band(chance: Chance) -> Story:
    script = Script(chance, "2024-03-01", 38.0, isotype="IgA", chain="lambda").line("2024-03-20", "DRd", "CR")
    script.says("result", "Serum immunofixation", "2025-09-01", "IgG kappa monoclonal band", code="25700-6")
    script.says("result", "Urine immunofixation", "2025-09-01", "negative", code="13440-3")
    script.says("result", "Bone marrow plasma cells", "2025-09-01", 2.0, "%", code="11118-7")
    for on in ("2025-09-01", "2025-10-06"):
        script.says("result", on=on, value=0.1, unit="g/dL", **M_PROTEIN)
    return script.finish(28)


@scenario("P10-single-low-value", "One low value between higher ones is no nadir: what follows is no progression")
def single_low_value(chance: Chance) -> Story:
    script = _stable(chance, 84.0)
    low = round(script.level("2026-05-11") * 0.03, 2)
    return script.says("result", on="2026-05-11", value=low, unit="g/dL", **M_PROTEIN).finish(28)


@scenario("P11-complete-response", "Immunofixation negative in serum and urine, 2 % plasma cells in the marrow")
def complete_response(chance: Chance) -> Story:
    script = Script(chance, "2024-03-01", 38.0).line("2024-03-20", "DVRd", "CR")
    for on in ("2025-01-13", "2025-03-10"):
        script.says("result", "Serum immunofixation", on, "negative", code="25700-6")
        script.says("result", "Urine immunofixation", on, "negative", code="13440-3")
    return script.says("result", "Bone marrow plasma cells", "2025-02-03", 2.0, "%", code="11118-7").finish(28)


@scenario(
    "P14-minimal-response", "A third less M-protein on carfilzomib: minimal response, not refractory while it holds"
)
def minimal_response(chance: Chance) -> Story:
    script = transplanted(chance).progress("2025-10-06", stop="2025-11-02")
    return script.line("2025-11-20", "Kd", "MR").finish(28)


@scenario("P16-mrd-sustained", "Measurable residual disease not found twice, a year apart")
def mrd_sustained(chance: Chance) -> Story:
    return _mrd(chance, "negative")


@scenario("P16-mrd-resurgence", "Measurable residual disease comes back in complete response: told, no progression")
def mrd_resurgence(chance: Chance) -> Story:
    return _mrd(chance, "positive")


def _mrd(chance: Chance, last: str) -> Story:
    script = Script(chance, "2024-03-01", 38.0).line("2024-03-20", "DVRd", "CR")
    for on, found in (("2025-03-03", "negative"), ("2026-05-04", last)):
        script.says("result", "Measurable residual disease (MRD) by flow cytometry, sensitivity 10^-5", on, found)
    return script.finish(28)


@scenario(
    "P19-clinical-relapse",
    "Calcium of 10.9 mg/dL with an albumin of 2.8 g/dL, M-protein unchanged: suspected, no progression",
)
def clinical_relapse(chance: Chance) -> Story:
    script = _stable(chance).says("result", "Calcium", "2026-10-20", 10.9, "mg/dL", code="17861-6")
    return script.says("result", "Albumin", "2026-10-20", 2.8, "g/dL", code="1751-7").finish(28)


@scenario("P23-significant-relapse", "M-protein doubles within two months: a significant biochemical relapse")
def significant(chance: Chance) -> Story:
    return relapsed(chance).finish(28)


@scenario("P23-slow-relapse", "M-protein past the limit, slowly and without symptoms: close observation is an option")
def slow(chance: Chance) -> Story:
    script = transplanted(chance, keep="DR", level=70.0)
    return script.progress("2026-08-24", stop="2026-09-20", doubling=240.0).finish(28)


@scenario("E32-possible", "One value past the limit at the last visit, nothing after it: possible, no options yet")
def possible(chance: Chance) -> Story:
    script = transplanted(chance)
    script.teller.relapse_at(day("2026-10-12"), 24.0)
    script.teller.visits(day("2026-10-04"), 28)
    script.teller.visit(day("2026-10-26"))
    return script.finish(28)


@scenario("E32-unknown", "On D-R, and no result of any kind for half a year: not known whether it progresses")
def no_recent_data(chance: Chance) -> Story:
    return transplanted(chance).finish(28, seen="2026-05-04")
