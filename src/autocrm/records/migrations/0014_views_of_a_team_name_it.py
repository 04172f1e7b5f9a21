from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0013_shared_views_find_their_team")]

    operations = [
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.CheckConstraint(
                condition=models.Q(("visibility", "team"), _negated=True) | models.Q(("team__isnull", False)),
                name="records_savedview_team_is_named",
            ),
        ),
    ]
