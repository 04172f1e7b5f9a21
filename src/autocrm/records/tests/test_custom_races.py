"""Two at once: a unique value is had by one of them, and what is written while a field changes is not lost."""

from collections.abc import Callable
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection, connections, transaction

from autocrm.journal.models import Entry
from autocrm.kernel.errors import Invalid
from autocrm.records import services
from autocrm.records.bulk import blank_records, insert_records
from autocrm.records.custom import fields as custom_fields
from autocrm.records.custom import kinds as custom_kinds
from autocrm.records.models import CustomField, FieldValue, SearchRow
from autocrm.records.registry import record_types
from autocrm.records.tests.computed_world import add, make, value, work_off
from tests.support.cast import Person

Write = Callable[[Any], Any]


class Slow:
    """Somebody with a connection of his own: does `work` and commits only when he is told to."""

    def __init__(self, person: Person, work: Write, *, fail: bool = False) -> None:
        self._did, self._commit, self.error = Event(), Event(), None
        self._thread = Thread(target=self._run, args=(person, work, fail))
        self._thread.start()
        assert self._did.wait(20)

    def _run(self, person: Person, work: Write, fail: bool) -> None:
        try:
            with person.at_work() as actor:
                work(actor)
                self._did.set()
                assert self._commit.wait(20)
                if fail:
                    transaction.set_rollback(True)
        except BaseException as error:  # noqa: BLE001 - handed to the test
            self.error = error
        finally:
            self._did.set()
            connections.close_all()

    def finish(self) -> None:
        self._commit.set()
        self._thread.join(20)
        assert not self._thread.is_alive()


def meanwhile(slow: Slow, act: Callable[[], Any]) -> Any:
    """What `act` answers; the slow one commits as soon as it waits for him in the database, or has not had to."""
    over = Event()

    def run() -> None:
        try:
            while not over.is_set() and not _is_waited_for():
                pass
            slow.finish()
        finally:
            connections.close_all()

    thread = Thread(target=run)
    thread.start()
    try:
        return act()
    finally:
        over.set()
        thread.join()


def _is_waited_for() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'")
        return bool(cursor.fetchone()[0])


def create(name: str, **values: Any) -> Write:
    return lambda actor: services.create_record(record_types.get("company"), {"name": name, **values}, actor=actor)


def change_code(record: Any, code: str) -> Write:
    return lambda actor: services.update_record(record_types.get("company"), record.id, {"code": code}, actor=actor)


def insert(name: str, code: str) -> Write:
    def run(actor: Any) -> None:
        company = record_types.get("company")
        record = blank_records(company, actor)()
        record.name = name
        company.by_key["code"].write(record, code)
        insert_records(company, [(record, {"name": name, "code": code})], actor=actor)

    return run


def names(person: Person) -> list[str]:
    with person.at_work():
        return sorted(record_types.get("company").rows().values_list("name", flat=True))


def test_of_two_that_create_the_same_unique_value_one_has_it(alice: Person) -> None:
    add(alice, "Code", "text", unique=True)
    first = Slow(alice, create("First", code="A-1"))

    answer = meanwhile(first, lambda: alice.api.post("/api/v1/companies/", {"name": "Second", "code": " a-1 "}))

    assert first.error is None
    assert answer.status_code == 422
    assert answer.json()["errors"]["code"] == ["Another record has this value already."]
    assert names(alice) == ["First"]
    with alice.at_work():
        assert FieldValue.objects.count() == 1
        assert SearchRow.objects.filter(record_type="company").count() == 1
        assert Entry.objects.filter(kind="record.created", record_type="company").count() == 1


def test_of_two_that_change_into_the_same_value_one_keeps_his_own(alice: Person) -> None:
    add(alice, "Code", "text", unique=True)
    one, other = make(alice, name="One", code="A-1"), make(alice, name="Other", code="A-2")
    first = Slow(alice, change_code(one, "A-3"))

    answer = meanwhile(
        first, lambda: alice.page.post(f"/companies/{other.id}/edit/code/?in=list", {"value": "A-3", "version": "1"})
    )

    assert first.error is None
    assert answer.status_code == 422, answer.content
    assert "Another record has this value already." in answer.content.decode()
    assert (value(alice, one, "code"), value(alice, other, "code")) == ("A-3", "A-2")
    with alice.at_work():
        assert record_types.get("company").rows().get(pk=other.id).version == 1


def test_when_the_first_of_two_gives_up_the_second_has_the_value(alice: Person) -> None:
    add(alice, "Code", "text", unique=True)
    first = Slow(alice, create("First", code="A-1"), fail=True)

    answer = meanwhile(first, lambda: alice.api.post("/api/v1/companies/", {"name": "Second", "code": "A-1"}))

    assert answer.status_code == 201
    assert names(alice) == ["Second"]


def test_an_import_and_a_person_with_the_same_value(alice: Person) -> None:
    add(alice, "Code", "text", unique=True)
    first = Slow(alice, insert("Imported", "A-1"))

    def type_it() -> None:
        with alice.at_work() as actor:
            create("Typed", code="A-1")(actor)

    with pytest.raises(Invalid) as refused:
        meanwhile(first, type_it)

    assert list(refused.value.fields) == ["code"]
    assert names(alice) == ["Imported"]


def test_what_is_written_while_a_field_is_converted_is_converted_too(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    field = add(alice, "Size", "text", indexed=True)
    old = make(alice, name="Old", size="1")
    # A writer of another process that has the data model of before, at work while the kind is changed.
    slow = Slow(alice, create("Slow", size="2"))
    monkeypatch.setattr(custom_kinds, "AT_ONCE", 0)
    with alice.at_work() as actor:
        custom_kinds.change_kind(field.id, "number", expected=0, actor=actor)
    slow.finish()
    new = make(alice, name="New", size="3")
    assert slow.error is None

    work_off(alice)

    with alice.at_work():
        slowly = record_types.get("company").rows().get(name="Slow")
        assert sorted(FieldValue.objects.values_list("number", flat=True)) == [1, 2, 3]
        assert set(FieldValue.objects.values_list("text", flat=True)) == {None}
    assert [value(alice, each, "size") for each in (old, slowly, new)] == [1, 2, 3]


def test_two_that_convert_the_same_field_do_it_once(alice: Person) -> None:
    field = add(alice, "Size", "text")
    record = make(alice, size="1")
    first = Slow(alice, lambda actor: custom_kinds.change_kind(field.id, "number", expected=0, actor=actor))

    answer = meanwhile(
        first, lambda: alice.api.post(f"/api/v1/custom_fields/{field.id}/kind/", {"kind": "date", "expected": 9})
    )

    assert first.error is None
    assert answer.status_code in {409, 422}
    assert value(alice, record, "size") == 1
    with alice.at_work():
        assert CustomField.objects.get(pk=field.id).kind == "number"


def test_two_fields_of_the_same_name_made_at_once_are_two_keys_or_one_refusal(alice: Person) -> None:
    given = {"record_type": "company", "label": "Size", "kind": "text"}
    first = Slow(alice, lambda actor: custom_fields.create_field(given, actor=actor))

    answer = meanwhile(first, lambda: alice.api.post("/api/v1/custom_fields/", given))

    assert first.error is None
    with alice.at_work():
        keys = sorted(CustomField.objects.values_list("key", flat=True))
    assert (answer.status_code, keys) in [(201, ["size", "size_2"]), (409, ["size"])], answer.content


def test_two_that_make_the_same_choice_unique_and_fill_it_stay_consistent(alice: Person) -> None:
    field = add(alice, "Code", "text")
    make(alice, name="One", code="A-1")
    slow = Slow(alice, create("Two", code="A-1"))
    with alice.at_work() as actor:
        custom_fields.update_field(field.id, {"unique": True}, actor=actor)
    slow.finish()

    work_off(alice)

    with alice.at_work():
        assert FieldValue.objects.filter(field_id=field.id).count() == 2
        assert FieldValue.objects.filter(field_id=field.id, unique_key="a-1").count() == 1
    assert alice.api.post("/api/v1/companies/", {"name": "Three", "code": "A-1"}).status_code == 422
