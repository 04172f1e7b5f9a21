"""How a task or meeting repeats, and changing a member of a series for itself or for all that follow."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.encoding import force_str
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from autocrm.activities import series
from autocrm.activities.repeating import PRESETS, Rule, describe, read_rule
from autocrm.activities.selectors import type_of
from autocrm.activities.series import Scope
from autocrm.activities.states import RepeatFrom
from autocrm.activities.views.actions import of_activity
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.errors import Invalid, NotFound
from autocrm.kernel.ids import parse_id
from autocrm.kernel.permissions import authorize, can_write_field, is_allowed
from autocrm.records.editors import control_for
from autocrm.records.looks import look_at
from autocrm.records.registry import record_types
from autocrm.records.selectors import get_record
from autocrm.ui.rendering import changed, close_drawer, no_content, render_page
from autocrm.users.door import actor_of

FIELDS = {
    "task": ("subject", "due_at", "priority", "remind_before", "owner", "body"),
    "meeting": ("subject", "starts_at", "ends_at", "place", "video_url", "remind_before", "owner", "body"),
}


def repeating_context(activity: Any, actor: Actor) -> dict[str, Any]:
    """What the line about the repetition needs; nothing for what cannot repeat."""
    key = type_of(activity)
    if key not in series.REPEATED:
        return {}
    rule = series.rule_of(activity)
    may_change = activity.archived_at is None and is_allowed(actor, f"{key}.{Verb.UPDATE}", activity)
    return {
        "repeats": describe(rule) if rule is not None else "",
        "repeat_url": f"/{record_types.get(key).plural}/{activity.pk}/repeat/" if may_change else "",
        "change_url": f"/{record_types.get(key).plural}/{activity.pk}/change/" if may_change and rule else "",
    }


@require_http_methods(["GET", "POST"])
@of_activity
def repeat(request: HttpRequest, activity_type: str, activity_id: object) -> HttpResponse:
    """GET: the drawer that asks how it repeats. POST: so be it, from this one on."""
    actor = actor_of(request)
    activity = _of_series(activity_type, activity_id, actor)
    faults: dict[str, str] = {}
    if request.method == "POST":
        try:
            rule = _read_posted(request)
            since = request.POST.get("repeat_from", RepeatFrom.SCHEDULE)
            series.repeat(activity_type, activity_id, rule, repeat_from=since, actor=actor)
        except Invalid as error:
            faults = {key: " ".join(map(force_str, texts)) for key, texts in error.fields.items()}
        else:
            said = _("It repeats") if rule else _("It no longer repeats")
            return changed(close_drawer(no_content(said)), activity_type, [parse_id(activity_id)])
    context = _form(request, activity, faults) | {"is_task": activity_type == "task"}
    return render_page(request, "activities/repeat.html", context, status=422 if faults else 200)


@require_http_methods(["GET", "POST"])
@of_activity
def change(request: HttpRequest, activity_type: str, activity_id: object) -> HttpResponse:
    """GET: the drawer with the fields of one of a series. POST: changed, for this one or for all that follow."""
    actor = actor_of(request)
    activity = _of_series(activity_type, activity_id, actor)
    record_type, faults = record_types.get(activity_type), {}
    names = [name for name in FIELDS[activity_type] if can_write_field(actor, activity_type, name)]
    if request.method == "POST":
        scope = Scope.THIS if request.POST.get("scope") == Scope.THIS else Scope.FOLLOWING
        values = {name: request.POST[name] for name in names if name in request.POST}
        try:
            series.change(activity_type, activity_id, values, scope=scope, actor=actor)
        except Invalid as error:
            faults = {key: " ".join(map(force_str, texts)) for key, texts in error.fields.items()}
        else:
            return changed(close_drawer(no_content(_("Saved"))), activity_type, [parse_id(activity_id)])
    look = look_at(record_type, actor)
    controls = [
        control_for(
            record_type.by_key[name],
            look,
            name=name,
            record=activity,
            typed=request.POST.getlist(name) if faults else None,
            error=faults.get(name, ""),
        )
        for name in names
    ]
    context = {"controls": controls, "action": request.path}
    return render_page(request, "activities/change.html", context, status=422 if faults else 200)


def _of_series(activity_type: str, activity_id: object, actor: Actor) -> Any:
    if activity_type not in series.REPEATED:
        raise NotFound
    record_type = record_types.get(activity_type)
    activity = get_record(record_type, activity_id, actor=actor, archived=False)
    authorize(actor, record_type.permission(Verb.UPDATE), activity)
    return activity


def _read_posted(request: HttpRequest) -> str:
    """The rule that the drawer's fields make: a preset or one's own words, an end by number or by day."""
    data = request.POST
    rule = data.get("own", "").strip() if data.get("rule") == "own" else data.get("rule", "").strip()
    if not rule:
        return ""
    read = read_rule(rule)
    if read.count or read.until:
        return rule
    if data.get("ends") == "count" and data.get("count", "").strip():
        return read_rule(f"{rule};COUNT={data['count'].strip()}").text
    if data.get("ends") == "until" and data.get("until", "").strip():
        return read_rule(f"{rule};UNTIL={data['until'].strip().replace('-', '')}").text
    return rule


def _form(request: HttpRequest, activity: Any, faults: dict[str, str]) -> dict[str, Any]:
    rule = series.rule_of(activity)
    since = series.source_of(activity)
    plain = _without_end(rule)
    known = [value for value, _label in PRESETS]
    chosen = request.POST.get("rule") if faults else plain if plain in known else "own"
    return {
        "action": request.path,
        "presets": [(value, label, value == chosen) for value, label in PRESETS],
        "is_own": chosen == "own",
        "own": request.POST.get("own", "") if faults else plain if chosen == "own" else "",
        "ends": request.POST.get("ends", "") if faults else _end_of(rule),
        "count": request.POST.get("count", "") if faults else (rule.count if rule and rule.count else ""),
        "until": request.POST.get("until", "") if faults else (rule.until.isoformat() if rule and rule.until else ""),
        "repeat_from": since,
        "sources": RepeatFrom.choices,
        "fault": " ".join(faults.values()),
    }


def _without_end(rule: Rule | None) -> str:
    if rule is None:
        return ""
    return ";".join(part for part in rule.text.split(";") if not part.startswith(("COUNT=", "UNTIL=")))


def _end_of(rule: Rule | None) -> str:
    if rule is None:
        return ""
    return "count" if rule.count else "until" if rule.until else ""
