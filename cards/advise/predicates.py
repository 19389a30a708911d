"""The vocabulary of policy files: named states of a patient, each true, false or undecided (regimens C.0, C.2).

`refractory(X)`, `exposed(X)` and their kind take a class key or a drug. `not <predicate>` negates. A name that is not
listed here is an error of the policy file and raises `UnknownPredicateError`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from msgspec import Struct

from cards.advise.case import Case
from cards.advise.facts import agents_of, at_least, long_first_remission, months_since, prior_lines, sensitive
from cards.advise.model import LabelVerdict
from cards.advise.patient_checks import cardiac_disease
from cards.advise.patient_tests import problems_read, recent_finding, recent_number
from cards.advise.sequencing import car_t_collected, car_t_planned
from cards.advise.tri import Tri, all_of, any_of, negated

_FORM = re.compile(r"^\s*([a-z0-9_]+)\s*(?:\((.*)\))?\s*$")


class UnknownPredicateError(ValueError):
    """A policy uses a predicate that does not exist, or with the wrong arguments."""


class Scope(Struct, frozen=True):
    """What a predicate may look at: the case, its label verdicts, and the regimen of an entry (`None` for a row)."""

    case: Case
    labels: Mapping[str, LabelVerdict]
    regimen: str | None = None
    status_undecided: Tri = None


def holds(predicate: str, scope: Scope) -> Tri:
    """Evaluate a predicate of a policy file; what does not depend on the entry or the labels is asked once per case."""
    asked = _parsed(predicate)
    if asked.name in _OF_THE_SCOPE:
        return _asked(asked, predicate, scope)
    memo = scope.case.memo
    key = "predicate", predicate
    if key not in memo:
        memo[key] = _asked(asked, predicate, scope)
    answer: Tri = memo[key]
    return answer


class _Predicate(Struct, frozen=True):
    """A predicate taken apart."""

    name: str
    arguments: tuple[str, ...]
    inverse: bool


@lru_cache(maxsize=2048)
def _parsed(predicate: str) -> _Predicate:
    text, inverse = predicate.strip(), False
    while text.startswith("not "):
        text, inverse = text[4:].strip(), not inverse
    found = _FORM.match(text)
    if found is None or found[1] not in PREDICATES:
        raise UnknownPredicateError(f"unknown predicate {predicate!r}")
    arguments = tuple(part.strip() for part in (found[2] or "").split(",") if part.strip())
    return _Predicate(found[1], arguments, inverse)


def _asked(asked: _Predicate, predicate: str, scope: Scope) -> Tri:
    try:
        answer = PREDICATES[asked.name](scope, *asked.arguments)
    except (TypeError, ValueError, KeyError) as error:
        raise UnknownPredicateError(f"wrong arguments in {predicate!r}") from error
    return negated(answer) if asked.inverse else answer


def all_hold(predicates: tuple[str, ...], scope: Scope) -> Tri:
    """Evaluate predicates that must all hold."""
    return all_of(holds(predicate, scope) for predicate in predicates) if predicates else True


def _lines_prior(scope: Scope, low: str, high: str) -> Tri:
    """Prior lines between two numbers, both included; `*` or `-` as the second means no upper limit."""
    fewest, most = prior_lines(scope.case.history)
    enough = at_least(int(low), fewest, most)
    if high in {"*", "-", "inf", "none"}:
        return enough
    return all_of((enough, negated(at_least(int(high) + 1, fewest, most))))


def _answer(value: str | None) -> Tri:
    return {"yes": True, "no": False}.get(value or "")


def _tce(scope: Scope) -> Tri:
    return all_of(scope.case.exposed(name).value for name in ("PI", "IMID", "CD38"))


def _summary(name: str) -> Callable[[Scope], Tri]:
    def read(scope: Scope) -> Tri:
        return _answer(getattr(scope.case.history.summary, name, None))

    return read


def _bcma_failed(scope: Scope, kind: str) -> Tri:
    """Exposure decides: options are only asked for when the disease progresses, so what was given has failed.

    A CAR-T or bispecific that is merely not on record is taken as not given (it is asked for as missing data); a
    policy would otherwise never reach a row while the history is incomplete.
    """
    name = {"CART": "BCMA_CART", "BSAB": "BCMA_BSAB"}[kind]
    if scope.case.history.status_of(name) == "not-recorded":
        return False
    return scope.case.exposed(name).value


def _bcma_exposed_only(scope: Scope, kind: str) -> Tri:
    if kind != "ADC":
        raise ValueError(kind)
    if scope.case.history.status_of("BCMA_ADC") == "not-recorded":
        return False
    others = any_of((_bcma_failed(scope, "CART"), _bcma_failed(scope, "BSAB")))
    return all_of((scope.case.exposed("BCMA_ADC").value, negated(others)))


def _label_met(scope: Scope, regimen: str | None = None) -> Tri:
    name = regimen or scope.regimen
    if name is None:
        raise ValueError("label_met needs a regimen")
    verdict = scope.labels.get(name)
    return None if verdict is None or verdict.status == "unknown" else verdict.status == "met"


def _state(scope: Scope, state: str) -> Tri:
    if state == "plasma-cell-leukemia":
        return plasma_cell_leukemia(scope.case)
    return scope.case.history.diagnosis.state == state


def plasma_cell_leukemia(case: Case) -> bool:
    """Tell whether the disease is handled as plasma-cell leukaemia: by diagnosis or by circulating plasma cells (C.2)."""
    return case.once("plasma-cell leukaemia", "", lambda: _plasma_cell_leukemia(case))


def _plasma_cell_leukemia(case: Case) -> bool:
    if case.history.diagnosis.state == "plasma-cell-leukemia":
        return True
    percent = recent_number(case, "plasma_cells_blood_percent", case.parameters.blood_count_days)
    return percent is not None and percent >= case.parameters.plasma_cell_leukemia_percent


def _zero_lines(scope: Scope) -> Tri:
    return not scope.case.history.lines


def cd38_reusable(case: Case) -> Tri:
    """Tell whether an anti-CD38 antibody worked, is not refractory, and the interval has passed (regimens C.2)."""
    if case.exposed("CD38").value is False:
        return False
    months = case.history.summary.months_since_anti_cd38 if case.history.summary else None
    responses = [agent.best_response for agent in agents_of(case.history, "CD38")]
    worked: Tri = True if any(response in {"sCR", "CR", "VGPR", "PR"} for response in responses) else None
    if worked is None and responses and all(response in {"MR", "SD", "PD", "SD_or_MR"} for response in responses):
        worked = False
    long_enough = None if months is None else months >= case.parameters.cd38_reuse_months
    return all_of((negated(case.is_refractory("CD38")), worked, long_enough))


def _t1114(scope: Scope) -> Tri:
    finding = recent_finding(scope.case, "t(11;14)", None)
    return None if finding is None else {"present": True, "absent": False}.get(str(finding.value))


def _ven_marker(scope: Scope) -> Tri:
    """t(11;14), or a high BCL2 result from a named quantitative assay (K-VEN-1); the reading stage accepts no other."""
    finding = recent_finding(scope.case, "bcl2_expression_high", None)
    high = None if finding is None else {"present": True, "absent": False}.get(str(finding.value))
    return any_of((_t1114(scope), high))


def _months_off(scope: Scope, name: str, months: str) -> Tri:
    """At least so many months since the last dose; an unknown last dose leaves it open."""
    exposed = scope.case.exposed(name).value
    if exposed is False:
        return True
    since = months_since(scope.case.history, name)
    return None if since is None else since >= float(months)


def _fit(case: Case) -> Tri:
    """Fit for another transplant only by record: a frailty score or an ECOG, never by age."""
    ecog = recent_number(case, "ecog", case.parameters.performance_days)
    by_ecog = None if ecog is None else ecog <= case.parameters.fit_ecog
    return False if frail(case) is True or by_ecog is False else any_of((negated(frail(case)), by_ecog))


def _salvage_transplant(scope: Scope) -> Tri:
    """No transplant so far, or a long first remission after one; fit by record (regimens C.2, last row)."""
    case = scope.case
    transplanted = _answer(case.history.summary.prior_transplant if case.history.summary else None)
    long_enough = long_first_remission(
        case.history,
        case.parameters.long_remission_months,
        case.parameters.long_remission_with_maintenance_months,
    )
    return all_of((any_of((negated(transplanted), long_enough)), _fit(case)))


def _high_risk(scope: Scope) -> Tri:
    summary = scope.case.history.summary
    if summary is None:
        return None
    genomic = {"high": True, "not-high": False}.get(summary.cytogenetic_risk.value)
    return any_of((genomic, _answer(summary.functional_high_risk.value)))


def frail(case: Case) -> Tri:
    """Judge by recorded frailty or a recorded ECOG of 3 or 4; never from age alone (regimens C.0)."""
    recorded = recent_finding(case, "frailty", None)
    stated: Tri = None
    if recorded is not None and isinstance(recorded.value, str):
        stated = {"present": True, "frail": True, "absent": False, "fit": False, "not-frail": False}.get(
            recorded.value.casefold()
        )
    elif recorded is not None:
        stated = float(recorded.value) >= 2
    ecog = recent_number(case, "ecog", case.parameters.performance_days)
    return any_of((stated, None if ecog is None else ecog >= case.parameters.frail_ecog))


def _cardiac_disease(scope: Scope) -> Tri:
    """Heart failure, an infarction or an ejection fraction below 50 %; an unread problem list leaves it open."""
    if cardiac_disease(scope.case) is not None:
        return True
    return False if problems_read(scope.case) else None


def _cart_candidate(scope: Scope) -> Tri:
    """Nothing recorded speaks against CAR-T; missing data are asked for and do not decide (regimens C.2)."""
    return frail(scope.case) is not True


def _no_cart_access(scope: Scope) -> Tri:
    return {"yes": False, "no": True}.get(scope.case.car_t_access)


PREDICATES: Mapping[str, Callable[..., Tri]] = {
    "lines_prior": _lines_prior,
    "exposed": lambda scope, name: scope.case.exposed(name).value,
    "not_exposed": lambda scope, name: negated(scope.case.exposed(name).value),
    "refractory": lambda scope, name: scope.case.is_refractory(name),
    "not_refractory": lambda scope, name: negated(scope.case.is_refractory(name)),
    "sensitive": lambda scope, name: sensitive(scope.case.history, name),
    "naive": lambda scope, name: negated(scope.case.exposed(name).value),
    "tce": _tce,
    "tcr": _summary("triple_class_refractory"),
    "penta": _summary("penta_refractory"),
    "bcma_failed": _bcma_failed,
    "bcma_exposed_only": _bcma_exposed_only,
    "label_met": _label_met,
    "state": _state,
    "zero_lines": _zero_lines,
    "cd38_reusable": lambda scope: cd38_reusable(scope.case),
    "status_undecided": lambda scope: scope.status_undecided,
    "t1114": _t1114,
    "pi_sensitive": lambda scope: negated(scope.case.is_refractory("PI")),
    "high_risk": _high_risk,
    "frail": lambda scope: frail(scope.case),
    "cardiac_disease": _cardiac_disease,
    "emd": _summary("extramedullary"),
    "no_cart_access": _no_cart_access,
    "cart_candidate": _cart_candidate,
    "ven_marker": _ven_marker,
    "months_off": _months_off,
    "holding": lambda scope: car_t_planned(scope.case),
    "bridging": lambda scope: car_t_collected(scope.case),
    "salvage_transplant": _salvage_transplant,
    "jurisdiction": lambda scope, name: scope.case.jurisdiction == name,
}
"""Name to meaning; `status_undecided` is set by the row selection."""
_OF_THE_SCOPE = frozenset({"label_met", "status_undecided"})
"""Predicates whose answer depends on more than the case."""
