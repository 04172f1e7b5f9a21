"""The dashboard as JSON: the same numbers as the page, what the asker may not see left out."""

from typing import Any

from rest_framework import serializers

from autocrm.analytics.selectors import ContactFigures, Dashboard, Figure, TaskFigures


class TypeSerializer(serializers.Serializer[Any]):
    """Contacts of one type."""

    type = serializers.CharField()
    name = serializers.CharField()
    count = serializers.IntegerField()
    page = serializers.CharField(help_text="The page that lists them.")


class WeekSerializer(serializers.Serializer[Any]):
    """Contacts created in one week."""

    since = serializers.DateField()
    until = serializers.DateField(help_text="The first day after it.")
    count = serializers.IntegerField()
    page = serializers.CharField()


class ContactsSerializer(serializers.Serializer[Any]):
    """Numbers of contacts."""

    total = serializers.IntegerField()
    new_30_days = serializers.IntegerField(required=False)
    previous_30_days = serializers.IntegerField(required=False)
    average_engagement = serializers.FloatField(required=False, allow_null=True)
    high_value = serializers.IntegerField(required=False, help_text="Engagement score of 75 or more.")
    by_type = TypeSerializer(many=True, required=False)
    by_week = WeekSerializer(many=True, required=False, help_text="The last 12 weeks, the present one last.")
    pages = serializers.DictField(child=serializers.CharField(), help_text="The page behind each number.")


class CompaniesSerializer(serializers.Serializer[Any]):
    """Numbers of companies."""

    total = serializers.IntegerField()
    pages = serializers.DictField(child=serializers.CharField())


class TasksSerializer(serializers.Serializer[Any]):
    """One's own open tasks."""

    due_today = serializers.IntegerField()
    overdue = serializers.IntegerField()
    pages = serializers.DictField(child=serializers.CharField())


class DashboardSerializer(serializers.Serializer[Any]):
    """All of it; a part is missing where the asker's role closes it."""

    as_of = serializers.DateTimeField()
    contacts = ContactsSerializer(required=False)
    companies = CompaniesSerializer(required=False)
    tasks = TasksSerializer(required=False)


def to_json(dashboard: Dashboard) -> dict[str, Any]:
    """The answer of the API."""
    body: dict[str, Any] = {"as_of": dashboard.as_of.isoformat().replace("+00:00", "Z")}
    if dashboard.contacts is not None:
        body["contacts"] = _contacts(dashboard.contacts)
    if dashboard.companies is not None:
        body["companies"] = _named(total=dashboard.companies)
    if dashboard.tasks is not None:
        body["tasks"] = _tasks(dashboard.tasks)
    return body


def _contacts(contacts: ContactFigures) -> dict[str, Any]:
    body = _named(
        total=contacts.total,
        new_30_days=contacts.new,
        previous_30_days=contacts.new_before,
        average_engagement=contacts.average_engagement,
        high_value=contacts.high_value,
    )
    if contacts.sees_engagement:
        body.setdefault("average_engagement", None)
    if contacts.by_type is not None:
        body["by_type"] = [
            {"type": each.key, "name": each.label, "count": each.count, "page": each.url} for each in contacts.by_type
        ]
    if contacts.by_week is not None:
        body["by_week"] = [
            {"since": each.since.isoformat(), "until": each.until.isoformat(), "count": each.count, "page": each.url}
            for each in contacts.by_week
        ]
    return body


def _tasks(tasks: TaskFigures) -> dict[str, Any]:
    return _named(due_today=tasks.due_today, overdue=tasks.overdue)


def _named(**figures: Figure | None) -> dict[str, Any]:
    known = {name: figure for name, figure in figures.items() if figure is not None}
    body: dict[str, Any] = {name: figure.value for name, figure in known.items()}
    return body | {"pages": {name: figure.url for name, figure in known.items()}}
