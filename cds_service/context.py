"""The two things that a view takes from its app: the settings and the pipeline."""

from __future__ import annotations

from typing import cast

from flask import current_app

from cds_service.pipeline import Pipeline
from cds_service.settings import Settings

SETTINGS = "myeloma-cds-settings"
PIPELINE = "myeloma-cds-pipeline"


def settings() -> Settings:
    """Return the settings of the app that answers."""
    return cast("Settings", current_app.extensions[SETTINGS])


def pipeline() -> Pipeline:
    """Return the pipeline of the app that answers."""
    return cast("Pipeline", current_app.extensions[PIPELINE])
