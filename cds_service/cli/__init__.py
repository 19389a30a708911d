"""The command `myeloma-cds`, a module per command. Errors are one clear line on stderr; exit status 0, 1 or 2 (usage)."""

from __future__ import annotations

import click

from cds_service import __version__
from cds_service.cli.assess import assess
from cds_service.cli.cohort import cohort
from cds_service.cli.config import config
from cds_service.cli.conformance import conformance
from cds_service.cli.feedback import feedback
from cds_service.cli.knowledge import knowledge
from cds_service.cli.serve import serve
from cds_service.cli.synth import synth

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="myeloma-cds")
def main() -> None:
    """Read a myeloma chart in FHIR R4: lines of therapy, refractoriness, and what may come next."""


for command in (serve, assess, cohort, synth, knowledge, feedback, conformance, config):
    main.add_command(command)
