"""An EHR on loopback: SMART discovery, sign-in, token and FHIR search, strict about what the app has to send.

It grants one code for one sign-in and one token for one code, and serves a shipped patient only to that token. What it
should get wrong is said by `wrong`.
"""

from __future__ import annotations

import json
import secrets
import threading
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cds_service import demo
from tests.service.fhir_stub import Handler, Quiet

CLIENT_ID = "myeloma-cds-test"
TOKEN_MARK = "planted-access-token-"  # noqa: S105 - looked for in logs, pages and the store
OTHER_SECRETS = ("planted-refresh-token", "planted-id-token")


@dataclass
class Ehr:
    """What the stub knows, grants and was asked."""

    patient: str
    redirect_uri: str = ""
    base: str = ""
    wrong: dict[str, Any] = field(default_factory=dict)
    configuration: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    launches: set[str] = field(default_factory=lambda: {"launch-1"})
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @property
    def iss(self) -> str:
        return f"{self.base}/ok"

    def smart_configuration(self) -> dict[str, Any]:
        told = {
            "issuer": self.base,
            "authorization_endpoint": f"{self.base}/auth/authorize",
            "token_endpoint": f"{self.base}/auth/token",
            "code_challenge_methods_supported": ["S256"],
            "capabilities": [
                "launch-ehr",
                "launch-standalone",
                "client-public",
                "context-ehr-patient",
                "permission-v1",
            ],
        }
        told.update(self.configuration)
        return {name: value for name, value in told.items() if value is not None}

    def authorize(self, query: dict[str, str]) -> str | None:
        """Return where the browser goes next; `None`, with a complaint, when the app asked wrongly."""
        expected = {
            "response_type": "code", "client_id": CLIENT_ID, "redirect_uri": self.redirect_uri, "aud": self.iss,
            "code_challenge_method": "S256",
        }  # fmt: skip
        self.complaints += [name for name, value in expected.items() if query.get(name) != value]
        standalone = "launch" not in query
        if not standalone and query["launch"] not in self.launches:
            self.complaints.append("launch")
        wanted = {"launch/patient" if standalone else "launch", "patient/*.read", "openid", "fhirUser"}
        if set(query.get("scope", "").split()) != wanted:
            self.complaints.append("scope")
        if len(query.get("state", "")) < 22 or len(query.get("code_challenge", "")) != 43:
            self.complaints.append("state or code_challenge")
        if self.complaints:
            return None
        code = secrets.token_urlsafe(12)
        self.codes[code] = {"challenge": query["code_challenge"], "client_id": query["client_id"]}
        back = {"code": code, "state": query["state"]}
        if "error" in self.wrong:
            back = {"error": self.wrong["error"], "state": query["state"]}
        return f"{self.redirect_uri}?{urlencode(back)}"

    def token(self, form: dict[str, str]) -> tuple[int, Any]:
        code = self.codes.pop(form.get("code", ""), None)
        verifier = form.get("code_verifier", "")
        digest = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if self.wrong.get("token_status"):
            return self.wrong["token_status"], {"error": "server_error"}
        if code is None or self.wrong.get("expired_code"):
            return 400, {"error": "invalid_grant"}
        if (
            digest != code["challenge"] or form.get("client_id") != code["client_id"]
            or form.get("redirect_uri") != self.redirect_uri or form.get("grant_type") != "authorization_code"
        ):  # fmt: skip
            self.complaints.append("token request")
            return 400, {"error": "invalid_grant"}
        made = TOKEN_MARK + secrets.token_urlsafe(16)
        self.tokens.append(made)
        told = {
            "access_token": made, "token_type": "Bearer", "expires_in": 3600, "patient": self.patient,
            "scope": "launch patient/*.read openid fhirUser", "refresh_token": OTHER_SECRETS[0],
            "id_token": OTHER_SECRETS[1], "need_patient_banner": True,
        }  # fmt: skip
        told.update(self.answer)
        return 200, {name: value for name, value in told.items() if value is not None}


class EhrHandler(Handler):
    """The FHIR server of the other tests, with a sign-in in front of it."""

    ehr: Ehr

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.ehr.asked.append(parts.path)
        if parts.path == "/ok/.well-known/smart-configuration":
            if where := self.ehr.wrong.get("redirect"):
                self._text(302, "", {"Location": where})
            elif self.ehr.wrong.get("discovery_status"):
                self._text(self.ehr.wrong["discovery_status"], "no")
            else:
                self._send(self.ehr.smart_configuration())
        elif parts.path == "/auth/authorize":
            target = self.ehr.authorize(query)
            self._text(302, "", {"Location": target}) if target else self._text(400, ", ".join(self.ehr.complaints))
        elif self.headers.get("Authorization") not in {f"Bearer {token}" for token in self.ehr.tokens}:
            self._text(401, "who are you")
        elif self.ehr.wrong.get("search_fails") and f"/{self.ehr.wrong['search_fails']}" in self.path:
            self._text(500, "no")
        else:
            super().do_GET()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        status, content = self.ehr.token({name: values[0] for name, values in parse_qs(body).items()})
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def running_ehr(patient: str) -> Iterator[Ehr]:
    resources = [entry["resource"] for entry in json.loads(demo.load_patient(patient))["entry"]]
    ehr = Ehr(next(item["id"] for item in resources if item["resourceType"] == "Patient"))
    members: dict[str, Any] = {
        "resources": resources, "seen": [], "tries": Counter(), "halted": threading.Event(), "ehr": ehr,
    }  # fmt: skip
    with Quiet(("127.0.0.1", 0), type("OneEhr", (EhrHandler,), members)) as server:
        ehr.base = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield ehr
        server.shutdown()
