"""Words one slip of the finger away."""

from hypothesis import given
from hypothesis import strategies as st

from autocrm.records.slips import LONGEST, SHORTEST, near

WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=SHORTEST, max_size=LONGEST)


@given(WORDS, st.data())
def test_every_slip_is_among_them_and_leads_back(word: str, data: st.DataObject) -> None:
    slips = sorted(near(word))
    slip = data.draw(st.sampled_from(slips))

    assert word in slips
    assert abs(len(slip) - len(word)) <= 1
    if SHORTEST <= len(slip) <= LONGEST:
        assert word in near(slip)


@given(WORDS)
def test_there_are_not_more_of_them_than_an_index_can_be_asked_for(word: str) -> None:
    assert len(near(word)) <= 54 * len(word) + 27


def test_a_number_and_a_short_word_stand_for_themselves() -> None:
    assert near("20241") == {"20241"}
    assert near("ann") == {"ann"}


def test_other_alphabets_have_their_own_letters() -> None:
    assert "иванов" in near("ивонов")
    assert "田中商事" in near("田商中事")
