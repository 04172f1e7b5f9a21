"""Formula fields: worked out with every write, one step away too, filled in when defined, refused when wrong."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import translation

from autocrm.journal.models import Entry
from autocrm.kernel.conditions.tree import where
from autocrm.kernel.errors import Conflict, Denied, Invalid
from autocrm.records import passes, selectors, services
from autocrm.records.bulk import Change, blank_records, insert_records, update_records
from autocrm.records.computed import recalculating, spreading
from autocrm.records.computed.formulas import source_in_words
from autocrm.records.computed.plans import plans
from autocrm.records.custom import fields as custom_fields
from autocrm.records.listing import ListQuery
from autocrm.records.models import CustomField, FieldValue
from autocrm.records.orders import parse_sort
from autocrm.records.registry import record_types
from autocrm.records.schema import RecordSchema
from autocrm.records.tests.computed_world import add, change, formula, make, value, work_off
from tests.support.cast import Person, make_person, make_role


@pytest.mark.parametrize(
    ("source", "stored"),
    [
        ("revenue * 1.5", 150_015),
        ("revenue / 3", 33_337),
        ("percent(number(revenue) / 4000.40)", 2500),
        ("employees * 2", 14),
        ("employees / 2", 350),
        ('upper(name) & "!"', "ACME!"),
        ("employees > 5", True),
        ("employees > 50", False),
        ("is_empty(website)", True),
        ("date(year_established, 2, 28) + 1", datetime(1999, 3, 1, tzinfo=UTC).date()),
        ("revenue / 0", None),
        ("phone", None),
    ],
)
def test_a_value_is_worked_out_with_the_record(alice: Person, source: str, stored: Any) -> None:
    formula(alice, "Figure", source)

    record = make(alice, revenue="1000.10", employees="7", year_established="1999")

    assert value(alice, record, "figure") == stored


def test_the_kind_and_the_places_follow_from_the_formula(alice: Person) -> None:
    made = [
        formula(alice, "Share", "percent(employees / 3)"),
        formula(alice, "Half", "employees * 0.125"),
        formula(alice, "Third", "employees / 3"),
        formula(alice, "Fine", "employees / 3", decimal_places=4),
        formula(alice, "Tenth", "revenue / 10"),
    ]

    assert [(each.result_kind, each.decimal_places) for each in made] == [
        ("percent", 2), ("number", 3), ("number", 2), ("number", 4), ("currency", 2),
    ]  # fmt: skip
    record = make(alice, revenue="0.05", employees="1")
    assert value(alice, record, "share") == 3333
    assert value(alice, record, "fine") == 3333
    assert value(alice, record, "tenth") == 0


def test_a_change_of_what_it_looks_at_changes_it_and_nothing_else_does(alice: Person) -> None:
    formula(alice, "Doubled", "employees * 2", indexed=True)
    formula(alice, "Again", "doubled + 1")
    record = make(alice, employees="7")

    changed = change(alice, record, employees="8")

    assert (changed.custom["doubled"], changed.custom["again"]) == (16, 17)
    assert value(alice, record, "again") == 17
    with alice.at_work():
        assert FieldValue.objects.get().number == 16
        entry = Entry.objects.filter(record_id=record.id).latest("id")
    assert set(entry.changes) == {"employees"}
    change(alice, record, employees=None)
    assert value(alice, record, "doubled") is None


def test_it_is_set_by_nobody(alice: Person) -> None:
    formula(alice, "Doubled", "employees * 2")
    record = make(alice, employees="7")

    with pytest.raises(Invalid) as refused:
        change(alice, record, doubled="3")

    assert set(refused.value.fields) == {"doubled"}
    assert value(alice, record, "doubled") == 14


def test_many_records_written_at_once_are_worked_out_with_one_query_for_each_relation(
    alice: Person, django_assert_max_num_queries: Any
) -> None:
    company = make(alice, revenue="5")
    formula(alice, "Reach", 'first_name & " of " & company.name', on="contact")
    formula(alice, "Worth", "company.revenue * 2", on="contact", indexed=True)
    with alice.at_work() as actor:
        record_type = record_types.get("contact")
        blank = blank_records(record_type, actor)
        new = []
        for number in range(100):
            record = blank()
            record.first_name, record.company_id = f"Ada {number}", company.id
            record_type.by_key["company"].attach(record, company)
            new.append((record, {"first_name": record.first_name, "company": company.id}))
        with django_assert_max_num_queries(35):
            insert_records(record_type, new, actor=actor)
        assert record_type.rows().filter(custom__worth=1000).count() == 100
        record = record_type.rows().get(first_name="Ada 7")
        assert record.custom["reach"] == "Ada 7 of Acme"
        record.first_name = "Bea"
        update_records(record_type, [Change(record, {"first_name": ("Ada 7", "Bea")})], actor=actor)
        assert record_type.rows().get(pk=record.pk).custom["reach"] == "Bea of Acme"
        assert FieldValue.objects.filter(number=1000).count() == 100


def test_what_is_one_step_away_is_followed(alice: Person) -> None:
    company, other = make(alice, revenue="5"), make(alice, name="Other", revenue="7")
    formula(alice, "Worth", "company.revenue", on="contact")
    formula(alice, "Twice", "worth * 2", on="contact")
    contact = make(alice, "contact", company=str(company.id))
    assert value(alice, contact, "twice", "contact") == 1000

    change(alice, company, revenue="6")
    assert value(alice, contact, "twice", "contact") == 1200

    change(alice, contact, "contact", company=str(other.id))
    assert value(alice, contact, "twice", "contact") == 1400

    change(alice, contact, "contact", company=None)
    assert value(alice, contact, "twice", "contact") is None


def test_many_that_look_at_one_are_left_to_a_job(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreading, "MOST_NOW", 2)
    company = make(alice, revenue="5")
    formula(alice, "Worth", "company.revenue", on="contact")
    contacts = [make(alice, "contact", company=str(company.id)) for _number in range(5)]

    change(alice, company, revenue="6")
    assert {value(alice, each, "worth", "contact") for each in contacts} == {500}

    work_off(alice)
    assert {value(alice, each, "worth", "contact") for each in contacts} == {600}


def test_defining_it_fills_in_the_records_that_are_there(alice: Person) -> None:
    records = [make(alice, name=f"N{number}", employees=str(number)) for number in range(3)]
    formula(alice, "Doubled", "employees * 2", indexed=True)

    assert [value(alice, each, "doubled") for each in records] == [0, 2, 4]
    with alice.at_work():
        assert sorted(FieldValue.objects.values_list("number", flat=True)) == [0, 2, 4]


def test_many_records_are_filled_in_by_a_job_with_progress(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recalculating, "MOST_AT_ONCE", 2)
    monkeypatch.setattr(recalculating, "CHUNK", 2)
    records = [make(alice, name=f"N{number}", employees=str(number)) for number in range(5)]
    formula(alice, "Doubled", "employees * 2")
    assert value(alice, records[4], "doubled") is None
    with alice.at_work() as actor:
        assert passes.count_running(actor) == 1

    work_off(alice)

    assert [value(alice, each, "doubled") for each in records] == [0, 2, 4, 6, 8]
    with alice.at_work() as actor:
        work = passes.recent_work(actor, 5)[0]
    assert (work.state, work.done, work.total, str(work.label)) == ("done", 5, 5, "Calculate: Doubled")


def test_changing_it_works_everything_out_anew(alice: Person) -> None:
    made = formula(alice, "Figure", "employees * 2")
    record = make(alice, employees="7")

    with alice.at_work() as actor:
        custom_fields.update_field(made.id, {"config": {"formula": "employees * 3"}}, actor=actor)

    assert value(alice, record, "figure") == 21


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("emploees", "did you mean employees?"),
        ("employees +", "Line 1, column 12: Something is missing at the end."),
        ("owner", "A field cannot hold this result: Person of the team."),
        ("tags", "There is no field tags."),
        ("updated_at", "There is no field updated_at"),
        ("custom", "There is no field custom."),
        ("tenant_id", "There is no field tenant_id"),
        ("owner.email", "There is no field owner.email"),
        ("parent.parent.name", "There is no field parent.parent.name"),
    ],
)
def test_what_is_wrong_with_a_formula_is_told(alice: Person, source: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        formula(alice, "Figure", source)

    assert said in str(refused.value.fields["config.formula"][0])
    with alice.at_work():
        assert not CustomField.objects.exists()


def test_a_formula_never_comes_back_to_itself(alice: Person) -> None:
    one = formula(alice, "One", "employees * 2")
    formula(alice, "Two", "one * 2")
    formula(alice, "Three", "company.two", on="contact")

    for source in ("two + 1", "one + 1"):
        with alice.at_work() as actor, pytest.raises(Invalid) as refused:
            custom_fields.update_field(one.id, {"config": {"formula": source}}, actor=actor)
        assert "The value would depend on itself" in str(refused.value.fields["config.formula"][0])
    record = make(alice, employees="7")
    assert value(alice, record, "two") == 28


def test_its_result_stays_of_one_kind(alice: Person) -> None:
    made = formula(alice, "Figure", "employees * 2")

    with alice.at_work() as actor, pytest.raises(Invalid):
        custom_fields.update_field(made.id, {"config": {"formula": "name"}}, actor=actor)

    with alice.at_work():
        assert CustomField.objects.get().config["formula"] == "employees * 2"


def test_what_a_formula_is_made_of_cannot_be_taken_away(alice: Person) -> None:
    budget = add(alice, "Budget", "currency")
    made = formula(alice, "Half", "budget / 2")

    with alice.at_work() as actor, pytest.raises(Conflict) as refused:
        custom_fields.archive_field(budget.id, actor=actor)
    assert "Half" in str(refused.value)
    with alice.at_work() as actor, pytest.raises(Conflict):
        custom_fields.delete_field(budget.id, expected=0, actor=actor)
    with alice.at_work() as actor:
        custom_fields.archive_field(made.id, actor=actor)
        custom_fields.archive_field(budget.id, actor=actor)
    assert not plans().inputs


def test_what_looks_at_the_day_is_worked_out_every_day(alice: Person) -> None:
    with time_machine.travel(datetime(2026, 11, 25, 12, tzinfo=UTC), tick=False) as clock:
        formula(alice, "Age", "days_between(created_at, today())")
        formula(alice, "Doubled", "employees * 2", on="company")
        record = make(alice, employees="1")
        work_off(alice)
        assert value(alice, record, "age") == 0
        clock.shift(timedelta(days=3))
        with alice.at_work():
            assert recalculating.begin_day() == 1
            assert recalculating.begin_day() == 0
        work_off(alice)

        assert value(alice, record, "age") == 3


def test_lists_are_filtered_and_sorted_by_it(alice: Person) -> None:
    formula(alice, "Doubled", "employees * 2", indexed=True)
    for number in (3, 1, 2):
        make(alice, name=f"N{number}", employees=str(number))

    with alice.at_work() as actor:
        record_type = record_types.get("company")
        sorts = parse_sort(["-doubled"], RecordSchema(record_type, actor))
        query = ListQuery(condition=where("doubled", "gt", "2"), sort=sorts)
        assert [each.name for each in selectors.list_records(record_type, query, actor=actor).rows] == ["N3", "N2"]


def test_it_is_hidden_from_whoever_may_not_see_what_it_is_made_of(alice: Person) -> None:
    formula(alice, "Worth", "company.revenue", on="contact")
    formula(alice, "Twice", "worth * 2", on="contact")
    formula(alice, "Origin", "upper(source)", on="contact")
    company = make(alice, revenue="5")
    contact = make(alice, "contact", company=str(company.id), source="fair")
    reads = {"contact": {"read": "all"}, "company": {"read": "all"}}
    hides = {"company": {"revenue": "hidden"}, "contact": {"source": "hidden"}}
    sees_all = make_person("Dora", alice.tenant, make_role(alice.tenant, records=reads))
    own = make_role(alice.tenant, records={**reads, "company": {"read": "own"}})
    sees_own = make_person("Emil", alice.tenant, own)
    sees_less = make_person("Fay", alice.tenant, make_role(alice.tenant, records=reads, fields=hides))

    def seen(person: Person) -> set[str]:
        body = person.api.get(f"/api/v1/contacts/{contact.id}/").json()
        return {"worth", "twice", "origin"} & body.keys()

    assert seen(alice) == {"worth", "twice", "origin"}
    assert seen(sees_all) == {"worth", "twice", "origin"}
    assert seen(sees_own) == {"origin"}
    assert seen(sees_less) == set()
    with sees_less.at_work() as actor:
        schema = RecordSchema(record_types.get("contact"), actor)
        assert not {"worth", "twice", "origin"} & {each.id for each in schema.fields()}
        with pytest.raises(Invalid):
            parse_sort(["twice"], schema)
    narrow = alice.new_token(scopes=["contact:read"])
    body = alice.page.get(
        f"/api/v1/contacts/{contact.id}/", headers={"authorization": f"Bearer {narrow}", "host": alice.host}
    ).json()
    assert {"worth", "twice", "origin"} & body.keys() == {"origin"}


def test_who_may_not_manage_the_data_model_defines_none_and_starts_nothing(alice: Person, bob: Person) -> None:
    with bob.at_work() as actor:
        with pytest.raises(Denied):
            custom_fields.create_field(
                {"record_type": "contact", "label": "x", "kind": "formula", "config": {"formula": "1"}}, actor=actor
            )
        with pytest.raises(Denied):
            recalculating.recalculate_all(record_types.get("contact"), actor=actor)
        assert not CustomField.objects.exists()


def test_tenants_do_not_see_each_other_s(alice: Person, charlie: Person) -> None:
    formula(alice, "Doubled", "employees * 2")
    formula(charlie, "Tripled", "employees * 3")
    mine, theirs = make(alice, employees="1"), make(charlie, employees="1")

    assert mine.custom == {"doubled": 2}
    assert theirs.custom == {"tripled": 3}
    with charlie.at_work() as actor:
        assert services.update_record(
            record_types.get("company"), theirs.id, {"employees": "2"}, actor=actor
        ).custom == {"tripled": 6}


def test_a_formula_means_the_same_in_every_language_and_after_a_choice_is_called_otherwise(alice: Person) -> None:
    with translation.override("de"), alice.at_work():
        called = str(record_types.get("contact").by_key["type"].option_label("customer"))
        with translation.override("en"):
            assert called != str(record_types.get("contact").by_key["type"].option_label("customer"))
    tier = add(alice, "Tier", "select", on="contact", options=["Gold", "Silver"])
    with translation.override("de"):
        made = formula(alice, "Known", f'type = "{called}"  # ours\nand tier = "Gold"', on="contact")

    with alice.at_work() as actor:
        assert made.config["formula"] == 'type = "customer"  # ours\nand tier = "gold"'
        golden = {**tier.options[0], "label": "Best"}
        custom_fields.update_field(tier.id, {"options": [golden, tier.options[1]]}, actor=actor)
        shown = source_in_words(record_types.get("contact"), made.config["formula"], actor)

    assert shown == 'type = "Customer"  # ours\nand tier = "Best"'
    assert value(alice, make(alice, "contact", type="customer", tier="gold"), "known", "contact") is True


def test_a_choice_that_a_formula_names_stays(alice: Person) -> None:
    tier = add(alice, "Tier", "select", options=["Gold", "Silver", "Tin"])
    formula(alice, "Best", 'tier = "Gold"')

    with alice.at_work() as actor, pytest.raises(Invalid) as refused:
        custom_fields.update_field(tier.id, {"options": tier.options[1:]}, actor=actor)

    assert "Best" in str(refused.value.fields["options"])
    with alice.at_work() as actor:
        assert [each["label"] for each in CustomField.objects.get(pk=tier.pk).options] == ["Gold", "Silver", "Tin"]
        custom_fields.update_field(tier.id, {"options": tier.options[:2]}, actor=actor)
    assert value(alice, make(alice, tier="gold"), "best") is True
