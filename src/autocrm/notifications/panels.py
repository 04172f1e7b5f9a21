"""What notifications put on a record's page: the button that follows it."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from autocrm.notifications.following import is_following
from autocrm.records.panels import HeadPart, add_head_part
from autocrm.records.registry import RecordType
from autocrm.users.door import actor_of


def render_follow(request: HttpRequest, record_type: RecordType, record: Any) -> str:
    """The button as it stands for this person."""
    on = is_following(record_type.key, record.pk, actor_of(request))
    context = {"record_type": record_type, "record_id": record.pk, "is_following": on}
    return render_to_string("notifications/follow.html", context, request)


add_head_part(HeadPart(key="follow", order=10, render=render_follow))
