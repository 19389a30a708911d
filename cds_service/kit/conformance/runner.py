"""Runs the checks and reports what they found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cds_service.kit.conformance.checks import CHECKS
from cds_service.kit.conformance.model import Check, Result, perform
from cds_service.kit.conformance.target import Target


@dataclass(frozen=True, slots=True)
class Report:
    """The results in the order of the checks."""

    url: str
    results: tuple[Result, ...]

    @property
    def passed(self) -> bool:
        """Tell whether nothing failed; what is noted as advice does not count."""
        return not any(one.status == "failed" for one in self.results)

    def by_name(self) -> dict[str, Result]:
        """Return the results by the names of their checks."""
        return {one.check.name: one for one in self.results}

    def text(self, *, everything: bool = False) -> str:
        """Return the report for a terminal: what failed and what is noted; with `everything`, the rest as well."""
        lines = [f"CDS Hooks 2.0 conformance of {self.url}", ""]
        for one in self.results:
            if everything or one.status in {"failed", "noted"}:
                lines.append(f"{_WORDS[one.status]:<8} {one.check.name} ({one.check.level}): {one.check.says}")
                lines += [f"{'':<9}{finding}" for finding in one.findings]
        count = Counter(one.status for one in self.results)
        if lines[-1]:
            lines.append("")
        lines.append(
            f"{count['passed']} passed, {count['failed']} failed, {count['noted']} noted, {count['skipped']} skipped."
        )
        return "\n".join(lines) + "\n"

    def data(self) -> dict[str, object]:
        """Return the report as plain data."""
        results = [
            {"check": one.check.name, "row": one.check.row, "level": one.check.level, "says": one.check.says}
            | {"status": one.status, "findings": list(one.findings)}
            for one in self.results
        ]
        return {"url": self.url, "passed": self.passed, "results": results}


_WORDS = {"passed": "ok", "failed": "FAILED", "noted": "note", "skipped": "skipped"}


def run(
    target: Target, checks: Iterable[Check] = CHECKS, *, progress: Callable[[Result], None] = lambda _: None
) -> Report:
    """Run checks against a service. Raises `UnreachableError` when nothing answers there."""
    _ = target.discovery
    results = []
    for check in checks:
        results.append(perform(check, target))
        progress(results[-1])
    return Report(target.base, tuple(results))
