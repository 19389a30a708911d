"""The model draws what its parameters say, and its truth hangs together."""

import math
from collections import Counter
from dataclasses import fields
from functools import cache
from itertools import pairwise
from pathlib import Path
from statistics import median

from cds_service.synthetic import SyntheticPatient, generate, parameters
from cds_service.synthetic.chance import stream
from cds_service.synthetic.parameters import DEFAULT, Model
from cds_service.synthetic.story.evolution import GAINED
from cds_service.synthetic.story.patients import draw_patient
from cds_service.synthetic.story.teller import REMAINING
from fhir_mappings.terminology.agents import classes_of

PATIENTS = 300


@cache
def cohort() -> tuple[SyntheticPatient, ...]:
    return tuple(generate(11, index) for index in range(PATIENTS))


def near(hits: int, total: int, share: float, sigmas: float = 4.0) -> bool:
    """Tell whether a count lies within four standard errors of what a share predicts."""
    return abs(hits - total * share) <= sigmas * math.sqrt(total * share * (1 - share)) + 1


def test_who_the_patients_are() -> None:
    drawn = [draw_patient(stream(12, index, "story"), DEFAULT) for index in range(2000)]
    assert near(sum(s.sex == "male" for s in drawn), 2000, DEFAULT.share_men)
    assert near(sum(s.chain == "kappa" for s in drawn), 2000, DEFAULT.share_kappa)
    for isotype, share in DEFAULT.isotypes.items():
        assert near(sum(s.isotype == isotype for s in drawn), 2000, share)
    for name, share in DEFAULT.cytogenetics.items():
        assert near(sum(s.genomics[name] for s in drawn), 2000, share)
    ages = [(s.diagnosis - s.birth) / 365.25 for s in drawn]
    assert abs(median(ages) - DEFAULT.age_mean_years) < 1.0


def test_times_to_progression_have_their_median() -> None:
    chance = stream(13, 0, "times")
    drawn = [chance.lognormal_months(14.0, DEFAULT.progression_sigma) for _ in range(4000)]
    assert abs(median(drawn) - 14.0) < 0.6
    inside = sum(
        14.0 * math.exp(-DEFAULT.progression_sigma) < x < 14.0 * math.exp(DEFAULT.progression_sigma) for x in drawn
    )
    assert near(inside, 4000, 0.6827)


def test_depths_of_response_stay_apart() -> None:
    shallow_first = sorted(REMAINING.values(), reverse=True)
    assert all(low_a >= high_b for (low_a, _), (_, high_b) in pairwise(shallow_first))
    chance = stream(14, 0, "depth")
    drawn = Counter(chance.weighted(DEFAULT.responses["second"]) for _ in range(3000))
    assert all(near(drawn[depth], 3000, share) for depth, share in DEFAULT.responses["second"].items())


def test_every_kind_of_story_is_told() -> None:
    truths = [patient.truth for patient in cohort()]
    counts = Counter(len(t["lines"]) for t in truths if t["lines"] is not None)
    assert {1, 2, 3, 4, 5} <= set(counts)
    assert max(counts) <= 9
    seen = {status["status"] for t in truths if t["agents"] for status in t["agents"].values()}
    assert seen == {"refractory", "exposed-unknown", "exposed-not-refractory"}
    assert near(sum(t["lines"] is None for t in truths), PATIENTS, DEFAULT.share_not_active_myeloma)


def test_lines_follow_each_other() -> None:
    for patient in cohort():
        lines = patient.truth["lines"] or []
        assert [line["number"] for line in lines] == list(range(1, len(lines) + 1))
        assert all(a["start"] < b["start"] for a, b in pairwise(lines))
        for line in lines:
            assert set(line["agents"]) >= {a for p in line["phases"] if p["kind"] == "treatment" for a in p["agents"]}
            assert all(line["start"] <= day for day in line["progressions"])


def test_refractory_is_what_f02_says() -> None:
    """F02 and F03 once more from the dates in the file: a drug calls for progression on it or within 60 days, or for no response."""
    for patient in cohort():
        days = [p["date"] for p in patient.truth["progressions"]]
        for status in (patient.truth["agents"] or {}).values():
            if status["status"] == "refractory" and status["why"].startswith("progression"):
                assert status["since"] in days
                assert status["firstExposure"] < status["since"]


def test_composites_and_criteria_sets_follow_from_the_drugs() -> None:
    """F13 and F16 recomputed from the agents of the truth, in other words than the generator's."""
    for patient in cohort():
        truth = patient.truth
        if truth["agents"] is None:
            continue
        of: dict[str, set[str]] = {"PI": set(), "IMID": set(), "CD38": set()}
        for agent, entry in truth["agents"].items():
            for key in classes_of(agent):
                of.get(key, set()).add(entry["status"])
        exposed = all(of.values())
        assert (truth["summary"]["tripleClassExposed"] == "yes") == exposed
        assert (truth["summary"]["tripleClassRefractory"] == "yes") == all("refractory" in own for own in of.values())
        assert (truth["summary"]["doubleRefractory"] == "yes") == all("refractory" in of[k] for k in ("PI", "IMID"))
        prior = truth["lineCount"]["prior"]
        assert prior["min"] <= prior["imwg"] <= prior["max"]
        for name, least in (("C2", 2), ("C4", 4)):
            assert (truth["criteriaSets"][name] == "met") == (exposed and prior["min"] >= least)
        lenalidomide = truth["agents"].get("lenalidomide", {}).get("status")
        met = prior["min"] >= 1 and bool(of["PI"]) and bool(of["IMID"]) and lenalidomide == "refractory"
        assert (truth["criteriaSets"]["C1"] == "met") == met


def test_the_truth_is_among_the_accepted_answers() -> None:
    for patient in cohort():
        truth = patient.truth
        if truth["agents"] is None:
            continue
        accepted = truth["accepted"]
        assert all(entry["status"] in accepted["agents"][agent] for agent, entry in truth["agents"].items())
        assert all(value in accepted["summary"][key] for key, value in truth["summary"].items())
        assert all(value in accepted["criteriaSets"][key] for key, value in truth["criteriaSets"].items())
        assert truth["lineCount"]["imwg"] in accepted["lineCount"]


def test_aberrations_are_gained_at_relapse() -> None:
    chances = gained = tested = 0
    for patient in cohort():
        story = patient.story
        relapses = sum(line.begun_for == "progression" for line in story.lines)
        if not any(story.genomics.get(name) for name in GAINED):
            chances += relapses * len(GAINED)
            gained += len(story.gained)
        for gain in story.gained:
            assert not story.genomics[gain.name]
            assert story.diagnosis <= gain.day <= story.last_seen
            words = f"{gain.name} detected in 48%"
            on_record = any(words in row for kind, row in patient.rows if kind == "Observation")
            assert on_record <= gain.tested
            tested += on_record
    assert gained > 10
    assert near(gained, chances, DEFAULT.cytogenetics_gain_at_relapse)
    assert tested > 5


def test_every_parameter_is_used() -> None:
    """A number that nothing reads would be a promise that the model does not keep."""
    package = Path(parameters.__file__).parent
    text = "\n".join(p.read_text(encoding="utf-8") for p in package.rglob("*.py") if p.name != "parameters.py")
    assert [item.name for item in fields(Model) if f"model.{item.name}" not in text] == []
