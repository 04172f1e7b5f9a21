from django.conf import settings
from django.db import migrations, models

import autocrm.records.view_models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0011_next_activity"),
        ("users", "0002_placeholders"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="savedview",
            name="team",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=autocrm.records.view_models.go_back_to_the_owner,
                related_name="+",
                to="users.team",
                verbose_name="team",
            ),
        ),
        migrations.AlterField(
            model_name="savedview",
            name="visibility",
            field=models.CharField(
                choices=[("private", "Only me"), ("team", "A team"), ("workspace", "Everybody")],
                default="private",
                max_length=10,
                verbose_name="who sees it",
            ),
        ),
    ]
