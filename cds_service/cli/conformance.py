"""`myeloma-cds conformance`: CDS Hooks 2.0 checks against a running service, this one or another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cds_service.cli.common import fail, say, write_text

SANDBOX_ORIGIN = "https://sandbox.cds-hooks.org"


@click.command()
@click.argument("url")
@click.option(
    "--request",
    "request_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A hook request that the service answers; without it, requests about a synthetic patient are made.",
)
@click.option("--origin", default=SANDBOX_ORIGIN, show_default=True, help="Origin of a browser client; empty: none.")
@click.option(
    "--key",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Private JSON Web Key (with kid) to sign each call with.",
)
@click.option("--issuer", help="The iss of the tokens; needed with --key.")
@click.option("--jku", help="The jku of the tokens.")
@click.option("--all", "everything", is_flag=True, help="List the checks that passed or were skipped as well.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write here instead of to the terminal.")
def conformance(
    url: str,
    request_file: Path | None,
    origin: str,
    key: Path | None,
    issuer: str | None,
    jku: str | None,
    everything: bool,
    form: str,
    out: Path | None,
) -> None:
    """Check the CDS Hooks service at URL (its base, without /cds-services).

    Exit status 0 when no check failed, 1 when one did or nothing answers, 2 for wrong usage. The checks send wrong
    requests and feedback on purpose: never run them against a service that real patients depend on.
    """
    from cds_service.kit.conformance import Target, UnreachableError, run
    from cds_service.kit.conformance.signing import Signer

    if not url.startswith(("http://", "https://")):
        raise click.UsageError("URL has to begin with http:// or https://.")
    if (key is None) != (issuer is None):
        raise click.UsageError("--key and --issuer belong together.")
    try:
        signer = Signer(key, issuer, jku) if key is not None and issuer is not None else None
    except ValueError as error:
        raise click.UsageError(f"{error}.") from None
    target = Target(url, request=_read(request_file), signer=signer, origin=origin or None)
    try:
        report = run(target)
    except UnreachableError as error:
        fail(str(error))
    finally:
        target.close()
    if form == "json":
        import orjson

        write_text(orjson.dumps(report.data(), option=orjson.OPT_INDENT_2).decode() + "\n", out)
    else:
        write_text(report.text(everything=everything), out)
    if not report.passed:
        say("myeloma-cds: the service does not conform; each line names a row of docs/protocol.md.")
        raise SystemExit(1)


def _read(path: Path | None) -> dict[str, Any] | None:
    """Read a hook request from a file."""
    if path is None:
        return None
    import orjson

    try:
        found = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise click.UsageError(f"{path} cannot be read as JSON ({type(error).__name__}).") from None
    if (
        not isinstance(found, dict)
        or not isinstance(found.get("hook"), str)
        or not isinstance(found.get("context"), dict)
    ):
        raise click.UsageError(f"{path} is no CDS Hooks request: hook and context are needed.")
    return found
