"""Who the patient is: age, disease, clone, genetics, other illnesses. Drawn before anything happens."""

from __future__ import annotations

from cds_service.synthetic.chance import Chance
from cds_service.synthetic.days import day
from cds_service.synthetic.parameters import Model
from cds_service.synthetic.story.model import Disease, Marker, Story

UNTIL = day("2026-11-01")
"""The day as of which every story is told, and the `asOf` of every request."""

NOT_ACTIVE: dict[Disease, float] = {
    "smoldering-myeloma": 0.35,
    "mgus": 0.25,
    "al-amyloidosis": 0.2,
    "solitary-plasmacytoma": 0.15,
    "other-plasma-cell-disorder": 0.05,
}


def draw_patient(chance: Chance, model: Model) -> Story:
    """Return the beginning of a story: a patient on the day of diagnosis."""
    year = chance.days(model.first_diagnosis_year, model.last_diagnosis_year)
    diagnosis = day(f"{year}-01-01") + chance.days(0, 364)
    age = min(max(chance.gauss(model.age_mean_years, model.age_sd_years), 34.0), 90.0)
    isotype = chance.weighted(model.isotypes)
    marker: Marker = "flc" if isotype == "light-chain" else "none" if isotype == "non-secretory" else "serum"
    disease: Disease = "multiple-myeloma"
    point = chance.random()
    if point < model.share_not_active_myeloma:
        disease = chance.weighted(NOT_ACTIVE)
    elif point < model.share_not_active_myeloma + model.share_plasma_cell_leukemia:
        disease = "plasma-cell-leukemia"
    creatinine = chance.weighted({0.8: 0.3, 0.95: 0.3, 1.1: 0.2, 1.5: 0.12, 2.4: 0.08}) * chance.between(0.92, 1.08)
    story = Story(
        sex="male" if chance.happens(model.share_men) else "female",
        birth=diagnosis - round(age * 365.25),
        disease=disease,
        diagnosis=diagnosis,
        until=UNTIL,
        marker=marker,
        isotype=isotype,
        chain="kappa" if chance.happens(model.share_kappa) else "lambda",
        genomics={name: chance.happens(share) for name, share in model.cytogenetics.items()},
        b2m=round(chance.log_between(1.9, 9.5) * (1.25 if creatinine > 1.4 else 1.0), 1),
        creatinine=round(creatinine, 2),
        car_t_access=chance.weighted(model.car_t_access),
        ecog=chance.weighted({0: 0.35, 1: 0.42, 2: 0.16, 3: 0.07}),
    )
    for name, share in model.comorbidities.items():
        if chance.happens(share):
            story.comorbidities.append((name, diagnosis - chance.days(200, 4000)))
    return story


def first_level(story: Story, chance: Chance, model: Model) -> float:
    """Return the marker at diagnosis, in g/L or mg/L."""
    if story.marker == "flc":
        return chance.log_between(*model.involved_flc_mg_l)
    return chance.between(*model.serum_m_protein_g_l)


def age_at(story: Story, when: int) -> float:
    """Return the age in years on a day."""
    return (when - story.birth) / 365.25
