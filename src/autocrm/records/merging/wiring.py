"""Where duplicates are found: in the menu of lists, the bulk bar, the palette, the tray; what merging brings itself."""

from collections.abc import Sequence

from django.utils.encoding import force_str
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.long_work import WorkProvider
from autocrm.kernel.long_work import add_provider as add_work
from autocrm.kernel.palette import PaletteItem, PaletteProvider, add_provider
from autocrm.kernel.permissions import is_allowed
from autocrm.records.bulk_actions import BulkAction, add_bulk_action
from autocrm.records.erasing import on_erase
from autocrm.records.list_actions import ListAction, add_list_action
from autocrm.records.matching import scans as duplicate_scans
from autocrm.records.merging import certain
from autocrm.records.merging.erasing import forget_merges
from autocrm.records.merging.merging import MOST
from autocrm.records.merging.page import may_merge
from autocrm.records.merging.relations import add_relations
from autocrm.records.merging.remembered import add_remembered
from autocrm.records.registry import RecordType, record_types


def _url(record_type: RecordType) -> str:
    return f"/{record_type.plural}/duplicates-found/"


def _is_offered(record_type: RecordType, actor: Actor) -> bool:
    return bool(record_type.match_rules) and is_allowed(actor, record_type.permission(Verb.READ))


def find_commands(query: str, *, actor: Actor, limit: int) -> Sequence[PaletteItem]:
    """As in "Go to duplicates among contacts", while that is being typed."""
    parts = query.casefold().split()
    if not parts:
        return []
    offered = [each for each in record_types if _is_offered(each, actor)]
    labels = [
        (each, _t("Go to duplicates: %(records)s") % {"records": force_str(each.label_plural)}) for each in offered
    ]
    return [
        PaletteItem(group=_("Go to"), label=label, url=_url(each), icon="copy")
        for each, label in labels
        if all(any(word.startswith(part) for word in f"{label} {_t('Go to')}".casefold().split()) for part in parts)
    ][:limit]


def add_duplicates() -> None:
    """Called once, by `wiring`."""
    add_relations()
    add_remembered()
    on_erase(forget_merges)
    add_list_action(
        ListAction(
            "duplicates",
            _("Duplicates"),
            "copy",
            url=_url,
            is_offered=_is_offered,
            order=30,
            count_url=lambda record_type: f"{_url(record_type)}count/",
        )
    )
    add_bulk_action(
        BulkAction(
            key="merge",
            label=_("Merge"),
            icon="arrow-merge",
            verb=Verb.DELETE,
            order=60,
            most=MOST,
            url=lambda record_type: f"/{record_type.plural}/merge/select/",
            is_offered=may_merge,
        )
    )
    add_bulk_action(certain.ACTION)
    add_work(WorkProvider("duplicates", duplicate_scans.recent_work, duplicate_scans.count_running))
    add_provider(PaletteProvider("duplicates", find_commands, order=55))
