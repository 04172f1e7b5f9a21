"""Many records written at once are what one after another would have been: columns, journal, search, effects."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError
from django.forms.models import model_to_dict

from autocrm.journal.models import Entry
from autocrm.kernel.errors import Denied
from autocrm.records import services
from autocrm.records.bulk import Change, blank_records, insert_records, update_records
from autocrm.records.models import SearchRow
from autocrm.records.registry import record_types
from autocrm.records.values import Reading, read_value

CONTACT = record_types.get("contact")
COMPANY = record_types.get("company")
OWN = {"id", "created_at", "updated_at", "record_id"}

ROWS: list[dict[str, Any]] = [
    {"first_name": "Zoë", "last_name": "Østergård", "email": "Zoe@Example.com", "phone": "(212) 555-0100 x12"},
    {"first_name": "Tab\\there", "description": "two\nlines\tand a \\ sign", "tags": []},
    {"email": "only@example.com", "next_follow_up_on": "2026-12-01", "website": "globex.example", "type": "customer"},
    {"last_name": "“Quoted”, 'so'", "city": "東京", "country": "日本", "source": "\u200bnothing"},
]


def columns_of(record: Any) -> dict[str, Any]:
    return {name: value for name, value in record.__dict__.items() if name not in OWN and name != "_state"}


def search_of(record: Any) -> dict[str, Any]:
    row = SearchRow.objects.get(record_id=record.id)
    return {
        **{key: value for key, value in model_to_dict(row).items() if key not in OWN},
        "document": row.document.replace(f"'{row.tenant_id}:", "'"),
    }


def typed(values: dict[str, Any], actor: Any) -> dict[str, Any]:
    reading = Reading(actor.zone)
    return {key: read_value(CONTACT.by_key[key], value, reading) for key, value in values.items()}


def insert(actor: Any, rows: list[dict[str, Any]], record_type: Any = CONTACT) -> list[Any]:
    blank = blank_records(record_type, actor)
    new = []
    for values in rows:
        record = blank()
        for key, value in values.items():
            setattr(record, record_type.by_key[key].attribute, value)
        new.append((record, values))
    insert_records(record_type, new, data={"import": "x"}, actor=actor)
    return [record for record, _values in new]


def test_records_written_together_are_as_those_written_alone(alice: Any, charlie: Any) -> None:
    with alice.at_work() as actor:
        together = insert(actor, [typed(values, actor) for values in ROWS])
        found = {record.id: CONTACT.model.objects.get(id=record.id) for record in together}
        many = [(columns_of(found[record.id]), search_of(record)) for record in together]
        told = [Entry.objects.get(record_id=record.id) for record in together]
    with charlie.at_work() as actor:
        alone = [services.create_record(CONTACT, values, actor=actor) for values in ROWS]
        one = [(columns_of(CONTACT.model.objects.get(id=record.id)), search_of(record)) for record in alone]
        said = [Entry.objects.get(record_id=record.id) for record in alone]

    people = {"tenant_id", "owner_id", "created_by_id", "updated_by_id"}
    for (columns, search), (expected, found_by) in zip(many, one, strict=True):
        assert {k: v for k, v in columns.items() if k not in people} == {
            k: v for k, v in expected.items() if k not in people
        }
        assert {k: v for k, v in search.items() if k != "owner_id"} == {
            k: v for k, v in found_by.items() if k != "owner_id"
        }
    assert [(each.kind, each.record_label, each.changes) for each in told] == [
        (each.kind, each.record_label, each.changes) for each in said
    ]
    assert all(each.data == {"version": 1, "import": "x"} for each in told)


def test_changes_written_together_are_journalled_and_found(alice: Any) -> None:
    with alice.at_work() as actor:
        records = insert(actor, [{"first_name": f"Ana{number}"} for number in range(60)])
    with alice.at_work() as actor:
        changed = []
        for record in CONTACT.model.objects.filter(id__in=[each.id for each in records]).order_by("id"):
            old, record.last_name = record.last_name, "Silva"
            changed.append(Change(record, {"last_name": (old, "Silva")}))
        update_records(CONTACT, changed, actor=actor)

    with alice.at_work():
        assert CONTACT.model.objects.filter(full_name_key__endswith=" silva", version=2).count() == 60
        assert SearchRow.objects.filter(title_key__endswith=" silva").count() == 60
        entries = Entry.objects.filter(kind="record.updated")
        assert {tuple(each.changes["last_name"]) for each in entries} == {("", "Silva")}
        assert entries.count() == 60


def test_nobody_elses_record_is_changed(alice: Any, charlie: Any) -> None:
    with alice.at_work() as actor:
        record = insert(actor, [{"first_name": "Ana"}])[0]
    with charlie.at_work() as actor:
        record.first_name = "Eva"
        update_records(CONTACT, [Change(record, {"first_name": ("Ana", "Eva")})], actor=actor)

    with alice.at_work():
        assert CONTACT.model.objects.get().first_name == "Ana"


def test_further_effects_are_not_left_out(alice: Any) -> None:
    one_by_one: list[tuple[UUID, frozenset[str]]] = []
    at_once: list[int] = []
    single = replace(CONTACT, after_write=lambda record, keys, actor: one_by_one.append((record.id, keys)))
    many = replace(single, after_write_many=lambda written, actor: at_once.append(len(written)))

    with alice.at_work() as actor:
        records = insert(actor, [{"first_name": "Ana"}, {"first_name": "Eva"}], single)
        insert(actor, [{"first_name": "Ida"}, {"first_name": "Pia"}], many)

    assert one_by_one == [(record.id, frozenset({"first_name"})) for record in records]
    assert at_once == [2]


def test_a_value_that_is_taken_is_refused_by_the_database(alice: Any) -> None:
    with alice.at_work() as actor:
        insert(actor, [{"email": "ana@example.com"}])
    with pytest.raises(IntegrityError), alice.at_work() as actor:
        insert(actor, [{"email": "eva@example.com"}, {"email": "ana@example.com"}])

    with alice.at_work():
        assert CONTACT.model.objects.count() == 1


def test_whoever_may_not_create_writes_nothing(bob: Any) -> None:
    with pytest.raises(Denied), bob.at_work() as actor:
        insert(actor, [{"name": "Globex"}], COMPANY)


def test_records_of_one_maker_share_nothing_that_can_change(alice: Any) -> None:
    with alice.at_work() as actor:
        blank = blank_records(CONTACT, actor)
        one, other = blank(), blank()

    one.tags.append("x")
    assert other.tags == []
    assert one.id != other.id
    assert one._state is not other._state
