"""Jobs of contacts: scores fall when activities grow old, so they are refreshed for everybody once a day."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from autocrm.contacts import services
from autocrm.contacts.models import Contact
from autocrm.kernel.actors import Actor
from autocrm.kernel.jobs import JobRun, enqueue, job, periodic
from autocrm.kernel.platform import rows
from autocrm.kernel.tenancy import tenant_scope
from autocrm.tenants.models import Tenant

CHUNK = 1_000


@job("contacts.refresh_scores", queue="analytics", chunked=True)
def refresh_all_scores(run: JobRun) -> Mapping[str, Any]:
    """Bring every score that is not zero up to date, chunk by chunk; may be run again at any point."""
    actor = Actor.system(run.tenant_id)
    last, changed = UUID(int=0), 0
    while not run.is_cancelled():
        with transaction.atomic():
            scored = Contact.objects.filter(pk__gt=last, engagement_score__gt=0)
            ids = list(scored.order_by("pk").values_list("pk", flat=True)[:CHUNK])
            changed += services.refresh_scores(ids, actor=actor)
        if len(ids) < CHUNK:
            break
        last = ids[-1]
        run.beat()
    return {"changed": changed}


@periodic("contacts.refresh_scores", every=timedelta(days=1))
def enqueue_refreshing() -> None:
    """Ask for a refresh in every active tenant."""
    for tenant in rows(Tenant, reason="daily engagement scores").filter(is_active=True).iterator():
        with tenant_scope(tenant), transaction.atomic():
            enqueue("contacts.refresh_scores", {}, dedup_key="contacts.refresh_scores")
