"""The names that the packages offer."""

import pytest

import cards
from cards.advise import advise
from tests.advise.histories import history


def test_the_whole_way_by_the_facade() -> None:
    patient = history()
    advice = advise(patient, cards.load_knowledge())
    assert cards.assessment_document(patient, advice, program_version="1")["patient"] == "Patient/p1"
    assert len(cards.cards_for(patient, advice, program_version="1")) == 2


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError):
        _ = cards.nothing
