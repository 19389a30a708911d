"""What every command needs: lines on stderr, settings, text to a file or the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import click

from cds_service.settings import Settings, SettingsError, load_settings


def say(text: str) -> None:
    """Print one line on stderr."""
    click.echo(text, err=True)


def fail(text: str, status: int = 1) -> NoReturn:
    """Say what went wrong and end."""
    say(f"myeloma-cds: {text}")
    raise SystemExit(status)


def settings_or_fail(**overrides: Any) -> Settings:
    """Read the settings or end with the line that says what is wrong with them."""
    try:
        return load_settings(**overrides)
    except SettingsError as error:
        fail(str(error), 2)


def write_text(text: str, out: Path | None) -> None:
    """Write to a file, or to the terminal without one."""
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror}.")
