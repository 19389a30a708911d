"""Write the synthetic patients and their requests: `python -m scripts.demo_patients [--out FOLDER]`."""

import argparse
from pathlib import Path

from .bundles import as_json, collection, request
from .patients import CHARTS

DEMO_FOLDER = Path(__file__).resolve().parents[2] / "cds_service" / "demo"


def main() -> None:
    """Write `patients/<id>.json` and `requests/<id>.json` for every chart."""
    parser = argparse.ArgumentParser(description="Write the synthetic demo patients.")
    parser.add_argument("--out", type=Path, default=DEMO_FOLDER, help="folder that gets patients/ and requests/")
    out: Path = parser.parse_args().out
    for folder in ("patients", "requests"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    for make in CHARTS:
        chart = make()
        name = f"{chart.patient_id}.json"
        (out / "patients" / name).write_text(as_json(collection(chart)), encoding="utf-8")
        (out / "requests" / name).write_text(as_json(request(chart)), encoding="utf-8")
        print(f"{chart.patient_id}: {len(chart.resources)} resources")


if __name__ == "__main__":
    main()
