"""Runs about a record follow it when it is merged into another one; automations end with an object that is deleted."""

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.tenancy import current_tenant_id
from autocrm.records.keepers import Keeper, add_keeper
from autocrm.records.merging.participants import add_participant, linked_rows
from autocrm.workflows import services
from autocrm.workflows.models import Workflow, WorkflowRun


def _count(record_type: str) -> int:
    return Workflow.objects.filter(version__record_type=record_type, is_on=True).count()


def _switch_off(record_type: str) -> None:
    """They stay to be read; what they reacted to is gone."""
    actor = Actor.system(current_tenant_id(), "data model")
    for workflow in Workflow.objects.filter(version__record_type=record_type, is_on=True):
        services.switch(workflow.pk, is_on=False, actor=actor)


add_participant(linked_rows("workflow_runs", _("Workflow runs"), WorkflowRun, order=50))
add_keeper(Keeper("workflows", _("automations, which are switched off"), _count, _switch_off, order=40))
