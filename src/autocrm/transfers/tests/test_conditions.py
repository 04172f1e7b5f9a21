"""Fields that a tenant requires only under a condition: a row that lacks one stays out and is told what to do."""

from typing import Any

import pytest

from autocrm.records.custom.fields import create_field
from autocrm.transfers.tests.workplace import COMPANY, Company, bring_in, counts_of, faults_of

LOST = {"field": "status", "cmp": "is", "value": "lost"}
MAPPING = {"Name": "name", "Status": "status", "Reason": "reason", "City": "city"}
MESSAGE = "“Reason” must be filled here, because: Status is Lost. Fill it in the file and import the row again."


@pytest.fixture
def fields(alice: Any) -> None:
    with alice.at_work() as actor:
        status = {"record_type": "company", "label": "Status", "kind": "select", "options": ["Open", "Lost"]}
        create_field(status, actor=actor)
        reason = {"record_type": "company", "label": "Reason", "kind": "text", "required_when": LOST}
        create_field(reason, actor=actor)


def bring_companies(alice: Any, text: str, **options: Any) -> Any:
    head = text.partition("\n")[0].split(",")
    return bring_in(alice, text, into=COMPANY, mapping={name: MAPPING[name] for name in head}, **options)


@pytest.mark.usefixtures("fields")
def test_a_row_without_what_its_condition_asks_for_stays_out_and_says_what_to_do(alice: Any) -> None:
    done = bring_companies(alice, "Name,Status,Reason\nA,Open,\nB,Lost,\nC,Lost,Price\n")

    assert counts_of(done) == (2, 0, 0, 1)
    assert faults_of(alice, done) == [(3, "Reason", MESSAGE)]
    with alice.at_work():
        assert sorted(Company.objects.values_list("name", flat=True)) == ["A", "C"]


@pytest.mark.usefixtures("fields")
def test_the_column_is_named_by_the_field_where_the_file_has_none(alice: Any) -> None:
    done = bring_companies(alice, "Name,Status\nB,Lost\n")

    assert faults_of(alice, done) == [(2, "Reason", MESSAGE)]


@pytest.mark.usefixtures("fields")
def test_a_record_that_a_row_would_leave_without_it_keeps_what_it_had(alice: Any) -> None:
    bring_companies(alice, "Name,Status,City\nA,Open,Oslo\nB,Open,Oslo\n")

    done = bring_companies(alice, "Name,Status,City\nA,Lost,Bergen\nB,Open,Bergen\n", match="update")

    assert counts_of(done) == (0, 1, 0, 1)
    assert faults_of(alice, done) == [(2, "Reason", MESSAGE)]
    with alice.at_work():
        assert sorted(Company.objects.values_list("name", "city")) == [("A", "Oslo"), ("B", "Bergen")]
        assert Company.objects.get(name="A").custom["status"] == "open"
