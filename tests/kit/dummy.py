"""A small CDS Hooks service that does everything right, but for one planted defect.

It knows nothing of this project: it counts the conditions of a patient.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ORIGIN = "https://sandbox.cds-hooks.org"
SERVICE = "/cds-services/dummy"
Body = dict[str, Any]
Reply = tuple[int, dict[str, str], Any]


@dataclass(frozen=True)
class Defect:
    """One thing that is wrong, and the check that has to find it."""

    check: str
    discovery: Callable[[Body], Any] | None = None
    answer: Callable[[Body], Any] | None = None
    flag: str = ""


class RefusalError(Exception):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Dummy:
    """What the service answers."""

    def __init__(self, defect: Defect | None = None) -> None:
        self.defect = defect or Defect("")
        self.calls = 0

    def has(self, flag: str) -> bool:
        return self.defect.flag == flag

    def reply(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        try:
            status, extra, content = self._route(method, path, headers, body)
        except RefusalError as error:
            status, extra, content = error.status, {}, self._outcome(str(error))
        extra = {"Content-Type": "application/json", "Cache-Control": "no-store", **extra}
        extra["X-Content-Type-Options"] = "nosniff"
        if self.has("cacheable"):
            del extra["Cache-Control"]
        if self.has("html-type") and status == 200:
            extra["Content-Type"] = "text/html"
        return status, {**extra, **self._cors(method, status, headers.get("Origin"))}, content

    def _outcome(self, text: str) -> Any:
        if self.has("plain-refusals"):
            return {"error": text}
        if self.has("traces"):
            text = 'Traceback (most recent call last):\n  File "/srv/app.py", line 7, in call'
        return {
            "resourceType": "OperationOutcome",
            "issue": [{"severity": "error", "code": "invalid", "diagnostics": text}],
        }

    def _cors(self, method: str, status: int, origin: str | None) -> dict[str, str]:
        if origin is None or self.has("no-cors") or (self.has("cors-on-get-only") and method == "POST"):
            return {}
        if self.has("no-cors-on-refusals") and status >= 400:
            return {}
        if origin != ORIGIN and not self.has("reflects"):
            return {}
        allowed = "Content-Type" if self.has("no-authorization-header") else "Content-Type, Authorization"
        return {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
            "Access-Control-Allow-Headers": allowed,
        }

    def _route(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        if method == "OPTIONS":
            if self.has("preflight-401"):
                raise RefusalError(401, "no token")
            return 204, {}, b""
        if path == "/cds-services" and method == "GET":
            return 200, {}, self._discovery()
        if path not in {SERVICE, f"{SERVICE}/feedback"}:
            if self.has("unknown-is-400"):
                raise RefusalError(400, "unknown service")
            raise RefusalError(404, "nothing is here")
        if method != "POST":
            if self.has("get-is-404"):
                raise RefusalError(404, "nothing is here")
            allow = {} if self.has("no-allow") else {"Allow": "POST"}
            return 405, allow, self._outcome("POST only")
        if not headers.get("Content-Type", "").startswith("application/json") and not self.has("any-media"):
            raise RefusalError(415, "JSON only")
        content = self._parsed(body)
        return self._feedback(content) if path.endswith("/feedback") else self._call(content)

    def _parsed(self, body: bytes) -> Any:
        try:
            content = json.loads(body)
        except RecursionError:
            raise RefusalError(500 if self.has("deep-500") else 400, "nested too deeply") from None
        except ValueError:
            if self.has("huge-500") and body[:2] == b'{"' and b"9" * 5000 in body:
                raise RefusalError(500, "number") from None
            raise RefusalError(500 if self.has("bad-json-500") else 400, "no JSON") from None
        if not isinstance(content, dict):
            raise RefusalError(400, "no object")
        return content

    def _discovery(self) -> Any:
        self.calls += 1
        service: Body = {
            "hook": "patient-view", "id": "dummy", "title": "Dummy", "description": "Counts conditions.",
            "prefetch": {
                "who": "Patient/{{context.patientId}}",
                "problems": "Condition?patient={{context.patientId}}&_count=100",
            },
            "usageRequirements": "Needs the key problems.", "version": "2.0.1",
        }  # fmt: skip
        if self.has("unstable-discovery"):
            service["title"] = f"Dummy {self.calls}"
        content: Body = {"services": [service]}
        return self.defect.discovery(content) or content if self.defect.discovery else content

    def _call(self, request: Body) -> Reply:
        if not self.has("any-hook") and request.get("hook") != "patient-view":
            raise RefusalError(404 if self.has("wrong-hook-404") else 400, "wrong hook")
        if not isinstance(request.get("hookInstance"), str) and not self.has("no-instance"):
            raise RefusalError(400, "hookInstance")
        context = request.get("context")
        if not isinstance(context, dict):
            raise RefusalError(500 if self.has("no-context-500") else 400, "context")
        for name in ("patientId", "userId"):
            found = context.get(name)
            if (not isinstance(found, str) or not found) and not self.has(f"no-{name}"):
                if self.has("null-ids") and name in context:
                    continue
                raise RefusalError(400, name)
        if request.get("prefetch") is not None and not isinstance(request["prefetch"], dict):
            raise RefusalError(400, "prefetch")
        if not isinstance(request.get("fhirServer", ""), str):
            raise RefusalError(400, "fhirServer")
        if "fhirAuthorization" in request and "fhirServer" not in request and not self.has("no-cds-r-1"):
            raise RefusalError(400, "fhirAuthorization without fhirServer")
        if self.has("strict-members") and not set(request) <= {
            "hook", "hookInstance", "context", "prefetch", "fhirServer", "fhirAuthorization", "extension",
        }:  # fmt: skip
            raise RefusalError(400, "unknown member")
        return 200, {}, self._answer(request, str(context.get("patientId")))

    def _conditions(self, request: Body, patient: str) -> list[Body]:
        prefetch = request.get("prefetch") or {}
        if "problems" not in prefetch:
            if self.has("no-prefetch-500"):
                raise RefusalError(500, "KeyError")
            if self.has("no-prefetch-empty") or self.has("no-data-cards"):
                return [{"code": {"text": "unknown"}}] if self.has("no-data-cards") else []
            raise RefusalError(424 if self.has("no-prefetch-424") else 412, "problems is needed")
        value = prefetch["problems"]
        if value is None:
            if self.has("null-400"):
                raise RefusalError(400, "null")
            return []
        if not isinstance(value, dict) or value.get("resourceType") != "Bundle":
            if self.has("junk-500") and not isinstance(value, dict):
                raise RefusalError(500, "AttributeError")
            if self.has("failed-is-nothing"):
                return []
            raise RefusalError(400 if self.has("outcome-400") and isinstance(value, dict) else 412, "problems failed")
        entries = value.get("entry", [])
        if self.has("null-entry-500") and None in entries:
            raise RefusalError(500, "TypeError")
        resources = [
            one["resource"] for one in entries if isinstance(one, dict) and isinstance(one.get("resource"), dict)
        ]
        if self.has("no-results-412") and any(one.get("resourceType") == "OperationOutcome" for one in resources):
            raise RefusalError(412, "problems failed")
        found = [one for one in resources if one.get("resourceType") == "Condition"]
        own = [one for one in found if one["subject"]["reference"].endswith(f"/{patient}")]
        if found and not own and not self.has("any-patient"):
            raise RefusalError(412, "another patient")
        return found if self.has("any-patient") else own

    def _answer(self, request: Body, patient: str) -> Any:
        found = self._conditions(request, patient)
        names = [str(one.get("code", {}).get("text", "?")) for one in found]
        if not self.has("unsorted"):
            names.sort()
        if not self.has("raw-markup"):
            names = [escape(name).replace("[", "\\[") for name in names]
        if not names:
            return {"cards": []}
        self.calls += 1
        suggestion: Body = {
            "label": "Plan a review", "uuid": str(uuid.uuid4()),
            "actions": [{"type": "create", "description": "Plan a review", "resource": self._proposal(patient)}],
        }  # fmt: skip
        card: Body = {
            "uuid": str(uuid.uuid4()), "summary": f"{len(names)} conditions on record.", "indicator": "info",
            "detail": "On record: " + "; ".join(names),
            "source": {
                "label": "Dummy", "url": "https://dummy.example.org",
                "topic": {"system": "https://dummy.example.org/topics", "code": "count"},
            },
            "suggestions": [suggestion], "selectionBehavior": "any",
            "overrideReasons": [{"code": "no", "system": "https://dummy.example.org/reasons", "display": "No"}],
            "links": [{"label": "More", "url": "https://dummy.example.org/more", "type": "absolute"}],
        }  # fmt: skip
        if self.has("echoes-token") and "fhirAuthorization" in request:
            card["detail"] += f" ({request['fhirAuthorization']['access_token']})"
        if self.has("random"):
            card["summary"] = f"Call {self.calls}."
        if self.has("fixed-uuid"):
            card["uuid"] = suggestion["uuid"] = "0d41459c-1431-468c-96fc-df80d2c06928"
        if self.has("needs-server") and "fhirServer" in request:
            raise RefusalError(502, "the FHIR server cannot be reached")
        content: Body = {"cards": [card]}
        return self.defect.answer(content) or content if self.defect.answer else content

    @staticmethod
    def _proposal(patient: str) -> Body:
        return {
            "resourceType": "ServiceRequest", "status": "draft", "intent": "proposal",
            "subject": {"reference": f"Patient/{patient}"}, "code": {"text": "Review"},
        }  # fmt: skip

    def _feedback(self, content: Body) -> Reply:
        if self.has("no-feedback"):
            raise RefusalError(404, "nothing is here")
        entries = content.get("feedback")
        if not isinstance(entries, list):
            raise RefusalError(500 if self.has("feedback-500") else 400, "feedback")
        if self.has("no-batches") and len(entries) > 1:
            raise RefusalError(400, "one at a time")
        for entry in entries:
            self._entry(entry)
        return 200, {}, {"received": len(entries), **({"feedback": entries} if self.has("echoes-comments") else {})}

    def _entry(self, entry: Body) -> None:
        for name in ("card", "outcome", "outcomeTimestamp"):
            if name not in entry and not self.has("lax-feedback"):
                raise RefusalError(400, name)
        if entry.get("outcome") not in {"accepted", "overridden"} and not self.has("takes-ignored"):
            raise RefusalError(400, "outcome")
        if self.has("uuid-500"):
            try:
                uuid.UUID(entry["card"])
            except ValueError:
                raise RefusalError(500, "card") from None
        reason = entry.get("overrideReason")
        if self.has("reason-needed") and entry.get("outcome") == "overridden" and reason is None:
            raise RefusalError(400, "overrideReason")
        if self.has("display-needed") and reason and "display" not in reason.get("reason", {"display": ""}):
            raise RefusalError(400, "display")
        if self.has("plural-500") and "overrideReasons" in entry:
            raise RefusalError(500, "overrideReasons")


@contextmanager
def running_dummy(defect: Defect | None = None) -> Iterator[str]:
    """Serve the dummy on a free port; gives the base URL."""
    dummy = Dummy(defect)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, content = dummy.reply(self.command, self.path, dict(self.headers.items()), body)
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_OPTIONS = do_PUT = _any  # noqa: N815 - their names are fixed

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
