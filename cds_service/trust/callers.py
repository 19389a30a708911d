"""Who called, as the gate found it; without importing what the gate needs."""

from __future__ import annotations

from typing import cast

from flask import g


def caller() -> str | None:
    """Return the issuer of the verified token of this call, or `None` with `AUTH=off`."""
    return cast("str | None", g.get("caller"))
