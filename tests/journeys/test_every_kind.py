"""A field of every kind, wherever fields stand: a kind that one place forgot is found here."""

import csv
import io
from dataclasses import dataclass, field
from typing import Any

import pytest

from autocrm.journal import services as journal
from autocrm.notifications.models import Notification
from autocrm.records import services
from autocrm.records.custom import fields as custom_fields
from autocrm.records.models import CustomField
from autocrm.records.registry import record_types
from autocrm.records.tests.computed_world import add, value, work_off
from autocrm.records.tests.test_custom_objects import make_object, make_one
from autocrm.workflows import services as workflows
from tests.support.cast import Person, make_person, make_role

ME, THAT = "<me>", "<that>"
CHOICES = {"options": ["Small", "Large"]}
HX = {"HX-Request": "true"}


@dataclass(frozen=True)
class Case:
    """One kind: two values as a browser sends them and as the interface answers them, and what a page shows of both."""

    kind: str
    posted: tuple[Any, Any]
    answered: tuple[Any, Any]
    shown: tuple[str, str]
    extra: dict[str, Any] = field(default_factory=dict)
    default: Any = None

    @property
    def can_default(self) -> bool:
        return self.kind not in {"user", "relation"}


CASES = [
    Case("text", ("Blue door", "Red door"), ("Blue door", "Red door"), ("Blue door", "Red door")),
    Case("long_text", ("Long\nstory", "Short"), ("Long\nstory", "Short"), ("Long", "Short")),
    Case("number", ("12", "13"), (12, 13), ("12", "13")),
    Case("currency", ("12.50", "13.75"), ("12.50", "13.75"), ("12.50", "13.75")),
    Case("percent", ("12", "13"), (12, 13), ("12", "13")),
    Case("date", ("2026-03-04", "2026-05-06"), ("2026-03-04", "2026-05-06"), ("4 Mar", "6 May")),
    Case(
        "datetime",
        ("2026-03-04T10:30", "2026-05-06T11:00"),
        ("2026-03-04T10:30:00Z", "2026-05-06T11:00:00Z"),
        ("4 Mar", "6 May"),
    ),
    Case("boolean", ("yes", "no"), (True, False), ("Yes", "No")),
    Case("select", ("small", "large"), ("small", "large"), ("Small", "Large"), CHOICES),
    Case("multi_select", (["small"], ["small", "large"]), (["small"], ["large", "small"]), ("Small", "Large"), CHOICES),
    Case("email", ("a@b.example", "c@d.example"), ("a@b.example", "c@d.example"), ("a@b.example", "c@d.example")),
    Case(
        "phone", ("+4722222222", "+4722222223"), ("+4722222222", "+4722222223"), ("+47 22 22 22 22", "+47 22 22 22 23")
    ),
    Case(
        "url",
        ("https://a.example", "https://b.example"),
        ("https://a.example", "https://b.example"),
        ("a.example", "b.example"),
    ),
    Case("user", (ME, ME), (ME, ME), ("Alice Archer", "Alice Archer")),
    Case("relation", (THAT, THAT), (THAT, THAT), ("Globex", "Globex"), {"relation": "company"}),
]
KINDS = pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)


@dataclass
class World:
    """Alice with the object "Property" that has one field of the kind, and a company to lead to."""

    alice: Person
    case: Case
    made: CustomField
    company: str

    def fill(self, given: Any) -> Any:
        return {ME: str(self.alice.id), THAT: self.company}.get(given, given) if isinstance(given, str) else given

    def answer(self, record: Any) -> Any:
        return self.alice.api.get(f"/api/v1/properties/{record.id}/").json()["it"]


def world(alice: Person, case: Case, **values: Any) -> World:
    make_object(alice)
    with alice.at_work() as actor:
        company = services.create_record(record_types.get("company"), {"name": "Globex"}, actor=actor)
    made = add(alice, "It", case.kind, on="property", **case.extra, **values)
    return World(alice, case, made, str(company.id))


def test_no_kind_is_left_out() -> None:
    assert {case.kind for case in CASES} == {
        kind for kind in custom_fields.kinds_offered() if kind not in {"formula", "rollup"}
    }


@KINDS
def test_it_is_filled_in_when_a_record_is_made_and_edited_in_the_cell(alice: Person, case: Case) -> None:
    here = world(alice, case)

    drawer = alice.page.get("/properties/new/").content.decode()
    made = alice.page.post("/properties/new/", {"name": "Villa", "it": here.fill(case.posted[0])}, headers=HX)

    assert 'name="it"' in drawer
    assert made.status_code < 300, made.content
    with alice.at_work():
        villa = record_types.get("property").rows().get()
    assert here.answer(villa) == here.fill(case.answered[0])
    assert case.shown[0] in alice.page.get("/properties/?columns=name,it").content.decode()
    assert case.shown[0] in alice.page.get(f"/properties/{villa.id}/").content.decode()

    for place in ("list", "page", "peek"):
        address = f"/properties/{villa.id}/edit/it/?in={place}"
        assert 'name="value"' in alice.page.get(address).content.decode()
        with alice.at_work():
            version = record_types.get("property").rows().get().version
        for at in (1, 0):
            sent = {"value": here.fill(case.posted[at]), "version": str(version)}
            edited = alice.page.post(address, sent)
            assert edited.status_code == 200, edited.content
            assert case.shown[at] in edited.content.decode()
            assert here.answer(villa) == here.fill(case.answered[at])
    emptied = alice.page.post(f"/properties/{villa.id}/edit/it/?in=list", {"value": "", "version": str(version)})
    assert emptied.status_code == 200
    assert here.answer(villa) in (None, [])


@KINDS
def test_many_are_edited_at_once_and_emptied(alice: Person, case: Case) -> None:
    here = world(alice, case)
    records = [make_one(alice, "property", name) for name in ("One", "Other")]
    ids = ",".join(str(each.id) for each in records)

    control = alice.page.post("/properties/bulk/field/", {"field": "it"})
    done = alice.page.post("/properties/bulk/edit/", {"ids": ids, "set": "it", "it": here.fill(case.posted[0])})

    assert 'name="it"' in control.content.decode()
    assert done.status_code < 300, done.content
    assert [here.answer(each) for each in records] == [here.fill(case.answered[0])] * 2
    alice.page.post("/properties/bulk/edit/", {"ids": ids, "set": "it", "clear": "it"})
    assert all(here.answer(each) in (None, []) for each in records)


@KINDS
def test_its_default_stands_in_the_drawer_and_in_what_is_made_without_it(alice: Person, case: Case) -> None:
    if not case.can_default:
        with pytest.raises(custom_fields.Invalid) as refused:
            world(alice, case, default=str(alice.id))
        assert list(refused.value.fields) == ["default"]
        return
    here = world(alice, case, default=case.posted[0])

    drawer = alice.page.get("/properties/new/").content.decode()
    record = make_one(alice, "property", "Villa")

    assert here.answer(record) == case.answered[0]
    words = case.posted[0] if isinstance(case.posted[0], str) else case.posted[0][0]
    assert words in drawer


@KINDS
def test_it_is_hidden_in_the_drawer_and_on_the_page_while_its_condition_does_not_hold(
    alice: Person, case: Case
) -> None:
    condition = {"field": "name", "cmp": "is", "value": "Villa"}
    here = world(alice, case, visible_when=condition, group="Only for villas")
    villa, hut = (make_one(alice, "property", name) for name in ("Villa", "Hut"))

    assert 'name="it"' in alice.page.post("/properties/rules/", {"name": "Villa"}).content.decode()
    hidden = alice.page.post("/properties/rules/", {"name": "Hut"}).content.decode()
    assert "hidden" in hidden
    assert "Only for villas" in alice.page.get(f"/properties/{villa.id}/").content.decode()
    assert "Only for villas" not in alice.page.get(f"/properties/{hut.id}/").content.decode()
    assert here.answer(villa) in (None, [])


@KINDS
def test_a_role_hides_it_or_leaves_it_to_be_read(alice: Person, case: Case) -> None:
    here = world(alice, case)
    verbs = dict.fromkeys(("read", "create", "update", "bulk", "export"), "all")
    people = {
        access: make_person(
            f"Person {access}",
            alice.tenant,
            make_role(alice.tenant, records={"*": verbs}, fields={"property": {"it": access}}, codes=[]),
        )
        for access in ("hidden", "read")
    }
    with alice.at_work() as actor:
        values = {"name": "Villa", "it": here.fill(case.posted[0])}
        villa = services.create_record(record_types.get("property"), values, actor=actor)
    edit = f"/properties/{villa.id}/edit/it/?in=list"

    for access, person in people.items():
        assert ("it" in person.api.get(f"/api/v1/properties/{villa.id}/").json()) == (access == "read")
        page = person.page.get(f"/properties/{villa.id}/").content.decode()
        assert (">It<" in page) == (access == "read")
        assert 'name="it"' not in person.page.get("/properties/new/").content.decode()
        assert person.page.post(edit, {"value": here.fill(case.posted[1]), "version": "1"}).status_code in {403, 404}
        sent = person.api.patch(f"/api/v1/properties/{villa.id}/", {"it": here.fill(case.posted[1])})
        assert sent.status_code == 422
    assert here.answer(villa) == here.fill(case.answered[0])


@KINDS
def test_a_view_with_it_is_saved_and_opened_and_lists_are_filtered_and_put_in_order(alice: Person, case: Case) -> None:
    here = world(alice, case)
    with alice.at_work() as actor:
        kind = record_types.get("property")
        values = {"name": "Villa", "it": here.fill(case.posted[0])}
        services.create_record(kind, values, actor=actor)
        services.create_record(kind, {"name": "Old hut"}, actor=actor)
        order = "it" if kind.by_key["it"].sortable else "name"
    query = f"columns=name,it&sort=-{order}&it__is_not_empty=1"

    plain = alice.page.get(f"/properties/?{query}").content.decode()
    form = {"name": "Mine", "visibility": "private", "query": query}
    saved = alice.page.post("/properties/views/new/", form, headers=HX)
    views = alice.api.get("/api/v1/views/", {"record_type": "property"}).json()["results"]

    assert "Villa" in plain
    assert "Old hut" not in plain
    assert saved.status_code < 300, saved.content
    opened = alice.page.get(f"/properties/?view={views[0]['id']}")
    assert opened.status_code == 200
    assert "Old hut" not in opened.content.decode()
    if case.kind in {"select", "user", "boolean"}:
        board = alice.page.get(f"/properties/?view={views[0]['id']}&layout=board&by=it").content.decode()
        assert "Villa" in board
    if case.kind in {"date", "datetime"}:
        calendar = alice.page.get("/properties/?layout=calendar&on=it&day=2026-03-04").content.decode()
        assert "Villa" in calendar


@KINDS
def test_it_goes_out_and_comes_in_again(alice: Person, case: Case) -> None:
    here = world(alice, case)
    with alice.at_work() as actor:
        values = {"name": "Villa", "it": here.fill(case.posted[0])}
        villa = services.create_record(record_types.get("property"), values, actor=actor)
    made = alice.api.post("/api/v1/properties/export/", {"format": "csv", "columns": ["name", "it"]}).json()
    work_off(alice)
    file = alice.api.get(f"/api/v1/exports/{made['id']}/file/")
    text = b"".join(file.streaming_content).decode("utf-8-sig")
    row = next(csv.DictReader(io.StringIO(text)))
    assert row["It"]
    again = io.StringIO()
    csv.writer(again).writerows([["Name", "It"], ["Second", row["It"]]])

    sent = alice.api.post("/api/v1/properties/bulk_import/", [{"name": "Second", "it": row["It"]}])
    assert sent.status_code == 202, sent.content
    work_off(alice)

    with alice.at_work():
        second = record_types.get("property").rows().get(name="Second")
    assert value(alice, second, "it", "property") == value(alice, villa, "it", "property")


@KINDS
def test_an_automation_says_it_in_words(alice: Person, case: Case) -> None:
    here = world(alice, case)
    definition = {
        "record_type": "property",
        "trigger": "record_created",
        "condition": None,
        "steps": [{"action": "notify", "inputs": {"title": "{{ property.title }}: {{ property.it }}"}}],
    }
    with alice.at_work() as actor:
        workflows.create_workflow("Say it", definition=definition, actor=actor)
        kind = record_types.get("property")
        services.create_record(kind, {"name": "Villa", "it": here.fill(case.posted[0])}, actor=actor)
        services.create_record(kind, {"name": "Old hut"}, actor=actor)

    journal.run_consumers(tenant_id=alice.tenant.id, consumer="workflows")
    work_off(alice)

    with alice.at_work():
        said = set(Notification.objects.values_list("title", flat=True))
    words = {
        "boolean": "yes",
        "date": "03/04/2026",
        "datetime": "03/04/2026 10:30",
        "phone": "+4722222222",
    }.get(case.kind, case.shown[0])
    assert any(each.startswith("Villa: ") and words in each for each in said), said
    assert any(each.strip() == "Old hut:" for each in said), said


@pytest.mark.parametrize("kind", ["text", "long_text", "email", "phone", "url"])
def test_records_are_found_by_its_words(alice: Person, kind: str) -> None:
    case = next(each for each in CASES if each.kind == kind)
    here = world(alice, case)
    with alice.at_work() as actor:
        values = {"name": "Villa", "it": here.fill(case.posted[0])}
        services.create_record(record_types.get("property"), values, actor=actor)
    words = {"text": "blue", "long_text": "story", "email": "a@b.example", "phone": "22222222", "url": "a.example"}

    assert "Villa" in alice.page.get("/palette/", {"q": words[kind]}).content.decode()
