"""The hook request as it arrives (R30 to R32), decoded once; prefetched data stay raw until the reader sees them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import msgspec

from cds_service.parts import Sent
from cds_service.refusals import RefusalError, bad_request
from fhir_mappings.read import Entries, Whole, entries_of_whole, is_sound

_ABSENT: Any = msgspec.UNSET
_BOM = b"\xef\xbb\xbf"
_WANTED = {
    "hookInstance": "a UUID that is new for each call",
    "context": "an object with userId and patientId",
    "context.userId": 'the type and id of the person who is signed in, such as "Practitioner/123"',
    "context.patientId": 'the bare id of the patient, such as "123"',
    "fhirServer": "the base URL of the FHIR server",
    "fhirAuthorization.access_token": "the access token as the authorization server gave it",
}
"""What belongs in a member, so that a refusal says what to do next."""
_TOKEN = re.compile(r"[\x21-\x7e]+(?: [\x21-\x7e]+)*")


class Envelope(msgspec.Struct, rename="camel", gc=False):
    """The members of a hook request that this service reads, without its prefetch; whatever else is there is skipped (R32)."""

    hook: Any = _ABSENT
    hook_instance: Any = _ABSENT
    context: Any = _ABSENT
    fhir_server: Any = None
    fhir_authorization: Any = None
    extension: Any = None


@dataclass(frozen=True, slots=True)
class HookRequest:
    """A hook request that has the shape that the specification asks for."""

    hook: str
    patient_id: str
    context: dict[str, Any] = field(repr=False)
    prefetch: dict[str, Sent | Entries]
    fhir_server: str | None = None
    access_token: str | None = field(default=None, repr=False)
    extension: Any = None


class _WholeEnvelope(Envelope):
    """With a prefetch in which everything is in order."""

    prefetch: dict[str, Whole | None] | None = None


class _SentEnvelope(Envelope):
    """With a prefetch whose values are still bytes."""

    prefetch: dict[str, msgspec.Raw] | None = None


class _OddEnvelope(Envelope):
    """With a prefetch of any shape."""

    prefetch: Any = None


_WHOLE = msgspec.json.Decoder(_WholeEnvelope)
_SENT = msgspec.json.Decoder(_SentEnvelope)
_ODD = msgspec.json.Decoder(_OddEnvelope)


def malformed(error: Exception) -> RefusalError:
    """Turn a decoder's complaint into a 400; its text holds positions and kinds, never contents."""
    if isinstance(error, msgspec.ValidationError) and "out of range" in str(error):
        return bad_request("The body holds a number that is too large to be read.", "value")
    if isinstance(error, msgspec.ValidationError):
        return bad_request("The body has to be one JSON object.", "structure")
    if isinstance(error, RecursionError):
        return bad_request("The body is nested too deeply.", "structure")
    position = re.search(r"\(byte \d+\)", str(error))
    where = f" {position.group()}" if position else ""
    return bad_request(f"The body is not well-formed JSON{where}.", "structure")


def decode_envelope(body: bytes) -> _SentEnvelope | _OddEnvelope:
    """Decode the body of a hook call, or refuse it with 400 (R08)."""
    if not body.strip():
        raise bad_request("The body is empty; a CDS Hooks request is one JSON object.", "structure")
    try:
        return _decoded(body.removeprefix(_BOM))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise malformed(error) from None


def _decoded(body: bytes) -> _SentEnvelope | _OddEnvelope:
    """Decode in one pass; where that fails for the shape of the prefetch, the other members are told apart from it."""
    try:
        return _SENT.decode(body)
    except msgspec.ValidationError:
        return _ODD.decode(body)


def _all_in_order(body: bytes) -> tuple[Envelope, dict[str, Sent | Entries]] | None:
    """Decode request and prefetch in one pass; `None` when any value has to be looked at by itself."""
    try:
        envelope = _WHOLE.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    values: dict[str, Any] = envelope.prefetch or {}
    found = {key: b"null" if value is None else entries_of_whole(value) for key, value in values.items()}
    return None if None in found.values() else (envelope, found)  # type: ignore[return-value]


def _one_by_one(body: bytes, *, sound: bool) -> tuple[Envelope, dict[str, Sent | Entries]]:
    """Decode the request and leave the values of its prefetch as sent, copied only out of a body that has to be mended."""
    envelope = decode_envelope(body)
    if isinstance(envelope, _OddEnvelope):
        return envelope, {}
    found = envelope.prefetch or {}
    return envelope, dict(found) if sound else {key: bytes(value) for key, value in found.items()}


def _text(value: object, name: str, wanted: str = "") -> str:
    if value is _ABSENT or value is None:
        raise _missing(name, wanted)
    if not isinstance(value, str) or not value.strip():
        raise bad_request(f"{name} has to be a text that is not empty: {wanted or _WANTED[name]}.", "value")
    return value.strip()


def _missing(name: str, wanted: str = "") -> RefusalError:
    return bad_request(f"{name} is missing; CDS Hooks requires it. Please send {wanted or _WANTED[name]}.", "required")


def _patient_id(context: dict[str, Any]) -> str:
    """Read context.patientId: a bare id; clients that send `Patient/<id>` are understood."""
    patient_id = _text(context.get("patientId", _ABSENT), "context.patientId").removeprefix("Patient/")
    if not patient_id or "/" in patient_id or not patient_id.isprintable():
        raise bad_request('context.patientId has to be the bare id of a Patient resource, such as "123".', "value")
    return patient_id


def _server(envelope: Envelope) -> tuple[str | None, str | None]:
    """Read fhirServer and the token of fhirAuthorization, which needs a fhirServer (invariant cds-r-1)."""
    server, authorization = envelope.fhir_server, envelope.fhir_authorization
    if server is not None:
        server = _text(server, "fhirServer")
    if authorization is None:
        return server, None
    if not isinstance(authorization, dict):
        raise bad_request("fhirAuthorization has to be an object.", "structure")
    if server is None:
        raise bad_request(
            "fhirServer is missing; CDS Hooks requires it where fhirAuthorization is given. Please send the base URL of the "
            "FHIR server that the token is for.",
            "required",
        )
    token = _text(authorization.get("access_token", _ABSENT), "fhirAuthorization.access_token")
    if not _TOKEN.fullmatch(token):
        raise bad_request("fhirAuthorization.access_token holds characters that no token has.", "value")
    return server, token


def parse_request(body: bytes, hook: str, *, as_sent: bool = False) -> HookRequest:
    """Read a hook request for the service of this hook, or refuse it with 400 and the name of what is wrong.

    With `as_sent` the values of the prefetch keep their bytes (STRICT mode looks at them again).
    """
    sound = is_sound(body)
    whole = _all_in_order(body) if sound and not as_sent else None
    envelope, prefetch = whole or _one_by_one(body, sound=sound)
    _text(envelope.hook, "hook", f'"{hook}", the hook of this service')
    if envelope.hook != hook:
        raise bad_request(
            f"This service answers the hook {hook}; the request names another one. GET /cds-services lists the services "
            "and their hooks.",
            "value",
        )
    # A UUID by the specification; some clients send other texts, and nothing here depends on its form.
    _text(envelope.hook_instance, "hookInstance")
    if envelope.context is _ABSENT or envelope.context is None:
        raise _missing("context")
    if not isinstance(envelope.context, dict):
        raise bad_request(f"context has to be {_WANTED['context']}.", "structure")
    _text(envelope.context.get("userId", _ABSENT), "context.userId")
    server, token = _server(envelope)
    if isinstance(envelope, _OddEnvelope):
        raise bad_request("prefetch has to be an object of prefetch keys.", "structure")
    return HookRequest(
        hook=hook,
        patient_id=_patient_id(envelope.context),
        context=envelope.context,
        prefetch=prefetch,
        fhir_server=server,
        access_token=token,
        extension=envelope.extension,
    )
