"""A name holds a name alone: the e-mail address or number that stood there for want of one would tell what is hidden."""

from django.db import migrations

EMPTY = """
DO $body$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT id FROM tenants_tenant LOOP
        PERFORM set_config('app.tenant', one.id::text, true);

        UPDATE contacts_contact SET full_name = '', full_name_key = ''
        WHERE tenant_id = one.id AND first_name = '' AND last_name = '' AND full_name <> '';
    END LOOP;
    PERFORM set_config('app.tenant', '', true);
END
$body$;
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0006_order_by_all")]

    operations = [migrations.RunSQL(EMPTY, migrations.RunSQL.noop)]
