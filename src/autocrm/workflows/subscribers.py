"""The journal consumer that starts workflows: trigger, condition, run, all in one transaction with its cursor."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.utils import translation

from autocrm.journal.consumers import Consumer, register
from autocrm.journal.models import Entry
from autocrm.kernel.actors import Actor
from autocrm.kernel.automation import triggers
from autocrm.kernel.conditions.context import ChangeContext
from autocrm.kernel.conditions.parsing import parse
from autocrm.kernel.conditions.predicate import to_predicate
from autocrm.kernel.errors import Invalid
from autocrm.kernel.tenancy import current_tenant_id
from autocrm.records import selectors as records
from autocrm.records.registry import RecordType, record_types
from autocrm.records.schema import RecordSchema, condition_context
from autocrm.tenants.events import TENANT_CREATED
from autocrm.tenants.selectors import get_tenant
from autocrm.workflows import services
from autocrm.workflows.defaults import ensure_defaults
from autocrm.workflows.models import Workflow, WorkflowVersion


def start_workflows(entries: list[Entry]) -> None:
    """Start every workflow that an entry fits. Quiet entries are not even given."""
    actor = Actor.system(current_tenant_id())
    for entry in entries:
        if entry.kind == TENANT_CREATED:
            with translation.override(get_tenant(current_tenant_id()).settings.get("locale", "en")):
                ensure_defaults(since=entry.at, actor=actor)
    loud = [entry for entry in entries if entry.record_id is not None]
    for workflow in Workflow.objects.filter(is_on=True, version__isnull=False).select_related("version"):
        if workflow.version is not None:
            _start(workflow, workflow.version, loud, actor)


def _start(workflow: Workflow, version: WorkflowVersion, entries: list[Entry], actor: Actor) -> None:
    kinds = triggers.get(version.trigger).kinds
    # What happened before a workflow was made is none of its business, however late the journal is read.
    since = [entry for entry in entries if entry.at >= workflow.created_at]
    fitting = [entry for entry in since if entry.kind in kinds and entry.record_type == version.record_type]
    if not fitting:
        return
    record_type = record_types.find(version.record_type)
    if record_type is None:
        # An object that was archived or deleted since: nothing is left to react to, and others must not wait.
        return
    ids = {entry.record_id for entry in fitting}
    found = records.with_references(record_type.rows(), record_type).filter(pk__in=ids)
    by_id: dict[UUID, Any] = {record.pk: record for record in found}
    for entry in fitting:
        record = by_id.get(entry.record_id) if entry.record_id else None
        if record is None:
            continue
        try:
            fits = _holds(record_type, version.condition, record, entry, actor)
        except Invalid as error:
            # A field, tag or choice is gone since it was published: that is this workflow's trouble, no other's.
            services.note_unreadable(workflow, version, entry, error)
        else:
            if fits:
                services.start_run(workflow, version, entry)


def _holds(record_type: RecordType, condition: Any, record: Any, entry: Entry, actor: Actor) -> bool:
    """Whether the record fits now, and what the entry changed fits what the condition asks of the change."""
    if condition is None:
        return True
    schema = RecordSchema(record_type, actor)
    change = ChangeContext(
        old={field: change[0] for field, change in entry.changes.items()},
        new={field: change[1] for field, change in entry.changes.items()},
        changed=frozenset(entry.changes),
    )
    context = replace(condition_context(actor), change=change)
    return to_predicate(parse(condition, schema, trigger=True), schema, context)(record)


register(Consumer(name="workflows", handle=start_workflows, passes_over=frozenset({"quiet"})))
