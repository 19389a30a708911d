"""Dashboard and alerts use metrics and labels that exist, and say what to do."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from cds_service.metrics import names

FOLDER = Path(__file__).parents[2] / "docker" / "monitoring"
ALERTS: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts.yaml").read_text(encoding="utf-8"))["groups"][0][
    "rules"
]
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))
EXPRESSIONS = [rule["expr"] for rule in ALERTS] + [
    target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_metrics_and_labels_exist(expression: str) -> None:
    known = names()
    used = set(re.findall(r"\bmyeloma_cds_\w+", expression))
    assert used
    assert used <= set(known)
    labels = {label for name in used for label in known[name]}
    grouped = {label.strip() for found in re.findall(r"by \(([^)]*)\)", expression) for label in found.split(",")}
    matched = set(re.findall(r'(\w+)\s*=~?"', expression))
    assert grouped | matched <= labels


def test_every_metric_is_on_the_dashboard_or_in_an_alert() -> None:
    text = "\n".join(EXPRESSIONS)
    shown = {name for name in names() if name in text}
    unshown = {name.removesuffix("_sum").removesuffix("_count").removesuffix("_bucket") for name in names()} - {
        name.removesuffix("_sum").removesuffix("_count").removesuffix("_bucket") for name in shown
    }
    assert unshown == {"myeloma_cds_request_seconds_total"}  # kept for those who use it already


def test_every_alert_says_what_to_do() -> None:
    assert len({rule["alert"] for rule in ALERTS}) == len(ALERTS)
    for rule in ALERTS:
        assert set(rule["annotations"]) == {"summary", "action"}
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}


def test_panels_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not cells & taken
        taken |= cells
