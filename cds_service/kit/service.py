"""The service as a suite sees it: hooks, assessments and feedback over HTTP."""

from __future__ import annotations

import copy
import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cds_service.kit.patients import Patient

TIMEOUT_S = 60.0
_OPTIONS = "org.myeloma-cds.options"
_IDS = {
    "patient-view": "myeloma-patient-view",
    "order-select": "myeloma-order-select",
    "order-sign": "myeloma-order-sign",
}
Body = dict[str, Any]
Headers = Callable[[str, str], Mapping[str, str]]
"""Headers of a call by its method and URL."""


class HookAnswer(dict[str, Any]):
    """The body of an answer, with what suites ask for by name."""

    def __init__(self, status: int, headers: Mapping[str, str], body: Any) -> None:
        super().__init__(body if isinstance(body, dict) else {"body": body})
        self.status = status
        self.headers = headers

    @property
    def cards(self) -> list[Body]:
        """Return the cards. Raises `AssertionError` with the service's own words when it refused."""
        if self.status != 200:
            raise AssertionError(f"The service answered {self.status}: {self.diagnostics or dict(self)}")
        found: list[Body] = self["cards"]
        return found

    @property
    def topics(self) -> list[str]:
        """Return the topics of the cards in their order."""
        return [card["source"]["topic"]["code"] for card in self.cards]

    @property
    def diagnostics(self) -> str:
        """Return the text of a refusal, or nothing."""
        issues = self.get("issue")
        return str(issues[0].get("diagnostics", "")) if isinstance(issues, list) and issues else ""

    @property
    def assessment(self) -> Body:
        """Return the assessment that the history card carries. Raises `AssertionError` when there is none."""
        from cds_service.kit.assertions import document_of

        return dict(document_of(self))


class Service:
    """A running service by its base URL."""

    def __init__(self, url: str, headers: Headers | None = None) -> None:
        """Take the base URL, and what every call carries besides: from its method and URL, such as a token of its own."""
        import requests

        self.url = url.rstrip("/")
        self._headers = headers or (lambda _method, _url: {})
        self._session = requests.Session()
        self._session.trust_env = False

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def get(self, path: str, **options: Any) -> Any:
        """Return the `requests` answer to a GET of a path."""
        headers = {**self._headers("GET", self.url + path), **options.pop("headers", {})}
        return self._session.get(self.url + path, headers=headers, timeout=TIMEOUT_S, **options)

    def post(self, path: str, body: Any, **options: Any) -> Any:
        """Return the `requests` answer to a POST of JSON."""
        data = body if isinstance(body, bytes | str) else json.dumps(body)
        own = self._headers("POST", self.url + path)
        headers = {"Content-Type": "application/json", **own, **options.pop("headers", {})}
        return self._session.post(self.url + path, data=data, headers=headers, timeout=TIMEOUT_S, **options)

    def hook(
        self, who: Patient | Mapping[str, Any], hook: str | None = None, *, drafts: Iterable[Any] = (), **options: Any
    ) -> HookAnswer:
        """Call a hook for a patient, or with a request of your own, and return the answer whatever its status.

        `drafts` are draft orders, as resources or as names of drugs, for the order hooks; `options` are those of the request:
        `as_of`, `jurisdiction`, `policy`, `car_t_access`. Raises `ValueError` for a hook that there is not, and for drafts where
        the hook takes none.
        """
        request = who.request() if isinstance(who, Patient) else copy.deepcopy(dict(who))
        named = hook or str(request.get("hook", "patient-view"))
        if hook is not None and hook not in _IDS:
            raise ValueError(f"There is no hook {hook!r}; there are: {', '.join(_IDS)}.")
        if drafts and named == "patient-view":
            raise ValueError("patient-view takes no draft orders; name order-select or order-sign as the hook.")
        if hook is not None:
            request["hook"] = hook
        if drafts:
            request["context"] |= _draft_orders(drafts, str(request["context"]["patientId"]))
        if options:
            extension = request.setdefault("extension", {})
            extension[_OPTIONS] = {**extension.get(_OPTIONS, {}), **_camel(options)}
        found = self.post(f"/cds-services/{_IDS.get(named, named)}", request)
        return HookAnswer(found.status_code, found.headers, _json(found))

    def assess(self, chart: Patient | Any, **options: Any) -> Any:
        """Return the assessment of a chart, or an array of several. Raises `AssertionError` when the service refuses.

        `chart` is a synthetic patient, or whatever `POST /assess` takes; `options` are `as_of`, `jurisdiction`, `policy`,
        `car_t_access`. A synthetic patient is assessed as of its own day unless another is named.
        """
        given = _camel(options)
        if isinstance(chart, Patient):
            given.setdefault("asOf", chart.as_of)
            chart = chart.bundle
        found = self.post("/assess", chart, params={name: value for name, value in given.items() if value is not None})
        body = _json(found)
        if found.status_code != 200:
            answer = HookAnswer(found.status_code, found.headers, body)
            raise AssertionError(f"The service answered {found.status_code}: {answer.diagnostics or body}")
        return body

    def feedback(self, card: Mapping[str, Any] | str, outcome: str = "overridden", **more: Any) -> HookAnswer:
        """Send feedback about a card, as a client does when its user acts on it."""
        name = card if isinstance(card, str) else card["uuid"]
        entry = {"card": name, "outcome": outcome, "outcomeTimestamp": "2026-11-01T10:00:00Z", **more}
        if outcome == "accepted":
            entry.setdefault("acceptedSuggestions", [{"id": str(uuid.uuid4())}])
        found = self.post("/cds-services/myeloma-patient-view/feedback", {"feedback": [entry]})
        return HookAnswer(found.status_code, found.headers, _json(found))


def _json(answer: Any) -> Any:
    try:
        return answer.json()
    except ValueError:
        return {"text": answer.text}


def _camel(options: Mapping[str, Any]) -> dict[str, str]:
    """Take options in either spelling, and dates as they are."""
    names = {"as_of": "asOf", "car_t_access": "carTAccess"}
    return {names.get(name, name): str(value) for name, value in options.items() if value is not None}


def _draft_orders(drafts: Iterable[Any], patient_id: str) -> Body:
    resources = []
    for number, one in enumerate(drafts, start=1):
        made = {
            "resourceType": "MedicationRequest", "id": f"draft-{number}", "status": "draft", "intent": "order",
            "subject": {"reference": f"Patient/{patient_id}"}, "medicationCodeableConcept": {"text": one},
        }  # fmt: skip
        resources.append(made if isinstance(one, str) else one)
    return {
        "draftOrders": {
            "resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources],
        },
        "selections": [f"{one['resourceType']}/{one.get('id')}" for one in resources],
    }  # fmt: skip
