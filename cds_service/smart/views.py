"""The addresses of the SMART app: `/smart/launch`, `/smart/callback`, `/smart/app` and `/smart/logout`."""

from __future__ import annotations

import hmac
import secrets

import structlog
from flask import Blueprint, Response, redirect, request

from cds_service import context, logs
from cds_service.addresses import allowed_base
from cds_service.errors import outcome
from cds_service.hooks.sufficiency import HELP, HELP_ASKED
from cds_service.json_provider import json_response
from cds_service.refusals import RefusalError, bad_request
from cds_service.smart import chart, page
from cds_service.smart.discovery import discover
from cds_service.smart.exchange import exchange
from cds_service.smart.flow import Pending, authorize_url, new_verifier, part_of
from cds_service.smart.setup import Setup, setup
from cds_service.smart.vault import COOKIE_S, Browser

LOG = structlog.get_logger("myeloma_cds")
blueprint = Blueprint("smart", __name__)
COOKIE = "myeloma-cds-smart"
MAX_TEXT = 4096
OVER = "This session is over, or it was opened in another browser. Please start the app again from the EHR."
_NO_STATE = (
    "This sign-in was not begun here, was used before, or took longer than ten minutes. Please start the app again from the "
    "EHR; the browser has to accept the cookie of this address."
)
_REFUSED = {
    "access_denied": "Access to the chart was not granted. Nothing was read. If that was a mistake, please start the app again.",
    "invalid_scope": "The EHR does not let this app read what it needs. Please tell its administrator (invalid_scope).",
    "unauthorized_client": "The EHR does not know this app as it is set up here. Please tell its administrator.",
    "temporarily_unavailable": "The EHR's sign-in is not available now. Please try again soon.",
}


@blueprint.get("/smart/launch")
def launch() -> Response:
    """Begin: with `iss` and `launch` from an EHR, with `iss` alone standalone. The browser is sent to sign in."""
    iss = _single("iss")
    if not iss:
        raise bad_request(
            "iss is missing: the base URL of the FHIR server to sign in at, and launch as well when an EHR starts the app. "
            "For example /smart/launch?iss=https://fhir.example.org/r4",
            "required",
        )
    found, handed = _setup(), _single("launch")
    base = allowed_base(iss, context.settings().fhir_servers)
    if base is None:
        LOG.warning("smart_refused", reason="iss")
        raise RefusalError(
            403,
            "forbidden",
            "iss is not one of the FHIR servers that this service may contact (MYELOMA_CDS_FHIR_SERVERS).",
        )
    server = discover(base, from_ehr=bool(handed))
    browser = _browser(found) or Browser(secrets.token_urlsafe(24))
    verifier = new_verifier()
    part = part_of(_single("appContext"), _single("intent"))
    pending = Pending(iss, server.token_endpoint, server.issuer, verifier, part)
    state = found.sessions.begin(browser.name, pending)
    target = authorize_url(
        server,
        client_id=found.client_id,
        redirect_uri=found.redirect_uri,
        iss=iss,
        launch=handed or None,
        state=state,
        verifier=verifier,
    )
    return _with_cookie(redirect(target, 302), found, browser)


@blueprint.get("/smart/callback")
def callback() -> Response:
    """End the sign-in: compare `state`, exchange the code, keep the token here, and open the page."""
    found, browser, state = _setup(), None, _single("state")
    browser = _browser(found)
    pending = found.sessions.resume(browser.name, state) if browser is not None and state else None
    if browser is None or pending is None:
        LOG.warning("smart_refused", reason="state" if browser is not None else "cookie")
        raise bad_request(_NO_STATE, "login")
    if (told := _single("iss")) and pending.issuer and not hmac.compare_digest(told.encode(), pending.issuer.encode()):
        LOG.warning("smart_refused", reason="issuer")  # RFC 9207: an answer of another authorization server
        raise bad_request("This answer comes from another server than the one that was asked.", "login")
    if error := _single("error"):
        LOG.warning("smart_refused", reason=error if error in _REFUSED else "error")
        text = _REFUSED.get(error, "The EHR did not complete the sign-in. Please start the app again from the EHR.")
        raise RefusalError(403, "login", text)
    code = _single("code")
    if not code:
        raise bad_request("code is missing from the EHR's answer. Please start the app again from the EHR.", "required")
    session, part = exchange(pending, code, client_id=found.client_id, redirect_uri=found.redirect_uri)
    handle = found.sessions.keep(browser.name, session)
    target = f"{found.base_url}/smart/app?s={handle}" + (f"#{part}" if part else "")
    return _with_cookie(redirect(target, 303), found, Browser(browser.name, handle))


@blueprint.get("/smart/app")
def app() -> Response:
    """Read the chart of the session's patient and show it."""
    found = _setup()
    browser = _browser(found)
    handle = _single("s") or (browser.last if browser is not None else "")
    session = found.sessions.find(browser.name, handle) if browser is not None and handle else None
    if session is None:
        raise RefusalError(401, "login", OVER)
    try:
        shown = chart.read(session)
    except RefusalError as error:
        reason = error.diagnostics.replace(HELP, "").replace(HELP_ASKED, "").strip()
        text = f"The chart could not be assessed. {reason} Nothing follows from that about the patient."
        raise RefusalError(error.status, error.code, text) from None
    logs.note(patients=1)
    return page.app(found, shown, session, handle)


@blueprint.post("/smart/logout")
def logout() -> Response:
    """Forget the token now. The handle, which only the page knows, stands for a CSRF token."""
    found = _setup()
    browser, handle = _browser(found), request.form.get("s", "")
    if browser is None or not handle or not found.sessions.end(browser.name, handle):
        raise RefusalError(401, "login", OVER)
    return page.message(
        found, 200, "Signed out", "The access to the chart was deleted here. You can close this window."
    )


@blueprint.errorhandler(RefusalError)
def refused(error: RefusalError) -> Response:
    """Answer with a page to people, with an OperationOutcome to programs."""
    accepted = request.accept_mimetypes
    best = accepted.best_match(["application/json", "application/fhir+json", "text/html"])
    if best == "text/html" and "text/html" in accepted.values():
        return page.message(setup(), error.status, page.title_of(error.status), error.diagnostics)
    return json_response(outcome(error.code, error.diagnostics), error.status)


def _setup() -> Setup:
    found = setup()
    if found is None:
        raise RefusalError(
            404,
            "not-supported",
            "The SMART app is not set up here: MYELOMA_CDS_SMART_CLIENT_ID is empty. Set it to the client id under which the "
            "EHR knows this app, with the FHIR server in MYELOMA_CDS_FHIR_SERVERS.",
        )
    return found


def _single(name: str) -> str:
    """Return a query parameter, empty when it is not there; one that is there twice or is too long is refused."""
    values = request.args.getlist(name)
    if len(values) > 1 or any(len(value) > MAX_TEXT for value in values):
        raise bad_request(f"The parameter {name} is there more than once, or is too long.", "value")
    return values[0].strip() if values else ""


def _browser(found: Setup) -> Browser | None:
    given = request.cookies.get(COOKIE)
    return found.vault.read_cookie(given) if given and len(given) <= MAX_TEXT else None


def _with_cookie(response: object, found: Setup, browser: Browser) -> Response:
    """Set the cookie: not readable by scripts; in the EHR's frame, where that is allowed, a cookie of that frame alone."""
    made = response if isinstance(response, Response) else Response(response)  # type: ignore[arg-type]
    framed = bool(found.framed_by)
    made.set_cookie(
        COOKIE,
        found.vault.write_cookie(browser),
        max_age=COOKIE_S,
        path=found.cookie_path,
        secure=found.secure,
        httponly=True,
        samesite="None" if framed else "Lax",
        partitioned=framed,
    )
    return made
