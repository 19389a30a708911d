"""The generator: the same patient whoever asks, only terminology imported, every resource valid, truth complete."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cds_service.synthetic import STYLES, generate, scenario_names
from cds_service.synthetic.parameters import sources
from cds_service.synthetic.record.chart import SHORT

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "cds_service" / "synthetic"


def imported(path: Path) -> set[str]:
    """Return every module that a file imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_only_the_terminology_is_imported() -> None:
    ours = {
        name
        for path in PACKAGE.rglob("*.py")
        for name in imported(path)
        if name.split(".")[0] in {"cds_service", "cards", "fhir_mappings"}
    }
    allowed = ("cds_service.synthetic", "fhir_mappings.terminology")
    assert {name for name in ours if not name.startswith(allowed)} == set()


def test_the_history_stage_is_not_loaded() -> None:
    code = "import sys; from cds_service.synthetic import generate; generate(1, 0); print([m for m in sys.modules if 'history' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"


def test_the_same_patient_whatever_the_hash_seed() -> None:
    code = "from cds_service.synthetic import generate; p = generate(7, 11); print(hash(str(p.truth) + p.bundle()) and p.bundle(), p.truth)"
    outputs = {
        subprocess.run(  # noqa: S603
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "4711")
    }
    assert len(outputs) == 1


def test_seeds_and_places_differ() -> None:
    assert len({json.dumps(generate(seed, index).truth["lines"]) for seed in (1, 2) for index in range(5)}) > 5


@pytest.mark.parametrize("style", STYLES)
def test_the_truth_does_not_depend_on_the_style(style: str) -> None:
    for index in range(6):
        told = generate(3, index, style=style).truth
        plain = generate(3, index, style="statements").truth
        assert {k: told[k] for k in ("lines", "agents", "lineCount", "criteriaSets", "diagnosis")} == {
            k: plain[k] for k in ("lines", "agents", "lineCount", "criteriaSets", "diagnosis")
        }


@pytest.mark.parametrize("style", STYLES)
def test_every_resource_is_valid(style: str) -> None:
    from fhir.resources.R4B import get_fhir_model_class

    seen = set()
    for index in range(4):
        patient = generate(5, index, style=style)
        for resource in [*patient.resources, *(json.loads(row) for _, row in patient.foreign)]:
            kind = resource["resourceType"]
            shape = (kind, *sorted(resource), str(sorted(map(str, resource.get("code", {})))))
            if shape not in seen:
                seen.add(shape)
                get_fhir_model_class(kind).model_validate(resource)
            assert kind in SHORT
    assert len(seen) > 5


@pytest.mark.parametrize("name", scenario_names())
def test_scenarios_are_told_and_valid(name: str) -> None:
    from fhir.resources.R4B import get_fhir_model_class

    patient = generate(1, 0, name)
    assert patient.truth["scenario"] == name
    ids = [resource["id"] for resource in patient.resources]
    assert len(ids) == len(set(ids))
    kinds: dict[tuple[str, ...], dict[str, object]] = {}
    for resource in patient.resources:
        kinds.setdefault((resource["resourceType"], *sorted(resource)), resource)
    for (kind, *_), resource in kinds.items():
        get_fhir_model_class(kind).model_validate(resource)


def test_every_parameter_of_the_model_is_documented_with_its_source() -> None:
    page = (ROOT / "docs" / "synthetic.md").read_text(encoding="utf-8")
    for name, source in sources().items():
        row = next((line for line in page.splitlines() if line.startswith(f"| `{name}` |")), None)
        assert row is not None, f"docs/synthetic.md lacks {name}"
        assert row.endswith(f"| {source} |"), f"docs/synthetic.md: the source of {name} is {source}"
