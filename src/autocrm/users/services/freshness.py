"""What a change of rights, language or time zone has to tell this process: the next request here sees it at once."""

from django.db import transaction

from autocrm.kernel.tenancy import current_database, current_tenant_id
from autocrm.users.selectors import forget_cached_actors


def rights_changed() -> None:
    """Forget the current tenant's actors, now and once more after commit.

    Twice, because another thread may read and remember the old rights before this transaction is committed.
    """
    tenant_id = current_tenant_id()
    forget_cached_actors(tenant_id)
    transaction.on_commit(lambda: forget_cached_actors(tenant_id), using=current_database())
