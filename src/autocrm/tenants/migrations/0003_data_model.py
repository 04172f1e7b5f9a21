"""The stamp of a tenant's own data model; its people change it, so the app role may."""

from django.db import migrations, models

GRANT = """
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'autocrm_app') THEN
        GRANT UPDATE (data_model) ON tenants_tenant TO autocrm_app;
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    """A column with a constant default: no rewrite."""

    dependencies = [("tenants", "0002_row_level_security")]

    operations = [
        migrations.AddField(
            model_name="tenant",
            name="data_model",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=32),
        ),
        migrations.RunSQL(GRANT, migrations.RunSQL.noop),
    ]
