"""What records are called, for whom what their names are made of is hidden: neutral on every way, not only on pages."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from autocrm.activities import services as activities
from autocrm.activities.telling import remind, tell_due
from autocrm.jobs import services as jobs
from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.notifications.models import Notification
from autocrm.records import services
from autocrm.records.matching.scans import start_scan
from autocrm.records.merging.duplicates_page import list_pairs
from autocrm.records.merging.merging import merge_records
from autocrm.records.registry import record_types
from autocrm.transfers.tests.workplace import bring_in, faults_of, start, upload
from tests.support.cast import ApiClient, Person, make_person, make_role

ALL = dict.fromkeys(("read", "create", "update", "delete", "export", "import", "bulk"), "all")
EMAIL, PHONE = "ghost.writer@x.example", "+12125550199"
HX = {"HX-Request": "true"}


def somebody(alice: Person, **hidden: list[str]) -> Person:
    """Bob, who may do everything with records and does not see some of their fields."""
    fields = {kind: dict.fromkeys(keys, "hidden") for kind, keys in hidden.items()}
    return make_person("Bob Baker", alice.tenant, make_role(alice.tenant, records={"*": ALL}, fields=fields, codes=[]))


def make(alice: Person, kind: str, **values: Any) -> Any:
    with alice.at_work() as actor:
        return services.create_record(record_types.get(kind), values, actor=actor)


def text_of(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode() + str(answer.headers)


@dataclass
class Nameless:
    """Two contacts without a name, one with an address and one with a number alone."""

    by_email: Any
    by_phone: Any


@pytest.fixture
def nameless(alice: Person) -> Nameless:
    return Nameless(make(alice, "contact", email=EMAIL), make(alice, "contact", phone=PHONE))


@pytest.mark.usefixtures("nameless")
def test_an_address_stands_for_the_name_of_whoever_has_none(alice: Person, nameless: Nameless) -> None:
    listed = alice.page.get("/contacts/?columns=name").content.decode()
    one = alice.api.get(f"/api/v1/contacts/{nameless.by_email.id}/").json()

    assert EMAIL in listed
    assert (one["record_title"], one["name"]) == (EMAIL, "")
    assert EMAIL in alice.page.get("/palette/?q=ghost").content.decode().replace("<mark>", "").replace("</mark>", "")


@pytest.mark.parametrize(
    "path",
    [
        "/contacts/?columns=name",
        "/contacts/?layout=board&by=type",
        "/contacts/?layout=calendar&on=created_at",
        "/api/v1/contacts/",
        "/palette/?q=ghost",
        "/pick/contact/",
        "/contacts/?columns=name&q=5550199",
    ],
)
@pytest.mark.usefixtures("nameless")
def test_but_not_for_whom_the_address_is_hidden(alice: Person, path: str) -> None:
    bob = somebody(alice, contact=["email", "phone"])

    text = text_of((bob.api if path.startswith("/api") else bob.page).get(path, follow=True))

    assert "ghost.writer" not in text
    assert PHONE not in text.replace(" ", "")


@pytest.mark.usefixtures("nameless")
def test_nor_is_it_found_filtered_or_sorted_by(alice: Person) -> None:
    bob = somebody(alice, contact=["email", "phone"])
    first = make(alice, "contact", first_name="Zoe")

    for query in ({"search": "ghost.writer"}, {"name__contains": "ghost"}, {"name__starts_with": "+1212"}):
        assert bob.api.get("/api/v1/contacts/", query).json()["results"] == []
    in_order = bob.api.get("/api/v1/contacts/", {"sort": "name"}).json()["results"]
    assert in_order[0]["id"] == str(first.id)


def test_whoever_may_not_see_the_first_name_is_not_told_it_in_the_whole_one(alice: Person) -> None:
    bob = somebody(alice, contact=["first_name"])
    ada = make(alice, "contact", first_name="Ada", last_name="Byron")

    one = bob.api.get(f"/api/v1/contacts/{ada.id}/").json()
    page = bob.page.get(f"/contacts/{ada.id}/").content.decode()

    assert "name" not in one
    assert "Ada" not in json.dumps(one)
    assert "Ada" not in page


def test_the_bin_does_not_name_what_was_put_into_it(alice: Person) -> None:
    bob = somebody(alice, company=["name"])
    company = make(alice, "company", name="Umbrella Holding")

    for verb in ("archive", "restore"):
        answer = bob.page.post(f"/companies/{company.id}/{verb}/", headers=HX)
        assert answer.status_code < 300
        assert "Umbrella" not in text_of(answer)


def test_the_history_does_not_name_what_was_merged(alice: Person) -> None:
    bob = somebody(alice, company=["name"])
    one, other = make(alice, "company", name="Umbrella Inc"), make(alice, "company", name="Umbrella Holding")
    with alice.at_work() as actor:
        merge_records(record_types.get("company"), one.id, [other.id], actor=actor)

    for path in (f"/companies/{one.id}/panels/history/", f"/companies/{one.id}/panels/activity/"):
        assert "Umbrella" in text_of(alice.page.get(path))
        assert "Umbrella" not in text_of(bob.page.get(path))
    assert "Umbrella" not in text_of(bob.api.get(f"/api/v1/companies/{one.id}/timeline/"))


@pytest.mark.parametrize(
    "path",
    [
        "/contacts/?columns=name,company",
        "/contacts/?group=company",
        "/contacts/?company={company}",
        "/contacts/{contact}/",
        "/contacts/{contact}/peek/",
        "/contacts/{contact}/edit/company/?in=page",
        "/contacts/{contact}/panels/history/",
        "/contacts/?layout=board&by=type&cards=company",
    ],
)
def test_a_reference_leads_to_what_has_no_name_for_him(alice: Person, path: str) -> None:
    bob = somebody(alice, company=["name"])
    company = make(alice, "company", name="Umbrella Holding")
    contact = make(alice, "contact", first_name="Ada")
    with alice.at_work() as actor:
        services.update_record(record_types.get("contact"), contact.id, {"company": str(company.id)}, actor=actor)
    address = path.format(company=company.id, contact=contact.id)

    assert "Umbrella" in text_of(alice.page.get(address, follow=True))
    answer = bob.page.get(address, follow=True)
    assert answer.status_code == 200
    assert "Umbrella" not in text_of(answer)


def test_neither_is_he_in_a_file_nor_found_by_the_name(alice: Person) -> None:
    bob = somebody(alice, company=["name"], contact=["email", "phone"])
    company = make(alice, "company", name="Umbrella Holding")
    make(alice, "contact", first_name="Ada", company=str(company.id))
    make(alice, "contact", email=EMAIL, company=str(company.id))

    made = bob.api.post("/api/v1/contacts/export/", {"format": "csv", "columns": "all"})
    jobs.run_due(tenant_id=alice.tenant.id)
    file = text_of(bob.api.get(f"/api/v1/exports/{made.json()['id']}/file/"))
    found = bob.api.get("/api/v1/contacts/", {"search": "umbrella"}).json()["results"]

    assert "Ada" in file
    assert "Umbrella" not in file
    assert "ghost" not in file
    assert found == []
    assert "Umbrella" not in text_of(bob.page.get("/palette/?q=ada"))


def test_the_check_of_an_import_does_not_name_what_a_row_was_found_to_be(alice: Person) -> None:
    bob = somebody(alice, contact=["first_name", "last_name"])
    ghost = make(alice, "contact", last_name="Ghostwriter", city="Oslo")
    batch = upload(bob, f"Record ID,City\n{ghost.id},Bergen\n")
    mapping = {"Record ID": "id", "City": "city"}
    bob.api.post(f"/api/v1/imports/{batch.id}/check/", {"mapping": mapping, "match": "update", "match_by": "id"})
    jobs.run_due(tenant_id=alice.tenant.id)

    answer = bob.api.get(f"/api/v1/imports/{batch.id}/check/")

    assert answer.status_code == 200
    assert answer.json()["counts"]["changed"] == 1, answer.content
    assert "Ghostwriter" not in text_of(answer)


def test_a_file_finds_no_company_by_the_domain_that_is_hidden(alice: Person) -> None:
    bob = somebody(alice, company=["domain"])
    company = make(alice, "company", name="Umbrella Holding", domain="umbrella.example")
    text = "First name,Company\nAda,umbrella.example\nBea,Umbrella Holding\n"

    bring_in(bob, text, create_related=False)

    with alice.at_work():
        found = dict(record_types.get("contact").rows().values_list("first_name", "company_id"))
    assert found == {"Ada": None, "Bea": company.id}


def test_what_an_import_could_not_take_back_is_not_named(alice: Person) -> None:
    role = make_role(alice.tenant, records={"*": ALL}, codes=[])
    bob = make_person("Bob Baker", alice.tenant, role)
    batch = bring_in(bob, "Name\nUmbrella Holding\n", into=record_types.get("company"))
    with alice.at_work() as actor:
        company = record_types.get("company")
        services.update_record(company, company.rows().get().id, {"city": "Oslo"}, actor=actor)
        type(role).objects.filter(pk=role.pk).update(fields={"company": {"name": "hidden"}})
    assert bob.api.post(f"/api/v1/imports/{batch.id}/undo/").status_code == 200
    jobs.run_due(tenant_id=alice.tenant.id)

    with alice.at_work():
        assert [row for row, _column, _message in faults_of(alice, batch)] == [2]
    assert "Umbrella" not in text_of(bob.page.get(f"/imports/{batch.id}/refusals.csv"))


def test_who_is_told_of_a_task_is_told_no_more_than_he_may_see(alice: Person) -> None:
    bob = somebody(alice, task=["subject"])
    moment = now()
    with alice.at_work() as actor:
        values = {"subject": "Fire him", "owner": str(bob.id), "due_at": moment.isoformat(), "remind_before": 0}
        activities.create_task(values, actor=actor)
        tell_due(moment, actor=Actor.system(alice.tenant.id))
        remind(moment, actor=Actor.system(alice.tenant.id))

    with bob.at_work():
        told = list(Notification.objects.of_user(bob.id).values_list("title", "body"))
    assert told
    assert "Fire him" not in str(told)


def test_a_file_of_somebody_else_is_closed_where_a_column_is_hidden(alice: Person) -> None:
    role = make_role(
        alice.tenant, records={"*": ALL}, fields={"contact": {"email": "hidden"}}, codes=["imports.manage"]
    )
    manager = make_person("Mia Manager", alice.tenant, role)
    text = f"First name,E-mail,Type\nAda,{EMAIL},Unknown\n"
    waiting, done = upload(alice, text), start(alice, upload(alice, text))
    jobs.run_due(tenant_id=alice.tenant.id)

    for path in (f"/imports/{waiting.id}/", f"/imports/{done.id}/faults.csv", f"/api/v1/imports/{done.id}/faults/"):
        answer = (manager.api if path.startswith("/api") else manager.page).get(path)
        assert answer.status_code == 403, path
        assert EMAIL not in text_of(answer)
    for path in ("/imports/", f"/imports/{done.id}/", f"/api/v1/imports/{done.id}/", "/api/v1/imports/"):
        answer = (manager.api if path.startswith("/api") else manager.page).get(path)
        assert answer.status_code == 200, path
        assert EMAIL not in text_of(answer)
        assert "Unknown" not in text_of(answer)
    assert manager.api.post(f"/api/v1/imports/{waiting.id}/cancel/").status_code in {200, 409}
    assert EMAIL in text_of(alice.page.get(f"/imports/{done.id}/faults.csv"))


def test_a_token_that_may_see_less_does_not_read_what_its_person_was_told(alice: Person) -> None:
    alike = make_role(alice.tenant, records={"*": ALL}, codes=[])
    narrow = make_role(alice.tenant, records={"*": ALL}, fields={"contact": {"email": "hidden"}}, codes=[])
    owning = make_role(alice.tenant, records={"*": ALL | {"read": "own"}}, codes=[])

    answers = [
        ApiClient(alice.new_token(role=role), alice.host).get("/api/v1/notifications/").status_code
        for role in (alike, narrow, owning)
    ]

    assert answers == [200, 403, 403]


def test_the_pages_of_duplicates_do_not_tell_by_their_order_what_is_hidden(alice: Person) -> None:
    bob = somebody(alice, contact=["external_id"])
    for number in range(3):
        for _time in range(2):
            phone = f"+1212555010{number}"
            make(alice, "contact", first_name="Ada", last_name=f"Byron{number}", phone=phone, external_id=f"X{number}")
    with alice.at_work() as actor:
        start_scan(record_types.get("contact"), actor=actor)
    jobs.run_due(tenant_id=alice.tenant.id)
    contact = record_types.get("contact")

    with alice.at_work() as actor:
        _pairs, place, _records = list_pairs(contact, limit=1, actor=actor)
        assert place.startswith("100-")
    with bob.at_work() as actor:
        seen, after = [], ""
        while True:
            pairs, after, _records = list_pairs(contact, after=after, limit=1, actor=actor)
            seen += [(each.left, each.right) for each in pairs]
            assert not after.startswith("100")
            if not after:
                break
    assert len(set(seen)) == 3


def test_whose_a_record_is_and_who_worked_on_it_is_not_told_beside_the_field(alice: Person) -> None:
    keys = ["owner", "created_by", "updated_by", "created_at", "updated_at"]
    bob = somebody(alice, contact=keys, company=keys, task=keys, note=keys)
    one, other = make(alice, "company", name="Umbrella Inc"), make(alice, "company", name="Umbrella Holding")
    binned = make(alice, "company", name="Umbrella Labs")
    with alice.at_work() as actor:
        services.archive_record(record_types.get("company"), binned.id, actor=actor)
        about = [activities.About("company", one.id)]
        activities.create_task({"subject": "Call back"}, about=about, actor=actor)
        activities.create_note("<p>They were friendly</p>", about=about, actor=actor)

    stale = bob.api.client.patch(
        f"/api/v1/companies/{one.id}/", {"city": "Oslo"}, content_type="application/json", headers={"if-match": '"9"'}
    )
    pages = (
        f"/companies/{one.id}/panels/notes/",
        f"/companies/{one.id}/panels/tasks/",
        f"/companies/merge/?ids={one.id},{other.id}",
        "/bin/",
    )

    assert stale.status_code in {409, 412}
    assert "updated" not in stale.content.decode()
    for path in pages:
        seen, shown = bob.page.get(path), alice.page.get(path).content.decode()
        assert seen.status_code == 200, path
        assert "Alice" not in seen.content.decode(), path
        assert "changed just now" not in seen.content.decode(), path
        assert "Alice" in shown, path
