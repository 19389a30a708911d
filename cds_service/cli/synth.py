"""`myeloma-cds synth`: synthetic patients with known truth."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cds_service.cli.common import fail

if TYPE_CHECKING:
    from cds_service.synthetic.output import Form

LIST = "list"


@click.command()
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder that gets the patients and truth.json."
)
@click.option(
    "--patients", "count", type=click.IntRange(min=1), help="How many (100; with --scenario one of each unless given)."
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="The same seed makes the same patients."
)
@click.option(
    "--scenario",
    "names",
    multiple=True,
    metavar="NAME ...",
    help="Named stories instead of random ones; `list` prints them.",
)
@click.argument("more", nargs=-1, metavar="")
@click.option(
    "--format", "form", type=click.Choice(["bundle", "ndjson", "cds-request"]), default="bundle", show_default=True
)
def synth(
    out: Path | None, count: int | None, seed: int, names: tuple[str, ...], form: Form, more: tuple[str, ...]
) -> None:
    """Make synthetic patients whose truth is known: charts in FHIR R4, and truth.json with what must be said of them."""
    from cds_service.synthetic.scenarios import SCENARIOS

    if more and not names:
        raise click.UsageError(f"Got an unexpected argument ({more[0]}); names of scenarios stand after --scenario.")
    names = names + more
    if LIST in names:
        width = max(map(len, SCENARIOS))
        for name, scenario in SCENARIOS.items():
            click.echo(f"{name:<{width}}  {scenario.meaning}")
        return
    unknown = sorted(set(names) - set(SCENARIOS))
    if unknown:
        raise click.UsageError(f"There is no scenario {', '.join(unknown)}; `--scenario list` prints them all.")
    if out is None:
        raise click.UsageError("Please name a folder for the patients with --out.")
    total = (count or 1) * len(names) if names else (count or 100)
    try:
        _write(out, count or (1 if names else 100), seed, names, form, total)
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror or error}.")
    click.echo(
        f"{total} patient{'s' if total != 1 else ''} with seed {seed} in {out}; the truth is in {out / 'truth.json'}.",
        err=True,
    )


def _write(out: Path, count: int, seed: int, names: tuple[str, ...], form: Form, total: int) -> None:
    from cds_service.synthetic.output import patients, write

    made = write(patients(count, seed, names), out, form)
    if not sys.stderr.isatty():
        for _ in made:
            pass
        return
    from rich.console import Console
    from rich.progress import track

    for _ in track(made, description="Synthetic patients", total=total, console=Console(stderr=True)):
        pass
