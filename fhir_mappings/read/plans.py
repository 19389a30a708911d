"""Plans, reports, flags, episodes and studies: what they add to the facts of the record (L09, L22, L21)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fhir_mappings.dates import ChartDate
from fhir_mappings.read.bcl2 import bcl2_in_text
from fhir_mappings.read.csf import asks_for_csf, read_csf
from fhir_mappings.read.decode import decode_contained
from fhir_mappings.read.elements import RequestAction
from fhir_mappings.read.facts import Facts, codes_of, first_date, notes_text, start_of, status_word, texts_of, words_of
from fhir_mappings.read.findings import access_statement
from fhir_mappings.read.genomics import read_report_text
from fhir_mappings.read.observation_types import SentObservation
from fhir_mappings.read.observations import could_matter, read_sent
from fhir_mappings.read.plan_types import CarePlan, EpisodeOfCare, Flag, RequestGroup, ResearchSubject
from fhir_mappings.read.residual import residual_in_report
from fhir_mappings.read.resources import DiagnosticReport
from fhir_mappings.read.statements import read_line_text, read_refractory, read_report_status
from fhir_mappings.read.treatment_words import intents_in
from fhir_mappings.record import DrugRecord, Fact, StatedLine
from fhir_mappings.terminology.lookup import Code, drugs_of, find
from fhir_mappings.terminology.names import fold
from fhir_mappings.terminology.phrases import phrase

_IMAGING = phrase("imaging")
_ASKED = re.compile(
    "|".join(one.pattern for one in (_IMAGING, phrase("genomic_test"), phrase("marrow_biopsy")))
    + r"|marrow|knochenmark"
)
_EXTRAMEDULLARY = re.compile(r"extra-?medullar\w*(?: \w+){0,2}")
_EYE = re.compile(r"ophthalm|slit[- ]lamp|eye exam|visual acuity|augen")


def read_report(report: DiagnosticReport, ref: str, facts: Facts) -> None:
    """Read a report's conclusion: cytogenetics, progression on imaging, refractoriness, extramedullary disease."""
    if status_word(report.status) in {"entered-in-error", "cancelled"}:
        return
    date = first_date(report.effective_date_time, start_of(report.effective_period), report.issued)
    title = words_of(report.code, *report.category)
    if _EYE.search(fold(title)):
        facts.facts.append(Fact(ref, "eye_exam", "done", date))
    text = " | ".join(filter(None, [report.conclusion, *texts_of(*report.conclusion_code)]))
    if not text:
        told = fold(title)
        if (report.text or report.presented_form) and not report.result and _ASKED.search(told):
            facts.inform(ref, "what the report says stands only in a narrative or a document, which are not read")
        return
    read_report_text(text, ref, date, facts, title)
    bcl2_in_text(text, ref, date, facts, title)
    if asks_for_csf(fold(title)):
        read_csf(title, text, ref, date, facts)
    imaging = bool(_IMAGING.search(fold(title)))
    read_report_status(text, ref, date, facts, imaging=imaging)
    read_refractory(text, ref, date, facts)
    plain = fold(text)
    _read_antigens(plain, ref, date, facts)
    residual_in_report(text, ref, date, facts)
    for one in decode_contained(report.contained):
        if isinstance(one, SentObservation) and could_matter(one):
            read_sent(one, ref, facts)
    if imaging and (found := _EXTRAMEDULLARY.search(plain)):
        before = plain[max(0, found.start() - 40) : found.start()]
        absent = re.search(r"\bno\b|\bwithout\b|\bnegative\b|\bkein\w*|absence", before.rpartition(".")[2])
        facts.facts.append(Fact(ref, "extramedullary_disease", "absent" if absent else "present", date))


_ANTIGENS = (("bcma", re.compile(r"\bbcma\b|tnfrsf17")), ("gprc5d", re.compile(r"gprc5d")))
_LOST = re.compile(
    r"\bloss\b|\blost\b|biallelic (?:deletion|loss|inactivat)|homozygous deletion|\bnegative\b|not express|absent|verlust|\bperte\b"
)
_NOT_LOST = re.compile(
    r"\bno (?:evidence of )?(?:\w+ ){0,2}(?:loss|deletion)|\bnot lost\b|retained|preserved|without loss|kein\w* verlust"
)


def _read_antigens(plain: str, ref: str, date: ChartDate | None, facts: Facts) -> None:
    """Read from a report whether the plasma cells have lost a target of treatment (F10): sentence by sentence."""
    for name, pattern in _ANTIGENS:
        for sentence in re.split(r"[.;|]", plain):
            if not pattern.search(sentence):
                continue
            if _NOT_LOST.search(sentence) or re.search(r"\bpositive\b|\bexpress(?:ed|ion present)", sentence):
                facts.facts.append(Fact(ref, f"{name}_loss", "absent", date))
            elif _LOST.search(sentence):
                facts.facts.append(Fact(ref, f"{name}_loss", "present", date))


def read_flag(flag: Flag, ref: str, facts: Facts) -> None:
    """Read a Flag about access to CAR-T."""
    if status_word(flag.status) in {"entered-in-error", "inactive"}:
        return
    for text in texts_of(flag.code):
        if value := access_statement(text):
            facts.facts.append(Fact(ref, "car_t_access", value, first_date(start_of(flag.period))))
            return


def read_care_plan(plan: CarePlan, ref: str, facts: Facts) -> None:
    """Read a CarePlan: the planned sequence (L09), a line number in its title (L22), drugs that are planned."""
    status = status_word(plan.status)
    if status in {"entered-in-error", "revoked", "draft"}:
        return
    date = first_date(plan.created, start_of(plan.period))
    for text in filter(None, [plan.title, plan.description]):
        read_line_text(text, ref, first_date(start_of(plan.period), plan.created), facts)
    words = [plan.title or "", plan.description or "", notes_text(plan.note)]
    for activity in plan.activity:
        detail = activity.detail
        if detail is None or status_word(detail.status) in {"cancelled", "entered-in-error", "stopped"}:
            words.append(activity.reference.display or "" if activity.reference else "")
            continue
        texts = [*texts_of(detail.product_codeable_concept), *texts_of(detail.code), detail.description or ""]
        reference = detail.product_reference
        texts.append(reference.display or "" if reference else "")
        words += texts
        start = first_date(start_of(detail.scheduled_period), detail.scheduled_string) or date
        _planned(codes_of(detail.product_codeable_concept, detail.code), texts, start, plan.title, ref, date, facts)
    _read_plan(" | ".join(word for word in words if word), ref, date, facts)


def _planned(
    codes: list[Code],
    texts: list[str],
    start: ChartDate | None,
    title: str | None,
    ref: str,
    date: ChartDate | None,
    facts: Facts,
) -> None:
    drugs = drugs_of(codes, [text for text in texts if text])
    intent = next(iter(intents_in(" | ".join(texts))), None)
    for agent in drugs.agents:
        facts.drugs.append(
            DrugRecord(
                ref,
                agent,
                "request",
                "planned",
                start=start,
                asserted=date,
                intent=intent,
                regimen_text=drugs.regimen or title,
                text=" | ".join(filter(None, texts))[:200],
            )
        )


def _read_plan(text: str, ref: str, date: ChartDate | None, facts: Facts) -> None:
    """Keep the words of a plan that is about the treatment: they can name the sequence that makes one line (L09)."""
    if not text:
        return
    drugs = drugs_of([], [text])
    if (
        drugs.agents
        or intents_in(text)
        or re.search(r"transplant|\basct\b|car[- ]?t\b|line of therapy|linie", fold(text))
    ):
        facts.facts.append(Fact(ref, "treatment_plan", text[:400], date))


def read_request_group(group: RequestGroup, ref: str, facts: Facts) -> None:
    """Read a RequestGroup: titles of its actions in order."""
    if status_word(group.status) in {"entered-in-error", "revoked", "draft"}:
        return
    words = [words_of(group.code), *_titles(group.action)]
    _read_plan(" | ".join(word for word in words if word), ref, first_date(group.authored_on), facts)


def _titles(actions: list[RequestAction]) -> Iterator[str]:
    for action in actions:
        yield from filter(
            None, (action.title, action.description, action.resource.display if action.resource else None)
        )
        yield from _titles(action.action)


def read_episode(episode: EpisodeOfCare, ref: str, facts: Facts) -> None:
    """Read the line number that an EpisodeOfCare carries in its type or an extension (L22)."""
    if status_word(episode.status) in {"entered-in-error", "cancelled"}:
        return
    date = first_date(start_of(episode.period))
    is_line = any((row := find("disease_status", code)) and row.role == "line_code" for code in codes_of(*episode.type))
    for extension in episode.extension:
        number = extension.value_integer or extension.value_positive_int
        if number and 0 < number < 20 and (is_line or re.search(r"line", extension.url or "", re.IGNORECASE)):
            facts.stated_lines.append(StatedLine(ref, number, relapse=False, date=date))
            return
    for text in texts_of(*episode.type):
        read_line_text(text, ref, date, facts)


def read_research_subject(subject: ResearchSubject, ref: str, facts: Facts) -> None:
    """Keep that the patient is or was in a study: a blinded drug may be among the unnamed ones (L21)."""
    if status_word(subject.status) in {
        "candidate",
        "potential-candidate",
        "ineligible",
        "not-registered",
        "screening",
        "withdrawn",
        "entered-in-error",
    }:
        return
    arm = subject.actual_arm or subject.assigned_arm or "arm not given"
    facts.facts.append(Fact(ref, "research_study", arm, first_date(start_of(subject.period))))
