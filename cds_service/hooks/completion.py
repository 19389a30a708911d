"""Completing the prefetch from the FHIR server of the call, when that server is allowed (R33, R34, R38 to R42)."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from urllib.parse import urljoin

from cds_service import metrics
from cds_service.fhir_client import LATE, FhirClient, FhirError, Page, allowed_base
from cds_service.hooks.messages import HookRequest
from cds_service.hooks.prefetch import DRUG_KEYS, OPTIONAL_TEMPLATES, TEMPLATES, Supply, absent, examine
from cds_service.settings import Settings

_WORKERS = 8
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
    client = FhirClient(base, request.access_token, budget_s=budget, max_bytes=settings.max_body_bytes)
    jobs: dict[str, Callable[[], list[Page]]] = {
        key: _search(client, template, request.patient_id) for key, template in templates.items()
    }
    jobs |= {key: _follow(client, base, stock[key]) for key in paged}
    pool = ThreadPoolExecutor(max_workers=_WORKERS, thread_name_prefix="fhir")
    try:
        futures = {key: pool.submit(job) for key, job in jobs.items()}
        wait(futures.values(), timeout=max(0.0, client.deadline - time.monotonic()) + 0.05)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        client.close()
    for key, future in futures.items():
        _enter(stock, key, future)
    return len(jobs)


def _search(client: FhirClient, template: str, patient_id: str) -> Callable[[], list[Page]]:
    return lambda: client.search(template, patient_id)


def _follow(client: FhirClient, base: str, supply: Supply) -> Callable[[], list[Page]]:
    return lambda: client.pages(urljoin(f"{base}/", supply.next_url or ""))


def _enter(stock: dict[str, Supply], key: str, future: Future[list[Page]]) -> None:
    """Write a result into the stock."""
    try:
        if not future.done():
            raise FhirError(LATE)  # noqa: TRY301 - same path as the client's own
        pages = future.result()
    except FhirError as error:
        metrics.count("fhir_errors_total", kind=error.kind)
        metrics.count("prefetch_completions_total", outcome="failed")
        _enter_failure(stock, key, error.reason)
        return
    looked = [examine(page.body) for page in pages]
    if any(supply.state == "failed" for supply in looked):
        metrics.count("fhir_errors_total", kind="content")
        metrics.count("prefetch_completions_total", outcome="failed")
        _enter_failure(stock, key, "the FHIR server answered with an error")
        return
    metrics.count("prefetch_completions_total", outcome="read")
    before = stock[key].parts if key in stock and stock[key].state == "paged" else []
    partial = next((supply.reason for supply in looked if supply.state == "paged" and not supply.next_url), "")
    if len(looked) > 1 or before:
        partial = ""  # `total` counts all pages
    parts = [*before, *(part for supply in looked for part in supply.parts)]
    stock[key] = Supply("paged" if partial else "read", parts, reason=partial)


def _enter_failure(stock: dict[str, Supply], key: str, reason: str) -> None:
    if key in OPTIONAL_TEMPLATES and key not in stock:
        return
    known = stock.get(key)
    if known is not None and known.state == "paged":
        known.reason = f"{known.reason}; {reason}"
        return
    stock[key] = Supply("failed", reason=reason)
