"""Duplicates of contacts: found when they are written and by the search of all, shown, marked, merged, taken apart."""

from typing import Any

import pytest
from django.db import transaction

from autocrm.contacts.models import Contact
from autocrm.contacts.tests.factories import make_company, make_contact
from autocrm.jobs import services as jobs
from autocrm.jobs.models import Job
from autocrm.journal import services as journal
from autocrm.kernel.tenancy import tenant_scope
from autocrm.records.duplicate_models import DuplicatePair, MatchKey, NotDuplicate
from autocrm.records.matching.scans import start_scan
from autocrm.records.merging.duplicates_page import count_pairs
from autocrm.records.registry import record_types
from autocrm.tenants.models import Tenant
from tests.support.cast import Person, make_person, make_role

HTMX = {"HX-Request": "true"}
FOUND = "/contacts/duplicates-found/"


def contact_type() -> Any:
    return record_types.get("contact")


def look_again(person: Person) -> None:
    """What the scheduler and a worker do within seconds."""
    journal.run_consumers(tenant_id=person.tenant.id, consumer="duplicates")
    with tenant_scope(person.tenant), transaction.atomic():
        waiting = list(Job.objects.filter(state=Job.State.WAITING, name__startswith="records."))
    for job in waiting:
        jobs.run_one(job.id, person.tenant.id)


def pairs(person: Person) -> list[tuple[int, list[str]]]:
    with person.at_work():
        return list(DuplicatePair.objects.order_by("-score", "-id").values_list("score", "reasons"))


def two(person: Person, **values: Any) -> tuple[Contact, Contact]:
    company = make_company(person, name="Globex")
    same = {"first_name": "Ingrid", "last_name": "Halvorsen", "company": str(company.id), **values}
    return make_contact(person, **same, email="ingrid@globex.example"), make_contact(person, **same)


def test_a_new_record_is_looked_at_and_stands_on_the_page(alice: Person, charlie: Person) -> None:
    one, other = two(alice)
    look_again(alice)

    page = alice.page.get(FOUND).content.decode()

    assert pairs(alice) == [(75, ["person:first_name=same", "support:company"])]
    assert f"/contacts/{one.id}/" in page
    assert f"/contacts/{other.id}/" in page
    assert "Same name · Same company" in page
    assert "Ingrid" not in charlie.page.get(FOUND).content.decode()


def test_a_change_makes_and_ends_a_pair(alice: Person) -> None:
    one, other = two(alice)
    look_again(alice)

    alice.api.patch(f"/api/v1/contacts/{other.id}/", {"first_name": "Berta"})
    look_again(alice)
    assert pairs(alice) == []

    alice.api.patch(f"/api/v1/contacts/{other.id}/", {"first_name": "Ingird"})
    look_again(alice)
    assert pairs(alice) == [(63, ["person:first_name=typo", "support:company"])]

    alice.api.delete(f"/api/v1/contacts/{one.id}/")
    look_again(alice)
    assert pairs(alice) == []


def test_the_search_of_all_finds_what_was_there_before_and_forgets_what_no_longer_holds(alice: Person) -> None:
    one, other = two(alice, phone="+12125550100")
    third = make_contact(alice, first_name="Someone", last_name="Else")
    with alice.at_work() as actor:
        MatchKey.objects.all().delete()
        ids = sorted((one.id, third.id))
        DuplicatePair.objects.create(record_type="contact", left_id=ids[0], right_id=ids[1], score=80, reasons=[])
    with alice.at_work() as actor:
        scan = start_scan(contact_type(), actor=actor)
    jobs.run_one(scan.job_id, alice.tenant.id)

    with alice.at_work():
        scan.refresh_from_db()
        found = DuplicatePair.objects.get()
        assert (scan.state, scan.done) == ("done", scan.total)
        assert (found.score, {found.left_id, found.right_id}) == (100, {one.id, other.id})
        assert MatchKey.objects.count() == 3


def test_not_a_duplicate_is_remembered_for_good(alice: Person) -> None:
    one, other = two(alice)
    look_again(alice)

    answer = alice.page.post("/contacts/not-duplicates/", {"ids": f"{one.id},{other.id}"}, headers=HTMX)
    alice.api.patch(f"/api/v1/contacts/{other.id}/", {"phone": "+12125550100"})
    look_again(alice)

    assert answer.status_code == 204
    assert pairs(alice) == []
    with alice.at_work():
        assert NotDuplicate.objects.count() == 1


def test_the_merge_page_shows_the_records_side_by_side_and_merges_as_chosen(alice: Person) -> None:
    one, other = two(alice)
    alice.api.patch(f"/api/v1/contacts/{other.id}/", {"city": "Oslo", "title": "Buyer"})
    alice.api.patch(f"/api/v1/contacts/{one.id}/", {"city": "Bergen"})

    page = alice.page.get("/contacts/merge/", {"ids": f"{one.id},{other.id}"}).content.decode()
    sent = {"ids": f"{one.id},{other.id}", "survivor": str(one.id), "pick-city": str(other.id)}
    merged = alice.page.post("/contacts/merge/", sent)
    after = alice.page.get(merged["Location"]).content.decode()
    opened = alice.page.get(f"/contacts/{other.id}/")

    assert f'name="pick-city" value="{one.id}" checked' in page
    assert 'name="pick-first_name"' not in page
    assert merged.status_code == 302
    assert "was merged into this one" in after
    assert "/undo/" in after
    assert opened["Location"] == f"/contacts/{one.id}/?merged={other.id}"
    with alice.at_work():
        kept = Contact.objects.get(pk=one.id)
        assert (kept.city, kept.title, kept.email) == ("Oslo", "Buyer", "ingrid@globex.example")


def test_what_changed_since_the_merge_page_was_opened_is_shown_before_it_is_merged(alice: Person) -> None:
    one, other = two(alice)
    alice.api.patch(f"/api/v1/contacts/{one.id}/", {"city": "Bergen", "title": "Seller"})
    alice.api.patch(f"/api/v1/contacts/{other.id}/", {"city": "Oslo", "title": "Buyer"})
    ids = f"{one.id},{other.id}"
    opened = alice.page.get("/contacts/merge/", {"ids": ids}).context
    sent = {"ids": ids, "survivor": str(one.id), "pick-city": str(other.id), "pick-title": str(one.id)}
    sent |= {f"version-{column['id']}": column["version"] for column in opened["columns"]}
    alice.api.patch(f"/api/v1/contacts/{other.id}/", {"city": "Tromsø"})

    refused = alice.page.post("/contacts/merge/", sent)
    said = refused.content.decode()
    with alice.at_work():
        assert Contact.objects.filter(archived_at=None).count() == 2
    sent |= {f"version-{column['id']}": column["version"] for column in refused.context["columns"]}
    merged = alice.page.post("/contacts/merge/", sent)

    assert refused.status_code == 409
    assert "Changed meanwhile: Ingrid Halvorsen." in said
    assert "Tromsø" in said
    # What was chosen before is chosen still.
    assert f'name="pick-title" value="{one.id}" checked' in said
    assert merged.status_code == 302
    with alice.at_work():
        assert list(Contact.objects.filter(archived_at=None).values_list("city", "title")) == [("Tromsø", "Seller")]


def test_a_merge_page_of_a_record_that_is_gone_says_so_and_goes_on(alice: Person) -> None:
    one, other = two(alice)
    alice.api.delete(f"/api/v1/contacts/{other.id}/")

    answer = alice.page.post("/contacts/merge/", {"ids": f"{one.id},{other.id}", "survivor": str(one.id)})

    assert answer.status_code == 422
    assert "lies in the bin" in answer.content.decode()
    assert "Which record is the same?" in answer.content.decode()


def test_the_api_merges_only_what_was_seen_where_versions_are_given(alice: Person) -> None:
    one, other = two(alice)
    body = {"survivor": str(one.id), "records": [str(other.id)], "versions": {str(other.id): other.version + 1}}

    refused = alice.api.post("/api/v1/contacts/merge/", body)
    odd = alice.api.post("/api/v1/contacts/merge/", {**body, "versions": {str(other.id): "1"}})
    merged = alice.api.post("/api/v1/contacts/merge/", {**body, "versions": {str(other.id): other.version}})

    assert (refused.status_code, refused.json()["code"]) == (409, "stale_version")
    assert odd.status_code == 422
    assert merged.status_code == 200


def test_the_timeline_of_the_one_that_stays_tells_of_both(alice: Person) -> None:
    one, other = two(alice)
    alice.api.patch(f"/api/v1/contacts/{other.id}/", {"city": "Oslo"})
    alice.api.post("/api/v1/contacts/merge/", {"survivor": str(one.id), "records": [str(other.id)]})

    history = alice.page.get(f"/contacts/{one.id}/panels/history/", headers=HTMX).content.decode()

    assert "merged “Ingrid Halvorsen” into this record" in history
    assert history.count("created this contact") == 2


def test_the_api_lists_merges_undoes_and_says_where_a_record_went(alice: Person) -> None:
    one, other = two(alice)
    look_again(alice)

    listed = alice.api.get("/api/v1/contacts/duplicates/").json()
    merged = alice.api.post("/api/v1/contacts/merge/", {"survivor": str(one.id), "records": [str(other.id)]})
    gone = alice.api.get(f"/api/v1/contacts/{other.id}/")
    undone = alice.api.post(f"/api/v1/merges/{merged.json()['id']}/undo/")
    again = alice.api.post(f"/api/v1/merges/{merged.json()['id']}/undo/")

    assert [(each["score"], len(each["records"])) for each in listed["results"]] == [(75, 2)]
    assert merged.status_code == 200
    assert gone.status_code == 410
    assert gone.json()["merged_into"] == str(one.id)
    assert (undone.status_code, undone.json()["kept"]) == (200, [])
    assert again.status_code == 409
    assert alice.api.get(f"/api/v1/contacts/{other.id}/").status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"survivor": "x", "records": []},
        {"survivor": 7, "records": [7]},
        {"records": ["00000000-0000-0000-0000-000000000000"]},
    ],
    ids=str,
)
def test_a_merge_of_nothing_sensible_is_refused(alice: Person, body: Any) -> None:
    assert alice.api.post("/api/v1/contacts/merge/", body).status_code in {404, 422}


def test_pairs_the_same_beyond_doubt_are_merged_at_once_in_the_background(alice: Person) -> None:
    one, _other = two(alice, phone="+12125550100")
    look_again(alice)

    answer = alice.page.post(f"{FOUND}merge-certain/", headers=HTMX)
    look_again(alice)

    assert answer.status_code == 204
    assert pairs(alice) == []
    with alice.at_work():
        assert [each.pk for each in Contact.objects.filter(archived_at=None)] == [one.pk]


def test_a_hidden_field_neither_scores_nor_shows(acme: Tenant, alice: Person) -> None:
    rights = {"contact": dict.fromkeys(("read", "update", "delete"), "all"), "company": {"read": "all"}, "*": {}}
    bob = make_person(
        "Bob Baker", acme, make_role(acme, records=rights, fields={"contact": {"phone": "hidden"}}, codes=[])
    )
    two(alice, phone="+12125550100")
    make_contact(alice, first_name="Ann", last_name="Other", phone="+12125550111", email="a@x.example")
    make_contact(alice, first_name="Ann", last_name="Other", phone="+12125550111")
    look_again(alice)

    page = bob.page.get(FOUND).content.decode()
    listed = bob.api.get("/api/v1/contacts/duplicates/").json()["results"]

    assert sorted(score for score, _reasons in pairs(alice)) == [100, 100]
    assert "Same phone number" not in page
    assert "5550100" not in page.replace("-", "")
    assert "Ann Other" not in page
    assert [(each["score"], each["reasons"]) for each in listed] == [(75, ["Same name", "Same company"])]
    with bob.at_work() as actor:
        assert count_pairs(contact_type(), actor) is None


def test_who_may_not_delete_is_offered_no_merge(bob: Person) -> None:
    assert bob.page.get("/contacts/merge/").status_code == 403
    assert "Search now" not in bob.page.get(FOUND).content.decode()


def test_the_bulk_bar_leads_to_the_merge_page(alice: Person) -> None:
    one, other = two(alice)

    answer = alice.page.post("/contacts/merge/select/", {"ids": f"{one.id},{other.id}"}, headers=HTMX)
    few = alice.page.post("/contacts/merge/select/", {"ids": str(one.id)}, headers=HTMX)

    assert answer["HX-Redirect"] == f"/contacts/merge/?ids={one.id},{other.id}"
    assert "HX-Redirect" not in few


def test_the_palette_leads_to_duplicates(alice: Person) -> None:
    assert "/contacts/duplicates-found/" in alice.page.get("/palette/", {"q": "go to dupl"}).content.decode()


def test_the_page_asks_as_few_questions_for_many_pairs(alice: Person, django_assert_max_num_queries: Any) -> None:
    company = make_company(alice, name="Globex")
    for number in range(12):
        for _copy in range(2):
            make_contact(
                alice, first_name="Ingrid", last_name=f"Halv{'abcdefghijklm'[number]}rsen", company=str(company.id)
            )
    look_again(alice)
    alice.page.get(FOUND)

    with django_assert_max_num_queries(32):
        page = alice.page.get(FOUND)

    assert page.content.decode().count('class="dupg"') >= 1
