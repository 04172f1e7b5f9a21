"""What the palette offers of activities beside the Today page and "New task", which the shell finds by itself."""

from collections.abc import Sequence

from django.utils.encoding import force_str
from django.utils.translation import gettext_lazy as _

from autocrm.activities.permissions import TASK
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.palette import PaletteItem, PaletteProvider, add_provider
from autocrm.kernel.permissions import is_allowed

# A line and the words it is found by.
_PLACES = (
    # By its own name the shell finds it.
    (PaletteItem(_("Go to"), _("Today"), "/today/", icon="calendar-check"), _("agenda due")),
    (
        PaletteItem(_("Go to"), _("My open tasks"), "/tasks/?owner=me&status=open&sort=due_at", icon="checkbox"),
        _("my open tasks to do"),
    ),
    (PaletteItem(_("Go to"), _("What I have done"), "/today/done/", icon="checks"), _("what i have done completed")),
)


def find_places(query: str, *, actor: Actor, limit: int) -> Sequence[PaletteItem]:
    """Places whose words begin as all of the query's do; none without a query."""
    parts = query.casefold().split()
    if not parts or not is_allowed(actor, f"{TASK}.{Verb.READ}"):
        return []
    return [item for item, words in _PLACES if _matches(parts, force_str(words).casefold().split())][:limit]


def _matches(parts: list[str], words: list[str]) -> bool:
    return all(any(word.startswith(part) for word in words) for part in parts)


add_provider(PaletteProvider("activities", find_places, order=910))
