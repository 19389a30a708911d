"""The immunoglobulin that a text names (P04, P06)."""

from __future__ import annotations

import pytest

from fhir_mappings.history.clone import Isotype, isotype_in


@pytest.mark.parametrize(
    ("text", "light", "heavy"),
    [
        ("IgA lambda", "lambda", "iga"),
        ("IgG-kappa monoclonal band", "kappa", "igg"),
        ("IgGkappa", "kappa", "igg"),
        ("IgG \N{GREEK SMALL LETTER KAPPA}", "kappa", "igg"),
        ("Ig D \N{GREEK SMALL LETTER LAMDA}", "lambda", "igd"),
        ("kappa light chains", "kappa", None),
        ("IgG and IgA bands", None, None),
        ("kappa and lambda", None, None),
        ("iggy", None, None),
        ("no monoclonal protein", None, None),
    ],
)
def test_chains_of_a_text(text: str, light: str | None, heavy: str | None) -> None:
    assert isotype_in(text) == Isotype(light, heavy)  # type: ignore[arg-type]
