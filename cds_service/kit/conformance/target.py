"""The service under test: every call goes over HTTP; what several checks look at is asked for once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests

from cds_service.kit.conformance.requests_made import hook_request, is_known
from cds_service.kit.conformance.signing import Signer

TIMEOUT_S = 30.0
NO_JSON: Any = object()
"""The body of an answer that is not JSON."""
Body = dict[str, Any]


class SkipError(Exception):
    """A check that has nothing to look at here; the text says why."""


class UnreachableError(Exception):
    """Nothing answers at the URL."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer over HTTP."""

    status: int
    headers: Mapping[str, str]
    text: str
    json: Any
    seconds: float


@dataclass(frozen=True, slots=True)
class Called:
    """A complete and correct call of a service, and its answer."""

    service: Body
    path: str
    request: Body
    answer: Answer

    @property
    def cards(self) -> list[Body]:
        """Return the cards that are objects."""
        cards = self.answer.json.get("cards") if isinstance(self.answer.json, dict) else None
        return [card for card in cards if isinstance(card, dict)] if isinstance(cards, list) else []


class Target:
    """A CDS Hooks service by its base URL."""

    def __init__(
        self, url: str, *, request: Body | None = None, signer: Signer | None = None, origin: str | None = None
    ) -> None:
        self.base = url.rstrip("/").removesuffix("/cds-services")
        self.origin = origin
        self._request = request
        self._signer = signer
        self._session = requests.Session()
        if urlsplit(self.base).hostname in {"localhost", "127.0.0.1", "::1"}:
            self._session.trust_env = False  # a proxy of the environment is for hosts elsewhere
        self.tried: dict[str, Answer] = {}
        """What was asked for once already, by a name."""

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def send(self, method: str, path: str, *, signed: bool = True, **options: Any) -> Answer:
        """Call a path below the base URL; with a signer, every call has a token of its own."""
        url = f"{self.base}{path}"
        headers = dict(options.pop("headers", {}))
        if signed and self._signer is not None:
            headers.setdefault("Authorization", f"Bearer {self._signer.token(url)}")
        answer = self._session.request(
            method, url, headers=headers, timeout=TIMEOUT_S, allow_redirects=False, **options
        )
        try:
            content = orjson.loads(answer.content)
        except orjson.JSONDecodeError:
            content = NO_JSON
        return Answer(answer.status_code, answer.headers, answer.text, content, answer.elapsed.total_seconds())

    def post(self, path: str, body: Any, **options: Any) -> Answer:
        """Post JSON; bytes are sent as they are."""
        data = body if isinstance(body, bytes) else orjson.dumps(body)
        headers = {"Content-Type": "application/json", **options.pop("headers", {})}
        return self.send("POST", path, data=data, headers=headers, **options)

    @cached_property
    def discovery(self) -> Answer:
        """The answer to `GET /cds-services`. Raises `UnreachableError`."""
        try:
            return self.send("GET", "/cds-services")
        except requests.RequestException as error:
            raise UnreachableError(f"Nothing answers at {self.base}/cds-services ({type(error).__name__}).") from None

    @cached_property
    def services(self) -> list[Body]:
        """The services of discovery that are objects."""
        content = self.discovery.json
        found = content.get("services") if isinstance(content, dict) else None
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    @cached_property
    def calls(self) -> list[Called]:
        """A good call of every service whose hook is known or whose request was given."""
        return [self._call(service, request) for service, request in self._good_requests()]

    def _good_requests(self) -> Iterator[tuple[Body, Body]]:
        for service in self.services:
            if not isinstance(service.get("id"), str) or not isinstance(service.get("hook"), str):
                continue
            if self._request is not None and self._request.get("hook") == service["hook"]:
                yield service, deepcopy(self._request)
            elif is_known(service["hook"]):
                yield service, hook_request(service)

    def _call(self, service: Body, request: Body) -> Called:
        path = f"/cds-services/{service['id']}"
        return Called(service, path, request, self.post(path, request))

    @property
    def good_calls(self) -> list[Called]:
        """The good calls that were answered with 200. Raises `SkipError` when there are none."""
        found = [call for call in self.calls if call.answer.status == 200]
        if not found:
            raise SkipError("no service answered a complete call with 200")
        return found

    @property
    def first(self) -> Called:
        """One service to try mistakes on: one with cards if there is one."""
        if not self.calls:
            raise SkipError("no service of a known hook is offered; --request FILE gives a request for another")
        return next((call for call in self.calls if call.cards), self.calls[0])

    def cards(self) -> Iterator[tuple[str, Body]]:
        """Yield every card with the place where it stands. Raises `SkipError` when there are none."""
        found = [
            (f"{call.service['id']}, card {n}", card) for call in self.good_calls for n, card in enumerate(call.cards)
        ]
        if not found:
            raise SkipError("no cards were returned for the synthetic patient; --request FILE gives a request of yours")
        yield from found

    def again(self, name: str, call: Called, **changes: Any) -> Answer:
        """Repeat a call with other members; a value of `None` leaves the member out. The same name is asked once."""
        key = f"{name} {call.path}"
        if key not in self.tried:
            request = {**deepcopy(call.request), **changes}
            self.tried[key] = self.post(call.path, {name: one for name, one in request.items() if one is not None})
        return self.tried[key]

    def again_unsigned(self, name: str, call: Called) -> Answer:
        """Repeat a call without a token."""
        if name not in self.tried:
            self.tried[name] = self.post(call.path, call.request, signed=False)
        return self.tried[name]
