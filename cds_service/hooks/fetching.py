"""Fetching what a call lacks from its FHIR server: searches and further pages, in parallel and within the budget (R38 to R41).

Loaded when the first call needs it, or at the start of a service that may: the HTTP library is a tenth of a second of imports.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from urllib.parse import urljoin

from cds_service import metrics
from cds_service.fhir_client import LATE, FhirClient, FhirError, Page
from cds_service.hooks.prefetch import OPTIONAL_TEMPLATES, Supply, examine

_WORKERS = 8


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be had from which server: searches by prefetch key, and keys whose search has further pages."""

    base: str
    token: str | None = field(repr=False)
    patient_id: str
    searches: Mapping[str, str]
    paged: tuple[str, ...]


def fetch(wanted: Wanted, stock: dict[str, Supply], *, budget_s: float, max_bytes: int) -> None:
    """Fetch and write into the stock what came, or why nothing did."""
    client = FhirClient(wanted.base, wanted.token, budget_s=budget_s, max_bytes=max_bytes)
    jobs: dict[str, Callable[[], list[Page]]] = {
        key: _search(client, template, wanted.patient_id) for key, template in wanted.searches.items()
    }
    jobs |= {key: _follow(client, wanted.base, stock[key]) for key in wanted.paged}
    pool = ThreadPoolExecutor(max_workers=_WORKERS, thread_name_prefix="fhir")
    try:
        futures = {key: pool.submit(job) for key, job in jobs.items()}
        wait(futures.values(), timeout=max(0.0, client.deadline - time.monotonic()) + 0.05)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        client.close()
    for key, future in futures.items():
        _enter(stock, key, future)


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
