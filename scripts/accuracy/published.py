"""The figures beside those of published work (section 5 of the clinical rules)."""

from collections import Counter
from collections.abc import Sequence

from .compare import Result
from .statistics import Share, kappa, share

RESPONDERS = frozenset({"sCR", "CR", "VGPR", "PR"})

PUBLISHED = """## Beside published figures

| Work | Measured against charts | Here |
|---|---|---|
| Two trained reviewers, same charts (La 2022, PMC10448707) | diagnosis 98.3 %, kappa 0.93 | state of the disease {state} |
| the same | first regimen 87.6 %, kappa 0.86 | {first} |
| Claims algorithm against charts (Geisinger) | diagnosis: predictive value 74.0 % (67.6-80.5) | {positive} |
| the same | diagnosis date within 30 days 84.7 % (78.6-90.9) | {dated} |
| the same | first-line receipt: predictive value 94.4 % (90.1-98.8) | lines where there is one: {receipt} |
| the same | first regimen steroids only: 22.2 % by claims, 6.8 % by chart | {steroids} |
| Registry against claims (Henry Ford, Optum) | sensitivity 0.73, predictive value 0.81 | {sensitive}; {positive} |
| Derived response against a committee (BELLINI, PLOS One 2022) | responder or not: 94.5 %, kappa 0.83 | {responder}, kappa {k:.2f} |
| the same | depth of response: kappa 0.56 | kappa {depth:.2f}; the truth is the marker's, the service needs marrow and urine for CR |
| Strict response in routine care (Flatiron) | computable in fewer than half | a response category for {assessable} of the lines |
| Triple-class-refractory by four definitions (Sinyavskaya 2024) | 404, 123, 404 and 375 patients in the same charts | {tcr} |
| Abstraction of notes by language models (Del Campo 2024-25) | F1 0.82 over twelve fields | not measured: no notes are made |
| Lines by rules in real-world data (Future Oncol 2024, 10.2217/fon-2023-0696) | accuracy not accessible to this project | lines {lines} |
| Public rule sets for lines (OHDSI, S6) | no accuracy reported | [comparator](rules/comparator.md): lines {comparator} |

The published figures come from real charts and are not comparable one to one: they are the anchors of [the rules](rules/sources.md).
"""


def published(results: Sequence[Result], scope: Sequence[Result]) -> str:
    """Return the table."""
    rated = [
        (true, "MR" if answer == "SD_or_MR" else answer)
        for r in scope
        for true, answer in r.responses
        if "not-assessable" not in {true, answer}
    ]
    pairs = Counter((str(true in RESPONDERS), str(answer in RESPONDERS)) for true, answer in rated)
    found = [r for r in results if r.found_active]
    return PUBLISHED.format(
        state=share(r.state_right for r in results),
        first=share(r.composition[0] for r in scope if r.composition),
        positive=f"predictive value of active disease {share(r.in_scope for r in found)}",
        sensitive=f"sensitivity {share(r.found_active for r in scope)}",
        dated=share(abs(r.diagnosis_error) <= 30 for r in scope if r.diagnosis_error is not None),
        receipt=share(r.count > 0 for r in scope if r.count_true > 0),
        steroids=f"lines of steroids only: {sum(r.steroid_lines for r in scope)} named, none in the stories",
        responder=Share(sum(count for (a, b), count in pairs.items() if a == b), pairs.total()),
        k=kappa(pairs),
        depth=kappa(Counter(rated)),
        assessable=share(answer != "not-assessable" for r in scope for _, answer in r.responses),
        tcr=_triple_refractory(scope),
        lines=share(r.count == r.count_true for r in scope),
        comparator=share(r.comparator == r.count_true for r in scope),
    )


def _triple_refractory(scope: Sequence[Result]) -> str:
    refractory = Counter(
        (true, answer) for r in scope for name, true, answer, _ in r.facts if name == "tripleClassRefractory"
    )
    return (
        f"{sum(c for (t, _), c in refractory.items() if t == 'yes')} true, "
        f"{sum(c for (t, a), c in refractory.items() if a == 'yes' and t == 'yes')} of them named, "
        f"{sum(c for (t, a), c in refractory.items() if a == 'yes' and t != 'yes')} named besides, "
        f"{sum(c for (t, a), c in refractory.items() if a in {'possible', 'unknown'})} left open"
    )
