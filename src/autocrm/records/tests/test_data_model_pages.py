"""Settings, data model: fields are added, changed, put into order, turned into another kind, put away and deleted."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from autocrm.journal.models import Entry
from autocrm.records.models import CustomField
from autocrm.records.registry import record_types
from autocrm.records.tests.test_custom_fields import add_field, make
from tests.support.cast import Person

COMPANIES = "/settings/data-model/companies/"
HTMX = {"HX-Request": "true"}


def text(answer: Any) -> str:
    return str(answer.content.decode())


def post(page: Client, url: str, data: dict[str, Any]) -> Any:
    return page.post(url, data, headers=HTMX)


def test_types_and_fields_are_shown_with_their_keys(alice: Person) -> None:
    add_field(alice, "Contract value")

    assert "Companies" in text(alice.page.get("/settings/data-model/"))
    page = text(alice.page.get(COMPANIES))
    assert "contract_value" in page
    assert "Annual revenue" in page


@pytest.mark.parametrize(
    "kind", ["text", "select", "number", "relation", "boolean", "date", "multi_select", "currency"]
)
def test_the_drawer_asks_what_the_kind_needs(alice: Person, kind: str) -> None:
    drawer = text(alice.page.get(f"{COMPANIES}new/", {"kind": kind}, headers=HTMX))

    assert 'name="label"' in drawer
    assert ('name="option_label"' in drawer) == (kind in {"select", "multi_select"})
    assert ('name="relation"' in drawer) == (kind == "relation")
    assert ('name="minimum"' in drawer) == (kind in {"number", "currency"})


def test_a_choice_is_added_changed_and_a_used_option_stays(alice: Person) -> None:
    options = {"option_label": ["Gold", "Silver", ""], "option_value": ["", "", ""], "option_tone": ["ok", "", ""]}
    answer = post(
        alice.page, f"{COMPANIES}new/", {"kind": "select", "label": "Tier", **options, "option_active": ["yes"] * 3}
    )
    assert answer.status_code == 204
    with alice.at_work():
        field = CustomField.objects.get()
    assert [each["value"] for each in field.options] == ["gold", "silver"]
    make(alice, "a", tier="gold")

    kept = {"option_label": ["Silver"], "option_value": ["silver"], "option_tone": [""], "option_active": ["yes"]}
    refused = post(alice.page, f"/settings/data-model/fields/{field.id}/", {"label": "Tier", **kept})

    assert refused.status_code == 422
    assert "“Gold” is held by 1 record." in text(refused)
    with alice.at_work():
        assert len(CustomField.objects.get().options) == 2


def test_faults_stand_beside_their_inputs_and_nothing_is_saved(alice: Person) -> None:
    answer = post(alice.page, f"{COMPANIES}new/", {"kind": "number", "label": "", "minimum": "x"})

    assert answer.status_code == 422
    assert "This is required." in text(answer)
    assert "This is not a number." in text(answer)
    assert re.search(r'id="fd-label"[^>]* aria-invalid="true" aria-describedby="fd-label_error"', text(answer))
    assert re.search(r'id="fd-minimum"[^>]* aria-invalid="true" aria-describedby="fd-minimum_error"', text(answer))
    assert text(answer).count('aria-invalid="true"') == 2
    without = text(post(alice.page, f"{COMPANIES}new/", {"kind": "select", "label": "Tier"}))
    assert re.search(r'name="option_label"[^>]* aria-invalid="true" aria-describedby="fd-options_error"', without)
    with alice.at_work():
        assert not CustomField.objects.exists()


def test_looking_at_other_kinds_changes_no_switch_that_they_do_not_have(alice: Person) -> None:
    def on(drawer: str) -> dict[str, bool]:
        return {name: "checked" in each for each, name in re.findall(r'(<input[^>]*?name="(\w+)"[^>]*>)', drawer)}

    asked = {"label": "Size", "asked": ["required", "unique", "indexed", "in_form", "searchable"], "in_form": "on"}
    formula = text(alice.page.get(f"{COMPANIES}new/", {**asked, "kind": "formula"}, headers=HTMX))
    assert "in_form" not in on(formula)
    back = text(alice.page.get(f"{COMPANIES}new/", {"label": "Size", "asked": "indexed", "kind": "text"}, headers=HTMX))
    assert {key: on(back)[key] for key in ("in_form", "searchable", "required")} == {
        "in_form": True,
        "searchable": True,
        "required": False,
    }
    off = text(alice.page.get(f"{COMPANIES}new/", {**asked, "kind": "long_text"}, headers=HTMX))
    assert (on(off)["in_form"], on(off)["searchable"]) == (True, False)


def test_fields_are_put_into_order_put_away_and_brought_back(alice: Person) -> None:
    first, second = add_field(alice, "First"), add_field(alice, "Second")

    assert post(alice.page, f"{COMPANIES}order/", {"ids": f"{second.id},{first.id}"}).status_code == 204
    with alice.at_work():
        assert [each.key for each in CustomField.objects.order_by("position")] == ["second", "first"]
    assert post(alice.page, f"/settings/data-model/fields/{first.id}/archive/", {}).status_code == 204
    assert "First" not in text(alice.page.get("/companies/?columns=name"))
    assert post(alice.page, f"/settings/data-model/fields/{first.id}/restore/", {}).status_code == 204
    with alice.at_work():
        assert CustomField.objects.get(pk=first.pk).archived_at is None


def test_deleting_says_what_is_lost_and_refuses_when_it_is_more(alice: Person) -> None:
    field = add_field(alice, "Budget")
    make(alice, "a", budget="3")
    url = f"/settings/data-model/fields/{field.id}/delete/"

    assert "1 record holds a value" in text(alice.page.get(url, headers=HTMX))
    make(alice, "b", budget="4")
    assert post(alice.page, url, {"expected": "1"}).status_code == 409
    assert post(alice.page, url, {"expected": "2"}).status_code == 204

    assert alice.page.get(url, headers=HTMX).status_code == 404
    with alice.at_work():
        assert Entry.objects.filter(kind="field.deleted").get().data["values"] == 2


def test_another_kind_is_tried_before_it_is_taken(alice: Person) -> None:
    field = add_field(alice, "Size", "text")
    for name, size in {"a": "12", "b": "about ten", "c": "7"}.items():
        make(alice, name, size=size)
    url = f"/settings/data-model/fields/{field.id}/kind/"

    tried = text(alice.page.get(url, {"kind": "number"}, headers=HTMX))
    assert "1 of 3 values does not fit and is lost" in tried
    assert "about ten" in tried
    assert post(alice.page, url, {"kind": "number", "expected": "0"}).status_code == 422
    assert post(alice.page, url, {"kind": "number", "expected": "1"}).status_code == 204

    values = {each["name"]: each["size"] for each in alice.api.get("/api/v1/companies/").json()["results"]}
    assert values == {"a": 12, "b": None, "c": 7}


def test_text_becomes_a_choice_of_what_is_there(alice: Person) -> None:
    field = add_field(alice, "Region", "text")
    for name, region in {"a": "North", "b": "north", "c": "South"}.items():
        make(alice, name, **{field.key: region})
    url = f"/settings/data-model/fields/{field.id}/kind/"

    assert post(alice.page, url, {"kind": "select", "expected": "0"}).status_code == 204

    listed = alice.api.get("/api/v1/companies/", {field.key: "north"}).json()["results"]
    assert sorted(each["name"] for each in listed) == ["a", "b"]


def test_nobody_without_the_right_opens_or_changes_anything(alice: Person, bob: Person) -> None:
    field = add_field(alice)

    for url in ("/settings/data-model/", COMPANIES, f"{COMPANIES}new/", f"/settings/data-model/fields/{field.id}/"):
        assert bob.page.get(url).status_code in {403, 404}
    for action in ("archive", "delete", "kind"):
        url = f"/settings/data-model/fields/{field.id}/{action}/"
        assert bob.page.post(url, {"expected": "9", "kind": "text"}).status_code in {403, 404}
    with alice.at_work():
        assert [each.label for each in CustomField.objects.filter(archived_at=None)] == ["Budget"]


def test_the_card_of_a_relation_is_named_in_the_language_of_whoever_looks(alice: Person) -> None:
    add_field(alice, "Partner", "relation", relation="contact")

    with alice.at_work():
        with translation.override("de"):
            assert str(record_types.get("contact").related[-1].label) == "Firmen · Partner"
        with translation.override("en"):
            assert str(record_types.get("contact").related[-1].label) == "Companies · Partner"


def test_what_another_administrator_changed_meanwhile_is_not_lost_unseen(alice: Person) -> None:
    field = add_field(alice, "Tier", "select", options=["Gold"])
    url = f"/settings/data-model/fields/{field.id}/"

    def typed(drawer: str, **values: Any) -> dict[str, Any]:
        seen = re.search(r'name="seen" value="([^"]+)"', drawer)
        assert seen is not None
        kept = {"option_label": ["Gold"], "option_value": ["gold"], "option_tone": [""], "option_active": ["yes"]}
        return {"seen": seen[1], "label": "Tier", **kept, **values}

    drawer = text(alice.page.get(url, headers=HTMX))
    theirs = {"option_label": ["Gold", "Tin"], "option_value": ["gold", ""], "option_tone": [""] * 2}
    assert post(alice.page, url, typed(drawer, **theirs, option_active=["yes"] * 2)).status_code == 204

    late = post(alice.page, url, typed(drawer, help_text="How good they are"))

    assert late.status_code == 409
    assert "Somebody changed this field meanwhile." in text(late)
    assert "How good they are" in text(late)
    with alice.at_work():
        assert [each["label"] for each in CustomField.objects.get().options] == ["Gold", "Tin"]
    assert post(alice.page, url, typed(text(late), help_text="How good they are")).status_code == 204
    assert post(alice.page, url, typed(text(late), seen="2026-02-30T00:00:00")).status_code < 500


def test_limits_and_defaults_are_typed_as_the_reader_writes_numbers(alice: Person) -> None:
    german = {"accept-language": "de", **HTMX}
    alice.user.locale = "de"
    alice.user.save(update_fields=["locale"])
    given = {"kind": "currency", "label": "Miete", "minimum": "0,5", "maximum": "12.000,75", "default": "1.000,25"}

    assert alice.page.post(f"{COMPANIES}new/", given, headers=german).status_code == 204

    with alice.at_work():
        made = CustomField.objects.get()
    assert (made.minimum, made.maximum, made.default) == (50, 1_200_075, 100_025)
    drawer = text(alice.page.get(f"/settings/data-model/fields/{made.id}/", headers=german))
    assert all(f'value="{typed}"' in drawer for typed in ("0,50", "12000,75", "1000,25"))


def test_two_fields_are_not_called_alike(alice: Person) -> None:
    field = add_field(alice, "Budget")

    for label in ("budget ", "Annual revenue"):
        answer = post(alice.page, f"{COMPANIES}new/", {"kind": "text", "label": label})
        assert answer.status_code == 422
        assert "Another field of these records is called so." in text(answer)

    with alice.at_work():
        assert CustomField.objects.count() == 1
    kept = {"label": "Budget", "help_text": "Of this year"}
    assert post(alice.page, f"/settings/data-model/fields/{field.id}/", kept).status_code == 204
