"""What pickers offer while somebody types: people of the workspace, related records, tags."""

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from autocrm.kernel.actors import Verb
from autocrm.kernel.errors import NotFound
from autocrm.kernel.permissions import authorize
from autocrm.records import selectors, tags
from autocrm.records.looks import look_at
from autocrm.records.querysets import live
from autocrm.records.registry import record_types
from autocrm.users import selectors as users
from autocrm.users.door import actor_of

MOST = 12
# Nobody remembers the names of all tags: more of them are looked through.
MOST_TAGS = 100


@require_GET
def pick_user(request: HttpRequest) -> JsonResponse:
    """Active members whose name or address contains `q`, oneself first; then placeholders of that name."""
    actor = actor_of(request)
    wanted = request.GET.get("q", "").strip().lower()
    members = users.list_members(actor, include_disabled=False)
    people = [(each.user_id, str(each.user), each.user.email) for each in members]
    found = [each for each in people if wanted in each[1].lower() or wanted in each[2].lower()]
    found.sort(key=lambda each: each[0] != actor.user_id)
    if wanted and len(found) < MOST:
        waiting = users.list_placeholders(wanted, actor)[:MOST]
        found += [(each.user_id, str(each.user), str(_("Placeholder"))) for each in waiting]
    return JsonResponse(
        {"results": [{"value": str(key), "label": name, "hint": email} for key, name, email in found[:MOST]]}
    )


@require_GET
def pick_tag(request: HttpRequest) -> JsonResponse:
    """Tags whose names contain `q`, the one of that name first."""
    found = tags.find_tags(request.GET.get("q", ""), limit=MOST_TAGS, actor=actor_of(request))
    return JsonResponse({"results": [{"value": str(each.id), "label": each.name} for each in found]})


@require_GET
def pick_record(request: HttpRequest, kind: str) -> JsonResponse:
    """Records of a type found by `q`; without it the ones changed last."""
    actor = actor_of(request)
    record_type = record_types.find(kind)
    if record_type is None:
        raise NotFound
    authorize(actor, record_type.permission(Verb.READ))
    text = request.GET.get("q", "")
    if text.strip():
        hits = selectors.search(text, actor=actor, types=[kind], limit=MOST)
        ids = [hit.record_id for hit in hits]
    else:
        ids = list(live(record_type, actor).order_by("-updated_at", "-id").values_list("pk", flat=True)[:MOST])
    look = look_at(record_type, actor)
    found = selectors.with_references(live(record_type, actor), record_type).in_bulk(ids)
    rows = [found[each] for each in ids if each in found]
    return JsonResponse(
        {"results": [{"value": str(each.id), "label": look.title(each), "hint": look.subtitle(each)} for each in rows]}
    )
