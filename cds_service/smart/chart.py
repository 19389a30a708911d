"""The chart of a session's patient, read from the FHIR server and assessed exactly as a hook call without prefetch is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from cds_service import context, logs
from cds_service.hooks.chart import Call, assess_supplied, supply
from cds_service.hooks.messages import HookRequest
from cds_service.hooks.prefetch import Supply
from cds_service.options import make_options
from cds_service.pipeline import Assessment
from cds_service.smart.flow import Session

READ_S = 20.0
"""Seconds for reading a chart: a person who opened a page waits longer than an EHR that opens a chart."""


@dataclass(frozen=True, slots=True)
class Chart:
    """An assessment, its document, and the patient in the words of the chart."""

    assessment: Assessment
    document: dict[str, Any]
    patient: str


def read(session: Session) -> Chart:
    """Read and assess. Raises `RefusalError` (412) when too little could be read; names what could not."""
    settings = context.settings()
    request = HookRequest(
        "patient-view", session.patient, {}, {}, fhir_server=session.iss.rstrip("/"), access_token=session.token
    )
    call = Call(request, make_options({}, settings), 0)
    stock, tries = supply(call, budget_s=max(READ_S, settings.time_budget_s))
    assessment = assess_supplied(call, stock, tries)
    with logs.current_stages().stage("document"):
        document = context.pipeline().document(assessment)
    return Chart(assessment, document, _described(stock.get("patient")))


class _Name(msgspec.Struct, gc=False):
    text: str | None = None
    family: str | None = None
    given: list[str | None] | None = None
    use: str | None = None


class _Patient(msgspec.Struct, rename="camel", gc=False):
    name: list[_Name] | None = None
    birth_date: str | None = None


def _described(supplied: Supply | None) -> str:
    """Return name and birth date of the Patient resource; empty when they cannot be read."""
    for part in supplied.parts if supplied is not None else ():
        try:
            patient = msgspec.json.decode(part.raw, type=_Patient)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            continue
        names = [name for name in patient.name or () if name.use not in {"old", "nickname", "maiden"}]
        words = next((_words(name) for name in names if _words(name)), "")
        return ", born ".join(filter(None, [words, patient.birth_date]))
    return ""


def _words(name: _Name) -> str:
    return name.text or " ".join(filter(None, [*(name.given or ()), name.family]))
