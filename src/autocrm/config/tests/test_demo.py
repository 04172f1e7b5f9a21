"""The demo: two workspaces with a past, made once, and the same at every making."""

from datetime import timedelta

from django.db import transaction

from autocrm.activities.models import Task
from autocrm.config.demo.loader import load_demo
from autocrm.contacts.models import Contact
from autocrm.journal.models import Entry
from autocrm.kernel.clock import now
from autocrm.kernel.tenancy import tenant_scope
from autocrm.tenants.selectors import find_tenant_by_subdomain
from autocrm.workflows.models import Workflow, WorkflowRun


def test_the_demo_has_a_past_and_is_made_once(db: None) -> None:
    told = load_demo()["people"]

    assert {person["email"] for person in told} >= {"alice@acme.example", "charlie@globex.example"}
    assert load_demo() == {"people": []}
    acme = find_tenant_by_subdomain("acme")
    assert acme is not None
    with tenant_scope(acme), transaction.atomic():
        oldest, newest = (Entry.objects.filter(record_type="contact").order_by(key).first() for key in ("at", "-at"))
        assert oldest.at < now() - timedelta(days=300)
        assert newest.at <= now()
        assert Contact.objects.count() == 240
        assert Contact.objects.filter(engagement_score__gt=0).exists()
        assert Task.objects.filter(status="open").exists()
        assert Workflow.objects.get().is_on
        assert not WorkflowRun.objects.exists()
