"""Words of a file that are no choice of a select: refusals name the choices, a person says what the words mean."""

from typing import Any

import pytest

from autocrm.jobs import services as jobs
from autocrm.records.custom.fields import create_field
from autocrm.records.selectors import get_type
from autocrm.transfers.services import checks
from autocrm.transfers.tests.workplace import Contact, bring_in, faults_of, reread, start, upload
from tests.support.cast import make_person, make_role

FILE = "First name,Type\nAna,Kunde\nBo,Lead\nCy,Partnerin\n"
CHOICES = "Lead, Prospect, Customer, Partner, Vendor"


def types(person: Any) -> dict[str, str]:
    with person.at_work():
        return dict(Contact.objects.values_list("first_name", "type"))


def test_a_word_that_is_no_choice_is_told_with_the_choices_there_are(alice: Any) -> None:
    done = bring_in(alice, FILE)

    assert faults_of(alice, done) == [
        (2, "Type", f"This is not one of the choices: {CHOICES}."),
        (4, "Type", f"This is not one of the choices: {CHOICES}."),
    ]


def test_what_a_word_means_is_asked_on_the_page_and_holds_for_the_whole_file(alice: Any) -> None:
    batch = upload(alice, FILE)
    (asked,) = alice.page.get(f"/imports/{batch.id}/").context["questions"]
    assert [each["word"] for each in asked["words"]] == ["Kunde", "Partnerin"]

    form = {"column-0": "first_name", "column-1": "type", "match": "skip", "value-1-Kunde": "customer"}
    page = alice.page.post(f"/imports/{batch.id}/preview/", form)
    assert [each["choice"] for each in page.context["questions"][0]["words"]] == ["customer", ""]
    alice.page.post(f"/imports/{batch.id}/start/", form)
    jobs.run_due(tenant_id=alice.tenant.id)

    assert types(alice) == {"Ana": "customer", "Bo": "lead", "Cy": "lead"}
    assert [row for row, _column, _message in faults_of(alice, batch)] == [4]


def test_words_further_down_are_asked_for_after_the_check(alice: Any) -> None:
    rows = "".join(f"Ana{number},Lead\n" for number in range(40))
    batch = upload(alice, f"First name,Type\n{rows}Zoe,Kunde\n")
    assert alice.page.get(f"/imports/{batch.id}/").context["questions"] == []

    with alice.at_work() as actor:
        checks.start_check(batch.id, actor=actor)
    jobs.run_due(tenant_id=alice.tenant.id)

    (asked,) = alice.page.get(f"/imports/{batch.id}/").context["questions"]
    assert asked["words"] == [{"word": "Kunde", "choice": ""}]
    start(alice, batch, values={"Type": {"kunde": "customer"}})
    jobs.run_due(tenant_id=alice.tenant.id)
    assert types(alice)["Zoe"] == "customer"


def test_a_word_can_mean_nothing_but_a_choice_there_is(alice: Any) -> None:
    batch = upload(alice, FILE)
    body = {"values": {"Type": {"Kunde": "boss"}}}

    answer = alice.api.post(f"/api/v1/imports/{batch.id}/start/", body)

    assert answer.status_code == 422
    assert "“boss” is not one of the choices." in answer.content.decode()
    assert reread(alice, batch).state == "uploaded"
    assert types(alice) == {}


SEVERAL = 'First name,Sports\nAna,"Tennis, Fussball"\nBo,Schach|tennis\nCy,"Horn, Shepard"\nDi,Golf\n'


@pytest.fixture
def sports(alice: Any) -> str:
    """The key of an own field that takes several choices; one of them holds a comma."""
    choices = [{"label": each} for each in ("Tennis", "Football", "Chess", "Horn, Shepard")]
    given = {"record_type": "contact", "kind": "multi_select", "label": "Sports", "options": choices}
    with alice.at_work() as actor:
        return str(create_field(given, actor=actor).key)


def contact_type(person: Any) -> Any:
    """The type with the fields of the workspace."""
    with person.at_work():
        return get_type("contact")


def sports_of(person: Any, key: str) -> dict[str, list[str]]:
    with person.at_work():
        field = get_type("contact").by_key[key]
        labels = {option.value: str(option.label) for option in field.options}
        return {
            each.first_name: sorted(labels[value] for value in field.read(each) or ()) for each in Contact.objects.all()
        }


def test_each_word_of_a_cell_with_several_choices_is_asked_for_by_itself(alice: Any, sports: str) -> None:
    batch = upload(alice, SEVERAL, into=contact_type(alice))

    (asked,) = alice.page.get(f"/imports/{batch.id}/").context["questions"]

    assert [each["word"] for each in asked["words"]] == ["Fussball", "Schach", "Golf"]


def test_the_words_mean_what_was_said_and_the_others_are_told(alice: Any, sports: str) -> None:
    batch = upload(alice, SEVERAL, into=contact_type(alice))
    (asked,) = alice.page.get(f"/imports/{batch.id}/").context["questions"]
    by_label = {label: value for value, label in asked["choices"]}
    form = {"column-0": "first_name", "column-1": sports, "match": "skip"}
    form |= {"value-1-Fussball": by_label["Football"], "value-1-Schach": by_label["Chess"]}

    alice.page.post(f"/imports/{batch.id}/start/", form)
    jobs.run_due(tenant_id=alice.tenant.id)

    assert sports_of(alice, sports) == {
        "Ana": ["Football", "Tennis"],
        "Bo": ["Chess", "Tennis"],
        "Cy": ["Horn, Shepard"],
        "Di": [],
    }
    assert faults_of(alice, batch) == [
        (5, "Sports", "This is not one of the choices: Tennis, Football, Chess, Horn, Shepard.")
    ]


def test_words_of_several_choices_further_down_are_asked_for_after_the_check(alice: Any, sports: str) -> None:
    rows = "".join(f"Ana{number},Tennis\n" for number in range(40))
    batch = upload(alice, f'First name,Sports\n{rows}Zoe,"Tennis; Schach"\n', into=contact_type(alice))

    with alice.at_work() as actor:
        checks.start_check(batch.id, actor=actor)
    jobs.run_due(tenant_id=alice.tenant.id)

    (asked,) = alice.page.get(f"/imports/{batch.id}/").context["questions"]
    assert asked["words"] == [{"word": "Schach", "choice": ""}]


def test_words_of_several_choices_are_added_where_that_is_asked_for(alice: Any, sports: str) -> None:
    done = bring_in(alice, SEVERAL, into=contact_type(alice), create_options=True)

    assert faults_of(alice, done) == []
    assert sports_of(alice, sports) == {
        "Ana": ["Fussball", "Tennis"],
        "Bo": ["Schach", "Tennis"],
        "Cy": ["Horn, Shepard"],
        "Di": ["Golf"],
    }


def test_without_the_right_to_the_data_model_no_choice_is_added_and_the_words_are_asked_for(
    alice: Any, sports: str
) -> None:
    rights = {"read": "all", "create": "all", "import": "all"}
    ida = make_person("Ida", alice.tenant, make_role(alice.tenant, records={"contact": rights, "*": {}}))
    done = bring_in(ida, SEVERAL, into=contact_type(ida), create_options=True)

    assert [row for row, _column, _message in faults_of(alice, done)] == [2, 3, 5]
    assert sports_of(alice, sports) == {"Ana": [], "Bo": [], "Cy": ["Horn, Shepard"], "Di": []}
    assert len(contact_type(alice).by_key[sports].options) == 4
