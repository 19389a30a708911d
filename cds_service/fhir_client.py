"""Reading from the EHR's FHIR server: only from allowed servers, never for longer than the budget (R40 to R42).

The token goes to the origin of the allowed server and nowhere else: redirects are not followed, and a `next` link on
another origin is not followed either. A client lives for one hook call; nothing of it, cookies included, is kept.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote, urljoin

import msgspec
import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.util.retry import Retry

from cds_service import __version__
from cds_service.addresses import next_link, origin_of, points_to_loopback
from cds_service.outgoing import DeadlineError, arriving

MAX_PAGES = 20
LATE = "the FHIR server did not answer in time"
LOST = "the FHIR server could not be reached, or broke off its answer"


class FhirError(Exception):
    """A read that brought nothing; the text says why in words for a card or an OperationOutcome."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status

    @property
    def kind(self) -> str:
        """Return what went wrong as one of a few words, for counting."""
        if self.status is not None:
            return "refused" if self.status in {401, 403} else "http"
        return {LATE: "timeout", LOST: "unreachable"}.get(self.reason, "content")


class _OutOfTimeError(Exception):
    """Waiting for another try would exceed the budget. Not an OSError: requests would take it for a lost connection."""


class _DeadlineRetry(Retry):
    """Retry with back-off, but never sleep past a deadline (Retry-After may ask for an hour)."""

    deadline: float = float("inf")

    def new(self, **kw: Any) -> Self:
        made = super().new(**kw)
        made.deadline = self.deadline
        return made

    def sleep(self, response: Any = None) -> None:
        pause = (self.get_retry_after(response) if response is not None else None) or self.get_backoff_time()
        if time.monotonic() + pause >= self.deadline:
            raise _OutOfTimeError
        time.sleep(pause)


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a FHIR server: its bytes, and the `next` link if there is one."""

    body: bytes
    resource_type: str | None
    next_url: str | None


class _Head(msgspec.Struct, rename={"resource_type": "resourceType"}, gc=False):
    resource_type: Any = None
    link: Any = None


_HEAD = msgspec.json.Decoder(_Head)


class _TokenAuth(requests.auth.AuthBase):
    """Our token or none at all; without this, requests would look for a password in the user's netrc file."""

    def __init__(self, token: str | None) -> None:
        self.token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self.token:
            request.headers["Authorization"] = f"Bearer {self.token}"
        return request


class FhirClient:
    """Reads searches and their pages from one allowed base URL within a time budget."""

    def __init__(self, base: str, token: str | None, *, budget_s: float, max_bytes: int) -> None:
        self.base = base
        self._origin = origin_of(base)
        self._auth = _TokenAuth(token)
        self._max_bytes = max_bytes
        self.deadline = time.monotonic() + budget_s
        self._session = requests.Session()
        # A proxy of the environment is for hosts elsewhere; a server on this machine is asked directly.
        self._proxies = {"http": "", "https": "", "all": ""} if points_to_loopback(base) else None
        self._session.headers.update(
            {"Accept": "application/fhir+json, application/json;q=0.9", "User-Agent": f"myeloma-cds/{__version__}"}
        )
        retry = _DeadlineRetry(
            total=3, connect=1, read=False, redirect=0, status=3, other=0, status_forcelist=(429, 502, 503, 504),
            allowed_methods=("GET",), backoff_factor=0.2, raise_on_status=False,
        )  # fmt: skip
        retry.deadline = self.deadline
        for prefix in ("http://", "https://"):
            self._session.mount(prefix, HTTPAdapter(max_retries=retry, pool_maxsize=12))

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def search(self, template: str, patient_id: str) -> list[Page]:
        """Run a search for the patient; some servers want `patient=Patient/<id>` and are asked that way next."""
        first = template.replace("{{context.patientId}}", quote(patient_id, safe=""))
        try:
            return self.pages(f"{self.base}/{first}")
        except FhirError as error:
            if error.status != 400 or "patient={{" not in template:
                raise
        kept = re.sub(r"&_include=[^&]*", "", template)
        return self.pages(
            f"{self.base}/{kept.replace('{{context.patientId}}', quote(f'Patient/{patient_id}', safe=''))}"
        )

    def pages(self, url: str) -> list[Page]:
        """Read a URL and every page after it. A page that cannot be had is an error: a part is not the chart (R38)."""
        found: list[Page] = []
        seen: set[str] = set()
        target: str | None = url
        while target is not None:
            if target in seen or len(found) >= MAX_PAGES:
                raise FhirError("the search has more pages than are followed")
            if origin_of(target) != self._origin:
                raise FhirError("further pages lie on another server, where this service does not follow")
            seen.add(target)
            page = self._get(target)
            found.append(page)
            if page.next_url == "":
                raise FhirError("the search has a further page without an address")
            target = urljoin(target, page.next_url) if page.next_url else None
        return found

    def _get(self, url: str) -> Page:
        remaining = self.deadline - time.monotonic()
        if remaining <= 0:
            raise FhirError(LATE)
        timeout = (min(remaining, 2.0), remaining)
        try:
            with self._session.get(
                url, auth=self._auth, timeout=timeout, allow_redirects=False, stream=True, proxies=self._proxies
            ) as response:
                _judge_status(response.status_code)
                body = self._body(response)
        except (requests.Timeout, _OutOfTimeError):
            raise FhirError(LATE) from None
        except (requests.RequestException, OSError):
            raise FhirError(LOST) from None
        return _page(body)

    def _body(self, response: requests.Response) -> bytes:
        parts, size = [], 0
        try:
            for part in arriving(response, self.deadline):
                size += len(part)
                if size > self._max_bytes:
                    raise FhirError("the FHIR server's answer is larger than this service takes")
                parts.append(part)
        except DeadlineError:
            raise FhirError(LATE) from None
        except ReadTimeoutError:
            raise requests.Timeout from None
        except HTTPError:
            raise requests.ConnectionError from None
        return b"".join(parts)


def _judge_status(status: int) -> None:
    if status == 200:
        return
    if status in {401, 403}:
        raise FhirError(f"the FHIR server refused access (HTTP {status})", status)
    if 300 <= status < 400:
        raise FhirError("the FHIR server redirected, which this service does not follow", status)
    raise FhirError(f"the FHIR server answered with HTTP {status}", status)


def _page(body: bytes) -> Page:
    try:
        head = _HEAD.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise FhirError("the FHIR server's answer is not FHIR JSON") from None
    if not isinstance(head.resource_type, str):
        raise FhirError("the FHIR server's answer is not FHIR JSON")
    if head.resource_type == "OperationOutcome":
        raise FhirError("the FHIR server answered with an error")
    return Page(body, head.resource_type, next_link(head.link))
