"""Rows without a record that look like one that exists: shown by the check, and dealt with as the person chose."""

from typing import Any

import pytest

from autocrm.jobs import services as jobs
from autocrm.transfers.models import Import
from autocrm.transfers.services import checks
from autocrm.transfers.tests.test_rights import importer
from autocrm.transfers.tests.workplace import Contact, bring_in, counts_of, reread, start, upload

HEAD = "First name,Last name,E-mail,Company,Job title\n"
KNOWN = HEAD + "Robert,Berg,robert@berg.example,Globex,\n"
FILE = HEAD + "Robert,Berg,bob@home.example,Globex,Director\nZoe,Quist,zoe@quist.example,Globex,\n"


def check(person: Any, batch: Import, **options: Any) -> Import:
    with person.at_work() as actor:
        checks.start_check(batch.id, options=options, actor=actor)
    jobs.run_due(tenant_id=person.tenant.id)
    return reread(person, batch)


def names(person: Any) -> list[tuple[str, str]]:
    with person.at_work():
        return sorted(Contact.objects.filter(archived_at=None).values_list("full_name", "title"))


def test_a_check_shows_which_new_rows_look_like_a_record_that_exists_and_why(alice: Any) -> None:
    bring_in(alice, KNOWN)

    batch = check(alice, upload(alice, FILE))

    counts = {name: batch.check_counts[name] for name in ("new", "same", "alike")}
    assert counts == {"new": 2, "same": 0, "alike": 1}
    page = alice.page.get(f"/imports/{batch.id}/check/?outcome=alike")
    (line,) = page.context["lines"]
    assert (line["number"], line["alike"]["title"]) == (2, "Robert Berg")
    assert line["alike"]["score"] >= 60
    assert line["alike"]["reasons"] == ["Same name", "Same company"]
    assert line["alike"]["url"] in page.content.decode()
    assert "1 row has no record of its own, but looks like one that exists" in page.content.decode()
    assert names(alice) == [("Robert Berg", "")]


@pytest.mark.parametrize(
    ("alike", "match", "counts", "after"),
    [
        ("create", "skip", (2, 0, 0, 0), [("Robert Berg", ""), ("Robert Berg", "Director"), ("Zoe Quist", "")]),
        ("skip", "update", (1, 0, 1, 0), [("Robert Berg", ""), ("Zoe Quist", "")]),
        ("link", "fill", (1, 1, 0, 0), [("Robert Berg", "Director"), ("Zoe Quist", "")]),
        ("link", "skip", (1, 0, 1, 0), [("Robert Berg", ""), ("Zoe Quist", "")]),
    ],
)
def test_what_becomes_of_such_rows_is_chosen_and_the_check_foresees_it(
    alice: Any, alike: str, match: str, counts: tuple[int, ...], after: list[tuple[str, str]]
) -> None:
    bring_in(alice, KNOWN)
    batch = check(alice, upload(alice, FILE), alike=alike, match=match)
    foreseen = tuple(batch.check_counts[name] for name in ("new", "changed", "same", "refused"))

    start(alice, batch)
    jobs.run_due(tenant_id=alice.tenant.id)

    assert counts_of(reread(alice, batch)) == foreseen == counts
    assert names(alice) == after


def test_rows_of_one_file_that_look_alike_all_come_in(alice: Any) -> None:
    """What an import made itself is nothing that was there before: how the file falls into chunks changes nothing."""
    done = bring_in(alice, HEAD + "Robert,Berg,b@x.example,Globex,\nRobert,Berg,r@x.example,Globex,\n", alike="skip")

    assert counts_of(done) == (2, 0, 0, 0)


def test_a_record_out_of_sight_is_no_candidate(alice: Any) -> None:
    bring_in(alice, KNOWN)
    ida = importer(alice)

    batch = check(ida, upload(ida, FILE))

    assert batch.check_counts["alike"] == 0
