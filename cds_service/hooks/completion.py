"""Completing the prefetch from the FHIR server of the call, when that server is allowed (R33, R34, R38 to R42)."""

from __future__ import annotations

from cds_service.addresses import allowed_base
from cds_service.hooks.messages import HookRequest
from cds_service.hooks.prefetch import DRUG_KEYS, OPTIONAL_TEMPLATES, TEMPLATES, Supply, absent
from cds_service.settings import Settings

_RESERVED = 0.1
"""Part of the time budget that is kept for the work after fetching."""
_INCLUDED = {key: f"&_include={kind}:medication" for key, kind in DRUG_KEYS.items()}


def complete(request: HookRequest, stock: dict[str, Supply], settings: Settings, *, spent_s: float = 0.0) -> int:
    """Fetch what is absent and follow what is paged, in parallel and within the budget; return the number of tries.

    The budget is that of the whole call: what was spent on reading the request, and what reading the chart and wording
    the cards will need, is left out of it.

    Nothing is fetched for a key that was looked up (R34, R35). What cannot be had stays as it was, with the reason.
    """
    base = allowed_base(request.fhir_server, settings.fhir_servers)
    if base is None:
        return 0
    missing = absent(stock)
    paged = [key for key, supply in stock.items() if supply.state == "paged" and supply.next_url]
    if not missing and not paged:
        return 0
    templates = {key: TEMPLATES[key] + _INCLUDED.get(key, "") for key in missing}
    if not stock:
        templates.update(OPTIONAL_TEMPLATES)
    budget = max(0.0, settings.time_budget_s * (1 - _RESERVED) - spent_s)
    from cds_service.hooks import fetching

    fetching.fetch(
        fetching.Wanted(base, request.access_token, request.patient_id, templates, tuple(paged)),
        stock,
        budget_s=budget,
        max_bytes=settings.max_body_bytes,
    )
    return len(templates) + len(paged)
