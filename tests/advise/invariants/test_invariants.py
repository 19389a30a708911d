"""The 44 safety invariants on one seeded sample of at least 5,000 cases, and one by one on cases that shrink.

`MYELOMA_CDS_TEST_DEEP` multiplies the number of cases. The table of premises is printed (`pytest -s`, or on failure).
"""

import os
import re
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.advise.invariants import checks_labels, checks_options, checks_scope
from tests.advise.invariants.draw import Seeded, Shrinking
from tests.advise.invariants.sample import Sampled, sampled

DEEP = int(os.environ.get("MYELOMA_CDS_TEST_DEEP", "1"))
CASES = 5_000 * DEEP
READ_EVERY = 4
LEAST = 50
Check = Callable[[Sampled], bool]
CHECKS: dict[int, Check] = {
    int(name.removeprefix("inv_")): check
    for module in (checks_labels, checks_options, checks_scope)
    for name, check in vars(module).items()
    if re.fullmatch(r"inv_\d+", name)
}
"""Every invariant by its number; a check fails by assertion and returns whether its premise held."""


class Report:
    """How often each premise held, and the first failures of each invariant."""

    def __init__(self) -> None:
        self.held: Counter[int] = Counter()
        self.failures: dict[int, list[str]] = {}
        self.strata: Counter[str] = Counter()

    def add(self, seed: int) -> None:
        case = sampled(Seeded(seed), read=seed % READ_EVERY == 0)
        for stratum in (case.policy, case.jurisdiction, str(case.history.as_of.year), f"access {case.access}"):
            self.strata[stratum] += 1
        self.strata["options shown"] += "mm-options" in case.cards
        for number, check in CHECKS.items():
            try:
                self.held[number] += check(case)
            except AssertionError as error:
                self.failures.setdefault(number, []).append(f"seed {seed}: {str(error)[:300] or 'does not hold'}")

    def table(self) -> str:
        rows = [f"{number:>3}  {self.held[number]:>7}  {CHECKS[number].__doc__}" for number in sorted(CHECKS)]
        strata = ", ".join(f"{name}: {count}" for name, count in sorted(self.strata.items()))
        return "\n".join([f"{CASES} cases ({strata})", "inv  premise", *rows])


@pytest.fixture(scope="module")
def report() -> Report:
    made = Report()
    for seed in range(CASES):
        made.add(seed)
    print(made.table())  # noqa: T201
    return made


def test_every_invariant_has_its_check() -> None:
    assert sorted(CHECKS) == list(range(1, 45))


@pytest.mark.slow
@pytest.mark.parametrize("number", sorted(CHECKS))
def test_invariant_on_the_sample(number: int, report: Report) -> None:
    assert report.failures.get(number, [])[:3] == []
    assert report.held[number] >= LEAST


@pytest.mark.slow
def test_the_sample_covers_every_stratum(report: Report) -> None:
    for stratum in ("current", "post-daratumumab-2023", "US", "EU", "both", *map(str, range(2019, 2027))):
        assert report.strata[stratum] >= CASES / 20, stratum
    assert report.strata["options shown"] >= CASES / 4


@st.composite
def cases(draw: st.DrawFn) -> Sampled:
    return sampled(Shrinking(draw), read=draw(st.booleans()))


@pytest.mark.parametrize("number", sorted(CHECKS))
@settings(max_examples=10 * DEEP, deadline=None, suppress_health_check=list(HealthCheck), derandomize=DEEP == 1)
@given(case=cases())
def test_invariant_on_a_case_that_shrinks(number: int, case: Sampled) -> None:
    CHECKS[number](case)
