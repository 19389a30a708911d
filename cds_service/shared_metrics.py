"""The private folder through which workers share their metrics. It has to exist before `cds_service.metrics` is loaded."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def shared_between(workers: int) -> Iterator[None]:
    """Make the folder for several workers, and remove it when the process that made it ends; one worker needs none."""
    os.environ.pop(VARIABLE, None)  # a folder of somebody else's would mix their numbers with ours
    if workers == 1:
        yield
        return
    folder = tempfile.mkdtemp(prefix="myeloma-cds-metrics-")
    owner = os.getpid()
    os.environ[VARIABLE] = folder
    try:
        yield
    finally:
        if os.getpid() == owner:
            os.environ.pop(VARIABLE, None)
            shutil.rmtree(folder, ignore_errors=True)
