"""Check the locks for known weaknesses: against the dated list of the repository, and, with --online, against OSV if it can be reached.

    python -m scripts.audit [--online]

Exit status 1 when a pinned version has a known weakness. That the list is due for review, or that OSV could not be reached, is said in
one line and is no failure.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
import urllib.request
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from packaging.version import Version

REQUIREMENTS = Path(__file__).parents[1] / "requirements"
OSV = "https://api.osv.dev/v1/querybatch"
_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)", re.MULTILINE)


def pins(text: str) -> set[tuple[str, str]]:
    """Return name and version of everything that a lock pins."""
    return {(re.sub(r"[-_.]+", "-", name).lower(), version) for name, version in _PIN.findall(text)}


def weaknesses(pinned: set[tuple[str, str]], policy: dict[str, Any]) -> list[str]:
    """Return a line for every pinned version that the list knows to be weak."""
    return [
        f"{name} {version} has {', '.join(known['ids'])}; fixed in {known['version']}"
        for name, version in sorted(pinned)
        if (known := policy["fixed_in"].get(name)) and Version(version) < Version(known["version"])
    ]


def overdue(policy: dict[str, Any], day: date) -> bool:
    """Tell whether the list is due for review."""
    reviewed: date = policy["reviewed"]
    return day > reviewed + timedelta(days=policy["review_after_days"])


def ask_osv(pinned: set[tuple[str, str]]) -> list[str] | None:
    """Return a line for every pinned version that OSV knows to be weak; `None` when it cannot be reached."""
    order = sorted(pinned)
    queries = [{"package": {"name": name, "ecosystem": "PyPI"}, "version": version} for name, version in order]
    request = urllib.request.Request(
        OSV, json.dumps({"queries": queries}).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
            results = json.load(answer)["results"]
    except (OSError, ValueError, KeyError):
        return None
    return [
        f"{name} {version} has {', '.join(one['id'] for one in found['vulns'])}"
        for (name, version), found in zip(order, results, strict=True)
        if found.get("vulns")
    ]


def main() -> int:
    """Check the lock of what is deployed and of what makes it."""
    policy = tomllib.loads((REQUIREMENTS / "advisories.toml").read_text(encoding="utf-8"))
    pinned = {
        pin
        for lock in ("runtime.lock", "tracing.lock", "build.lock")
        for pin in pins((REQUIREMENTS / lock).read_text("utf-8"))
    }
    found = weaknesses(pinned, policy)
    print(
        f"{len(pinned)} pinned packages, {len(policy['fixed_in'])} entries reviewed on {policy['reviewed']}: {len(found)} weak"
    )
    if overdue(policy, datetime.now(UTC).date()):
        print("requirements/advisories.toml is due for review")
    if "--online" in sys.argv[1:]:
        online = ask_osv(pinned)
        print("OSV could not be reached; only the list was used" if online is None else f"OSV knows of {len(online)}")
        found += online or []
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
