"""What looks alike: names in all their forms, addresses, numbers; the same whichever comes first, within bounds."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocrm.kernel.tenancy import tenant_scope
from autocrm.records import services
from autocrm.records.bulk import blank_records, insert_records
from autocrm.records.duplicate_models import MatchKey
from autocrm.records.errors import PossibleDuplicates
from autocrm.records.match_rules import LISTED, REFUSED, WARNED
from autocrm.records.matching.candidates import find_candidates, match_rows
from autocrm.records.matching.facts import Facts, Viewer
from autocrm.records.matching.likeness import (
    Alike,
    compare_names,
    compare_people,
    is_typo,
    name_sound,
    person_key,
    person_name,
    plain_name,
)
from autocrm.records.matching.scoring import score
from autocrm.records.registry import record_types
from autocrm.tenants.models import Tenant
from tests.support.cast import Person, make_person, make_role

CONTACT = record_types.get("contact")
COMPANY = record_types.get("company")


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (("John", "Smith"), ("john", "SMITH"), Alike.SAME),
        (("José", "García"), ("Jose", "Garcia"), Alike.SAME),
        (("John", "Smith"), ("Smith", "John"), Alike.SWAPPED),
        (("Bob", "Smith"), ("Robert", "Smith"), Alike.NICKNAME),
        (("Hans", "Meier"), ("Johannes", "Meier"), Alike.NICKNAME),
        (("Jonh", "Smith"), ("John", "Smith"), Alike.TYPO),
        (("John", "Simth"), ("John", "Smith"), Alike.TYPO),
        (("Jörg", "Müller"), ("Jörg", "Mueller"), Alike.TYPO),
        (("J.", "Smith"), ("John", "Smith"), Alike.INITIAL),
        (("Anna", "Smith"), ("Anna", "Smith Jones"), Alike.LOOSE),
        (("Robert", "Smith"), ("Herbert", "Jones"), Alike.DIFFERENT),
        (("Ann", "Smith"), ("Ian", "Smith"), Alike.DIFFERENT),
        (("John", ""), ("John", "Smith"), Alike.PART),
        (("", "Smith"), ("John", "Smith"), Alike.PART),
        (("Jon", ""), ("John", "Smith"), Alike.PART),
        (("Ann", ""), ("John", "Smith"), Alike.DIFFERENT),
        (("Juergen", "Meier"), ("Jürgen", "Meier"), Alike.TYPO),
        (("Dr. Ann", "Meier"), ("Ann", "Meier"), Alike.SAME),
        (("Prof. Dr.", "Meier"), ("Ann", "Meier"), Alike.DIFFERENT),
        (("", "John Smith"), ("John", "Smith"), Alike.SAME),
    ],
)
def test_names_of_people_are_alike_in_many_ways(one: Any, other: Any, alike: Alike) -> None:
    assert compare_people(person_name(*one), person_name(*other)) is alike
    assert compare_people(person_name(*other), person_name(*one)) is alike


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Acme Inc.", "ACME Corporation", Alike.SAME),
        ("Müller & Söhne GmbH & Co. KG", "Muller und Sohne", Alike.SAME),
        ("Acme Industries", "Acme Industires", Alike.TYPO),
        ("Data Systems", "Systems Data", Alike.SWAPPED),
        ("Micro Soft", "Microsoft", Alike.TYPO),
        ("Müller & Söhne GmbH", "Mueller und Soehne", Alike.TYPO),
        ("Acme", "Apex", Alike.DIFFERENT),
    ],
)
def test_names_of_companies_are_alike_without_their_legal_forms(one: str, other: str, alike: Alike) -> None:
    assert compare_names(plain_name(one), plain_name(other)) is alike


@pytest.mark.parametrize(
    ("one", "other"),
    [("John Smith", "Jonh Simth"), ("Smith John", "John Smyth"), ("Katherine Meyer", "Catherine Maier")],
)
def test_a_misspelt_name_is_found_by_the_same_key(one: str, other: str) -> None:
    assert person_key(person_name(*one.split())) == person_key(person_name(*other.split()))
    assert name_sound(plain_name("Acme Industries")) == name_sound(plain_name("Industires Acme Ltd"))


WORD = st.text(alphabet="abcdeijmnos -.é'", max_size=9)
EMAILS = st.frozensets(st.sampled_from(["a@x.example", "b@x.example", "c@x.example"]), max_size=2)
NUMBERS = st.frozensets(st.sampled_from(["+12125550100", "+12125550101"]), max_size=2)
FACTS = st.builds(
    lambda email, phone, ident, first, last, company: Facts(
        None, (email, phone, frozenset({ident} - {""}), person_name(first, last), company)
    ),
    EMAILS,
    NUMBERS,
    st.sampled_from(["", "A1", "B2"]),
    WORD,
    WORD,
    st.sampled_from(["", "acme", "globex"]),
)


@given(FACTS, FACTS)
def test_a_score_is_the_same_from_both_sides_and_within_bounds(one: Facts, other: Facts) -> None:
    found, back = score(CONTACT.match_rules, one, other), score(CONTACT.match_rules, other, one)

    assert found == back
    assert 0 <= found.points <= 100
    assert bool(found.reasons) or found.points == 0


@given(WORD, WORD)
def test_a_slip_of_one_letter_is_one_in_both_directions(one: str, other: str) -> None:
    assert is_typo(one, other) == is_typo(other, one)


def make(person: Person, record_type: Any = CONTACT, **values: Any) -> Any:
    with person.at_work() as actor:
        return services.create_record(record_type, values, actor=actor)


def found_by(person: Person, record_type: Any = CONTACT, **values: Any) -> list[tuple[str, int, tuple[str, ...]]]:
    with person.at_work() as actor:
        found = find_candidates(record_type, values, actor=actor)
        return [(record_type.title(each.record), each.score, each.reasons) for each in found]


@pytest.mark.parametrize(
    ("typed", "points", "reason"),
    [
        ({"email": "Robert@Acme.example"}, 75, "Same e-mail"),
        ({"email2": "robert@acme.example"}, 75, "Same e-mail"),
        ({"phone": "212-555-0100"}, 50, "Same phone number"),
        ({"phone2": "+1 (212) 555 0100"}, 50, "Same phone number"),
        ({"external_id": "A-17"}, 90, "Same id elsewhere"),
        ({"first_name": "robert", "last_name": "SMÍTH"}, 50, "Same name"),
        ({"first_name": "Smith", "last_name": "Robert"}, 45, "Same name in another order: Robert Smith / Smith Robert"),
        ({"first_name": "Bobby", "last_name": "Smith"}, 40, "Short form of the name: Bobby Smith / Robert Smith"),
        ({"first_name": "Robetr", "last_name": "Smith"}, 38, "Similar name: Robert Smith / Robetr Smith"),
    ],
    ids=str,
)
def test_what_is_typed_finds_the_record_and_says_why(
    alice: Person, charlie: Person, typed: dict[str, str], points: int, reason: str
) -> None:
    values = {"first_name": "Robert", "last_name": "Smith", "email": "robert@acme.example", "phone": "+12125550100"}
    make(alice, **values, external_id="A-17")
    make(alice, first_name="Someone", last_name="Else", email="else@acme.example")
    make(charlie, **values, external_id="A-17")

    assert found_by(alice, **typed) == [("Robert Smith", points, (reason,))]


@pytest.mark.parametrize(
    "typed",
    [
        {"phone": "0049 89 21230800"},
        {"first_name": "Elizabeth", "phone": "+49 (0)89 21230-800"},
        {"last_name": "Mueller", "phone2": "+49 89 212 30 800"},
        {"first_name": "Dr. Liz", "last_name": "Müller", "phone": "+498921230800"},
    ],
    ids=str,
)
def test_a_number_is_warned_of_in_any_form_while_the_name_is_half_typed(alice: Person, typed: dict[str, str]) -> None:
    make(alice, first_name="Elizabeth", last_name="Müller", phone="+49 89 21230800")

    [(_title, points, reasons)] = found_by(alice, **typed)

    assert points >= WARNED
    assert "Same phone number" in reasons


def test_one_company_makes_a_similar_name_likely(alice: Person) -> None:
    acme = make(alice, COMPANY, name="Acme")
    make(alice, first_name="Katherine", last_name="Meyer", company=str(acme.id))

    found = found_by(alice, first_name="Kate", last_name="Meier", company=str(acme.id))

    assert [(title, reasons[1]) for title, _points, reasons in found] == [("Katherine Meyer", "Same company")]


def test_a_shared_address_of_other_people_is_no_certain_duplicate(alice: Person) -> None:
    make(alice, first_name="Ann", last_name="Other", email="office@acme.example")

    ((_title, points, _reasons),) = found_by(alice, first_name="Ben", last_name="Third", email="office@acme.example")

    assert points < LISTED


def test_companies_are_found_by_domain_and_by_name_without_legal_form(alice: Person) -> None:
    make(alice, COMPANY, name="Acme GmbH", domain="acme.example")

    assert found_by(alice, COMPANY, website="https://www.acme.example/about")[0][1:] == (70, ("Same web domain",))
    assert found_by(alice, COMPANY, name="ACME Corp")[0][1:] == (75, ("Same name",))


def test_what_lies_in_the_bin_is_no_candidate(alice: Person) -> None:
    contact = make(alice, first_name="Robert", last_name="Smith", email="robert@acme.example")
    with alice.at_work() as actor:
        services.archive_record(CONTACT, contact.id, actor=actor)

    assert found_by(alice, email="robert@acme.example", first_name="Robert", last_name="Smith") == []


def test_keys_follow_the_record_one_by_one_and_many_at_once(alice: Person) -> None:
    contact = make(alice, first_name="Robert", last_name="Smith")
    with alice.at_work() as actor:
        services.update_record(CONTACT, contact.id, {"last_name": "Baker"}, actor=actor)
        blank = blank_records(CONTACT, actor)
        new = []
        for number in range(10):
            record = blank()
            record.first_name, record.last_name = "Ann", f"Zuckerbäcker{number}"
            new.append((record, {"first_name": "Ann", "last_name": record.last_name}))
        insert_records(CONTACT, new, actor=actor)

    assert found_by(alice, first_name="Robert", last_name="Smith") == []
    assert found_by(alice, first_name="Robert", last_name="Bakre")[0][0] == "Robert Baker"
    assert len(found_by(alice, first_name="Anne", last_name="Zuckerbacker3")) >= 1
    with alice.at_work():
        assert MatchKey.objects.count() == 11


def test_a_hidden_field_is_not_compared(acme: Tenant, alice: Person) -> None:
    role = make_role(
        acme, records={"contact": {"read": "all", "create": "all"}}, fields={"contact": {"email": "hidden"}}, codes=[]
    )
    bob = make_person("Bob Baker", acme, role)
    make(alice, first_name="Robert", last_name="Smith", email="robert@acme.example")

    assert found_by(bob, email="robert@acme.example") == []
    assert found_by(bob, first_name="Robert", last_name="Smith")[0][2] == ("Same name",)


def test_a_record_out_of_reach_is_no_candidate(bob: Person, alice: Person) -> None:
    make(alice, first_name="Robert", last_name="Smith", email="robert@acme.example")

    assert found_by(bob, email="robert@acme.example", first_name="Robert", last_name="Smith") == []


def test_rows_of_a_file_are_matched_in_few_queries(alice: Person, django_assert_max_num_queries: Any) -> None:
    make(alice, first_name="Robert", last_name="Smith", email="robert@acme.example")
    rows = [{"first_name": f"Name{n}", "last_name": "Nobody"} for n in range(50)]
    rows.insert(7, {"first_name": "Bob", "last_name": "Smith", "email": "robert@acme.example"})

    with alice.at_work() as actor, django_assert_max_num_queries(6):
        found = match_rows(CONTACT, rows, actor=actor)

    assert [bool(each) for each in found].index(True) == 7
    assert sum(map(len, found)) == 1
    assert found[7][0].score == 95


def test_the_api_refuses_with_candidates_and_their_reasons(alice: Person) -> None:
    contact = make(alice, first_name="Robert", last_name="Smith", phone="+12125550100")
    body = {"first_name": "Bob", "last_name": "Smith", "phone": "(212) 555-0100"}

    refused = alice.api.post("/api/v1/contacts/", body)
    insisted = alice.api.post("/api/v1/contacts/?allow_duplicates=true", body)

    assert refused.status_code == 409
    assert refused.json()["current"]["candidates"] == [
        {
            "id": str(contact.id),
            "title": "Robert Smith",
            "score": 90,
            "reasons": ["Same phone number", "Short form of the name: Bob Smith / Robert Smith"],
        }
    ]
    assert insisted.status_code == 201


def test_the_api_lets_a_namesake_pass(alice: Person) -> None:
    make(alice, first_name="Robert", last_name="Smith")

    assert alice.api.post("/api/v1/contacts/", {"first_name": "Robert", "last_name": "Smith"}).status_code == 201


def test_a_refused_record_leaves_nothing(alice: Person) -> None:
    make(alice, first_name="Robert", last_name="Smith", phone="+12125550100")

    with alice.at_work() as actor:
        with pytest.raises(PossibleDuplicates):
            services.create_record(
                CONTACT,
                {"first_name": "Robert", "last_name": "Smith", "phone": "+12125550100"},
                allow_duplicates=False,
                actor=actor,
            )
        assert CONTACT.rows().count() == 1
    assert REFUSED > LISTED


def test_facts_of_typed_texts_are_those_of_the_stored_record(alice: Person) -> None:
    values = {"first_name": "Zoë", "last_name": "Østergård", "email": "Zoe@X.example", "phone": "212 555 0100"}
    contact = make(alice, **values)

    with tenant_scope(alice.tenant):
        viewer = Viewer(CONTACT, CONTACT.match_rules)
        assert viewer.of_values(values).by_rule[:3] == viewer.of_record(contact).by_rule[:3]
