"""A kept sentence is read by each person in their own language; what was made with names in it stays as it is."""

from django.utils import translation
from django.utils.translation import gettext

from autocrm.kernel.errors import Denied, Invalid
from autocrm.kernel.sentences import FAILED_AGAIN, LONGEST_KEPT, keep, kept_words, read


def test_a_lazy_sentence_is_read_in_the_language_of_whoever_reads() -> None:
    with translation.override("de"):
        kept = keep(FAILED_AGAIN)

    assert read(kept) == "Something went wrong again and again. The log of the server says more."
    with translation.override("de"):
        assert read(kept) == "Immer wieder ging etwas schief. Das Protokoll des Servers sagt mehr."


def test_what_was_made_in_a_language_stays_in_it() -> None:
    kept = keep("„kunden.csv“ fehlt.\n")

    assert read(kept) == "„kunden.csv“ fehlt."


def test_each_fault_of_an_error_is_a_sentence_of_its_own() -> None:
    with translation.override("de"):
        made = gettext("You may not do this.")
    kept = kept_words(Invalid(fields={"file": [FAILED_AGAIN], "name": [made]}))

    assert read(kept).startswith("Something went wrong again and again.")
    assert read(kept).endswith(made)
    with translation.override("de"):
        assert read(kept) == f"Immer wieder ging etwas schief. Das Protokoll des Servers sagt mehr. {made}"


def test_an_error_without_fields_is_kept_by_its_message() -> None:
    with translation.override("de"):
        kept = kept_words(Denied())

    assert read(kept) == "You may not do this."


def test_nothing_is_kept_as_nothing_and_no_column_overflows() -> None:
    assert read(keep("")) == read("") == ""
    assert len(keep("x" * 5 * LONGEST_KEPT)) == LONGEST_KEPT
