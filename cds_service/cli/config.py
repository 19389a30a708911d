"""`myeloma-cds config`: every setting with its value, type, default and meaning."""

from __future__ import annotations

import click

from cds_service.cli.common import say, settings_or_fail
from cds_service.settings import unknown_variables
from cds_service.settings_list import describe


@click.command()
def config() -> None:
    """List every setting: name, value, type, default, meaning."""
    for name, kind, value, default, meaning in describe(settings_or_fail()):
        click.echo(f"{name}={value}")
        click.echo(f"    type: {kind}")
        click.echo(f"    default: {default}")
        click.echo(click.wrap_text(meaning, 100, "    ", "    "))
    for name in unknown_variables():
        say(f"myeloma-cds: {name} is no setting.")
