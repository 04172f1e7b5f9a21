"""Runs about a record follow it when it is merged into another one."""

from django.utils.translation import gettext_lazy as _

from autocrm.records.merge_participants import add_participant, linked_rows
from autocrm.workflows.models import WorkflowRun

add_participant(linked_rows("workflow_runs", _("Workflow runs"), WorkflowRun, order=50))
