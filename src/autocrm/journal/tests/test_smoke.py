import pytest
def test_template(db):
    from autocrm.journal import services
    from autocrm.kernel.platform import platform_cursor
    with platform_cursor(reason="t") as c:
        c.execute("select inhrelid::regclass::text from pg_inherits where inhparent='journal_entry'::regclass")
        print(c.fetchall())
        c.execute("select journal_fence()"); print(c.fetchall())
