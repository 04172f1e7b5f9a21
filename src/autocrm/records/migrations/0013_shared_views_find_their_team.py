"""Views that were shared with "my teams": they go to the team of their owner, the first by name; without one to the owner."""

from django.db import migrations

FIND = """
DO $body$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT id FROM tenants_tenant LOOP
        PERFORM set_config('app.tenant', one.id::text, true);

        UPDATE records_savedview v SET team_id = (
            SELECT t.id FROM users_teammember m JOIN users_team t ON t.tenant_id = m.tenant_id AND t.id = m.team_id
            WHERE m.tenant_id = one.id AND m.user_id = v.owner_id ORDER BY t.name, t.id LIMIT 1
        ) WHERE v.tenant_id = one.id AND v.visibility = 'team' AND v.team_id IS NULL;
        UPDATE records_savedview SET visibility = 'private'
        WHERE tenant_id = one.id AND visibility = 'team' AND team_id IS NULL;
    END LOOP;
    PERFORM set_config('app.tenant', '', true);
END
$body$;
"""


class Migration(migrations.Migration):
    dependencies = [("records", "0012_teams_of_views")]

    operations = [migrations.RunSQL(FIND, migrations.RunSQL.noop)]
