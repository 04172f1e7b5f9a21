"""The world of the condition tests: people and companies with a field of every kind and every way of storing one.

Plain temporary tables, not tenant-owned ones: what is tested here is the language, not the isolation.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connections, models
from django.db.models.fields.json import KT

from autocrm.kernel.conditions.schema import ConditionField, Option, RelatedRows, Storage
from autocrm.kernel.field_kinds import FieldKind

# Text may be NULL or empty here, unlike in the product: conditions must treat both alike.
NULLABLE: dict[str, Any] = {"null": True}


class Plain(models.Model):
    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.model_name} {self.pk}"


class Company(Plain):
    sector = models.TextField(**NULLABLE)
    revenue = models.BigIntegerField(null=True)
    founded = models.DateField(null=True)
    name = models.TextField(**NULLABLE)
    name_key = models.TextField(default="")
    owner_id = models.UUIDField(null=True)

    class Meta:
        app_label = "kernel_tests"
        db_table = "conditions_company"


class Person(Plain):
    name = models.TextField(**NULLABLE)
    name_key = models.TextField(default="")
    email = models.TextField(**NULLABLE)
    notes = models.TextField(**NULLABLE)
    amount = models.BigIntegerField(null=True)
    yen = models.BigIntegerField(null=True)
    visits = models.BigIntegerField(null=True)
    score = models.DecimalField(null=True, max_digits=40, decimal_places=10)
    ratio = models.FloatField(null=True)
    born = models.DateField(null=True)
    seen = models.DateTimeField(null=True)
    active = models.BooleanField(null=True)
    stage = models.TextField(**NULLABLE)
    tags = ArrayField(models.TextField(), null=True)
    groups = ArrayField(models.UUIDField(), null=True)
    owner_id = models.UUIDField(null=True)
    payload = models.JSONField(default=dict)
    company = models.ForeignKey(Company, null=True, on_delete=models.CASCADE, db_constraint=False)

    class Meta:
        app_label = "kernel_tests"
        db_table = "conditions_person"


class PersonLabel(Plain):
    person = models.ForeignKey(Person, on_delete=models.CASCADE, db_constraint=False, related_name="+")
    label_id = models.UUIDField()

    class Meta:
        app_label = "kernel_tests"
        db_table = "conditions_label"


class PersonValue(Plain):
    """A typed value table, as custom fields have it."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, db_constraint=False, related_name="+")
    field = models.TextField()
    number = models.BigIntegerField(null=True)
    text = models.TextField(**NULLABLE)
    text_key = models.TextField(default="")

    class Meta:
        app_label = "kernel_tests"
        db_table = "conditions_value"


MODELS = (Company, Person, PersonLabel, PersonValue)
ALIAS = "owner" if "owner" in connections.settings else "default"


def normalise(text: str) -> str:
    """What the normalised columns of these tables keep."""
    return " ".join(text.casefold().split())


@dataclass(frozen=True)
class Fields:
    """A FieldSchema over a plain list."""

    every: tuple[ConditionField, ...]

    def get(self, field_id: str) -> ConditionField | None:
        return next((field for field in self.every if field.id == field_id), None)

    def fields(self) -> Iterable[ConditionField]:
        return self.every


def field(field_id: str, kind: FieldKind, **more: Any) -> ConditionField:
    """A field whose column is called like the field unless told otherwise."""
    defaults: dict[str, Any] = {"label": field_id.replace("_", " ").capitalize(), "path": field_id}
    return ConditionField(id=field_id, kind=kind, **defaults | more)


STAGES = (Option("new", "New"), Option("won", "Won"), Option("lost", "Lost"), Option("old", "Old", active=False))
TAGS = (Option("red", "Red"), Option("green", "Green"), Option("blue", "Blue"))


def attribute(row: Any, name: str) -> Any:
    return row[name] if isinstance(row, dict) else getattr(row, name)


def labels_of(row: Any) -> Any:
    return attribute(row, "label_ids")


def custom_of(row: Any, field_id: str, column: str) -> Any:
    return [value[column] for value in attribute(row, "custom") if value["field"] == field_id]


def values_of(field_id: str, column: str, normalised: str = "") -> RelatedRows:
    return RelatedRows(
        lambda: PersonValue._default_manager.using(ALIAS).filter(field=field_id), "person", column, normalised
    )


COMPANY = Fields(
    (
        field("sector", FieldKind.TEXT),
        field("revenue", FieldKind.CURRENCY, currency="EUR"),
        field("founded", FieldKind.DATE),
        field("name", FieldKind.TEXT, normalised_path="name_key", normalise=normalise),
        field("owner", FieldKind.USER, path="owner_id"),
        field("bank", FieldKind.TEXT, path="sector", readable=False),
    )
)

PERSON = Fields((
    field("name", FieldKind.TEXT, normalised_path="name_key", normalise=normalise),
    field("email", FieldKind.EMAIL),
    field("notes", FieldKind.LONG_TEXT),
    field("amount", FieldKind.CURRENCY),
    field("yen", FieldKind.CURRENCY, decimal_places=0, currency="JPY"),
    field("visits", FieldKind.NUMBER, storage=Storage.INTEGER),
    field("score", FieldKind.PERCENT),
    field("ratio", FieldKind.NUMBER, storage=Storage.FLOAT),
    field("born", FieldKind.DATE),
    field("seen", FieldKind.DATETIME),
    field("active", FieldKind.BOOLEAN),
    field("stage", FieldKind.SELECT, options=STAGES),
    field("tags", FieldKind.MULTI_SELECT, array=True, options=TAGS),
    field("groups", FieldKind.MULTI_SELECT, array=True, storage=Storage.UUID),
    field("labels", FieldKind.MULTI_SELECT, path="", storage=Storage.UUID, getter=labels_of,
          through=RelatedRows(lambda: PersonLabel._default_manager.using(ALIAS), "person", "label_id")),
    field("owner", FieldKind.USER, path="owner_id"),
    field("company", FieldKind.RELATION, path="company_id", storage=Storage.INTEGER, related=COMPANY),
    field("colour", FieldKind.TEXT, path="", expression=lambda prefix: KT(f"{prefix}payload__colour"),
          getter=lambda row: attribute(row, "payload").get("colour")),
    field("budget", FieldKind.NUMBER, path="", storage=Storage.INTEGER, through=values_of("budget", "number"),
          getter=lambda row: custom_of(row, "budget", "number")),
    field("nick", FieldKind.TEXT, path="", through=values_of("nick", "text", "text_key"), normalise=normalise,
          getter=lambda row: custom_of(row, "nick", "text")),
    field("salary", FieldKind.CURRENCY, path="amount", readable=False),
))  # fmt: skip


@contextmanager
def tables() -> Iterator[None]:
    """The tables of this world, for one connection and until the block ends."""
    connection = connections[ALIAS]
    with connection.cursor() as cursor:
        for model in MODELS:
            with connection.schema_editor(collect_sql=True) as editor:
                sql, params = editor.table_sql(model)
            cursor.execute(sql.replace("CREATE TABLE", "CREATE TEMPORARY TABLE", 1), params)
        yield
        for model in MODELS:
            cursor.execute(f"DROP TABLE {model._meta.db_table}")


def store(companies: list[dict[str, Any]], people: list[dict[str, Any]]) -> list[Person]:
    """Write rows given by column and answer the people as read back, with what lives in other tables attached."""
    for company in companies:
        Company._default_manager.using(ALIAS).create(**company, name_key=normalise(company["name"] or ""))
    for row in people:
        columns = {name: value for name, value in row.items() if name not in {"label_ids", "custom"}}
        person = Person(**columns, name_key=normalise(row["name"] or ""))
        person.save(using=ALIAS, force_insert=True)
        PersonLabel._default_manager.using(ALIAS).bulk_create(
            PersonLabel(person=person, label_id=label) for label in row["label_ids"]
        )
        PersonValue._default_manager.using(ALIAS).bulk_create(
            PersonValue(person=person, **value, text_key=normalise(value["text"] or "")) for value in row["custom"]
        )
    extra = {row["id"]: row for row in people}
    read = list(Person._default_manager.using(ALIAS).select_related("company").filter(id__in=extra).order_by("id"))
    for person in read:
        person.label_ids = extra[person.id]["label_ids"]
        person.custom = extra[person.id]["custom"]
    return read


def as_mapping(person: Person) -> dict[str, Any]:
    """The same row as the journal would keep it: by field id, related record nested."""
    company = person.company
    row: dict[str, Any] = {field.id: None for field in PERSON.every} | {
        name: getattr(person, name)
        for name in ("name", "email", "notes", "amount", "yen", "visits", "score", "ratio", "active", "stage", "tags",
                     "payload", "label_ids", "custom")
    }  # fmt: skip
    row |= {
        "born": person.born and person.born.isoformat(),
        "seen": person.seen and person.seen.isoformat(),
        "groups": person.groups and [str(group) for group in person.groups],
        "owner": person.owner_id and str(person.owner_id),
        "company": company and {
            "id": company.id,
            "sector": company.sector,
            "revenue": company.revenue,
            "founded": company.founded,
            "name": company.name,
            "owner": company.owner_id,
        },
    }  # fmt: skip
    return row
