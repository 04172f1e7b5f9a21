from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Concurrent indexes are built outside of a transaction: nobody who writes waits for them.
    atomic = False

    dependencies = [("records", "0014_views_of_a_team_name_it")]

    operations = [
        AddIndexConcurrently(
            model_name="mergeoperation",
            index=models.Index(
                condition=models.Q(("snapshot", {}), _negated=True), fields=["merged_at"], name="records_merge_outdated"
            ),
        ),
    ]
