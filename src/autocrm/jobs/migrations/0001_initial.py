import autocrm.kernel.ids
import autocrm.kernel.tenant_column
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL("CREATE SEQUENCE jobs_job_position_seq AS bigint", "DROP SEQUENCE jobs_job_position_seq"),
        migrations.CreateModel(
            name="PeriodicRun",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("next_at", models.DateTimeField()),
                ("busy_until", models.DateTimeField(null=True)),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("error", models.TextField(blank=True, default="")),
            ],
        ),
        migrations.CreateModel(
            name="WorkerBeat",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("kind", models.TextField()),
                ("started_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Job",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=autocrm.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant_id", autocrm.kernel.tenant_column.TenantIdField()),
                (
                    "position",
                    models.BigIntegerField(
                        db_default=django.db.models.expressions.RawSQL("nextval('jobs_job_position_seq')", []),
                        editable=False,
                    ),
                ),
                ("name", models.TextField()),
                ("queue", models.TextField()),
                ("payload", models.JSONField(default=dict)),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="waiting",
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("run_at", models.DateTimeField()),
                ("lease_seconds", models.PositiveIntegerField()),
                ("lease_until", models.DateTimeField(null=True)),
                ("lease_token", models.UUIDField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("max_attempts", models.PositiveSmallIntegerField()),
                ("dedup_key", models.TextField(blank=True, default="")),
                ("ordering_key", models.TextField(blank=True, default="")),
                ("cancel_requested", models.BooleanField(default=False)),
                ("result", models.JSONField(null=True)),
                ("error", models.TextField(blank=True, default="")),
                ("created_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "job",
                "verbose_name_plural": "jobs",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["run_at", "position"], name="jobs_job_due"
                    ),
                    models.Index(
                        condition=models.Q(models.Q(("ordering_key", ""), _negated=True), ("state", "waiting")),
                        fields=["ordering_key", "position"],
                        name="jobs_job_in_order",
                    ),
                    models.Index(
                        condition=models.Q(("state", "running")), fields=["lease_until"], name="jobs_job_leased"
                    ),
                    models.Index(fields=["-position"], name="jobs_job_recent"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            models.Q(("dedup_key", ""), _negated=True), ("state__in", ["waiting", "running"])
                        ),
                        fields=("dedup_key",),
                        name="jobs_job_dedup",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(models.Q(("ordering_key", ""), _negated=True), ("state", "running")),
                        fields=("ordering_key",),
                        name="jobs_job_one_at_a_time",
                    ),
                ],
            },
        ),
    ]
