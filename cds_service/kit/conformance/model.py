"""What a check is and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from cds_service.kit.conformance.target import SkipError, Target

Level = Literal["must", "should", "advice"]
"""`must` and `should` as the specification and safety have them; `advice` is a habit that helps and is never a failure."""
Status = Literal["passed", "failed", "noted", "skipped"]
Work = Callable[[Target], Iterable[str]]
MAX_FINDINGS = 5


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `work` yields a line for every fault that it finds."""

    name: str
    level: Level
    says: str
    work: Work

    @property
    def row(self) -> str:
        """Return the row of docs/protocol.md."""
        return self.name.partition("_")[0]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a check; `findings` says what is wrong, or why it was skipped."""

    check: Check
    status: Status
    findings: tuple[str, ...] = ()


def perform(check: Check, target: Target) -> Result:
    """Run one check."""
    from requests import RequestException

    try:
        found = tuple(dict.fromkeys(check.work(target)))
    except SkipError as reason:
        return Result(check, "skipped", (str(reason),))
    except RequestException as error:
        found = (f"no answer: {type(error).__name__}",)
    if not found:
        return Result(check, "passed")
    if len(found) > MAX_FINDINGS:
        found = (*found[:MAX_FINDINGS], f"and {len(found) - MAX_FINDINGS} more")
    return Result(check, "noted" if check.level == "advice" else "failed", found)


class Register:
    """The checks of one subject in the order of their definition."""

    def __init__(self) -> None:
        self.checks: list[Check] = []

    def __call__(self, level: Level) -> Callable[[Work], Work]:
        """Register a function, named `r52_...`, as the check `R52_...`; its docstring is what the check says."""

        def add(work: Work) -> Work:
            says = (work.__doc__ or "").strip().removesuffix(".")
            self.checks.append(Check(f"R{work.__name__[1:]}", level, says, work))
            return work

        return add
