"""Recurring work of activities: people hear of their tasks when these are due."""

from datetime import timedelta

from django.db import transaction

from autocrm.activities import services
from autocrm.activities.models import Task, TaskStatus
from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.jobs import periodic
from autocrm.kernel.platform import rows
from autocrm.kernel.tenancy import tenant_scope
from autocrm.tenants.models import Tenant


@periodic("activities.tell_due", every=timedelta(minutes=1))
def tell_due() -> None:
    """Notify the owners of tasks whose time has come, tenant by tenant, each in a transaction of its own."""
    moment = now()
    waiting = rows(Task, reason="tasks that are due").filter(
        status=TaskStatus.OPEN,
        archived_at__isnull=True,
        due_told_at__isnull=True,
        due_at__lte=moment,
        due_at__gt=moment - services.NEWS_FOR,
    )
    ids = list(waiting.order_by().values_list("tenant_id", flat=True).distinct())
    for tenant in rows(Tenant, reason="tasks that are due").filter(id__in=ids, is_active=True):
        with tenant_scope(tenant), transaction.atomic():
            services.tell_due(services.lock_due(moment), actor=Actor.system(tenant.id))
