"""The command `myeloma-cds`. Errors are one clear line on stderr; exit status 0, 1 (something failed) or 2 (usage)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cds_service import __version__
from cds_service.cli_feedback import feedback
from cds_service.settings import (
    Settings,
    SettingsError,
    describe,
    is_loopback,
    load_settings,
    refuse_unsafe,
    unknown_variables,
)

if TYPE_CHECKING:
    from flask import Flask

    from cards.knowledge.model import Knowledge
    from cds_service.inputs import Chart
    from cds_service.pipeline import Pipeline

DEMO_PREFIX = "demo:"


def say(text: str) -> None:
    """Print one line on stderr."""
    click.echo(text, err=True)


def fail(text: str, status: int = 1) -> None:
    """Say what went wrong and end."""
    say(f"myeloma-cds: {text}")
    raise SystemExit(status)


def settings_or_fail(**overrides: Any) -> Settings:
    """Read the settings or end with the line that says what is wrong with them."""
    try:
        return load_settings(**overrides)
    except SettingsError as error:
        fail(str(error), 2)
        raise  # not reached


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="myeloma-cds")
def main() -> None:
    """Read a myeloma chart in FHIR R4: lines of therapy, refractoriness, and what may come next."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to bind.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free port.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Number of processes.")
def serve(host: str, port: int, workers: int) -> None:
    """Start the service."""
    settings = settings_or_fail()
    try:
        refuse_unsafe(settings, host)
    except SettingsError as error:
        fail(str(error), 2)
    for name in unknown_variables():
        say(f"myeloma-cds: {name} is no setting; `myeloma-cds config` lists them.")
    from cds_service import server
    from cds_service.app import create_app
    from cds_service.pipeline import Pipeline

    try:
        bound = server.bind(host, port)
    except OSError as error:
        fail(
            f"{server.url_of(host, port)} cannot be bound: {error.strerror or error}. Is another service running there?"
        )
    pipeline = Pipeline()
    try:
        pipeline.warm_up()
    except Exception as error:  # noqa: BLE001 - whatever the loader refuses is a line for the operator, not a trace
        fail(f"the knowledge files cannot be used: {error}")
    address = server.url_of(host, server.address_of(bound)[1])
    base = settings.public_url or address
    app = create_app(settings, pipeline, loopback=is_loopback(host), base_url=base)
    _warn(settings, host)
    if settings.auth == "required":
        _open_store(app)
    demo = settings.demo if settings.demo is not None else is_loopback(host)
    what = f"open {base}/" if demo else f"curl {base}/cds-services"
    where = f" (listening on {address})" if base != address else ""
    server.Server(app, bound, workers, ready=lambda: say(f"myeloma-cds {__version__} is ready: {what}{where}")).run()


def _warn(settings: Settings, host: str) -> None:
    """Say what the person who starts the service has to know."""
    if settings.sandbox:
        say(
            "myeloma-cds: WARNING: MYELOMA_CDS_SANDBOX=true trusts https://sandbox.cds-hooks.org, whose private key is "
            "public: anybody can call. For demonstration only, never with real patients."
        )
    if settings.auth == "required" and not settings.public_url and not is_loopback(host):
        say(
            "myeloma-cds: MYELOMA_CDS_PUBLIC_URL is not set, so `aud` of tokens is compared with the address bound; "
            "please set it to the URL that callers use."
        )


def _open_store(app: Flask) -> None:
    """Make the store ready before workers start; without it the service starts degraded, and says so."""
    from cds_service.store.access import STORE

    found = app.extensions[STORE]
    if not found.usable():
        say(
            "myeloma-cds: the store cannot be used (MYELOMA_CDS_DATABASE_URL); advice goes on, used tokens are remembered "
            "by each process only, and /readyz says degraded."
        )
    found.close()


@main.command()
@click.argument("source", metavar="FILE|DIR|-")
@click.option("--as-of", metavar="DATE", help="Day of the assessment, such as 2026-11-01; today (UTC) without it.")
@click.option("--jurisdiction", type=click.Choice(["US", "EU", "both"]), help="Whose labels count.")
@click.option("--policy", help="current or post-daratumumab-2023.")
@click.option("--format", "form", type=click.Choice(["text", "json", "html"]), default="text", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write here instead of to the terminal.")
def assess(
    source: str, as_of: str | None, jurisdiction: str | None, policy: str | None, form: str, out: Path | None
) -> None:
    """Assess a chart: a Bundle, a hook request, NDJSON, a folder of these, - for stdin, or demo:ID."""
    if form == "html":
        raise click.UsageError("--format html is not part of this version; please take text or json.")
    from cds_service.options import WrongOptionError, make_options

    settings = settings_or_fail()
    given = {"asOf": as_of, "jurisdiction": jurisdiction, "policy": policy}
    try:
        make_options(given, settings)
    except WrongOptionError as error:
        raise click.UsageError(str(error)) from None
    charts, problems = _charts(source)
    documents = _documents(charts, given, settings, problems)
    many = len(documents) != 1 or (source != "-" and not source.startswith(DEMO_PREFIX) and Path(source).is_dir())
    if documents or (many and not problems):
        write_text(_formatted(documents, form, many=many), out)
    for problem in problems:
        say(f"myeloma-cds: {problem}")
    raise SystemExit(1 if problems else 0)


def _charts(source: str) -> tuple[list[Chart], list[str]]:
    """Read what the command line names; what cannot be read becomes a line for stderr."""
    from cds_service import inputs

    charts: list[Chart] = []
    problems: list[str] = []
    for name, load in _inputs(source):
        try:
            charts += inputs.parse(load() if callable(load) else load)
        except (inputs.InputError, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            problems.append(f"{name} cannot be read: {reason}.")
    return charts, problems


def _inputs(source: str) -> list[tuple[str, Any]]:
    from cds_service.demo import UnknownDemoPatientError, load_patient
    from cds_service.inputs import files_in

    if source == "-":
        return [("stdin", sys.stdin.buffer.read())]
    if source.startswith(DEMO_PREFIX):
        try:
            return [(source, load_patient(source.removeprefix(DEMO_PREFIX)))]
        except UnknownDemoPatientError as error:
            raise click.UsageError(str(error)) from None
    path = Path(source)
    if not path.exists():
        raise click.UsageError(f"There is no file or folder {source}.")
    found = files_in(path) if path.is_dir() else [path]
    if not found:
        raise click.UsageError(f"{source} holds no file that ends in .json, .ndjson or .jsonl.")
    return [(str(item), item.read_bytes) for item in found]


def _documents(
    charts: Sequence[Chart], given: dict[str, Any], settings: Settings, problems: list[str]
) -> list[dict[str, Any]]:
    from cds_service.batch import assess_charts
    from cds_service.logs import Stages
    from cds_service.pipeline import Pipeline

    batch = assess_charts(charts, given, Pipeline(), settings, Stages())
    problems += batch.problems
    if charts and not batch.documents and not batch.problems:
        problems.append("no patient was found: no Patient resource, and nothing that names one.")
    return batch.documents


def _formatted(documents: list[dict[str, Any]], form: str, *, many: bool) -> str:
    if form == "json":
        import orjson

        content = documents if many else documents[0]
        return orjson.dumps(content, option=orjson.OPT_INDENT_2).decode() + "\n"
    from cds_service.render import render

    return "\n".join(render(document) for document in documents)


def write_text(text: str, out: Path | None) -> None:
    """Write to a file, or to the terminal without one."""
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror}.")


@main.command()
def config() -> None:
    """List every setting: name, value, default, meaning."""
    for name, value, default, meaning in describe(settings_or_fail()):
        click.echo(f"{name}={value}")
        click.echo(f"    default: {default}")
        click.echo(click.wrap_text(meaning, 100, "    ", "    "))
    for name in unknown_variables():
        say(f"myeloma-cds: {name} is no setting.")


@main.group()
def knowledge() -> None:
    """Check, list or show the clinical knowledge."""


def _load() -> tuple[Pipeline, Knowledge]:
    from cds_service.pipeline import Pipeline

    pipeline = Pipeline()
    try:
        return pipeline, pipeline.knowledge()
    except Exception as error:
        fail(str(error))
        raise  # not reached


@knowledge.command("check")
def knowledge_check() -> None:
    """Load everything and say what was found; status 1 with file and line when something is wrong."""
    _, known = _load()
    click.echo(
        f"Knowledge {known.version} is sound: {len(known.drugs)} drugs, {len(known.regimens)} regimens, "
        f"{len(known.cautions)} cautions, {len(known.policies)} policies, {len(known.sources)} sources; "
        f"to be reviewed by {known.review_by}."
    )


@knowledge.command("list")
def knowledge_list() -> None:
    """Print a line per regimen."""
    _, known = _load()
    width = max((len(name) for name in known.regimens), default=0)
    for name, regimen in sorted(known.regimens.items()):
        click.echo(f"{name.ljust(width)}  {regimen.name}: {' + '.join(regimen.agents)}")


@knowledge.command("show")
@click.argument("regimen_id", metavar="ID")
def knowledge_show(regimen_id: str) -> None:
    """Print a regimen with its labels, evidence and sources."""
    _, known = _load()
    regimen = known.regimens.get(regimen_id)
    if regimen is None:
        raise click.UsageError(f"There is no regimen {regimen_id}; `myeloma-cds knowledge list` prints the ids.")
    from cds_service.show import show_regimen

    click.echo(show_regimen(regimen, known), nl=False)


main.add_command(feedback)
