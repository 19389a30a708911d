"""`myeloma-cds config`: every setting with its value, default and meaning."""

from __future__ import annotations

import click

from cds_service.cli.common import say, settings_or_fail
from cds_service.settings import describe, unknown_variables


@click.command()
def config() -> None:
    """List every setting: name, value, default, meaning."""
    for name, value, default, meaning in describe(settings_or_fail()):
        click.echo(f"{name}={value}")
        click.echo(f"    default: {default}")
        click.echo(click.wrap_text(meaning, 100, "    ", "    "))
    for name in unknown_variables():
        say(f"myeloma-cds: {name} is no setting.")
