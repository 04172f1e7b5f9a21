"""Records in the palette: found by name, address, number or company as they are typed."""

from collections.abc import Sequence

from autocrm.kernel.actors import Actor, Level, Verb
from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.palette import PaletteItem, PaletteProvider, add_provider
from autocrm.kernel.permissions import can_read_field
from autocrm.records import selectors
from autocrm.records.fields import Field
from autocrm.records.registry import RecordType, record_types

LEAST_LETTERS = 2


def find_records(query: str, *, actor: Actor, limit: int) -> Sequence[PaletteItem]:
    """The best matches of every type the actor may read, grouped by type."""
    if len(query.strip()) < LEAST_LETTERS:
        return []
    types = [each.key for each in record_types if each.search and _is_open(each, actor)]
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


def _is_open(record_type: RecordType, actor: Actor, *, subtitle: bool = False) -> bool:
    """Whether the actor may see all that titles (or subtitles) of this type are made of, whichever record it is."""
    keys = record_type.subtitle_fields if subtitle else record_type.title_fields
    return all(
        can_read_field(actor, record_type.key, key) and _leads_to_open(record_type.by_key[key], actor) for key in keys
    )


def _leads_to_open(field: Field, actor: Actor) -> bool:
    return field.kind is not FieldKind.RELATION or actor.grants.level(field.relation, Verb.READ) is Level.ALL


add_provider(PaletteProvider("records", find_records, order=10))
