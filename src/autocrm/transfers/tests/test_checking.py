"""The look at a whole file, pausing, saved mappings, and the choices a file is imported with."""

from typing import Any

import pytest

from autocrm.jobs import services as jobs
from autocrm.transfers import running
from autocrm.transfers.models import CheckState, Import, ImportCheckPart, ImportState
from autocrm.transfers.results import list_lines
from autocrm.transfers.services import checks
from autocrm.transfers.tests.test_pages import form_of
from autocrm.transfers.tests.workplace import (
    Company,
    Contact,
    bring_in,
    counts_of,
    faults_of,
    people,
    reread,
    start,
    upload,
)
from autocrm.users.models import Membership
from autocrm.users.services import placeholders

HTMX = {"HX-Request": "true"}


def look_at(person: Any, batch: Import, **options: Any) -> Import:
    with person.at_work() as actor:
        checks.start_check(batch.id, options=options, actor=actor)
    jobs.run_due(tenant_id=person.tenant.id)
    return reread(person, batch)


def test_a_check_says_of_every_row_what_becomes_of_it_and_saves_nothing(alice: Any) -> None:
    bring_in(alice, people(2_000))
    file = people(2_100).replace("Ana5,", "Anna,") + "Bad,Mail,nowhere,12\n" + "Ana3000,Silva,ana1@example.com,\n"
    batch = look_at(alice, upload(alice, file), match="update")

    assert batch.check_state == CheckState.DONE
    counts = {key: batch.check_counts[key] for key in ("new", "changed", "same", "refused")}
    assert counts == {"new": 101, "changed": 2, "same": 1_999, "refused": 0}
    assert (batch.check_counts["faults"], batch.check_counts["warnings"]) == (1, 1)
    with alice.at_work():
        assert Contact.objects.count() == 2_000
    page = alice.page.get(f"/imports/{batch.id}/check/?outcome=changed").content.decode()
    assert "<del>Ana5</del>" in page
    assert "<ins>Anna</ins>" in page
    assert page.count('class="pill info"') == 2
    second = alice.page.get(f"/imports/{batch.id}/check/?after=2000")
    assert [line["number"] for line in second.context["lines"]] == list(range(2001, 2051))
    assert second.context["next"] == 2050
    noted = alice.page.get(f"/imports/{batch.id}/faults.csv").content.decode()
    assert "This is not an e-mail address." in noted
    assert len(noted.splitlines()) == 2

    done = start(alice, batch)
    jobs.run_due(tenant_id=alice.tenant.id)
    assert counts_of(reread(alice, done)) == (101, 2, 1_999, 0)
    with alice.at_work():
        assert not ImportCheckPart.objects.exists()


def test_a_check_foresees_rows_that_repeat_earlier_ones_far_above(alice: Any) -> None:
    file = people(1_500) + "Other,Name,ana3@example.com,\n" + people(1_500).splitlines()[4] + "\n"
    for match in ("skip", "update"):
        batch = look_at(alice, upload(alice, file), match=match)
        foreseen = tuple(batch.check_counts[key] for key in ("new", "changed", "same", "refused"))
        assert foreseen == ((1_500, 0, 2, 0) if match == "skip" else (1_500, 1, 1, 0))


def test_a_check_foresees_what_would_be_made_along_with_the_rows(alice: Any) -> None:
    bring_in(alice, people(2))
    file = (
        "First name,E-mail,Company,Owner\nAna0,ana0@example.com,Acme Inc,Mia Wall\n"
        "Ana1,ana1@example.com,ACME  inc,Mia Wall\nBo,bo@example.com,Acme Inc,\n"
    )
    batch = look_at(alice, upload(alice, file), match="update", owners="placeholder")

    foreseen = {key: batch.check_counts[key] for key in ("new", "changed", "same", "related", "people")}
    assert foreseen == {"new": 1, "changed": 2, "same": 0, "related": 1, "people": 1}
    page = alice.page.get(f"/imports/{batch.id}/check/?outcome=changed").content.decode()
    assert "<ins>Acme Inc</ins>" in page
    assert "<ins>Mia Wall</ins>" in page
    with alice.at_work():
        assert not Company.objects.exists()
        assert not Membership.objects.filter(is_placeholder=True).exists()
    ended = start(alice, batch)
    jobs.run_due(tenant_id=alice.tenant.id)
    assert (counts_of(reread(alice, ended)), reread(alice, ended).related) == ((1, 2, 0, 0), 1)


def test_choices_of_a_check_come_back_with_words(alice: Any) -> None:
    batch = upload(alice, people(3))
    answer = alice.page.post(f"/imports/{batch.id}/check/", {"match": "skip"}, headers=HTMX)
    assert answer.status_code == 422
    answer = alice.page.post(f"/imports/{batch.id}/check/", form_of(batch), headers=HTMX)
    assert answer["HX-Redirect"] == f"/imports/{batch.id}/check/"
    assert "Looking at all rows" in alice.page.get(answer["HX-Redirect"]).content.decode()
    alice.page.post(f"/imports/{batch.id}/check/stop/")
    jobs.run_due(tenant_id=alice.tenant.id)
    assert reread(alice, batch).check_state == CheckState.NONE


def test_a_paused_import_goes_on_where_it_stopped(alice: Any, monkeypatch: Any) -> None:
    batch = start(alice, upload(alice, people(5_000)))
    write, calls = running._Work._write, []

    def write_then_pause(self: Any, done: int, *chunk: Any) -> bool:
        went_on = write(self, done, *chunk)
        if not calls:
            calls.append(done)
            assert alice.page.post(f"/imports/{batch.id}/pause/").status_code == 302
        return went_on

    monkeypatch.setattr(running._Work, "_write", write_then_pause)
    jobs.run_due(tenant_id=alice.tenant.id)
    paused = reread(alice, batch)
    assert (paused.state, paused.done_rows) == (ImportState.PAUSED, 2_000)
    assert "Go on" in alice.page.get(f"/imports/{batch.id}/").content.decode()

    alice.page.post(f"/imports/{batch.id}/resume/")
    jobs.run_due(tenant_id=alice.tenant.id)

    ended = reread(alice, batch)
    assert (ended.state, *counts_of(ended)) == (ImportState.DONE, 5_000, 0, 0, 0)


def test_strangers_become_placeholders_who_cannot_sign_in(alice: Any) -> None:
    rows = "First name,Owner\nAna,Mia Wall\nBo,mia  wall\nCy,Alice Archer\nDi,Tom Poe\n"
    batch = bring_in(alice, rows, owners="placeholder")

    assert (counts_of(batch), batch.faults) == ((4, 0, 0, 0), 0)
    with alice.at_work():
        waiting = {member.user.name: member for member in Membership.objects.filter(is_placeholder=True)}
        owners = dict(Contact.objects.values_list("first_name", "owner_id"))
    assert set(waiting) == {"Mia Wall", "Tom Poe"}
    assert owners["Ana"] == owners["Bo"] == waiting["Mia Wall"].user_id
    assert owners["Cy"] == alice.id
    assert not waiting["Mia Wall"].user.is_active
    assert not waiting["Mia Wall"].user.has_usable_password()
    # Again they are found, not added.
    bring_in(alice, rows.replace("Ana", "Eva"), owners="placeholder")
    with alice.at_work():
        assert Membership.objects.filter(is_placeholder=True).count() == 2
    assert "Mia Wall" in alice.page.get("/settings/members/").content.decode()


def test_who_may_not_add_members_adds_no_placeholders(alice: Any, bob: Any) -> None:
    with bob.at_work() as actor:
        assert not placeholders.may_add_placeholders(actor=actor)


def test_a_number_nobody_can_dial_is_kept_with_a_warning(alice: Any) -> None:
    batch = bring_in(alice, "First name,Phone\nAna,12 34\nBo,none\n")

    assert (counts_of(batch), batch.faults, batch.warnings) == ((2, 0, 0, 0), 1, 1)
    with alice.at_work():
        assert dict(Contact.objects.values_list("first_name", "phone")) == {"Ana": "12 34", "Bo": ""}
    assert [column for _row, column, _words in faults_of(alice, batch)] == ["Phone", "Phone"]
    assert "kept as written" in alice.page.get(f"/imports/{batch.id}/").content.decode()


def test_records_are_found_by_the_chosen_key_or_by_none(alice: Any) -> None:
    bring_in(alice, people(2))
    with alice.at_work():
        first = Contact.objects.get(email_key="ana0@example.com")
    by_id = bring_in(alice, f"Record ID,First name\n{first.id},Eva\n", match="update")
    none = bring_in(alice, people(1).replace("ana0@", "other@"), match_by="-")
    taken = bring_in(alice, people(1), match_by="-", match="update")

    assert [counts_of(each) for each in (by_id, none, taken)] == [(0, 1, 0, 0), (1, 0, 0, 0), (0, 0, 0, 1)]
    with alice.at_work():
        assert Contact.objects.get(id=first.id).first_name == "Eva"


def test_numbers_and_dates_are_read_as_chosen(alice: Any) -> None:
    batch = upload(alice, "First name,Next follow-up\nAna,03/04/2026\n")
    start(alice, batch, dates="dmy")
    jobs.run_due(tenant_id=alice.tenant.id)

    with alice.at_work():
        assert Contact.objects.get().next_follow_up_on.isoformat() == "2026-04-03"


def test_a_mapping_is_kept_and_offered_where_it_fits(alice: Any, bob: Any) -> None:
    batch = upload(alice, "Who,Where\nAna,Oslo\n")
    form = {"column-0": "first_name", "column-1": "city", "match": "update", "template_name": "Fair"}
    answer = alice.page.post(f"/imports/{batch.id}/templates/", form, headers=HTMX)
    assert "Fair" in answer.content.decode()

    other = upload(alice, "WHERE,who,More\nOslo,Bo,1\n")
    page = alice.page.get(f"/imports/{other.id}/")
    [template] = page.context["templates"]
    alice.page.post(f"/imports/{other.id}/apply/", {"template": str(template.id)})
    assert reread(alice, other).mapping == {"WHERE": "city", "who": "first_name"}
    assert reread(alice, other).options["match"] == "update"
    unlike = upload(alice, "Who\nAna\n")
    assert alice.page.get(f"/imports/{unlike.id}/").context["templates"] == []
    assert bob.page.post(f"/imports/templates/{template.id}/delete/").status_code == 404
    assert alice.page.post(f"/imports/templates/{template.id}/delete/").status_code == 302


def test_a_file_is_read_again_in_another_way(alice: Any) -> None:
    batch = upload(alice, "First name;City\nAna;Oslo, Norway\nBo;Bergen, Norway\n", delimiter=",")
    assert len(batch.columns) == 1
    alice.page.post(f"/imports/{batch.id}/read-again/", {"delimiter": ";"})

    again = reread(alice, batch)
    assert (again.columns, again.mapping) == (["First name", "City"], {"First name": "first_name", "City": "city"})


def test_rights_lost_meanwhile_end_a_check_with_words(alice: Any) -> None:
    batch = upload(alice, people(3))
    with alice.at_work() as actor:
        checks.start_check(batch.id, actor=actor)
        Import.objects.filter(id=batch.id).update(user_id=None, token_id=None)
    jobs.run_due(tenant_id=alice.tenant.id)
    with alice.at_work():
        assert Import.objects.get(id=batch.id).check_state == CheckState.FAILED


def test_a_card_file_comes_in(alice: Any) -> None:
    card = b"BEGIN:VCARD\nVERSION:3.0\nN:Silva;Ana\nORG:Acme\nEMAIL:ana@acme.example\nEND:VCARD\n"
    batch = bring_in(alice, card)
    assert counts_of(batch) == (1, 0, 0, 0)
    with alice.at_work():
        assert Contact.objects.get().company.name == "Acme"


def test_another_file_cannot_start_what_has_begun(alice: Any) -> None:
    batch = bring_in(alice, people(1))
    for address in ("check", "read-again", "pause", "resume"):
        assert alice.page.post(f"/imports/{batch.id}/{address}/", {"match": "skip"}).status_code == 409


@pytest.mark.parametrize("match", ["skip", "create"])
def test_rows_that_change_nothing_or_stay_out_are_called_by_their_names(alice: Any, match: str) -> None:
    rows = "Id,First name,Last name,E-mail\nX1,Ana,Silva,ana@example.com\nX2,Bo,Berg,bo@example.com\n"
    mapping = {"Id": "external_id", "First name": "first_name", "Last name": "last_name", "E-mail": "email"}
    bring_in(alice, rows, mapping=mapping)
    batch = upload(alice, f"{rows}X3,Cy,Holm,ana@example.com\nX4,,,\n")

    with alice.at_work() as actor:
        checks.start_check(batch.id, mapping=mapping, options={"match": match}, actor=actor)
    jobs.run_due(tenant_id=alice.tenant.id)

    with alice.at_work():
        lines = list_lines(reread(alice, batch), after=0, outcome="", limit=10)
    assert [line["title"] for line in lines] == ["Ana Silva", "Bo Berg", "Cy Holm", "X4"]
