"""The function that searches below row-level security: rows of the pinned tenant only, titles first."""

from datetime import timedelta

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import Func, TextField, Value

from autocrm.kernel.clock import now
from autocrm.kernel.ids import new_id
from autocrm.kernel.normalise import name_key
from autocrm.kernel.phones import phone_terms
from autocrm.records.models import SearchRow
from autocrm.records.search import find_records
from autocrm.records.search import words as words_of
from tests.support.cast import Person


def index(person: Person, title: str, words: str = "", record_type: str = "contact", **values: object) -> None:
    """Put a record into the search as `records.search` does."""
    marked = [f"{person.tenant.id}:{word}" for word in words_of(f"{title} {words}")]
    document = Func(Value(marked, ArrayField(TextField())), function="array_to_tsvector")
    with person.at_work():
        SearchRow.objects.create(
            record_type=record_type,
            record_id=new_id(),
            title=title,
            title_key=name_key(title),
            document=document,
            **values,
        )


def found(person: Person, text: str, types: tuple[str, ...] = ("contact",), limit: int = 20) -> list[str]:
    """The titles found, in order."""
    with person.at_work():
        return [hit.title for hit in find_records(text, types, limit=limit, me=person.id)]


def test_titles_that_begin_so_come_first_then_other_words(alice: Person) -> None:
    index(alice, "Halvorsen Trading")
    index(alice, "Ingrid Halvorsen")
    index(alice, "Somebody Else", "halvorsen@globex.example")

    hits = found(alice, "halv")

    assert hits[0] == "Halvorsen Trading"
    assert set(hits) == {"Halvorsen Trading", "Ingrid Halvorsen", "Somebody Else"}


def test_case_and_accents_do_not_matter(alice: Person) -> None:
    index(alice, "Zoë Ørsted")

    assert found(alice, "ZOE orst") == ["Zoë Ørsted"]


def test_another_tenant_finds_nothing(alice: Person, charlie: Person) -> None:
    index(alice, "Ingrid Halvorsen")

    assert found(charlie, "ingrid") == []


def test_only_the_asked_types_and_no_more_than_asked(alice: Person) -> None:
    for at in range(5):
        index(alice, f"Row {at}")
    index(alice, "Row company", record_type="company")

    assert found(alice, "row", ("company",)) == ["Row company"]
    assert len(found(alice, "row", ("contact", "company"), limit=3)) == 3


@pytest.mark.parametrize("text", ["", "  ", "'; --", "&|!:*", "a & b", "\\"])
def test_whatever_is_typed_is_words_and_never_a_query(alice: Person, text: str) -> None:
    index(alice, "Ingrid Halvorsen")

    assert found(alice, text) == []


def test_without_a_tenant_it_answers_nothing(alice: Person) -> None:
    index(alice, "Ingrid Halvorsen")

    with alice.at_work(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant', '', true)")
        cursor.execute("SELECT count(*) FROM records_search('ingrid', ARRAY['ingrid'], ARRAY['contact'], 10, NULL)")

        assert cursor.fetchone() == (0,)
        cursor.execute(
            "SELECT count(*) FROM records_search_alike('ingird', ARRAY['ingrid'], ARRAY[0], ARRAY['contact'], 10, NULL)"
        )
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("function", ["records_search", "records_search_alike"])
def test_it_belongs_to_the_search_role_and_the_public_may_not_call_it(alice: Person, function: str) -> None:
    with alice.at_work(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_userbyid(proowner), prosecdef, proacl::text, proconfig::text"
            " FROM pg_proc WHERE proname = %s ORDER BY pronargs DESC LIMIT 1",
            [function],
        )
        owner, is_definer, rights, settings = cursor.fetchone()

    assert owner == "autocrm_search"
    assert is_definer
    assert "{=X" not in rights
    assert ",=X" not in rights
    assert "search_path=pg_catalog, public, pg_temp" in settings


def test_the_exact_title_stands_before_ones_own_and_these_before_others(alice: Person) -> None:
    old, older = now() - timedelta(days=1), now() - timedelta(days=2)
    index(alice, "Halvorsen Trading", updated_at=old)
    index(alice, "Halvorsen Shipping", updated_at=older, owner_id=alice.id)
    index(alice, "Halvorsen Bakery")
    index(alice, "Halvorsen", updated_at=older)

    assert found(alice, "halvorsen") == ["Halvorsen", "Halvorsen Shipping", "Halvorsen Bakery", "Halvorsen Trading"]


def test_ones_own_come_first_among_what_has_the_words_elsewhere(alice: Person) -> None:
    index(alice, "Ingrid Berg", "globex")
    index(alice, "Olaf Dahl", "globex", owner_id=alice.id, updated_at=now() - timedelta(days=9))

    assert found(alice, "globex") == ["Olaf Dahl", "Ingrid Berg"]


@pytest.mark.parametrize("typed", ["jonathn", "jonahtan", "jonatthan", "jonathxn", "jonathn smiht"])
def test_a_slip_of_the_finger_is_forgiven(alice: Person, typed: str) -> None:
    index(alice, "Jonathan Smith")
    index(alice, "Nobody Else")

    assert found(alice, typed) == ["Jonathan Smith"]


def test_what_was_typed_stands_before_what_is_only_like_it(alice: Person) -> None:
    index(alice, "Smyth & Sons")
    index(alice, "Anna Smith")

    assert found(alice, "smith") == ["Anna Smith", "Smyth & Sons"]


def test_numbers_are_never_mistaken_for_others(alice: Person) -> None:
    index(alice, "Invoice 20241")

    assert found(alice, "20242") == []


@pytest.mark.parametrize(
    "typed", ["+1 (555) 123-4567", "555 1234567", "5551234567", "001 555-123-4567", "555.123.4567"]
)
def test_a_number_is_found_however_it_is_written(alice: Person, typed: str) -> None:
    index(alice, "Ingrid Halvorsen", "15551234567 5551234567 1234567")

    assert found(alice, typed) == ["Ingrid Halvorsen"]


@pytest.mark.parametrize(
    "typed",
    ["+49 (0)30 1234 5678", "0049 30 12345678", "12345678", "1234-5678", "Tel.: +49 30 12345678", "030/12345678"],
)
def test_a_number_is_found_without_its_area_with_a_word_before_it_and_a_zero_in_brackets(
    alice: Person, typed: str
) -> None:
    index(alice, "Berta Becker", " ".join(phone_terms("+493012345678", "+493012345678")).replace("+", ""))

    assert found(alice, typed) == ["Berta Becker"]


def test_what_looks_like_a_number_is_found_by_its_words_too(alice: Person) -> None:
    index(alice, "Dora Dogwood", "1234567890")
    index(alice, "Order 12-34567")

    assert found(alice, "12-34567") == ["Dora Dogwood", "Order 12-34567"]


def test_nothing_alike_is_found_in_another_tenant(alice: Person, charlie: Person) -> None:
    index(alice, "Jonathan Smith")

    assert found(charlie, "jonathn") == []
