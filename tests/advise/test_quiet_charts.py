"""Patients for whom options are not the question, and the card about what is under way, by whole charts."""

from typing import Any

import pytest

from tests.advise.fhir_charts import ask, chart

SERUM = {903: 40, 840: 5, 810: 4.5, 30: 14, 16: 16}
RESPONSE = {403: 40, 300: 5, 60: 2, 30: 2}
NAIVE: dict[str, Any] = {"since": 920, "drugs": ["lenalidomide 900d 20d", "bortezomib 900d 700d"], "serum": SERUM}
RESPONDING = {"since": 420, "drugs": ["lenalidomide 400d ..", "daratumumab 400d .."], "serum": RESPONSE}


@pytest.mark.parametrize(
    ("base", "why", "code"),
    [
        (NAIVE, "start after an anti-CD38 antibody, and none has been given", "cd38-naive"),
        (
            {**NAIVE, "since": 2920},
            "No anti-CD38 antibody is on record and the treatment history is incomplete",
            "data-missing",
        ),
        (RESPONDING, "The disease is not progressing", "not-progressing"),
        (
            {
                "since": 920,
                "drugs": ["lenalidomide 900d ..", "daratumumab 900d .."],
                "serum": {903: 40, 840: 5, 810: 4.5, 16: 16},
            },
            "Progression is possible but not confirmed",
            "progression-possible",
        ),
        (
            {
                "since": 920,
                "drugs": ["lenalidomide 900d 300d", "daratumumab 900d 300d"],
                "serum": {903: 40, 840: 5, 810: 4.5},
            },
            "The disease status is unknown",
            "disease-status-unknown",
        ),
    ],
    ids=["naive", "naive-incomplete", "responding", "possible", "unknown"],
)
@pytest.mark.parametrize("policy", ["current", "post-daratumumab-2023"])
def test_no_options_card_and_the_history_card_says_why(base: dict[str, Any], why: str, code: str, policy: str) -> None:
    answer = ask(chart(base), policy=policy)
    assert "mm-options" not in answer.cards
    assert answer.document["recommendations"] == []
    assert answer.document["withheldReason"] == code
    assert "**Options do not apply now.**" in answer.cards["mm-history"].detail
    assert why in answer.cards["mm-history"].detail


def test_the_gravest_matter_under_way_stands_first() -> None:
    answer = ask(chart(RESPONDING, ["born 1988-01-01 female", "condition Pregnancy 60d"]))
    card = answer.cards["mm-safety"]
    assert card.summary.startswith("lenalidomide is under way: pregnancy - contraindicated")
    assert card.indicator == "warning"
    assert "regimens:" not in card.detail


def test_the_safety_card_names_the_value_that_it_rests_on() -> None:
    base = {"since": 2920, "drugs": [*NAIVE["drugs"], "selinexor 19d ..", "dexamethasone 19d .."], "serum": SERUM}
    answer = ask(chart(base, ["lab 777-3 14 10*9/L 2d"]))
    assert "(here: platelet count 14 x10^9/L, 2026-10-30)" in answer.cards["mm-safety"].detail
    held = next(item for item in answer.document["safety"] if item["id"] == "K-SEL-2")
    assert held["found"] == ["platelet count 14 x10^9/L, 2026-10-30"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("lab 10230-1 38 % 30d", "ejection fraction 38 %, 2026-10-02"),
        ("lab 10230-1 <40 % 30d", "ejection fraction <40 %, 2026-10-02"),
        ("condition Heart failure NYHA class III 900d", "Heart failure NYHA class III, 2024-05-15"),
        ("past Thrombotic microangiopathy 900d", "Thrombotic microangiopathy, 2024-05-15"),
    ],
)
def test_what_takes_carfilzomib_out_is_named(line: str, found: str) -> None:
    answer = ask(chart({"since": 920, "drugs": [*NAIVE["drugs"], "daratumumab 900d 20d"], "serum": SERUM}, [line]))
    entry = answer.entry("Kd")
    assert entry is not None
    assert [found] in [item["found"] for item in entry["cautions"] if item["effect"] == "exclude"]


def test_long_words_of_a_problem_are_cut_and_harmless() -> None:
    text = "Heart failure NYHA class III [click](http://example.org) <b>now</b> " + "with many words " * 30
    answer = ask(
        chart(
            {"since": 920, "drugs": [*NAIVE["drugs"], "daratumumab 900d 20d"], "serum": SERUM},
            [f"condition {text}900d"],
        )
    )
    entry = answer.entry("Kd")
    assert entry is not None
    found = next(item["found"][0] for item in entry["cautions"] if item["effect"] == "exclude")
    assert len(found) < 110
    assert "<b>" not in answer.cards["mm-options"].detail
    assert (
        r"\[click\](http" in answer.cards["mm-options"].detail
    )  # shown beside an immunomodulatory drug, as plain words
    assert "[click](http" not in answer.cards["mm-options"].detail
