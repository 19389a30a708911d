"""`myeloma-cds assess`: a chart in, its assessment out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cds_service.cli.common import say, settings_or_fail, write_text
from cds_service.settings import Settings

if TYPE_CHECKING:
    from cds_service.inputs import Chart
    from cds_service.pipeline import Assessment, Pipeline
    from fhir_mappings.record import Gap

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
    from cds_service.options import WrongOptionError, make_options
    from cds_service.pipeline import Pipeline

    settings = settings_or_fail()
    given = {"asOf": as_of, "jurisdiction": jurisdiction, "policy": policy}
    try:
        make_options(given, settings)
    except WrongOptionError as error:
        raise click.UsageError(str(error)) from None
    charts, problems = _charts(source)
    pipeline = Pipeline()
    assessments = _assessments(charts, given, pipeline, settings, problems)
    found = [(assessment, pipeline.document(assessment)) for assessment in assessments]
    folder = source != "-" and not source.startswith(DEMO_PREFIX) and Path(source).is_dir()
    many = len(found) != 1 or folder
    if found or (folder and form == "json") or not problems:
        write_text(_formatted(found, form, many=many), out)
    for problem in problems:
        say(f"myeloma-cds: {problem}")
    raise SystemExit(1 if problems else 0)


def _charts(source: str) -> tuple[list[Chart], list[str]]:
    """Read what the command line names; what cannot be read becomes a line for stderr."""
    from cds_service import inputs

    charts: list[Chart] = []
    problems: list[str] = []
    lost: list[Gap] = []
    for name, load in _inputs(source):
        lines: list[str] = []
        try:
            charts += inputs.parse(load() if callable(load) else load, lines)
        except (inputs.InputError, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            problems.append(f"{name} cannot be read: {reason}.")
            lost += inputs.gaps_of_file(Path(name))
        problems += [f"{name}: {line}; the other lines were read." for line in lines]
    return [replace(chart, gaps=(*chart.gaps, *lost)) for chart in charts] if lost else charts, problems


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


def _assessments(
    charts: Sequence[Chart], given: dict[str, Any], pipeline: Pipeline, settings: Settings, problems: list[str]
) -> list[Assessment]:
    from cds_service.batch import assess_each
    from cds_service.stages import Stages

    before = len(problems)
    found = assess_each(charts, given, pipeline, settings, Stages(), problems)
    if charts and not found and len(problems) == before:
        problems.append("no patient was found: no Patient resource, and nothing that names one.")
    return found


def _formatted(found: Sequence[tuple[Assessment, dict[str, Any]]], form: str, *, many: bool) -> str:
    documents = [document for _, document in found]
    if form == "json":
        import orjson

        content = documents if many else documents[0]
        return orjson.dumps(content, option=orjson.OPT_INDENT_2).decode() + "\n"
    if form == "html":
        from cds_service.pages.report import report

        return report(found)
    from cds_service.cli.render import render

    return "\n".join(render(document) for document in documents)
