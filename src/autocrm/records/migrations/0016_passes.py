"""What goes over all records of a type is more than computed fields: one table for all of it, under its old name."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("records", "0015_outdated_merges")]

    operations = [
        migrations.AlterModelTable(name="recalculation", table="records_recalculation"),
        migrations.RenameModel("Recalculation", "DataModelPass"),
        migrations.AddField("datamodelpass", "subject_id", models.UUIDField(null=True)),
        migrations.AddField("datamodelpass", "job_id", models.UUIDField(null=True)),
        migrations.AddField("datamodelpass", "error", models.TextField(blank=True, default="")),
        migrations.AlterField(
            "datamodelpass",
            "reason",
            models.CharField(
                choices=[
                    ("defined", "a field was defined"),
                    ("daily", "a day began"),
                    ("asked", "somebody asked"),
                    ("fill", "lists are made fast"),
                    ("empty", "lists are no longer made fast"),
                    ("search", "search looks again"),
                    ("convert", "a field has another kind"),
                    ("remove", "a field was deleted"),
                    ("object", "an object was deleted"),
                ],
                max_length=10,
            ),
        ),
        AddIndexConcurrently(
            "datamodelpass",
            models.Index(fields=["state"], condition=models.Q(state="running"), name="records_pass_running"),
        ),
    ]
