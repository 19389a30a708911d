"""Tokens: who may call, and that nobody else learns why not (R90 to R98)."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient

from cds_service import demo
from cds_service.trust import keys as key_sets
from cds_service.trust.issuers import SANDBOX_ISSUER, SANDBOX_KEYS
from tests.service.signing import (
    BASE,
    ISSUER,
    KEYS,
    SERVICE,
    bearer,
    key_set,
    make_token,
    private_key,
    public_jwk,
)

FEEDBACK = f"{SERVICE}/feedback"
OPEN = (
    "/cds-services", "/healthz", "/readyz", "/metrics", "/schemas/assessment.json", "/schemas/cds-hooks-2.0/request.json",
    "/openapi.json", "/docs",
)  # fmt: skip
TRUSTED: dict[str, Any] = {"iss": ISSUER, "jku": KEYS}


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def keys(web: responses.RequestsMock) -> responses.RequestsMock:
    web.get(KEYS, json=key_set("ec1", "rsa1"))
    return web


@pytest.fixture
def guarded(make_app: Callable[..., Flask]) -> Callable[..., FlaskClient]:
    def make(*issuers: dict[str, Any], **settings: Any) -> FlaskClient:
        app = make_app(auth="required", public_url=BASE, trusted_issuers=json.dumps(issuers or [TRUSTED]), **settings)
        return app.test_client()

    return make


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Return a function that moves the clock of the key sets."""

    def move(seconds: float) -> None:
        moved = key_sets._now() + seconds
        monkeypatch.setattr(key_sets, "_now", lambda: moved)

    return move


def post(client: FlaskClient, token: str | None, path: str = SERVICE) -> Any:
    body = demo.load_request("mgus")
    return client.post(path, data=body, content_type="application/json", headers=bearer(token) if token else {})


def refused(answer: Any) -> None:
    """Check that a refusal is bare: one constant text, whatever was wrong (R98)."""
    assert answer.status_code == 401, answer.get_data(as_text=True)
    body = answer.get_json()
    assert body["resourceType"] == "OperationOutcome"
    assert body["issue"] == [
        {
            "severity": "error",
            "code": "login",
            "diagnostics": "Please authenticate with a signed token of a trusted issuer (CDS Hooks, Trusting CDS Clients).",
        }
    ]
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("key", "alg"), [("ec1", "ES384"), ("rsa1", "RS384")])
def test_R90_R91_a_signed_token_opens_the_service(
    keys: responses.RequestsMock, guarded: Callable[..., FlaskClient], key: str, alg: str
) -> None:
    client = guarded()
    assert post(client, make_token(key=key, alg=alg)).status_code == 200
    assert post(client, make_token("/assess", key=key, alg=alg), "/assess").status_code == 200
    assert len(keys.calls) == 1, "the key set is kept"


@pytest.mark.parametrize("path", [SERVICE, FEEDBACK, "/assess", "/cds-services/myeloma-order-sign"])
def test_R90_without_a_token_nothing_is_answered(guarded: Callable[..., FlaskClient], path: str) -> None:
    refused(post(guarded(), None, path))


@pytest.mark.parametrize("path", OPEN)
def test_R91_what_is_open_stays_open(guarded: Callable[..., FlaskClient], path: str) -> None:
    assert guarded().get(path).status_code == 200


def test_R08_wrong_addresses_and_methods_keep_their_status(guarded: Callable[..., FlaskClient]) -> None:
    client = guarded()
    assert client.get(SERVICE).status_code == 405
    assert client.post("/cds-services/nothing", json={}).status_code == 404
    assert client.get("/").status_code == 404, "the start page has to be asked for"
    assert guarded(demo=True).get("/").status_code == 200
    preflight = {"Origin": "https://sandbox.cds-hooks.org", "Access-Control-Request-Method": "POST"}
    assert client.options(SERVICE, headers=preflight).status_code in {200, 204}


def test_R99_cors_headers_stand_on_a_refusal(guarded: Callable[..., FlaskClient]) -> None:
    answer = guarded().post(SERVICE, json={}, headers={"Origin": "https://sandbox.cds-hooks.org"})
    assert answer.status_code == 401
    assert answer.headers["Access-Control-Allow-Origin"] == "https://sandbox.cds-hooks.org"


@pytest.mark.parametrize(
    "given",
    [
        "", "Bearer", "Bearer ", "Basic abc", "Bearer a.b.c", "Bearer ....", "Bearer " + "a" * 20_000, "Bearer \xe4",
        "Bearer e30.e30.", "Bearer bnVsbA.bnVsbA.x",
    ],
)  # fmt: skip
def test_R92_what_is_not_a_token_is_refused(guarded: Callable[..., FlaskClient], given: str) -> None:
    refused(guarded().post(SERVICE, json={}, headers={"Authorization": given}))


WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "R93 another endpoint": {"aud": BASE + FEEDBACK},
    "R93 only the base": {"aud": BASE},
    "R93 another host": {"aud": f"https://cds.example.org.evil.example.net{SERVICE}"},
    "R93 aud is empty": {"aud": []},
    "R93 aud is a number": {"aud": 5},
    "R92 expired": {"exp": int(time.time()) - 120},
    "R92 issued in the future": {"iat": int(time.time()) + 3600, "exp": int(time.time()) + 3700},
    "R92 not yet valid": {"nbf": int(time.time()) + 3600},
    "R92 lives for years": {"exp": int(time.time()) + 10**8},
    "R92 exp is a text": {"exp": "soon"},
    "R92 exp is huge": {"exp": 10**400},
    "R92 jti is a number": {"jti": 7},
    "R92 jti is empty": {"jti": ""},
    "R92 jti is endless": {"jti": "x" * 4000},
    "R95 another issuer": {"iss": "https://evil.example.net"},
    "R95 the issuer with a slash": {"iss": ISSUER + "/"},
    "R95 iss is a list": {"iss": [ISSUER]},
}


@pytest.mark.parametrize("name", WRONG_CLAIMS)
def test_R92_R93_R95_wrong_claims_are_refused(
    keys: responses.RequestsMock, guarded: Callable[..., FlaskClient], name: str
) -> None:
    claims = WRONG_CLAIMS[name]
    try:
        token = make_token(**claims)
    except TypeError:  # PyJWT does not write it; somebody else's library might
        token = hand_made({"iss": ISSUER, "aud": BASE + SERVICE, "exp": 2**40, "iat": 0, "jti": "a", **claims})
    refused(post(guarded(), token))


def hand_made(claims: dict[str, Any]) -> str:
    header = {"alg": "ES384", "kid": "ec1", "typ": "JWT"}
    return jwt.api_jws.encode(json.dumps(claims).encode(), private_key("ec1"), algorithm="ES384", headers=header)


@pytest.mark.parametrize("claim", ["iss", "aud", "exp", "iat", "jti"])
def test_R92_a_missing_claim_is_refused(
    keys: responses.RequestsMock, guarded: Callable[..., FlaskClient], claim: str
) -> None:
    refused(post(guarded(), make_token(leave_out=(claim,))))


@pytest.mark.parametrize("aud", [[BASE + SERVICE], ["https://other.example.org", BASE + SERVICE]])
def test_R93_aud_may_be_an_array(
    keys: responses.RequestsMock, guarded: Callable[..., FlaskClient], aud: list[str]
) -> None:
    assert post(guarded(), make_token(aud=aud)).status_code == 200


def test_R93_an_issuer_may_have_its_own_audiences(
    keys: responses.RequestsMock, guarded: Callable[..., FlaskClient]
) -> None:
    client = guarded({**TRUSTED, "audiences": ["sand_man", "epic-app"]})
    assert post(client, make_token(aud="sand_man")).status_code == 200
    assert post(client, make_token()).status_code == 200
    refused(post(client, make_token(aud="another")))


def test_R93_the_host_header_does_not_decide(keys: responses.RequestsMock, guarded: Callable[..., FlaskClient]) -> None:
    headers = {**bearer(make_token(aud="https://evil.example.net" + SERVICE)), "Host": "evil.example.net"}
    refused(guarded().post(SERVICE, json={}, headers=headers))


@pytest.mark.parametrize(
    "header",
    [
        {"kid": None}, {"kid": "no-such-key"}, {"kid": 5}, {"typ": "at+jwt"}, {"crit": ["exp"]},
        {"jku": "https://evil.example.net/jwks.json"}, {"jku": KEYS + "?x"}, {"jku": KEYS.upper()}, {"jku": 7},
    ],
)  # fmt: skip
def test_R92_R95_wrong_headers_are_refused(
    keys: responses.RequestsMock, guarded: Callable[..., FlaskClient], header: dict[str, Any]
) -> None:
    try:
        token = make_token(header=header)
    except (jwt.PyJWTError, TypeError):
        pytest.skip("this cannot be written with PyJWT")
    refused(post(guarded(), token))
    assert not [call for call in keys.calls if "evil" in str(call.request.url)]


def test_R92_typ_and_jku_may_be_absent(keys: responses.RequestsMock, guarded: Callable[..., FlaskClient]) -> None:
    assert post(guarded(), make_token(header={"jku": None})).status_code == 200


def unsigned(alg: str) -> str:
    """Make a token that is not signed, or signed with the public key as a shared secret."""
    head, body, _ = make_token().split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    plain = base64.urlsafe_b64encode(json.dumps({**header, "alg": alg}).encode()).rstrip(b"=").decode()
    if alg.lower() == "none":
        return f"{plain}.{body}."
    secret = json.dumps(public_jwk("ec1")).encode()
    signature = jwt.get_algorithm_by_name(alg)
    signed = signature.sign(f"{plain}.{body}".encode(), secret)
    return f"{plain}.{body}.{base64.urlsafe_b64encode(signed).rstrip(b'=').decode()}"


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "HS256", "HS384", "HS512"])
def test_R94_unsigned_and_symmetric_tokens_are_refused(
    keys: responses.RequestsMock, guarded: Callable[..., FlaskClient], alg: str
) -> None:
    refused(post(guarded(), unsigned(alg)))
    assert not keys.calls, "no key is looked up for an algorithm that is never taken"


def test_R94_other_algorithms_need_configuration(
    web: responses.RequestsMock, guarded: Callable[..., FlaskClient]
) -> None:
    web.get(KEYS, json=key_set("p256", "rsa1"))
    refused(post(guarded(), make_token(key="p256", alg="ES256")))
    refused(post(guarded(), make_token(key="rsa1", alg="RS256")))
    client = guarded({**TRUSTED, "algorithms": ["ES256", "PS384"]})
    assert post(client, make_token(key="p256", alg="ES256")).status_code == 200
    assert post(client, make_token(key="rsa1", alg="PS384")).status_code == 200
    refused(post(client, make_token(key="rsa1", alg="RS384")))


@pytest.mark.parametrize(
    ("key", "alg", "jwk"),
    [
        ("ec1", "ES384", {"use": "enc"}),
        ("ec1", "ES384", {"alg": "ES256"}),
        ("ec1", "ES384", {"kty": "oct", "k": "AAAA"}),
        ("ec1", "ES384", {"x": "AAAA"}),
        ("rsa1024", "RS384", {}),
    ],
)
@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
def test_R94_keys_that_are_not_fit_are_not_used(
    web: responses.RequestsMock, guarded: Callable[..., FlaskClient], key: str, alg: str, jwk: dict[str, Any]
) -> None:
    web.get(KEYS, json={"keys": [public_jwk(key, **jwk), "nonsense", {"kid": 5}]})
    refused(post(guarded(), make_token(key=key, alg=alg)))


def test_R94_a_signature_by_another_key_is_refused(
    keys: responses.RequestsMock, guarded: Callable[..., FlaskClient]
) -> None:
    refused(post(guarded(), make_token(key="ec2", header={"kid": "ec1"})))


def test_R95_a_key_file_needs_no_network(tmp_path: Path, guarded: Callable[..., FlaskClient]) -> None:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps(key_set("ec1")), encoding="utf-8")
    client = guarded({"iss": ISSUER, "jwks_file": str(path)})
    assert post(client, make_token(header={"jku": "https://evil.example.net/keys"})).status_code == 200
    refused(post(client, make_token(key="ec2")))


def test_R95_tenants(keys: responses.RequestsMock, guarded: Callable[..., FlaskClient]) -> None:
    client = guarded({**TRUSTED, "tenants": ["hospital-a"]})
    assert post(client, make_token(tenant="hospital-a")).status_code == 200
    refused(post(client, make_token(tenant="hospital-b")))
    refused(post(client, make_token()))


def test_R95_one_issuer_cannot_speak_for_another(
    web: responses.RequestsMock, guarded: Callable[..., FlaskClient]
) -> None:
    other = {"iss": "https://other.example.org", "jku": "https://other.example.org/keys"}
    web.get(KEYS, json=key_set("ec1"))
    web.get(other["jku"], json=key_set("ec2"))
    client = guarded(TRUSTED, other)
    refused(post(client, make_token(key="ec2", iss=ISSUER, header={"jku": other["jku"]})))
    refused(post(client, make_token(key="ec2", iss=ISSUER)))
    theirs = make_token(key="ec2", iss=other["iss"], header={"jku": other["jku"]})
    assert post(client, theirs).status_code == 200


def test_R96_a_new_key_is_found_and_lookups_are_rare(
    web: responses.RequestsMock, guarded: Callable[..., FlaskClient], later: Callable[[float], None]
) -> None:
    client = guarded()
    web.get(KEYS, json=key_set("ec1"))
    assert post(client, make_token()).status_code == 200
    web.replace(responses.GET, KEYS, json=key_set("ec2"))
    later(key_sets.MIN_PAUSE_S + 1)
    assert post(client, make_token(key="ec2")).status_code == 200
    assert len(web.calls) == 2
    for _ in range(20):
        refused(post(client, make_token(key="ec3")))
    assert len(web.calls) == 2, "an unknown kid may not make us ask again and again"
    refused(post(client, make_token(key="ec1")))


@pytest.mark.parametrize(
    "reply",
    [
        {"status": 500}, {"status": 302, "headers": {"Location": "https://evil.example.net/keys"}}, {"body": "<html>"},
        {"body": b" " * 400_000}, {"body": ConnectionError("reset")}, {"json": []}, {"json": {"keys": {}}},
    ],
)  # fmt: skip
def test_R96_key_sets_that_cannot_be_read(
    web: responses.RequestsMock, guarded: Callable[..., FlaskClient], reply: dict[str, Any]
) -> None:
    web.get(KEYS, **reply)
    client = guarded()
    refused(post(client, make_token()))
    refused(post(client, make_token()))
    assert len(web.calls) == 1


def test_R96_old_keys_stay_while_the_issuer_is_away(
    web: responses.RequestsMock, guarded: Callable[..., FlaskClient], later: Callable[[float], None]
) -> None:
    client = guarded()
    web.get(KEYS, json=key_set("ec1"))
    assert post(client, make_token()).status_code == 200
    web.replace(responses.GET, KEYS, status=503)
    later(2 * key_sets.MAX_AGE_S)
    assert post(client, make_token()).status_code == 200
    assert len(web.calls) == 2


def test_R97_a_token_works_once(keys: responses.RequestsMock, guarded: Callable[..., FlaskClient]) -> None:
    client, token = guarded(), make_token()
    assert post(client, token).status_code == 200
    refused(post(client, token))


def test_R97_a_forged_token_does_not_use_up_a_jti(
    keys: responses.RequestsMock, guarded: Callable[..., FlaskClient]
) -> None:
    client = guarded()
    refused(post(client, make_token(key="ec2", header={"kid": "ec1"}, jti="one")))
    refused(post(client, make_token(aud="https://elsewhere.example.org", jti="one")))
    assert post(client, make_token(jti="one")).status_code == 200


def test_R97_without_a_store_each_process_remembers(
    keys: responses.RequestsMock, guarded: Callable[..., FlaskClient]
) -> None:
    client, token = guarded(database_url="postgresql://u:secret-word@127.0.0.1:9/none"), make_token()
    assert post(client, token).status_code == 200
    refused(post(client, token))
    assert client.get("/readyz").get_json()["status"] == "degraded"
    assert "store_failures_total" in client.get("/metrics").get_data(as_text=True)


def test_R98_tokens_are_never_logged(
    keys: responses.RequestsMock, guarded: Callable[..., FlaskClient], capsys: pytest.CaptureFixture[str]
) -> None:
    client = guarded(log_level="debug")
    tokens = [
        make_token(jti="planted-jti"),
        make_token(aud="planted-audience"),
        make_token(key="ec3"),
        "planted.token.x",
    ]
    for token in tokens:
        post(client, token)
    logged = capsys.readouterr().err
    assert '"unauthorized"' in logged
    assert "planted" not in logged
    assert not [part for token in tokens for part in token.split(".") if len(part) > 8 and part in logged]


def test_the_sandbox_is_trusted_only_on_request(
    web: responses.RequestsMock, guarded: Callable[..., FlaskClient], capsys: pytest.CaptureFixture[str]
) -> None:
    web.get(SANDBOX_KEYS, json=key_set("ec1"))
    web.get(KEYS, json=key_set("ec2"))

    def token() -> str:
        return make_token(iss=SANDBOX_ISSUER, header={"jku": SANDBOX_KEYS})

    refused(post(guarded(), token()))
    client = guarded(sandbox=True, log_level="info", cors_origins=())
    assert "demonstration only" in capsys.readouterr().err
    assert post(client, token()).status_code == 200
    assert "demonstration only" in client.get("/readyz").get_json()["warning"]
    answer = client.get("/cds-services", headers={"Origin": SANDBOX_ISSUER})
    assert answer.headers["Access-Control-Allow-Origin"] == SANDBOX_ISSUER
