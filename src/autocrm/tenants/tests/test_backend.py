"""The database backend: tenant-first keys, the pin, and what it refuses."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connections, models, transaction
from django.db.utils import ProgrammingError

from autocrm.journal.models import Entry
from autocrm.kernel.tenancy import TenantChanged, TenantMissing, tenant_scope
from autocrm.tenants.models import Tenant
from autocrm.tenants.tests.scratch import Book, Shelf, scratch_database

APP, OWNER = "scratch_app", "scratch_owner"


@pytest.fixture(scope="module")
def scratch(django_db_setup: None) -> Iterator[str]:
    with scratch_database(f"autocrm_scratch_{os.getpid()}") as name:
        yield name


def columns_of(sql_type: str, table: str) -> list[list[str]]:
    with connections[OWNER].cursor() as cursor:
        cursor.execute(
            "SELECT array(SELECT attname FROM unnest(conkey) WITH ORDINALITY k(n, o) JOIN pg_attribute a"
            " ON a.attrelid = conrelid AND a.attnum = n ORDER BY o)::text[] FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND contype = %s",
            [table, sql_type],
        )
        return [row[0] for row in cursor.fetchall()]


def test_keys_and_foreign_keys_begin_with_the_tenant(scratch: str) -> None:
    assert columns_of("p", "scratch_book") == [["tenant_id", "id"]]
    assert ["tenant_id", "name"] in columns_of("u", "scratch_shelf")
    assert columns_of("f", "scratch_book") == [["tenant_id", "shelf_id"]]
    with connections[OWNER].cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'scratch_book'")
        assert all("(tenant_id" in row[0] for row in cursor.fetchall())


def test_a_column_added_later_is_unique_and_indexed_within_the_tenant(scratch: str) -> None:
    code = models.CharField(max_length=9, null=True, unique=True)
    code.set_attributes_from_name("code")
    code.model = Shelf

    with connections[OWNER].schema_editor() as editor:
        editor.add_field(Shelf, code)

    assert ["tenant_id", "code"] in columns_of("u", "scratch_shelf")


def test_a_row_cannot_point_into_another_tenant(scratch: str) -> None:
    with tenant_scope(1), transaction.atomic(using=APP):
        shelf = Shelf.objects.using(APP).create(name="Atlas")

    with pytest.raises(IntegrityError), tenant_scope(2), transaction.atomic(using=APP):
        Book.objects.using(APP).create(shelf_id=shelf.pk, isbn="1")

    with tenant_scope(2), transaction.atomic(using=APP):
        assert not Book.objects.using(APP).exists()


def test_a_unique_value_of_another_tenant_is_neither_refused_nor_revealed(scratch: str) -> None:
    for tenant in (11, 12):
        with tenant_scope(tenant), transaction.atomic(using=APP):
            Shelf.objects.using(APP).create(name="Same")

    with tenant_scope(11), transaction.atomic(using=APP):
        assert Shelf.objects.using(APP).count() == 1
        assert Shelf.across_tenants.using(APP).count() == 1


def test_a_row_cannot_be_written_for_another_tenant(scratch: str) -> None:
    with pytest.raises(ProgrammingError), tenant_scope(1), transaction.atomic(using=APP):
        Shelf(name="Smuggled", tenant_id=2).save(using=APP, force_insert=True)

    with tenant_scope(2), transaction.atomic(using=APP):
        assert not Shelf.objects.using(APP).filter(name="Smuggled").exists()


def test_without_a_tenant_nothing_is_read_and_the_code_hears_of_it(db: None) -> None:
    with pytest.raises(TenantMissing):
        list(Entry.objects.all())
    with pytest.raises(TenantMissing), transaction.atomic():
        list(Entry.across_tenants.all())


def test_sql_on_a_tenant_table_outside_a_transaction_is_refused(db: None) -> None:
    with pytest.raises(TenantMissing), tenant_scope(1):
        list(Entry.objects.all())
    assert Tenant.objects.filter(pk=-1).first() is None


def test_the_tenant_cannot_change_within_a_transaction(db: None) -> None:
    with tenant_scope(1), transaction.atomic():
        list(Entry.objects.all())
        with pytest.raises(TenantChanged), tenant_scope(2):
            list(Entry.objects.all())


def test_a_transaction_may_be_opened_before_its_tenant_is_known(db: None) -> None:
    with transaction.atomic():
        assert Tenant.objects.filter(pk=-1).first() is None
        with tenant_scope(1):
            assert list(Entry.objects.filter(kind="none")) == []


def test_a_rolled_back_savepoint_does_not_take_the_pin_with_it(scratch: str) -> None:
    with tenant_scope(21), transaction.atomic(using=APP):
        Shelf.objects.using(APP).create(name="Kept")

    with tenant_scope(21), transaction.atomic(using=APP):
        with pytest.raises(KeyError), transaction.atomic(using=APP):
            Shelf.objects.using(APP).count()
            raise KeyError
        assert Shelf.objects.using(APP).count() == 1


@pytest.mark.parametrize("pool", [False, True])
def test_concurrent_work_of_many_tenants_never_meets(scratch: str, *, pool: bool) -> None:
    alias = "scratch_pool" if pool else APP
    if pool:
        pooled = {"OPTIONS": {"pool": {"min_size": 1, "max_size": 3}}, "CONN_MAX_AGE": 0}
        connections.databases[alias] = connections.databases[APP] | pooled
    tenants = range(100, 130)

    def visit(number: int) -> set[str]:
        tenant = tenants[number % len(tenants)]
        try:
            with tenant_scope(tenant), transaction.atomic(using=alias):
                Book.objects.using(alias).create(isbn=f"{tenant}-{number}")
                return {isbn.split("-")[0] for isbn in Book.objects.using(alias).values_list("isbn", flat=True)}
        finally:
            connections[alias].close()

    with ThreadPoolExecutor(8) as threads:
        seen = list(threads.map(visit, range(600)))

    assert all(found == {str(tenants[number % len(tenants)])} for number, found in enumerate(seen))
    with connections[OWNER].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_policies WHERE tablename LIKE 'scratch%'")
        assert cursor.fetchone() == (2,)
    if pool:
        connections[alias].close_pool()
        del connections.databases[alias]
    with tenant_scope(100), transaction.atomic(using=APP):
        Book.objects.using(APP).all().delete()
    for tenant in tenants:
        with tenant_scope(tenant), transaction.atomic(using=APP):
            Book.objects.using(APP).all().delete()
