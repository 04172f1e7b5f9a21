"""The journal's walls: tenants apart, append-only, partitions out of reach, and erasure through the one door."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.db import ProgrammingError, connection, transaction

from autocrm.journal import entry_types, positions, services
from autocrm.journal.models import DeadLetter, Entry
from autocrm.journal.tests.workplace import at_work, note, record
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Denied
from autocrm.kernel.platform import platform_cursor, rows
from autocrm.kernel.tenancy import no_tenant, tenant_scope
from tests.support import database
from tests.support.plugin import DATABASE


def partitions() -> list[str]:
    with platform_cursor(reason="test") as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'journal_entry'::regclass")
        return sorted(name for (name,) in cursor.fetchall())


def refused(sql: str, tenant: object) -> bool:
    try:
        with at_work(tenant), connection.cursor() as cursor:
            cursor.execute(sql)
    except ProgrammingError as error:
        return "permission denied" in str(error)
    return False


def test_charlie_sees_nothing_of_acme(acme: Any, globex: Any) -> None:
    entry = note(acme, "secret")

    with at_work(globex), connection.cursor() as cursor:
        assert not Entry.objects.filter(id=entry.id).exists()
        cursor.execute("SELECT count(*) FROM journal_entry")
        assert cursor.fetchone() == (0,)


def test_charlie_cannot_write_into_acme(acme: Any, globex: Any) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), at_work(globex), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO journal_entry (tenant_id, at, kind, actor_kind, root_id) VALUES (%s, now(), 'x', 'human', 0)",
            [acme.id],
        )


@pytest.mark.parametrize("sql", ["UPDATE journal_entry SET kind = 'x'", "DELETE FROM journal_entry"])
def test_entries_cannot_be_changed_or_deleted(acme: Any, sql: Any) -> None:
    note(acme)

    assert refused(sql, acme)


def test_partitions_cannot_be_touched_directly(acme: Any) -> None:
    note(acme)

    assert len(partitions()) >= 5
    for name in partitions():
        assert refused(f"SELECT * FROM {name}", acme)
        assert refused(f"INSERT INTO {name} DEFAULT VALUES", acme)


def test_partitions_are_under_row_level_security_themselves(acme: Any) -> None:
    note(acme)

    with platform_cursor(reason="test") as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid "
            "WHERE i.inhparent = 'journal_entry'::regclass AND c.relkind = 'r' AND (NOT relrowsecurity "
            "OR NOT relforcerowsecurity OR NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid))"
        )
        assert cursor.fetchall() == []


def test_only_the_platform_role_makes_partitions_and_only_of_the_journal(acme: Any) -> None:
    assert refused("SELECT create_month_partition('journal_entry', '2031-01-01')", acme)
    with pytest.raises(ProgrammingError, match="no partitions are made"), platform_cursor(reason="test") as cursor:
        cursor.execute("SELECT create_month_partition('jobs_job', '2031-01-01')")


def test_months_ahead_get_their_partitions(db: None) -> None:
    with time_machine.travel(datetime(2028, 11, 30, tzinfo=UTC)):
        services.ensure_partitions()
        services.ensure_partitions()

    assert {f"journal_entry_y{month}" for month in ("2028m11", "2028m12", "2029m01", "2029m02")} <= set(partitions())


def test_entries_that_came_before_their_partition_move_into_it(acme: Any) -> None:
    with time_machine.travel(datetime(2029, 6, 15, tzinfo=UTC)):
        entry = note(acme, "early")
        services.ensure_partitions()

    assert "journal_entry_y2029m06" in partitions()
    with at_work(acme), connection.cursor() as cursor:
        assert Entry.objects.get(id=entry.id).record_label == "early"
        cursor.execute("SELECT tableoid::regclass::text FROM journal_entry WHERE id = %s", [entry.id])
        assert cursor.fetchone() == ("journal_entry_y2029m06",)


def test_erasure_keeps_what_the_kind_allows_and_nothing_else(acme: Any, globex: Any) -> None:
    target = record()
    noted = note(acme, "Jo Doe", record_type="contact", record_id=target, changes={"n": [1, 2]}, data={"mail": "jo@x"})
    with at_work(acme) as actor:
        moved = services.write(
            "test.moved", record_type="contact", record_id=target, record_label="Jo", changes={"a": [1, 2]}, actor=actor
        )
    other = note(acme, "Else", record_type="contact", record_id=record())
    elsewhere = note(globex, "Jo Doe", record_type="contact", record_id=target)

    with tenant_scope(acme):
        assert services.shred_record("contact", target, actor=actor) == 2
        assert services.shred_record("contact", target, actor=actor) == 0

    left = {entry.id: entry for entry in rows(Entry, reason="test").filter(tenant_id__in=[acme.id, globex.id])}
    assert (left[noted.id].record_label, left[noted.id].changes, left[noted.id].data) == ("", {"n": [1, 2]}, {})
    assert (left[moved.id].record_label, left[moved.id].changes, left[moved.id].kind) == ("", {}, "test.moved")
    assert left[other.id].record_label == "Else"
    assert left[elsewhere.id].record_label == "Jo Doe"


def test_erasure_reaches_what_a_handler_said_about_the_entry(acme: Any) -> None:
    entry = note(acme, "Jo Doe", record_type="contact", record_id=record())
    with at_work(acme) as actor:
        letter = DeadLetter.objects.create(
            consumer="x",
            entry_id=entry.id,
            entry_at=entry.at,
            kind=entry.kind,
            error="Jo Doe",
            attempts=4,
            created_at=now(),
        )

    with tenant_scope(acme):
        services.shred_record("contact", entry.record_id, actor=actor)

    with at_work(acme):
        assert DeadLetter.objects.get(id=letter.id).error == ""


def test_erasure_needs_the_right_to_delete(acme: Any, bob: Any) -> None:
    target = record()

    with bob.at_work() as actor, pytest.raises(Denied):
        services.shred_record("contact", target, actor=actor)


def test_kind_is_declared_once(db: None) -> None:
    with pytest.raises(ImproperlyConfigured, match="registered twice"):
        entry_types.declare(entry_types.EntryType("test.noted", "again"))


def test_numbers_go_on_growing_after_a_restore_into_another_cluster(acme: Any) -> None:
    """The cursor of the old cluster stands far ahead of the new one's transactions."""
    admin_url = database.url_for("admin", DATABASE)
    ahead = 10_000_000_000
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(
            "INSERT INTO journal_consumerstart (consumer, txid, introduced_at) VALUES ('restored', %s, now())", [ahead]
        )
        try:
            with psycopg.connect(database.url_for("owner", DATABASE), autocommit=True) as owner:
                with platform_cursor(reason="test") as cursor:
                    cursor.execute(positions._HIGHEST)
                    highest = cursor.fetchone()[0]
                assert highest == ahead
                assert positions.realign_with(owner.execute)
                assert not positions.realign_with(owner.execute)

            assert note(acme).txid > ahead
        finally:
            admin.execute("DELETE FROM journal_consumerstart WHERE consumer = 'restored'")


def test_no_tenant_no_entries(acme: Any) -> None:
    note(acme)

    with no_tenant(), transaction.atomic(), pytest.raises(RuntimeError):
        Entry.objects.count()


def test_entries_say_when_in_utc(acme: Any) -> None:
    entry = note(acme)

    assert entry.at.utcoffset() == timedelta(0)
