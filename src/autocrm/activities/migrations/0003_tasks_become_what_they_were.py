"""What tasks stood in for: meetings with a time, calls that took place and e-mails that went out get tables of their own.

A task of calling or writing that is not done yet stays a task; a meeting without a time becomes a plain task. Ids stay,
so links, search and the journal still lead to them.
"""

from django.db import migrations

COMMON = """id, tenant_id, owner_id, tags, custom, version, created_at, created_by_id, updated_at, updated_by_id, archived_at,
    is_pinned, subject"""
PLANNED = "status, completed_at, remind_before, number, is_continued"

MOVE = f"""
DO $body$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT id FROM tenants_tenant LOOP
        PERFORM set_config('app.tenant', one.id::text, true);

        INSERT INTO activities_meeting ({COMMON}, {PLANNED}, starts_at, ends_at, is_all_day, place, video_url, body,
                                        sequence, zone)
        SELECT {COMMON}, {PLANNED}, due_at, due_at + interval '1 hour', false, '', '', body, 0, ''
        FROM activities_task WHERE tenant_id = one.id AND kind = 'meeting' AND due_at IS NOT NULL;

        INSERT INTO activities_call ({COMMON}, {PLANNED}, direction, outcome, at, body)
        SELECT {COMMON}, {PLANNED}, 'out', '', coalesce(completed_at, due_at, created_at), body
        FROM activities_task WHERE tenant_id = one.id AND kind = 'call' AND status = 'done';

        INSERT INTO activities_email ({COMMON}, direction, sender, recipients, copies, body, text, at)
        SELECT {COMMON}, 'out', '', '', '',
               replace(replace(replace(replace(body, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), E'\\n', '<br>'),
               body, coalesce(completed_at, due_at, created_at)
        FROM activities_task WHERE tenant_id = one.id AND kind = 'email' AND status = 'done';

        UPDATE activities_activitylink l SET activity_type = t.kind
        FROM activities_task t
        WHERE l.tenant_id = one.id AND t.tenant_id = one.id AND l.activity_type = 'task' AND l.activity_id = t.id
          AND (t.kind = 'meeting' AND t.due_at IS NOT NULL OR t.kind IN ('call', 'email') AND t.status = 'done');
        UPDATE records_searchrow s SET record_type = t.kind
        FROM activities_task t
        WHERE s.tenant_id = one.id AND t.tenant_id = one.id AND s.record_type = 'task' AND s.record_id = t.id
          AND (t.kind = 'meeting' AND t.due_at IS NOT NULL OR t.kind IN ('call', 'email') AND t.status = 'done');
        DELETE FROM activities_task t
        WHERE t.tenant_id = one.id
          AND (t.kind = 'meeting' AND t.due_at IS NOT NULL OR t.kind IN ('call', 'email') AND t.status = 'done');
        UPDATE activities_task SET kind = 'todo' WHERE tenant_id = one.id AND kind = 'meeting';

        UPDATE activities_activitylink l SET open_at = t.due_at
        FROM activities_task t
        WHERE l.tenant_id = one.id AND t.tenant_id = one.id AND l.activity_type = 'task' AND l.activity_id = t.id
          AND t.status = 'open' AND t.archived_at IS NULL AND t.due_at IS NOT NULL;
        UPDATE activities_activitylink l SET open_at = m.starts_at
        FROM activities_meeting m
        WHERE l.tenant_id = one.id AND m.tenant_id = one.id AND l.activity_type = 'meeting' AND l.activity_id = m.id
          AND m.status = 'open' AND m.archived_at IS NULL;
    END LOOP;
    PERFORM set_config('app.tenant', '', true);
END
$body$;
"""


class Migration(migrations.Migration):
    """Rows only; the columns came with the migration before."""

    dependencies = [
        ("activities", "0002_calls_meetings_emails"),
        ("records", "0011_next_activity"),
        ("tenants", "0003_data_model"),
    ]

    operations = [migrations.RunSQL(MOVE, migrations.RunSQL.noop)]
