"""`myeloma-cds cohort`: a Bulk FHIR export in, an assessment of every patient out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cds_service.cli.common import fail, say, settings_or_fail

if TYPE_CHECKING:
    from cds_service.cohort.outputs import Ended
    from cds_service.cohort.patients import Choice


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@click.command()
@click.option(
    "--input", "source", required=True, metavar="NDJSON_DIR", help="Folder with the export: .ndjson or .jsonl, also .gz.",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
)  # fmt: skip
@click.option(
    "--out", required=True, metavar="DIR", type=click.Path(path_type=Path, file_okay=False), help="Folder to write to."
)
@click.option(
    "--engine",
    type=click.Choice(["local", "spark"]),
    default="local",
    show_default=True,
    help="Where the work is done.",
)
@click.option("--as-of", metavar="DATE", help="Day of the assessments, such as 2026-11-01; today (UTC) without it.")
@click.option("--jurisdiction", type=click.Choice(["US", "EU", "both"]), help="Whose labels count.")
@click.option("--policy", help="current or post-daratumumab-2023.")
@click.option(
    "--workers", type=click.IntRange(1, 256), default=_processors, show_default="one per processor", help="Processes."
)
@click.option(
    "--memory-mb", type=click.IntRange(16, 1_000_000), default=1024, show_default=True,
    help="Memory for data held at a time, in MB, all processes together; each also takes about 100 MB for the program.",
)  # fmt: skip
def cohort(
    source: Path, out: Path, engine: str, as_of: str | None, jurisdiction: str | None, policy: str | None, workers: int,
    memory_mb: int,
) -> None:  # fmt: skip
    """Assess every patient of a Bulk FHIR export (NDJSON). An interrupted run goes on when started again."""
    from cds_service.cohort.files import sources

    choice = _choice(as_of, jurisdiction, policy)
    if out.resolve().is_relative_to(source.resolve()):
        raise click.UsageError("--out has to lie outside the folder of --input.")
    files = sources(source)
    if not files:
        raise click.UsageError(f"{source} holds no file that ends in .ndjson, .jsonl, .ndjson.gz or .jsonl.gz.")
    try:
        out.mkdir(parents=True, exist_ok=True)
        ended = _run(engine, source, out, choice, memory_mb, workers)
    except OSError as error:
        fail(f"{error.filename or out} cannot be used: {error.strerror or error}.")
    except KeyboardInterrupt:
        fail("stopped; the same command goes on from here.", 130)
    say(f"myeloma-cds: {ended.patients} patients assessed; {ended.errors} errors; see {out}.")
    raise SystemExit(1 if ended.errors else 0)


def _choice(as_of: str | None, jurisdiction: str | None, policy: str | None) -> Choice:
    from cds_service.cohort.patients import Choice
    from cds_service.options import WrongOptionError, make_options

    settings = settings_or_fail()
    try:
        chosen = make_options({"asOf": as_of, "jurisdiction": jurisdiction, "policy": policy}, settings)
    except WrongOptionError as error:
        raise click.UsageError(str(error)) from None
    return Choice(
        chosen.as_of.isoformat(),
        chosen.jurisdiction,
        chosen.policy,
        chosen.car_t_access,
        strict=settings.strict,
        site=chosen.site,
    )


def _run(engine: str, source: Path, out: Path, choice: Choice, memory_mb: int, workers: int) -> Ended:
    from cds_service.cohort import local
    from cds_service.cohort.progress import on_stderr

    with on_stderr() as progress:
        if engine == "local":
            try:
                return local.run(source, out, choice, progress, memory_mb=memory_mb, workers=workers)
            except local.NoProcessesError as error:
                fail(
                    f"{workers} processes cannot work together here ({error}; they need shared memory, /dev/shm on Linux). "
                    "--workers 1 does without."
                )
        from cds_service.cohort import spark

        try:
            return spark.run(source, out, choice, progress, workers=workers)
        except spark.SparkMissingError as error:
            fail(str(error))
