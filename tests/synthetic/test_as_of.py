"""The same charts as of earlier days, against stories cut on that day: nothing of the future shows (F11)."""

from __future__ import annotations

import copy
import os
import random
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import orjson

from cds_service.cohort.patients import Assessed, Choice, assess_group
from cds_service.synthetic.chance import stream
from cds_service.synthetic.days import iso
from cds_service.synthetic.parameters import DEFAULT
from cds_service.synthetic.record.shown import Shown
from cds_service.synthetic.record.styles import STYLES, Blemishes
from cds_service.synthetic.record.write import write_record
from cds_service.synthetic.story.model import Story
from cds_service.synthetic.story.random_story import random_story
from cds_service.synthetic.truth.entry import IN_SCOPE, truth_entry
from scripts.accuracy.compare import STEROIDS

PATIENTS = 30 * int(os.environ.get("MYELOMA_CDS_TEST_DEEP", "1"))
DAYS = 3
SEED = 20261102
TIDY = ("statements", "orders", "european", "registry")
"""Styles that lose nothing: what they hold on a day is what had happened by then."""


class Compared(NamedTuple):
    """One assessment as of an earlier day, and the truth of that day."""

    patient: str
    day: str
    truth: dict[str, Any]
    document: dict[str, Any]


def known_by(story: Story, shown: Shown, day: int) -> tuple[Story, Shown]:
    """Return the story as it stood on a day, and what of the record existed then."""
    past, seen = copy.deepcopy(story), copy.deepcopy(shown)
    kept = [n for n, given in enumerate(story.given) if given.start <= day]
    place = {old: new for new, old in enumerate(kept)}
    seen.drugs = {place[n] for n in shown.drugs if n in place}
    seen.exact_end = {place[n] for n in shown.exact_end if n in place}
    seen.exact_start = {place[n] for n in shown.exact_start if n in place}
    seen.reasons = {place[n] for n in shown.reasons if n in place and story.given[n].last <= day}
    seen.labs = [lab for lab in shown.labs if lab[0] <= day]
    seen.stated = {when: said for when, said in shown.stated.items() if max(when, said) <= day}
    past.given = [past.given[n] for n in kept]
    for given in past.given:
        if given.last > day:
            given.last, given.reason, given.toxicity = day, None, None
    past.until = day
    past.death = past.death if past.death is not None and past.death <= day else None
    past.lost = past.lost if past.lost is not None and past.lost <= day else None
    past.events = [event for event in past.events if event.day <= day]
    past.gained = [gain for gain in past.gained if gain.day <= day]
    past.lines = [line for line in past.lines if line.start <= day]
    for line in past.lines:
        line.phases = [phase for phase in line.phases if phase.start <= day]
        line.progressions = [one for one in line.progressions if one.day <= day]
        line.courses = [course for course in line.courses if course <= day]
    count = sum(visit <= day for visit in past.visits)
    past.visits, past.values = past.visits[:count], past.values[:count]
    return past, seen


@cache
def compared() -> tuple[Compared, ...]:
    return tuple(one for index in range(PATIENTS) for one in _patient(index))


def _patient(index: int) -> Iterator[Compared]:
    story = random_story(stream(SEED, index, "story"), DEFAULT)
    if story.disease not in IN_SCOPE or not story.lines:
        return
    style, patient = TIDY[index % len(TIDY)], f"as-of-{index}"
    chance = stream(SEED, index, "record")
    chart, shown = write_record(story, STYLES[style], Blemishes(), chance, DEFAULT, patient, index)
    entries = [f'{{"resource":{row}}}'.encode() for _, row in chart.rows]
    days = random.Random(index)
    for _ in range(DAYS):
        day = days.randint(story.lines[0].start + 30, story.last_seen)
        done = Assessed()
        assess_group(patient, entries, Choice(iso(day), "US", "current", "unknown"), done)
        truth = truth_entry(*known_by(story, shown, day), Blemishes(), patient)
        yield Compared(patient, iso(day), truth, orjson.loads(done.rows[0].document))


def test_no_drug_of_the_future() -> None:
    assert len(compared()) > 2 * PATIENTS
    assert [
        (one.patient, one.day, agent)
        for one in compared()
        for agent in set(one.document["agents"]) - set(one.truth["agents"]) - STEROIDS
    ] == []


def test_status_of_drugs_as_of_earlier_days() -> None:
    found = [
        one.document["agents"].get(agent, {}).get("status") in one.truth["accepted"]["agents"][agent]
        for one in compared()
        for agent in one.truth["agents"]
        if agent not in STEROIDS
    ]
    assert len(found) > 6 * PATIENTS
    assert sum(found) >= 0.99 * len(found)


def test_lines_and_facts_as_of_earlier_days() -> None:
    lines = [one.document["lineCount"]["imwg"] in one.truth["accepted"]["lineCount"] for one in compared()]
    assert sum(lines) >= 0.98 * len(lines)
    facts = [
        one.document["summary"][name] in one.truth["accepted"]["summary"][name]
        for one in compared()
        for name in one.truth["summary"]
        if name != "cytogeneticRisk"
    ]
    assert sum(facts) >= 0.99 * len(facts)
