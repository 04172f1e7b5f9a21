"""Records in the palette, found by name, address, number or company as they are typed; saved views by their names."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor, Level, Verb
from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.palette import PaletteItem, PaletteProvider, add_provider
from autocrm.kernel.permissions import can_read_field
from autocrm.records import selectors
from autocrm.records.fields import Field
from autocrm.records.lists import saved_views
from autocrm.records.registry import RecordType, record_types
from autocrm.records.titles import is_named

LEAST_LETTERS = 2
# Where in Unicode the signs begin that are words by themselves.
FIRST_SIGN = 0x2E80


def find_records(query: str, *, actor: Actor, limit: int) -> Sequence[PaletteItem]:
    """The best matches among what things are done about: contacts, companies, objects that the workspace made."""
    return _found(query, actor, limit, with_activities=True)


def find_activities(query: str, *, actor: Actor, limit: int) -> Sequence[PaletteItem]:
    """The best matches among what is done. Asked apart, since a name that stands in many tasks would drown there."""
    return _found(query, actor, limit, with_activities=False)


def _found(query: str, actor: Actor, limit: int, *, with_activities: bool) -> Sequence[PaletteItem]:
    """What the actor may read, grouped by type."""
    if not _is_enough(query):
        return []
    asked = [each for each in record_types if each.search and each.has_activities is with_activities]
    types = [each.key for each in asked if _is_open(each, actor)]
    hits = selectors.search(query, actor=actor, types=types, limit=limit)
    order = {key: at for at, key in enumerate(dict.fromkeys(hit.record_type for hit in hits))}
    return [
        PaletteItem(
            group=record_types.get(hit.record_type).label_plural,
            label=hit.title,
            url=f"/{record_types.get(hit.record_type).plural}/{hit.record_id}/",
            context=hit.subtitle if _is_open(record_types.get(hit.record_type), actor, subtitle=True) else "",
            icon=record_types.get(hit.record_type).icon,
            avatar=record_types.get(hit.record_type).avatar == "person",
        )
        for hit in sorted(hits, key=lambda hit: order[hit.record_type])
    ]


def _is_enough(query: str) -> bool:
    """Whether there is something to look for: one letter is not enough, one sign of Chinese or Japanese is a name."""
    text = query.strip()
    return len(text) >= LEAST_LETTERS or (text != "" and ord(text[0]) >= FIRST_SIGN)


def _is_open(record_type: RecordType, actor: Actor, *, subtitle: bool = False) -> bool:
    """Whether the actor may see all that titles (or subtitles) of this type are made of, whichever record it is."""
    keys = record_type.subtitle_fields if subtitle else record_type.title_fields
    return all(
        can_read_field(actor, record_type.key, key) and _leads_to_open(record_type.by_key[key], actor) for key in keys
    )


def _leads_to_open(field: Field, actor: Actor) -> bool:
    if field.kind is not FieldKind.RELATION:
        return True
    is_all = actor.grants.level(field.relation, Verb.READ) is Level.ALL
    return is_all and is_named(record_types.get(field.relation), actor)


def find_views(query: str, *, actor: Actor, limit: int) -> Sequence[PaletteItem]:
    """The saved views the actor may open that have all the words in their names."""
    if not _is_enough(query):
        return []
    return [
        PaletteItem(
            group=_("Views"),
            label=view.name,
            url=f"/{record_type.plural}/?view={view.pk}",
            context=record_type.label_plural,
            icon=record_type.icon,
        )
        for view, record_type in saved_views.find_by_name(query, actor=actor)[:limit]
    ]


add_provider(PaletteProvider("views", find_views, order=40))
add_provider(PaletteProvider("records", find_records, order=10))
add_provider(PaletteProvider("activities-found", find_activities, order=20))
