"""The accuracy report as Markdown."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from .causes import ORDER, cause
from .compare import SUMMARY, AgentResult, Result
from .published import published
from .statistics import Share, kappa, quantile, share

STATUSES = ("refractory", "exposed-unknown", "exposed-not-refractory", "not-recorded", "naive")

HEAD = """# Accuracy on synthetic patients

How well the service reads charts whose truth is known. Made by `make accuracy` ({count} random [synthetic patients](synthetic.md)
with seed {seed}, {resources}); nothing on this page is written by hand. Brackets hold 95 % Wilson intervals and
the counts.

**What these figures are not.** The charts are made by a model of this project. They show whether the rules are carried out as
written, in six ways of writing a chart and with the usual losses; they do not show how often real charts are right. On real charts no
better agreement than that of two trained reviewers should be claimed (below).

The service was mended with what seeds 1, 2, 2026 and 2027 had shown; this page is made with another seed.

*Exact* is the truth of the whole story. *Accepted* is any answer that an honest reader of this record may give: where the record lost a
date, never shows a progression or begins late, the truth cannot be read off it, and "unknown" is right.
"""


def report(results: Sequence[Result], *, seed: int) -> str:
    """Return the page."""
    scope = [r for r in results if r.in_scope]
    agents = [(r, a) for r in scope for a in r.agents]
    parts = [
        HEAD.format(
            count=len(results), seed=seed, resources=f"{len(scope)} of them with myeloma or plasma-cell leukemia"
        ),
        _zero(agents),
        _overview(results, scope, agents),
        published(results, scope),
        _confusion(agents),
        _by(scope, "By style of record", "Style", lambda r: [r.style]),
        _by(scope, "By feature", "Feature", lambda r: list(r.features) or ["none"]),
        _facts(scope),
        _causes(agents),
        _unexplained(scope),
    ]
    return "\n".join(parts)


def _zero(agents: Sequence[tuple[Result, AgentResult]]) -> str:
    wrong = [(r, a) for r, a in agents if a.answer == "refractory" and a.true in {"exposed-not-refractory", "naive"}]
    missing = [pair for pair in wrong if pair[0].missing_data]
    naive = [(r, a) for r, a in agents if a.answer == "naive" and a.true != "naive"]
    invented = [(r, a) for r, a in agents if a.true == "naive" and a.answer not in {"naive", "not-recorded"}]
    letter = [(r, a) for r, a in agents if a.answer == "refractory" and a.true == "exposed-unknown"]
    rows = [
        (
            "False `refractory` in a record that lacks data (ends, exact dates, units, early results, first lines)",
            len(missing),
        ),
        ("False `naive`: a drug that was given is called never given", len(naive)),
        ("A drug that was never given is called given", len(invented)),
    ]
    table = "\n".join(f"| {name} | {count} |" for name, count in rows)
    return f"""## What must be zero

| Error | Drugs of {len(agents)} |
|---|---|
{table}

Besides, in whole records: `refractory` where the story says "not refractory", because a measurement with its error, or a
visit that is not on record, moved a progression or the baseline of a response: {len(wrong) - len(missing)};
`refractory` where the story says "unknown" because the drug was stopped for
toxicity, choice or completion and the record holds no reason: {len(letter)} (by the letter of E13).
"""


def _overview(results: Sequence[Result], scope: Sequence[Result], agents: Sequence[tuple[Result, AgentResult]]) -> str:
    starts = [abs(error) for r in scope for error in r.start_errors]
    shown = [error for r in scope for error, on_record in r.progressions if on_record]
    found = [error for error in shown if error is not None]
    crossings = [error for r in scope for error in r.crossings]
    plain = [r for r in scope if not r.ambiguous]
    rows = [
        ("State of the disease", share(r.state_right for r in results)),
        ("Number of lines, exact", share(r.count == r.count_true for r in scope)),
        ("Number of lines, accepted", share(r.count_accepted for r in scope)),
        (
            "Number of lines, exact, stories that every reader counts alike",
            share(r.count == r.count_true for r in plain),
        ),
        ("True number within the stated bounds", share(r.bounds_right for r in scope)),
        (
            "Number of lines by drugs and gaps only ([comparator](rules/comparator.md))",
            share(r.comparator == r.count_true for r in scope),
        ),
        ("Drugs of a line (steroids aside)", share(ok for r in scope for ok in r.composition)),
        ("Line starts on the day", Share(sum(e == 0 for e in starts), len(starts))),
        ("Line starts within 7 days", Share(sum(e <= 7 for e in starts), len(starts))),
        ("Progressions on record that were found", Share(len(found), len(shown))),
        ("Progressions dated on the day of their first documentation", Share(sum(e == 0 for e in found), len(found))),
        ("Progressions dated within 30 days of it", Share(sum(abs(e) <= 30 for e in found), len(found))),
        ("Status of a drug, exact", share(a.exact for _, a in agents)),
        ("Status of a drug, accepted", share(a.accepted_answer for _, a in agents)),
    ]
    extra = sum(r.false_progressions for r in scope)
    return (
        "## In one table\n\n| Measure | Result |\n|---|---|\n"
        + "\n".join(f"| {name} | {value} |" for name, value in rows)
        + f"\n\nDays from the true crossing of the limit to the date given: median {quantile(crossings, 0.5):.0f}, "
        f"nine in ten within {quantile([abs(c) for c in crossings], 0.9):.0f}. "
        f"Progressions given that no true one lies near (120 days): {extra}.\n"
    )


def _confusion(agents: Sequence[tuple[Result, AgentResult]]) -> str:
    counts = Counter((a.true, a.answer) for _, a in agents)
    columns = [s for s in STATUSES if any(answer == s for _, answer in counts)]
    head = "| Truth \\ answer | " + " | ".join(columns) + " |\n|---" * 1 + "|---" * len(columns) + "|"
    rows = [
        f"| {true} | " + " | ".join(str(counts[true, answer]) for answer in columns) + " |"
        for true in STATUSES
        if any(t == true for t, _ in counts)
    ]
    return (
        "## Status of drugs\n\n"
        + head
        + "\n"
        + "\n".join(rows)
        + f"\n\nKappa {kappa(counts):.3f}. Steroids are not judged.\n"
    )


def _by(scope: Sequence[Result], title: str, name: str, keys: Callable[[Result], list[str]]) -> str:
    groups: dict[str, list[Result]] = {}
    for result in scope:
        for key in keys(result):
            groups.setdefault(key, []).append(result)
    lines = [
        f"## {title}",
        "",
        f"| {name} | Patients | Lines exact | Lines accepted | Status exact | Status accepted |",
        "|---|---|---|---|---|---|",
    ]
    for key, own in sorted(groups.items()):
        found = [a for r in own for a in r.agents]
        lines.append(
            f"| {key} | {len(own)} | {share(r.count == r.count_true for r in own)} | {share(r.count_accepted for r in own)} "
            f"| {share(a.exact for a in found)} | {share(a.accepted_answer for a in found)} |"
        )
    lines += [
        "",
        f"| {name} | Drugs of a line | Starts on the day | Progressions on record found | Of these within 30 days | Facts accepted |",
        "|---|---|---|---|---|---|",
    ]
    for key, own in sorted(groups.items()):
        shown = [error for r in own for error, on_record in r.progressions if on_record]
        dated = [error for error in shown if error is not None]
        lines.append(
            f"| {key} | {share(ok for r in own for ok in r.composition)} | {share(e == 0 for r in own for e in r.start_errors)} "
            f"| {Share(len(dated), len(shown))} | {share(abs(e) <= 30 for e in dated)} "
            f"| {share(ok for r in own for *_, ok in r.facts)} |"
        )
    return "\n".join(lines) + "\n"


def _facts(scope: Sequence[Result]) -> str:
    lines = [
        "## Facts and criteria sets",
        "",
        "| Fact | Exact | Accepted | Said yes or met, wrongly | Said no or not met, wrongly |",
        "|---|---|---|---|---|",
    ]
    for name in (*SUMMARY, "C1", "C2", "C3", "C4"):
        own = [(true, answer, ok) for r in scope for fact, true, answer, ok in r.facts if fact == name]
        up = sum(answer in {"yes", "met"} and true in {"no", "not-met"} for true, answer, _ in own)
        down = sum(answer in {"no", "not-met"} and true in {"yes", "met"} for true, answer, _ in own)
        lines.append(
            f"| `{name}` | {share(t == a for t, a, _ in own)} | {share(ok for *_, ok in own)} | {up} | {down} |"
        )
    return "\n".join(lines) + "\n"


def _causes(agents: Sequence[tuple[Result, AgentResult]]) -> str:
    counts: dict[str, Counter[str]] = {name: Counter() for name in ORDER}
    for result, agent in agents:
        if not agent.exact and (agent.true, agent.answer) != ("naive", "not-recorded"):
            counts[cause(result, agent)][f"{agent.true} → {agent.answer}"] += 1
    lines = ["## Why a status differs from the truth", "", "| Cause | Drugs | Which |", "|---|---|---|"]
    for name, found in counts.items():
        if found:
            which = ", ".join(f"{pair}: {count}" for pair, count in found.most_common())
            lines.append(f"| {name} | {sum(found.values())} | {which} |")
    return "\n".join(lines) + "\n"


def _unexplained(scope: Iterable[Result]) -> str:
    lines = [
        "## What the record does not excuse",
        "",
        "Every answer outside the accepted ones, one by one.",
        "",
        "| Patient | Style | Features | Truth | Answer |",
        "|---|---|---|---|---|",
    ]
    for result in scope:
        features = ", ".join(result.features) or "none"
        head = f"| `{result.patient.removeprefix('Patient/')}` | {result.style} | {features}"
        if not result.count_accepted:
            lines.append(f"{head} | {result.count_true} lines | {result.count} |")
        lines += [f"{head} | `{name}` {true} | {answer} |" for name, true, answer, ok in result.facts if not ok]
        lines += [
            f"{head} | {a.agent} {a.true} ({a.why}) | {a.answer} |" for a in result.agents if not a.accepted_answer
        ]
    return (
        "\n".join(lines if len(lines) > 6 else [*lines[:2], "Nothing: every answer is among the accepted ones."]) + "\n"
    )
