"""The page about the comparator, `docs/rules/comparator.md`, as Markdown."""

from collections.abc import Sequence

from tests.comparator.episodes import Numbers

from .compare import Result
from .disagreements import NEAR, ONLY_COMPARATOR, ONLY_SERVICE, Disagreement, Side
from .run import Shipped
from .statistics import share

BEGIN, END = "<!-- shipped patients -->\n", "<!-- end of shipped patients -->\n"

HEAD = """# The comparator: lines from drugs and gaps alone

What does a line counter miss that sees nothing but drugs and days? `tests/comparator/episodes.py` is an independent reading of the
public myeloma episode rules of OHDSI ([source S6](sources.md)). It shares no code with the service, only the record. This page is
made by `make accuracy` (the table of shipped patients alone: `python -m scripts.accuracy --shipped-only`, and a test sees to it that
it is current).

**What it is for.** It is an anchor, no reference: its authors report no accuracy. Where the two agree although they share no code, a slip
in the code is unlikely; where they differ, the cause should be one that a clinician expects. A cause nobody expects is a defect of
one of them.

## Its rules

Every drug that is recorded as given or ordered counts, corticosteroids aside, from the diagnosis on. Records of a drug at most
{n.drug_gap} days apart are one stretch.

- **Regimen.** The drugs that begin within {n.regimen_window} days. It ends when another drug is added later, or when one of its drugs is
  stopped; drugs that stop within {n.co_stop} days stop together. What goes on is the next regimen.
- **Maintenance.** Bortezomib, lenalidomide, thalidomide or ixazomib alone for more than {n.maintenance_longer_than} days, within
  {n.maintenance_within} days of a combination that lasted more than {n.previous_longer_than}; daratumumab if the combination
  contained it; any single drug within {n.after_transplant} days of a transplant.
- **Early addition.** An IMiD or a PI within {n.early_addition} days of the regimen's start, if it had none of that class; lenalidomide to
  cyclophosphamide within {n.lenalidomide_addition} days of the first line's start.
- **Transplant.** Joins the line before it up to {n.before_transplant} days later (a choice: the rules name no days), and always after
  bortezomib or carfilzomib with lenalidomide, or bortezomib with thalidomide. A second one within {n.second_transplant} days is
  not seen. Short courses of an alkylator before it belong to it.
- **CAR-T.** Collection, lymphodepletion and infusion are one line; bridging is not mentioned and so makes another; a collection without
  an infusion is a line.

Steroids, reasons, responses and progressions do not exist for it.
"""

SHIPPED_HEAD = f"""## The shipped patients

A disagreement is a day on which only one of the two begins a line (days at most {NEAR} apart are the same).

| Patient | Lines, service | Lines, comparator | Where they differ |
|---|---|---|---|
"""


def shipped_part(patients: Sequence[Shipped]) -> str:
    """Return the table of shipped patients between its markers."""
    rows = [
        f"| `{p.patient}` | {p.count} | {p.comparator} | {'; '.join(map(_told, p.disagreements)) or 'nowhere'} |"
        for p in patients
    ]
    return BEGIN + "\n" + SHIPPED_HEAD + "\n".join(rows) + "\n\n" + END


def _told(found: Disagreement) -> str:
    return f"{found.day.isoformat()} {found.what}, only the {found.side}: {found.cause}"


def comparator_page(results: Sequence[Result], patients: Sequence[Shipped], *, seed: int) -> str:
    """Return the whole page."""
    return "\n".join([HEAD.format(n=Numbers()), shipped_part(patients), _cohort(results, seed)])


def with_shipped(page: str, patients: Sequence[Shipped]) -> str:
    """Return a page with its table of shipped patients made anew."""
    before, rest = page.split(BEGIN)
    return before + shipped_part(patients) + rest.split(END)[1]


def _cohort(results: Sequence[Result], seed: int) -> str:
    scope = [r for r in results if r.in_scope]
    same = share(r.count == r.comparator for r in scope)
    alike = share(not r.disagreements for r in scope)
    lines = sum(r.count for r in scope)
    head = f"""## A cohort of synthetic patients

{len(scope)} patients with myeloma of seed {seed} ([how they are made](../synthetic.md)), {lines} lines by the service.

| Measure | Result |
|---|---|
| The two find the same number of lines | {same} |
| Every line begins on the same day (within {NEAR} days) | {alike} |
| Number of lines as in the truth, service | {share(r.count == r.count_true for r in scope)} |
| Number of lines as in the truth, comparator | {share(r.comparator == r.count_true for r in scope)} |

"""
    tables = (
        _causes(scope, "service", ONLY_SERVICE, "Only the service begins a line"),
        _causes(scope, "comparator", ONLY_COMPARATOR, "Only the comparator begins a line"),
    )
    return head + "\n".join(tables)


def _causes(scope: Sequence[Result], side: Side, causes: Sequence[str], title: str) -> str:
    lines = [f"### {title}", "", "| Cause | Times | Truth sides with the service | For example |", "|---|---|---|---|"]
    for cause in causes:
        own = [
            (r.patient.removeprefix("Patient/"), d, ours)
            for r in scope
            for d, ours in zip(r.disagreements, r.sides, strict=True)
            if d.side == side and d.cause == cause
        ]
        if own:
            name, first, _ = own[0]
            example = f"`{name}`, {first.day.isoformat()}, {first.what}"
            lines.append(f"| {cause} | {len(own)} | {sum(ours for *_, ours in own)} | {example} |")
    return "\n".join(lines) + "\n"
