"""The abstract record every record type builds on, tags, and the search table."""

from typing import ClassVar
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from autocrm.kernel.clock import now
from autocrm.kernel.owned import TenantOwned
from autocrm.records import bulk_models, duplicate_models, pass_models, view_models  # noqa: F401 - Django looks for models here
from autocrm.users.models import User

LIVE = models.Q(archived_at__isnull=True)
BINNED = models.Q(archived_at__isnull=False)


class Record(TenantOwned):
    """What all records have; written only by `records.services`.

    `told_apart_by` names the columns that tell the types in one table from each other: its indexes begin with them.

    An owner, who made and changed it when, a version for optimistic locking, an archive mark, tags and the values of
    custom fields. `next_activity_at` is the time of the next open activity about it, kept by `activities` in the
    transaction that writes the activity; no version is counted for it.
    """

    told_apart_by: ClassVar[tuple[str, ...]] = ()

    owner = models.ForeignKey(
        User, verbose_name=_("owner"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    tags = ArrayField(models.UUIDField(), verbose_name=_("tags"), default=list, blank=True)
    custom = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=now, editable=False)
    created_by = models.ForeignKey(
        User, null=True, editable=False, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    updated_at = models.DateTimeField(default=now, editable=False)
    updated_by = models.ForeignKey(
        User, null=True, editable=False, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    archived_at = models.DateTimeField(null=True, editable=False)
    next_activity_at = models.DateTimeField(null=True, editable=False)

    owner_id: UUID | None
    created_by_id: UUID | None
    updated_by_id: UUID | None

    class Meta(TenantOwned.Meta):
        abstract = True


class Tag(TenantOwned):
    """A word that people put on records; `name_key` keeps "VIP" and "vip" from being two."""

    name = models.CharField(_("name"), max_length=60)
    name_key = models.CharField(max_length=60)
    hue = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta(TenantOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["name_key"], name="records_tag_name_key_unique")]

    @override
    def __str__(self) -> str:
        return self.name


class CustomObject(TenantOwned):
    """A record type that a tenant made on a page; `object_types` turns it into a RecordType.

    `key` and `plural` never change: addresses, rights, filters and the journal name them. Archived, it is nowhere to be
    seen, and its records stay. Deleted, it waits for the job that removes its last trace.
    """

    key = models.CharField(_("key"), max_length=40)
    plural = models.CharField(_("address"), max_length=60)
    label = models.CharField(_("name of one"), max_length=60)
    label_plural = models.CharField(_("name of many"), max_length=60)
    icon = models.CharField(_("icon"), max_length=40, default="box")
    name_label = models.CharField(_("what the name field is called"), max_length=60, default="")
    description = models.CharField(_("description"), max_length=300, blank=True, default="")
    in_nav = models.BooleanField(_("in the sidebar"), default=True)
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=now, editable=False)
    archived_at = models.DateTimeField(null=True, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["key"], name="records_customobject_key_unique"),
            models.UniqueConstraint(fields=["plural"], name="records_customobject_plural_unique"),
        ]

    @override
    def __str__(self) -> str:
        return self.label


class CustomRecord(Record):
    """A record of a type that a tenant made: a name, and everything else in custom fields.

    All such types share this table; `object_key` says which one a row belongs to, and every index begins with it.
    """

    told_apart_by = ("object_key",)

    object_key = models.CharField(max_length=40, editable=False)
    name = models.CharField(_("name"), max_length=254)
    name_key = models.CharField(max_length=254, editable=False)

    class Meta(Record.Meta):
        indexes = [
            models.Index(fields=["object_key", "name_key", "id"], condition=LIVE, name="records_custom_name"),
            models.Index(fields=["object_key", "-created_at", "-id"], condition=LIVE, name="records_custom_created"),
            models.Index(fields=["object_key", "-updated_at", "-id"], condition=LIVE, name="records_custom_updated"),
            models.Index(
                fields=["object_key", "owner", "-created_at", "-id"], condition=LIVE, name="records_custom_owner"
            ),
            models.Index(fields=["object_key", "-archived_at", "-id"], condition=BINNED, name="records_custom_binned"),
            models.Index(fields=["object_key", "next_activity_at", "id"], condition=LIVE, name="records_custom_next"),
        ]

    @override
    def __str__(self) -> str:
        return self.name


class CustomField(TenantOwned):
    """A field that the tenant added to a record type; its values live under `key` in each record's `custom` JSON.

    `key` never changes and is not given twice; `kind` is a FieldKind, or "formula" or "rollup", whose result has the
    kind `result_kind` and whose meaning is in `config`. `minimum` and `maximum` are in units of storage. `typed` tells
    how far the typed value table is for this field.
    """

    class Typed(models.TextChoices):
        """Whether values are kept in the typed value table: not, being filled in, ready to be asked."""

        OFF = "", _("not kept")
        FILLING = "filling", _("being filled in")
        READY = "ready", _("ready")

    record_type = models.CharField(max_length=40)
    key = models.CharField(max_length=40)
    label = models.CharField(_("label"), max_length=80)
    kind = models.CharField(_("kind"), max_length=20)
    result_kind = models.CharField(max_length=20, default="", blank=True)
    config = models.JSONField(default=dict, blank=True)
    group = models.CharField(_("group"), max_length=80, default="", blank=True)
    position = models.PositiveIntegerField(default=0)
    help_text = models.CharField(_("help text"), max_length=300, default="", blank=True)
    required = models.BooleanField(_("required"), default=False)
    unique = models.BooleanField(_("unique"), default=False)
    indexed = models.BooleanField(_("fast lists"), default=False)
    in_form = models.BooleanField(_("in the form"), default=True)
    searchable = models.BooleanField(_("found by search"), default=True)
    default = models.JSONField(null=True, blank=True)
    options = models.JSONField(default=list, blank=True)
    relation = models.CharField(max_length=40, default="", blank=True)
    decimal_places = models.PositiveSmallIntegerField(null=True)
    max_length = models.PositiveIntegerField(null=True)
    minimum = models.BigIntegerField(null=True)
    maximum = models.BigIntegerField(null=True)
    visible_when = models.JSONField(null=True, blank=True)
    required_when = models.JSONField(null=True, blank=True)
    typed = models.CharField(max_length=10, choices=Typed.choices, default=Typed.OFF, blank=True)
    archived_at = models.DateTimeField(null=True, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    class Meta(TenantOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["record_type", "key"], name="records_customfield_key_unique")]

    @override
    def __str__(self) -> str:
        return self.label


class FieldValue(TenantOwned):
    """One value of an indexed custom field in a column of its own type, so that an index serves it.

    Written in the transaction that writes the record (`records.field_values`); a record without a value has no row.
    `text` is in the form that conditions compare, `unique_key` is set for unique fields only.
    """

    record_type = models.CharField(max_length=40)
    field_id = models.UUIDField()
    record_id = models.UUIDField()
    text = models.TextField(null=True)  # noqa: DJ001 - NULL is "the value is of another type"
    number = models.BigIntegerField(null=True)
    day = models.DateField(null=True)
    moment = models.DateTimeField(null=True)
    reference = models.UUIDField(null=True)
    flag = models.BooleanField(null=True)
    unique_key = models.TextField(null=True)  # noqa: DJ001 - NULL stands outside of the unique index

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["field_id", "record_id"], name="records_fieldvalue_one"),
            models.UniqueConstraint(
                fields=["field_id", "unique_key"],
                condition=models.Q(unique_key__isnull=False),
                name="records_fieldvalue_unique",
            ),
        ]
        indexes = [
            models.Index(
                fields=["field_id", column, "record_id"],
                condition=models.Q(**{f"{column}__isnull": False}),
                name=f"records_fieldvalue_{column}",
            )
            for column in ("text", "number", "day", "moment", "reference", "flag")
        ] + [models.Index(fields=["record_type", "record_id"], name="records_fieldvalue_record")]

    @override
    def __str__(self) -> str:
        return f"{self.field_id} of {self.record_id}"


class SearchRow(TenantOwned):
    """What one record is found by, kept in the transaction that writes the record.

    `title_key` serves beginnings of titles by B-tree, `document` words and their beginnings by GIN. The words in it
    begin with the tenant, so that one tenant's search never walks through another's. Read only through the function
    `records_search`, because under row-level security neither operator may use an index.
    """

    record_type = models.CharField(max_length=40)
    record_id = models.UUIDField()
    owner_id = models.UUIDField(null=True)
    title = models.CharField(max_length=300)
    title_key = models.CharField(max_length=300)
    subtitle = models.CharField(max_length=300, default="")
    document = SearchVectorField()
    updated_at = models.DateTimeField(default=now)

    class Meta(TenantOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["record_type", "record_id"], name="records_searchrow_one")]
        indexes = [
            GinIndex(fields=["document"], name="records_searchrow_document"),
            models.Index(
                fields=["record_type", "title_key"], opclasses=["", "text_pattern_ops"], name="records_searchrow_title"
            ),
            models.Index(fields=["record_type", "-updated_at", "-record_id"], name="records_searchrow_latest"),
            models.Index(
                fields=["owner_id", "record_type", "title_key"],
                opclasses=["", "", "text_pattern_ops"],
                name="records_searchrow_own_title",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.title
