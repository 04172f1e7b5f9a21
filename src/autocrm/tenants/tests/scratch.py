"""A database of two plain tenant-owned tables, made by the schema editor, for tests of the wall itself."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import connections, models

from autocrm.kernel.owned import TenantOwned
from tests.support import database


class Shelf(TenantOwned):
    name = models.CharField(max_length=50, unique=True)

    class Meta(TenantOwned.Meta):
        app_label = "scratch"


class Book(TenantOwned):
    shelf = models.ForeignKey(Shelf, null=True, on_delete=models.SET_NULL)
    isbn = models.CharField(max_length=20, default="")
    marks = ArrayField(models.UUIDField(), default=list)

    class Meta(TenantOwned.Meta):
        app_label = "scratch"
        constraints = [models.UniqueConstraint(fields=["isbn"], condition=~models.Q(isbn=""), name="scratch_book_isbn")]
        indexes = [
            GinIndex(fields=["marks"], name="scratch_book_marks"),
            models.Index(fields=["-isbn"], name="scratch_book_isbn_down"),
        ]


@contextmanager
def scratch_database(name: str) -> Iterator[str]:
    """A fresh database `name` with the two tables; aliases `scratch_app` and `scratch_owner` lead to it."""
    with psycopg.connect(database.admin_url(), autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        admin.execute(f'CREATE DATABASE "{name}" OWNER autocrm_owner')
    database.prepare(name)
    for role in ("app", "owner"):
        extra = {"TENANT_GUARD": role == "app", "ATOMIC_REQUESTS": False}
        connections.databases[f"scratch_{role}"] = connections.databases["default"] | database.place(role, name) | extra
    with connections["scratch_owner"].schema_editor() as editor:
        editor.create_model(Shelf)
        editor.create_model(Book)
    yield name
    for role in ("app", "owner"):
        connections[f"scratch_{role}"].close()
        del connections[f"scratch_{role}"]
        del connections.databases[f"scratch_{role}"]
    database.drop(name)
