"""Imports and exports in the tray of background jobs; saved mappings go with an object that is deleted."""

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.long_work import WorkProvider, add_provider
from autocrm.records.keepers import Keeper, add_keeper
from autocrm.transfers import export_selectors, selectors
from autocrm.transfers.models import ImportTemplate


def _count(record_type: str) -> int:
    return ImportTemplate.objects.filter(record_type=record_type).count()


def _forget(record_type: str) -> None:
    ImportTemplate.objects.filter(record_type=record_type).delete()


add_provider(WorkProvider("imports", selectors.recent_work, selectors.count_running))
add_provider(WorkProvider("exports", export_selectors.recent_work, export_selectors.count_running))
add_keeper(Keeper("mappings", _("saved mappings of imports"), _count, _forget, order=50))
