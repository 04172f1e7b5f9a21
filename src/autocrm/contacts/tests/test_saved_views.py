"""Saved views: what they keep, who sees and changes them, what of them stays hidden, what a bare address opens."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.http import QueryDict

from autocrm.contacts.record_types import CONTACT_TYPE
from autocrm.contacts.tests.factories import make_contact
from autocrm.kernel.errors import Denied, Invalid, NotFound
from autocrm.records import services, tags
from autocrm.records.custom import fields as custom_fields
from autocrm.records.lists import saved_views, view_services
from autocrm.records.lists.state import read_list_state
from autocrm.records.registry import record_types
from autocrm.records.tests.computed_world import add
from autocrm.records.view_models import SavedView, Visibility
from tests.support.cast import Person

HTMX = {"HX-Request": "true"}


def names_in(response: Any) -> list[str]:
    return re.findall(r"data-peek-link>([^<]+)</a>", response.content.decode())


def save(person: Person, query: str, name: str = "Kept", visibility: str = Visibility.PRIVATE) -> SavedView:
    with person.at_work() as actor:
        return view_services.create_view(CONTACT_TYPE, name=name, query=query, visibility=visibility, actor=actor)


def params_of(person: Person, query: str) -> dict[str, str]:
    with person.at_work() as actor:
        return read_list_state(CONTACT_TYPE, QueryDict(query), actor).params.dict()


def test_a_view_opens_the_list_it_was_saved_from(alice: Person) -> None:
    make_contact(alice, first_name="Ada", last_name="Acme", type="customer")
    make_contact(alice, first_name="Lee", last_name="Lead", type="lead")
    view = save(alice, "type=customer&sort=-created_at&cursor=x&peek=y")

    response = alice.page.get(f"/contacts/?view={view.id}")

    assert names_in(response) == ["Ada Acme"]
    assert view.state == "sort=-created_at&type=customer"
    assert '<span class="clip">Kept</span>' in response.content.decode()


def test_an_address_changes_a_view_and_takes_away_from_it(alice: Person) -> None:
    view = save(alice, "type=customer&sort=-created_at")

    assert params_of(alice, f"view={view.id}&type=lead") == {
        "view": str(view.id),
        "type": "lead",
        "sort": "-created_at",
    }
    assert "type" not in params_of(alice, f"view={view.id}&type=")


def test_what_was_changed_is_offered_to_be_saved(alice: Person) -> None:
    make_contact(alice)
    view = save(alice, "type=customer")

    same = alice.page.get(f"/contacts/?view={view.id}").content.decode()
    changed = alice.page.get(f"/contacts/?view={view.id}&type=lead", headers=HTMX).content.decode()

    save_url = f'hx-post="/contacts/views/{view.id}/save/"'
    assert save_url not in same
    assert save_url in changed
    assert "Save as" in changed


def test_saving_takes_what_the_page_shows(alice: Person) -> None:
    view = save(alice, "type=customer")
    shown = f"http://{alice.host}/contacts/?view={view.id}&type=lead&sort=name"

    response = alice.page.post(f"/contacts/views/{view.id}/save/", headers={**HTMX, "HX-Current-URL": shown})

    assert response["HX-Redirect"] == f"/contacts/?view={view.id}"
    with alice.at_work():
        view.refresh_from_db()
    assert view.state == "sort=name&type=lead"


def test_a_view_keeps_the_tab_it_was_made_from(alice: Person, bob: Person) -> None:
    make_contact(alice, first_name="Of", last_name="Alice")
    make_contact(bob, first_name="Of", last_name="Bob")

    view = save(alice, "view=mine&sort=name")

    assert names_in(alice.page.get(f"/contacts/?view={view.id}")) == ["Of Alice"]


def test_the_form_saves_pins_and_opens(alice: Person) -> None:
    shown = f"http://{alice.host}/contacts/?type=lead"
    form = alice.page.get("/contacts/views/new/", headers={**HTMX, "HX-Current-URL": shown}).content.decode()
    assert 'value="type=lead"' in form

    values = {"name": "Leads of mine", "query": "type=lead", "visibility": "workspace", "pinned": "on", "opens": "on"}
    response = alice.page.post("/contacts/views/new/", values, headers=HTMX)

    address = response["HX-Redirect"]
    assert alice.page.get("/contacts/")["Location"] == address
    page = alice.page.get("/today/").content.decode()
    assert f'href="{address}"' in page
    assert "Leads of mine" in page


def test_a_view_without_a_name_is_not_saved(alice: Person) -> None:
    response = alice.page.post("/contacts/views/new/", {"name": " ", "query": "type=lead"}, headers=HTMX)

    assert response.status_code == 422
    with alice.at_work():
        assert not SavedView.objects.exists()


@pytest.mark.parametrize("query", ["nonsense=1", "filter={", "sort=nothing", "columns=nothing"])
def test_a_list_that_cannot_be_understood_is_not_saved(alice: Person, query: str) -> None:
    with pytest.raises(Invalid):
        save(alice, query)


def test_a_private_view_does_not_exist_for_others(alice: Person, bob: Person, charlie: Person) -> None:
    view = save(bob, "type=lead", name="Bobs own")

    for other in (alice, charlie):
        assert other.page.get(f"/contacts/?view={view.id}").status_code == 404
        assert other.api.get(f"/api/v1/views/{view.id}/").status_code == 404
        for path in ("save", "duplicate", "delete", "move", "pin", "default"):
            assert other.page.post(f"/contacts/views/{view.id}/{path}/").status_code == 404
    assert "Bobs own" not in alice.page.get("/contacts/").content.decode()
    with bob.at_work():
        assert SavedView.objects.filter(pk=view.pk).exists()


def test_a_view_of_another_list_does_not_exist_here(alice: Person) -> None:
    view = save(alice, "type=lead")

    astray = alice.page.get(f"/companies/?view={view.id}")
    assert astray.status_code == 404
    assert "This view does not exist any more, or it is not shared with you." in astray.content.decode()


def test_sharing_is_a_right(alice: Person, bob: Person) -> None:
    shared = save(alice, "type=lead", visibility=Visibility.WORKSPACE)

    with pytest.raises(Denied):
        save(bob, "type=lead", visibility=Visibility.WORKSPACE)
    with pytest.raises(Denied), bob.at_work() as actor:
        view_services.update_view(shared.pk, name="Mine now", actor=actor)
    with pytest.raises(Denied), bob.at_work() as actor:
        view_services.delete_view(shared.pk, actor=actor)
    with pytest.raises(Denied), bob.at_work() as actor:
        view_services.set_default_view(CONTACT_TYPE, shared.pk, for_everybody=True, actor=actor)
    with bob.at_work():
        assert list(SavedView.objects.values_list("name", flat=True)) == ["Kept"]


def test_a_hidden_field_stays_hidden_in_a_view_that_names_it(alice: Person, bob: Person) -> None:
    make_contact(alice, first_name="Of", last_name="Bob", source="web", owner=str(bob.id))
    condition = json.dumps({"field": "source", "cmp": "is", "value": "referral"})
    query = f"columns=name,source,type&source=referral&sort=-source,name&sums=source:filled&filter={condition}"
    view = save(alice, query, visibility=Visibility.WORKSPACE)

    page = bob.page.get(f"/contacts/?view={view.id}")
    told = bob.api.get(f"/api/v1/views/{view.id}/").json()

    html = page.content.decode()
    assert page.status_code == 200
    assert "fields that you may not see" in html
    assert names_in(page) == ["Of Bob"]
    assert "referral" not in html
    assert told["is_cut"] is True
    assert told["query"] == "columns=name%2Ctype&sort=name"
    assert told["filter"] is None


def test_who_sees_a_part_only_cannot_save_over_the_whole(alice: Person, bob: Person) -> None:
    view = save(alice, "source=web&sort=name", visibility=Visibility.WORKSPACE)
    with alice.at_work():
        bob.role.codes = ["views.share"]
        bob.role.save()

    with pytest.raises(Denied), bob.at_work() as actor:
        view_services.update_view(view.pk, query=f"view={view.pk}&sort=-name", actor=actor)
    copy = bob.page.post(f"/contacts/views/{view.id}/duplicate/", headers=HTMX)["HX-Redirect"]

    with alice.at_work():
        view.refresh_from_db()
        assert view.state == "sort=name&source=web"
        made = SavedView.objects.get(pk=parse_qs(urlsplit(copy).query)["view"][0])
        assert (made.state, made.owner_id, made.visibility) == ("sort=name", bob.id, Visibility.PRIVATE)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("layout=pile", "layout"),
        ("layout=board&by=city", "by"),
        ("layout=board&by=nothing", "by"),
        ("layout=board&by=type&cards=nothing,phone", "cards"),
        ("layout=board&by=type&cards=phone,email,city", "cards"),
        ("layout=calendar&on=city", "on"),
        ("layout=calendar&on=next_follow_up_on&span=year", "span"),
        ("layout=calendar&on=next_follow_up_on&day=someday", "day"),
        ("by=nothing", "by"),
        ("density=huge", "density"),
        ("pins=many", "pins"),
        ("within=elsewhere", "within"),
        ("group=name", "group"),
        ("columns=nothing", "columns"),
        ("sums=city:sum", "sums"),
    ],
)
def test_looks_that_mean_nothing_are_refused_by_their_name(alice: Person, query: str, named: str) -> None:
    body = {"record_type": "contact", "name": "Odd", "query": query}
    right = save(alice, "layout=board&by=type&cards=phone&density=roomy&pins=1")

    made = alice.api.post("/api/v1/views/", body)
    changed = alice.api.patch(f"/api/v1/views/{right.id}/", {"query": query})

    for refused in (made, changed):
        assert refused.status_code == 422
        assert f"“{named}”: " in json.dumps(refused.json(), ensure_ascii=False)
    with alice.at_work():
        assert [each.state for each in SavedView.objects.all()] == [right.state]


def test_what_is_gone_is_told_from_what_is_hidden_and_its_owner_puts_the_view_right(alice: Person) -> None:
    field = add(alice, "Region", "text", on="contact")
    with alice.at_work() as actor:
        doomed = services.ensure_tag("Doomed", actor=actor)
    lead = {"field": "type", "cmp": "is", "value": "lead"}
    condition = {"op": "and", "args": [lead, {"field": "tags", "cmp": "has_any", "value": [str(doomed.id)]}]}
    make_contact(alice, first_name="Lee", last_name="Lead", type="lead")
    make_contact(alice, first_name="Cy", last_name="Customer", type="customer")
    query = urlencode({"columns": f"name,{field.key},type", "filter": json.dumps(condition)})
    with alice.at_work() as actor:
        view = view_services.create_view(record_types.get("contact"), name="Old", query=query, actor=actor)
        custom_fields.archive_field(field.id, actor=actor)
        tags.delete_tag(doomed.id, actor=actor)

    opened = alice.page.get(f"/contacts/?view={view.id}")

    html = opened.content.decode()
    assert names_in(opened) == ["Lee Lead"]
    assert "fields that you may not see" not in html
    assert "uses fields that do not exist any more" in html
    assert "filters by a tag or a choice that does not exist any more" in html
    assert f'hx-post="/contacts/views/{view.id}/save/"' in html
    saved = alice.page.post(
        f"/contacts/views/{view.id}/save/",
        headers=HTMX | {"HX-Current-URL": f"http://{alice.host}/contacts/?view={view.id}"},
    )
    assert saved.status_code == 204
    with alice.at_work():
        view.refresh_from_db()
    assert json.loads(QueryDict(view.state)["filter"]) == {"op": "and", "args": [lead]}
    assert "does not exist any more" not in alice.page.get(f"/contacts/?view={view.id}").content.decode()


def test_my_own_choice_of_what_opens_wins_over_the_workspaces(alice: Person, bob: Person) -> None:
    everybodys = save(alice, "type=lead", visibility=Visibility.WORKSPACE)
    bobs = save(bob, "type=customer")
    alice.page.post(f"/contacts/views/{everybodys.id}/default/?all")

    assert bob.page.get("/contacts/")["Location"] == f"/contacts/?view={everybodys.id}"
    bob.page.post(f"/contacts/views/{bobs.id}/default/")
    assert bob.page.get("/contacts/")["Location"] == f"/contacts/?view={bobs.id}"
    bob.page.post(f"/contacts/views/{bobs.id}/default/?off")
    assert bob.page.get("/contacts/").status_code == 200
    assert 'href="/contacts/?view=all"' in bob.page.get("/contacts/?view=all").content.decode()


def test_tabs_are_moved_among_their_like(alice: Person) -> None:
    first, second = save(alice, "type=lead", name="First"), save(alice, "type=customer", name="Second")

    alice.page.post(f"/contacts/views/{second.id}/move/?by=-1")

    with alice.at_work() as actor:
        tabs = saved_views.list_views(CONTACT_TYPE, actor=actor)
    assert [each.view.pk for each in tabs] == [second.pk, first.pk]


def test_a_deleted_view_leaves_the_rail_and_opens_nothing(alice: Person) -> None:
    view = save(alice, "type=lead", name="Gone soon")
    alice.page.post(f"/contacts/views/{view.id}/pin/")
    alice.page.post(f"/contacts/views/{view.id}/default/")

    alice.page.post(f"/contacts/views/{view.id}/delete/")

    assert alice.page.get("/contacts/").status_code == 200
    assert "Gone soon" not in alice.page.get("/today/").content.decode()
    with pytest.raises(NotFound), alice.at_work() as actor:
        saved_views.get_view(view.pk, actor=actor)


def test_the_api_makes_changes_and_deletes_views(alice: Person) -> None:
    condition = {"field": "type", "cmp": "is", "value": "lead"}
    body = {"record_type": "contact", "name": "By script", "query": "sort=name", "filter": condition, "pinned": True}

    made = alice.api.post("/api/v1/views/", body).json()
    listed = alice.api.get("/api/v1/views/?record_type=contact").json()["results"]
    changed = alice.api.patch(f"/api/v1/views/{made['id']}/", {"name": "Renamed", "default": True}).json()
    wrong = alice.api.patch(f"/api/v1/views/{made['id']}/", {"query": "nothing=1"})
    gone = alice.api.delete(f"/api/v1/views/{made['id']}/")

    assert made["filter"] == condition
    assert made["pinned"] is True
    assert [each["id"] for each in listed] == [made["id"]]
    assert (changed["name"], changed["default"], changed["filter"]) == ("Renamed", True, condition)
    assert wrong.status_code == 422
    assert gone.status_code == 204
    assert alice.api.get("/api/v1/views/").json() == {"results": []}


def test_bulk_work_on_a_view_reaches_its_records_only(alice: Person) -> None:
    """Whoever asks for a list by its address, a job too, gets the view's own filter."""
    view = save(alice, "type=lead")

    with alice.at_work() as actor:
        query = read_list_state(CONTACT_TYPE, QueryDict(f"view={view.pk}"), actor).query()

    assert query.condition is not None


def test_a_name_that_means_nothing_to_a_view_is_said(alice: Person) -> None:
    refused = alice.api.post("/api/v1/views/", {"record_type": "contact", "name": "Best", "state": "type=customer"})

    assert refused.status_code == 422
    assert "state" in refused.content.decode()
    with alice.at_work():
        assert not SavedView.objects.exists()


def test_a_view_is_found_in_the_palette_by_whoever_may_open_it(alice: Person, bob: Person) -> None:
    save(alice, "type=customer", "Best customers")
    save(alice, "type=lead", "Best leads of all", Visibility.WORKSPACE)

    mine = alice.page.get("/palette/?q=best").content.decode()
    shared = bob.page.get("/palette/?q=best").content.decode()

    assert mine.count("?view=") == 2
    assert shared.count("?view=") == 1
    assert "customers" not in shared
