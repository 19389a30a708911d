"""`myeloma-cds assess`: a chart in, its assessment out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cds_service.cli.common import say, settings_or_fail, write_text
from cds_service.settings import Settings

if TYPE_CHECKING:
    from cds_service.inputs import Chart

DEMO_PREFIX = "demo:"


@click.command()
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
    from cds_service.cli.render import render

    return "\n".join(render(document) for document in documents)
