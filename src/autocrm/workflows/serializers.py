"""Workflows and runs as JSON, and what may be sent to make and change them."""

from typing import Any

from rest_framework import serializers

from autocrm.kernel.actors import Actor
from autocrm.workflows import words
from autocrm.workflows.models import RunState, StepLog, StepState, Workflow
from autocrm.workflows.selectors import RunCounts, RunView


class StepSerializer(serializers.Serializer[Any]):
    """One step: an action and the texts it is given; texts may hold `{{ contact.first_name }}`."""

    action = serializers.CharField()
    inputs = serializers.DictField(child=serializers.CharField(allow_blank=True), required=False)


class DefinitionSerializer(serializers.Serializer[Any]):
    """When a workflow starts, and what it does."""

    record_type = serializers.CharField()
    trigger = serializers.CharField(help_text="record_created, record_updated")
    condition = serializers.JSONField(required=False, allow_null=True, help_text="A condition; null: always.")
    steps = StepSerializer(many=True)


class CreateSerializer(DefinitionSerializer):
    """A new workflow; it is published at once."""

    name = serializers.CharField(max_length=160)
    description = serializers.CharField(required=False, allow_blank=True)
    is_on = serializers.BooleanField(required=False, default=True)


class ChangeSerializer(serializers.Serializer[Any]):
    """What is to change. Any part of the definition publishes a new version with the other parts as they are."""

    name = serializers.CharField(max_length=160, required=False)
    description = serializers.CharField(required=False, allow_blank=True)
    is_on = serializers.BooleanField(required=False)
    record_type = serializers.CharField(required=False)
    trigger = serializers.CharField(required=False)
    condition = serializers.JSONField(required=False, allow_null=True)
    steps = StepSerializer(many=True, required=False)
    version = serializers.IntegerField(required=False, help_text="The version this is based on; 409 when it is older.")


class CountsSerializer(serializers.Serializer[Any]):
    """Runs of the last 30 days by state."""

    done = serializers.IntegerField()
    failed = serializers.IntegerField()
    running = serializers.IntegerField()
    suppressed = serializers.IntegerField()


class WorkflowSerializer(DefinitionSerializer):
    """A workflow as it stands."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    description = serializers.CharField()
    is_on = serializers.BooleanField()
    version = serializers.IntegerField(allow_null=True)
    sentence = serializers.CharField(help_text="When it starts, in words.")
    published_at = serializers.DateTimeField(allow_null=True)
    published_by = serializers.UUIDField(allow_null=True)
    runs = CountsSerializer()


class WorkflowsSerializer(serializers.Serializer[Any]):
    """All workflows."""

    results = WorkflowSerializer(many=True)


class RecordSerializer(serializers.Serializer[Any]):
    """The record a run is about."""

    type = serializers.CharField()
    id = serializers.UUIDField()
    title = serializers.CharField()


class TakenSerializer(serializers.Serializer[Any]):
    """One attempt at a step."""

    position = serializers.IntegerField()
    action = serializers.CharField()
    state = serializers.ChoiceField(choices=StepState.choices)
    inputs = serializers.DictField(required=False)
    outputs = serializers.DictField(required=False)
    error = serializers.CharField(required=False)
    milliseconds = serializers.IntegerField()
    at = serializers.DateTimeField()


class RunSerializer(serializers.Serializer[Any]):
    """One run. Contents are missing for who may not see the whole record, `record` is null for who may not see it."""

    id = serializers.UUIDField()
    workflow = serializers.UUIDField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=RunState.choices)
    record = RecordSerializer(allow_null=True)
    position = serializers.IntegerField(help_text="The next step to take.")
    error = serializers.CharField(required=False)
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    steps = TakenSerializer(many=True)


class RunsSerializer(serializers.Serializer[Any]):
    """A page of runs."""

    results = RunSerializer(many=True)
    next = serializers.URLField(allow_null=True)
    next_cursor = serializers.CharField(allow_null=True)


class RunsQuerySerializer(serializers.Serializer[Any]):
    """What a list of runs is asked for."""

    state = serializers.ChoiceField(choices=RunState.choices, required=False)
    cursor = serializers.CharField(required=False)
    limit = serializers.IntegerField(required=False, default=25, min_value=1, max_value=100)


def workflow_to_json(workflow: Workflow, counts: RunCounts, actor: Actor) -> dict[str, Any]:
    """A workflow as the API answers it."""
    version = workflow.version
    body: dict[str, Any] = {
        "id": str(workflow.id),
        "name": workflow.name,
        "description": workflow.description,
        "is_on": workflow.is_on,
        "version": None,
        "sentence": words.sentence(version, actor),
        "record_type": "",
        "trigger": "",
        "condition": None,
        "steps": [],
        "published_at": None,
        "published_by": None,
        "runs": {
            "done": counts.done,
            "failed": counts.failed,
            "running": counts.running,
            "suppressed": counts.suppressed,
        },
    }
    if version is not None:
        body |= {
            "version": version.number,
            "record_type": version.record_type,
            "trigger": version.trigger,
            "condition": version.condition,
            "steps": version.steps,
            "published_at": version.published_at,
            "published_by": version.published_by_id,
        }
    return body


def run_to_json(view: RunView, actor: Actor) -> dict[str, Any]:
    """A run as the API answers it."""
    run = view.run
    record = None
    if view.record is not None:
        record = {"type": run.record_type, "id": str(run.record_id), "title": words.record_title(view, actor)}
    body: dict[str, Any] = {
        "id": str(run.id),
        "workflow": str(run.workflow_id),
        "version": run.version.number,
        "state": run.state,
        "record": record,
        "position": run.position,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "steps": [_step_to_json(step, is_open=view.is_open) for step in view.steps],
    }
    return body | ({"error": run.error} if view.is_open else {})


def _step_to_json(step: StepLog, *, is_open: bool) -> dict[str, Any]:
    body: dict[str, Any] = {
        "position": step.position,
        "action": step.action,
        "state": step.state,
        "milliseconds": step.milliseconds,
        "at": step.at,
    }
    return body | ({"inputs": step.inputs, "outputs": step.outputs, "error": step.error} if is_open else {})
