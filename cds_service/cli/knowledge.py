"""`myeloma-cds knowledge`: check, list or show the clinical knowledge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cds_service.cli.common import fail

if TYPE_CHECKING:
    from cards.knowledge.model import Knowledge
    from cds_service.pipeline import Pipeline


@click.group()
def knowledge() -> None:
    """Check, list or show the clinical knowledge."""


def _load() -> tuple[Pipeline, Knowledge]:
    from cds_service.pipeline import Pipeline

    pipeline = Pipeline()
    try:
        return pipeline, pipeline.knowledge()
    except Exception as error:  # noqa: BLE001 - whatever the loader refuses is a line for the reader, not a trace
        fail(str(error))


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
    from cds_service.cli.show import show_regimen

    click.echo(show_regimen(regimen, known), nl=False)
