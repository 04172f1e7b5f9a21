"""Workflows in the palette: found by the beginnings of their names' words."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.palette import PaletteItem, PaletteProvider, add_provider
from autocrm.kernel.permissions import is_allowed
from autocrm.workflows.models import Workflow
from autocrm.workflows.permissions import MANAGE_WORKFLOWS

LEAST_LETTERS = 2
MOST_LOOKED_AT = 500


def find_workflows(query: str, *, actor: Actor, limit: int) -> Sequence[PaletteItem]:
    """Workflows whose names have words that begin as the query does; nothing before two letters are typed."""
    parts = query.casefold().split()
    if len(query.strip()) < LEAST_LETTERS or not is_allowed(actor, MANAGE_WORKFLOWS):
        return []
    found = [each for each in Workflow.objects.order_by("name")[:MOST_LOOKED_AT] if _fits(each.name, parts)]
    return [
        PaletteItem(
            group=_("Workflows"),
            label=each.name,
            url=f"/workflows/{each.id}/",
            context=_("On") if each.is_on else _("Off"),
            icon="git-branch",
        )
        for each in found[:limit]
    ]


def _fits(name: str, parts: list[str]) -> bool:
    words = name.casefold().split()
    return all(any(word.startswith(part) for word in words) for part in parts)


add_provider(PaletteProvider("workflows", find_workflows, order=50))
