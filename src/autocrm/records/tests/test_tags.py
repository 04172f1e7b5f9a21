"""Tags are renamed, coloured and deleted; what named a deleted one behaves, and nobody's records keep its id."""

import json
from typing import Any
from urllib.parse import urlencode

import jsonschema
import pytest

from autocrm.journal.models import Entry
from autocrm.kernel.errors import Conflict, Denied, Invalid, NotFound, TookTooLong
from autocrm.records import passes, services, tags
from autocrm.records.bulk_operations import lifecycle
from autocrm.records.bulk_operations.running import carry_out_now
from autocrm.records.bulk_operations.selection import Selection
from autocrm.records.custom import fields as custom_fields
from autocrm.records.custom import objects as custom_objects
from autocrm.records.lists import view_services
from autocrm.records.models import Tag
from autocrm.records.pass_models import DataModelPass
from autocrm.records.registry import record_types
from autocrm.records.tests.computed_world import make, rollup, value, work_off
from autocrm.records.tests.test_custom_objects import make_object
from tests.support.cast import Person, make_role

PAGE = "/settings/tags/"
API = "/api/v1/tags/"


def text(answer: Any) -> str:
    return str(answer.content.decode())


def tag(person: Person, name: str) -> Tag:
    with person.at_work() as actor:
        return services.ensure_tag(name, actor=actor)


def tagged(person: Person, *carried: Tag, kind: str = "contact", **values: Any) -> Any:
    return make(person, kind, tags=[str(each.id) for each in carried], **values)


def has_any(wanted: Tag) -> dict[str, Any]:
    return {"field": "tags", "cmp": "has_any", "value": [str(wanted.id)]}


def delete(person: Person, doomed: Tag) -> int:
    with person.at_work() as actor:
        return tags.delete_tag(doomed.id, actor=actor)


def entries(person: Person, kind: str) -> list[Entry]:
    with person.at_work():
        return list(Entry.objects.filter(kind=kind))


def names(person: Person) -> list[str]:
    with person.at_work():
        return list(Tag.objects.order_by("name_key").values_list("name", flat=True))


def test_a_tag_gets_another_name_and_colour_for_all_records(alice: Person) -> None:
    vip = tag(alice, "VIP")
    contact = tagged(alice, vip)

    with alice.at_work() as actor:
        tags.change_tag(vip.id, name="  Key   account ", hue=vip.hue % 6 + 1, actor=actor)
        tags.change_tag(vip.id, name="Key account", actor=actor)

    [entry] = entries(alice, "tag.updated")
    assert entry.changes == {"name": ["VIP", "Key account"], "hue": [vip.hue, vip.hue % 6 + 1]}
    page = text(alice.page.get(f"/contacts/{contact.id}/"))
    assert f'<span class="dot hue{vip.hue % 6 + 1}"></span>Key account' in page
    assert "VIP" not in names(alice)
    assert tag(alice, "KEY ACCOUNT").id == vip.id


@pytest.mark.parametrize(
    ("values", "at"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"name": "ﷺ" * 10}, "name"),
        ({"name": "partner"}, "name"),
        ({"hue": 0}, "hue"),
        ({"hue": 7}, "hue"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(alice: Person, values: dict[str, Any], at: str) -> None:
    vip = tag(alice, "VIP")
    tag(alice, "Partner")

    with alice.at_work() as actor, pytest.raises(Invalid) as refused:
        tags.change_tag(vip.id, **values, actor=actor)

    assert set(refused.value.fields) == {at}
    assert names(alice) == ["Partner", "VIP"]
    assert entries(alice, "tag.updated") == []


def test_bob_may_not_and_charlie_has_a_world_of_his_own(alice: Person, bob: Person, charlie: Person) -> None:
    vip = tag(alice, "VIP")
    theirs = tag(charlie, "VIP")
    contact = tagged(alice, vip)

    for person, error, status in ((bob, Denied, 403), (charlie, NotFound, 404)):
        with person.at_work() as actor, pytest.raises(error):
            tags.change_tag(vip.id, name="Mine", actor=actor)
        with person.at_work() as actor, pytest.raises(error):
            tags.delete_tag(vip.id, actor=actor)
        assert person.api.patch(f"{API}{vip.id}/", {"name": "Mine"}).status_code == status
        assert person.api.delete(f"{API}{vip.id}/").status_code == status
        for address in (f"{PAGE}{vip.id}/", f"{PAGE}{vip.id}/delete/"):
            assert person.page.get(address).status_code == status
            assert person.page.post(address, {"name": "Mine", "hue": "1"}).status_code == status
    assert bob.page.get(PAGE).status_code == 403

    assert names(alice) == ["VIP"]
    assert value(alice, contact, "tags", "contact") == [vip.id]
    assert delete(alice, vip) == 1
    work_off(alice)
    assert names(charlie) == ["VIP"]
    assert charlie.api.get(f"{API}{theirs.id}/").json()["name"] == "VIP"


def test_a_deleted_tag_goes_from_the_records_of_every_kind(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tags, "CHUNK", 2)
    make_object(alice)
    archived = make_object(alice, "Vehicle", "Vehicles")
    vip, partner = tag(alice, "VIP"), tag(alice, "Partner")
    contacts = [tagged(alice, partner, vip, first_name=f"N{at}") for at in range(5)]
    house = tagged(alice, vip, kind="property", name="House")
    car = tagged(alice, vip, kind="vehicle", name="Car")
    binned = tagged(alice, vip, kind="company")
    with alice.at_work() as actor:
        services.archive_record(record_types.get("company"), binned.id, actor=actor)
        custom_objects.archive_object(archived.id, actor=actor)

    assert delete(alice, vip) == 8

    assert names(alice) == ["Partner"]
    [entry] = entries(alice, "tag.deleted")
    assert (entry.record_label, entry.data["records"]) == ("VIP", 8)
    with alice.at_work() as actor:
        assert passes.count_running(actor) == 4
        assert "Delete values: VIP (Contacts)" in [str(each.label) for each in passes.recent_work(actor, 9)]
    work_off(alice)
    with alice.at_work():
        custom_objects.restore_object(archived.id, actor=alice.actor)
        assert set(DataModelPass.objects.values_list("state", flat=True)) == {"done"}
    assert [value(alice, each, "tags", "contact") for each in contacts] == [[partner.id]] * 5
    assert value(alice, house, "tags", "property") == []
    assert value(alice, car, "tags", "vehicle") == []
    assert value(alice, binned, "tags") == []
    with alice.at_work():
        assert record_types.get("contact").rows().get(pk=contacts[0].id).version == contacts[0].version


def test_a_write_that_ends_behind_the_pass_leaves_nothing(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    vip = tag(alice, "VIP")
    first, last = tagged(alice, first_name="A"), tagged(alice, vip, first_name="B")
    assert first.id < last.id
    real = tags._take_off_some

    def late(key: str, rows: Any, tag_id: Any) -> int:
        # Somebody read the tag while it was there and writes it now, behind the pass.
        if last.id in {each.id for each in rows}:
            record_types.get("contact").rows().filter(pk=first.id).update(tags=[tag_id])
        return real(key, rows, tag_id)

    monkeypatch.setattr(tags, "_take_off_some", late)
    delete(alice, vip)

    work_off(alice)

    assert value(alice, first, "tags", "contact") == []
    assert value(alice, last, "tags", "contact") == []


def test_until_the_pass_is_over_records_are_worked_on_as_if_it_were(alice: Person) -> None:
    vip, partner = tag(alice, "VIP"), tag(alice, "Partner")
    contact = tagged(alice, vip, partner)
    delete(alice, vip)

    editor = text(alice.page.get(f"/contacts/{contact.id}/edit/tags/?in=page"))
    assert "Partner" in editor
    assert str(vip.id) not in editor
    assert str(vip.id) not in text(alice.page.get(f"/contacts/{contact.id}/"))
    assert alice.page.get("/contacts/?columns=name,tags").status_code == 200


def test_filters_views_and_saved_words_that_name_it_say_so(alice: Person) -> None:
    vip = tag(alice, "VIP")
    contact = tagged(alice, vip)
    condition = json.dumps(has_any(vip))
    with alice.at_work() as actor:
        view = view_services.create_view(record_types.get("contact"), name="Best", query=f"tags={vip.id}", actor=actor)
    assert contact.first_name in text(alice.page.get(f"/contacts/?tags={vip.id}"))
    delete(alice, vip)
    work_off(alice)

    # A view leaves out what it cannot apply any more, and says why.
    opened = alice.page.get(f"/contacts/?view={view.id}")
    assert (opened.status_code, "a tag or a choice that does not exist any more" in text(opened)) == (200, True)
    for query in (f"tags={vip.id}", f"filter={condition}"):
        answer = alice.page.get(f"/contacts/?{query}")
        assert answer.status_code == 422
        assert "is not one of the choices" in text(answer), query
        assert "data-list" in text(answer), query
    refused = alice.api.get("/api/v1/contacts/", {"filter": condition})
    assert refused.status_code == 422
    history = text(alice.page.get(f"/contacts/{contact.id}/panels/history/"))
    assert str(vip.id) not in history


def test_any_of_a_great_many_tags_is_filtered_by_and_chosen_without_sending_all(alice: Person, charlie: Person) -> None:
    with alice.at_work():
        Tag.objects.bulk_create(Tag(name=f"Fair {at:04}", name_key=f"fair {at:04}") for at in range(600))
        Tag.objects.bulk_create([Tag(name="Trade fair", name_key="trade fair"), Tag(name="Fair", name_key="fair")])
    late = tag(alice, "Fair 0599")
    contact = tagged(alice, late)
    tagged(alice)

    listed = alice.page.get(f"/contacts/?tags={late.id}")
    filtered = alice.page.get("/contacts/", {"filter": json.dumps(has_any(late))})
    here = f"http://{alice.host}/contacts/?{urlencode({'filter': json.dumps(has_any(late))})}"
    builder = text(alice.page.get("/contacts/filter/", headers={"HX-Current-URL": here}))
    editor = text(alice.page.get(f"/contacts/{contact.id}/edit/tags/"))
    picked = alice.page.get("/settings/tags/pick/", {"q": "FAIR"}).json()["results"]
    nobodys = charlie.page.get("/settings/tags/pick/", {"q": "fair"}).json()["results"]

    for answer in (listed, filtered):
        assert answer.status_code == 200
        assert text(answer).count("data-peek-url") == 1
        assert "Fair 0599" in text(answer)
    for page in (builder, editor):
        assert "Fair 0599" in page
        assert "Fair 0598" not in page
        assert "/settings/tags/pick/" in page
    assert [each["label"] for each in picked[:2]] == ["Fair", "Fair 0000"]
    assert len(picked) == 100
    assert alice.page.get("/settings/tags/pick/", {"q": "fair 0599"}).json()["results"] == [
        {"value": str(late.id), "label": "Fair 0599"}
    ]
    assert [each["label"] for each in alice.page.get("/settings/tags/pick/", {"q": "ade f"}).json()["results"]] == [
        "Trade fair"
    ]
    assert nobodys == []


def test_what_would_bring_it_back_does_not(alice: Person) -> None:
    vip = tag(alice, "VIP")
    contact = tagged(alice, vip)
    contacts = record_types.get("contact")
    with alice.at_work() as actor:
        taken = lifecycle.prepare_operation(contacts, "untag", Selection((contact.id,)), {"tags": ["VIP"]}, actor=actor)
        carry_out_now(taken, actor=actor)
        late = lifecycle.prepare_operation(contacts, "tag", Selection((contact.id,)), {"tags": ["VIP"]}, actor=actor)
    delete(alice, vip)

    with alice.at_work() as actor:
        carry_out_now(late, actor=actor)
    undone = alice.page.post(f"/bulk/{taken.id}/undo/")
    work_off(alice)

    assert undone.status_code < 400
    assert value(alice, contact, "tags", "contact") == []


def test_a_rollup_that_counts_by_a_tag_keeps_it(alice: Person) -> None:
    vip = tag(alice, "VIP")
    company = make(alice)
    condition = {"field": "tags", "cmp": "has_any", "value": [str(vip.id)]}
    field = rollup(alice, "Important people", "count", filter=condition)
    tagged(alice, vip, company=str(company.id))

    with pytest.raises(Conflict, match="Important people"):
        delete(alice, vip)
    assert alice.api.delete(f"{API}{vip.id}/").status_code == 409
    answer = alice.page.post(f"{PAGE}{vip.id}/delete/")
    assert (answer.status_code, "Important people" in text(answer)) == (409, True)
    assert value(alice, company, "important_people") == 1

    with alice.at_work() as actor:
        custom_fields.delete_field(field.id, expected=1, actor=actor)
    assert delete(alice, vip) == 1


def test_a_rollup_that_looks_at_tags_follows(alice: Person) -> None:
    vip = tag(alice, "VIP")
    company = make(alice)
    rollup(alice, "Without", "count", filter={"field": "tags", "cmp": "is_empty"})
    tagged(alice, vip, company=str(company.id))
    assert value(alice, company, "without") == 0

    delete(alice, vip)
    work_off(alice)

    assert value(alice, company, "without") == 1


def test_the_page_counts_links_finds_and_changes(alice: Person) -> None:
    vip, partner = tag(alice, "VIP"), tag(alice, "Partner & sons")
    tagged(alice, vip, first_name="A")
    tagged(alice, vip, kind="company")
    with alice.at_work() as actor:
        gone = services.create_record(
            record_types.get("contact"), {"first_name": "B", "tags": [str(vip.id)]}, actor=actor
        )
        services.archive_record(record_types.get("contact"), gone.id, actor=actor)

    page = text(alice.page.get(PAGE))
    assert "Partner &amp; sons" in page
    assert f'href="/contacts/?tags={vip.id}">Contacts 1<' in page
    assert f'href="/companies/?tags={vip.id}">Companies 1<' in page
    assert '<td class="num">2</td>' in page
    assert f"tags={partner.id}" not in page
    assert "Tags" in text(alice.page.get("/palette/?q=tags"))
    found = text(alice.page.get(f"{PAGE}?q=PART"))
    assert "Partner" in found
    assert "VIP" not in found
    assert "No tag matches" in text(alice.page.get(f"{PAGE}?q=zzz"))

    drawer = text(alice.page.get(f"{PAGE}{vip.id}/"))
    assert 'value="VIP"' in drawer
    refused = alice.page.post(f"{PAGE}{vip.id}/", {"name": "partner & SONS", "hue": "3"})
    assert refused.status_code == 422
    assert "There is a tag of this name already." in text(refused)
    assert alice.page.post(f"{PAGE}{vip.id}/", {"name": "Best", "hue": "3"}).status_code == 204
    assert names(alice) == ["Best", "Partner & sons"]
    assert "3 records lose this tag" in text(alice.page.get(f"{PAGE}{vip.id}/delete/"))
    assert alice.page.post(f"{PAGE}{vip.id}/delete/").status_code == 204
    assert names(alice) == ["Partner & sons"]


def test_an_empty_workspace_says_how_tags_are_made(alice: Person) -> None:
    assert "No tags yet" in text(alice.page.get(PAGE))


def test_counts_of_a_table_that_takes_too_long_are_about(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    vip = tag(alice, "VIP")
    tagged(alice, vip)
    monkeypatch.setattr("autocrm.records.tag_pages.reading", _never)

    assert "Contacts about 1<" in text(alice.page.get(PAGE))


def _never(*, seconds: float) -> Any:
    raise TookTooLong


def test_the_api_pages_and_looks_as_its_document_says(alice: Person, bob: Person) -> None:
    for name in ("c", "B", "a"):
        tag(alice, name)
    document = alice.api.get("/api/v1/schema/").json()["paths"][API]["get"]
    page = document["responses"]["200"]["content"]["application/json"]["schema"]

    first = bob.api.get(API, {"limit": "2"}).json()
    second = bob.api.get(first["next"]).json()

    for answer in (first, second):
        jsonschema.validate(answer, page)
    assert [each["name"] for each in first["results"] + second["results"]] == ["a", "B", "c"]
    assert (second["next"], second["next_cursor"]) == (None, None)
    assert [each["name"] for each in alice.api.get(API, {"search": "b"}).json()["results"]] == ["B"]
    assert alice.api.get(API, {"limit": "0"}).status_code == 422
    one = f"{API}{first['results'][0]['id']}/"
    assert alice.api.patch(one, {"name": "d", "hue": 2}).json()["hue"] == 2
    faults = alice.api.patch(one, {"name": 3, "hue": "2", "id": "x"})
    assert (faults.status_code, set(faults.json()["errors"])) == (422, {"name", "hue", "id"})
    assert alice.api.patch(one, {"hue": 9}).status_code == 422
    assert alice.api.delete(one).status_code == 204
    assert alice.api.get(one).status_code == 404


def test_work_for_later_means_what_the_view_said_when_it_was_asked_for(alice: Person) -> None:
    vip = tag(alice, "VIP")
    best, other = tagged(alice, vip), tagged(alice)
    contacts = record_types.get("contact")
    with alice.at_work() as actor:
        view = view_services.create_view(contacts, name="Best", query=f"tags={vip.id}", actor=actor)
        asked = Selection(None, f"view={view.id}")
        waiting = lifecycle.prepare_operation(contacts, "archive", asked, {}, in_background=True, actor=actor)
    delete(alice, vip)

    work_off(alice)

    with alice.at_work():
        waiting.refresh_from_db()
        assert contacts.rows().filter(pk__in=[best.id, other.id], archived_at=None).count() == 2
    assert waiting.state == "failed"


def test_who_sees_tags_nowhere_is_told_none(alice: Person) -> None:
    tag(alice, "VIP")
    blind = make_role(
        alice.tenant, records={"contact": {"read": "all"}}, fields={"contact": {"tags": "hidden"}}, codes=[]
    )
    from_outside = {"authorization": f"Bearer {alice.new_token(role=blind)}"}

    assert alice.api.client.get(API, headers=from_outside).status_code == 403
