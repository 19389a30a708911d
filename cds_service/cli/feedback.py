"""`myeloma-cds feedback`: what the store knows about the reception of cards."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from cds_service.cli.common import fail, settings_or_fail, write_text


@click.group()
def feedback() -> None:
    """Look at what clinicians did with cards."""


@feedback.command("report")
@click.option("--since", metavar="DATE", help="First day to count, such as 2026-11-01; everything without it.")
@click.option("--format", "form", type=click.Choice(["text", "json", "html"]), default="text", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write here instead of to the terminal.")
def report(since: str | None, form: str, out: Path | None) -> None:
    """Print acceptance and override rates by topic and by regimen or drug."""
    from cds_service.feedback_report import as_html, as_text, summarise
    from cds_service.options import WrongOptionError, parse_day
    from cds_service.pipeline import Pipeline

    settings = settings_or_fail()
    try:
        day = parse_day(since, "--since") if since else None
    except WrongOptionError as error:
        raise click.UsageError(str(error)) from None
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None
    known = Pipeline().knowledge()
    rows = summarise(_entries(settings.database_url, start), {*known.regimens, *known.drugs})
    if form == "json":
        import orjson

        text = orjson.dumps([row.data() for row in rows], option=orjson.OPT_INDENT_2).decode() + "\n"
    else:
        text = as_html(rows, f"Since {since}:" if since else "All days:") if form == "html" else as_text(rows)
    write_text(text, out)


def _entries(url: str, start: datetime | None) -> list[dict[str, Any]]:
    from cds_service.store.database import Database, StoreError

    try:
        database = Database(url)
        try:
            return database.feedback(start)
        finally:
            database.close()
    except StoreError as error:
        fail(f"{error} (MYELOMA_CDS_DATABASE_URL).")
        raise  # not reached
