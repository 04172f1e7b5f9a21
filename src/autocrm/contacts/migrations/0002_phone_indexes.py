"""Numbers are found by an index, whichever of them it is; built beside the work that goes on."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("contacts", "0001_initial")]

    operations = [
        AddIndexConcurrently(
            model_name="company",
            index=models.Index(
                fields=["phone_key"], condition=models.Q(phone_key__gt=""), name="contacts_company_phone"
            ),
        ),
        AddIndexConcurrently(
            model_name="contact",
            index=models.Index(
                fields=["phone2_key"], condition=models.Q(phone2_key__gt=""), name="contacts_contact_phone2"
            ),
        ),
    ]
