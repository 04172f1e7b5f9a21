import autocrm.kernel.ids
import autocrm.kernel.tenant_column
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ConsumerStart",
            fields=[
                ("consumer", models.TextField(primary_key=True, serialize=False)),
                ("txid", models.BigIntegerField()),
                ("introduced_at", models.DateTimeField()),
            ],
        ),
        # The table itself is partitioned: raw SQL in 0002.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="Entry",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("tenant_id", autocrm.kernel.tenant_column.TenantIdField()),
                        ("txid", models.BigIntegerField(editable=False)),
                        ("at", models.DateTimeField()),
                        ("kind", models.TextField()),
                        ("record_type", models.TextField(blank=True, default="")),
                        ("record_id", models.UUIDField(null=True)),
                        ("record_label", models.TextField(blank=True, default="")),
                        ("actor_kind", models.TextField()),
                        ("actor_id", models.UUIDField(null=True)),
                        ("actor_label", models.TextField(blank=True, default="")),
                        ("changes", models.JSONField(default=dict)),
                        ("data", models.JSONField(default=dict)),
                        ("cause_id", models.BigIntegerField(null=True)),
                        ("root_id", models.BigIntegerField()),
                        ("depth", models.SmallIntegerField(default=0)),
                        ("chain", models.JSONField(default=list)),
                        ("schema_version", models.SmallIntegerField(default=1)),
                    ],
                    options={
                        "verbose_name": "journal entry",
                        "verbose_name_plural": "journal entries",
                        "base_manager_name": "objects",
                        "default_manager_name": "objects",
                    },
                ),
            ]
        ),
        migrations.CreateModel(
            name="Cursor",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=autocrm.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant_id", autocrm.kernel.tenant_column.TenantIdField()),
                ("consumer", models.TextField()),
                ("txid", models.BigIntegerField(default=0)),
                ("entry_id", models.BigIntegerField(default=0)),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                ("retry_at", models.DateTimeField(null=True)),
                ("error", models.TextField(blank=True, default="")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("consumer",), name="journal_cursor_consumer")],
            },
        ),
        migrations.CreateModel(
            name="DeadLetter",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=autocrm.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant_id", autocrm.kernel.tenant_column.TenantIdField()),
                ("consumer", models.TextField()),
                ("entry_id", models.BigIntegerField()),
                ("entry_at", models.DateTimeField()),
                ("kind", models.TextField()),
                ("error", models.TextField()),
                ("attempts", models.PositiveSmallIntegerField()),
                ("created_at", models.DateTimeField()),
                ("replayed_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "event that could not be handled",
                "verbose_name_plural": "events that could not be handled",
                "indexes": [models.Index(fields=["-created_at"], name="journal_deadletter_recent")],
                "constraints": [
                    models.UniqueConstraint(fields=("consumer", "entry_id"), name="journal_deadletter_entry")
                ],
            },
        ),
    ]
