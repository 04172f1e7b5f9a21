"""What Settings > Tags shows: the tags with how many records carry each, and the drawer that changes one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Count as CountOf
from django.db.models import F, Func, QuerySet, UUIDField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Invalid, TookTooLong
from autocrm.kernel.reading import reading
from autocrm.records import sampling, tags
from autocrm.records.listing import patience
from autocrm.records.models import Tag
from autocrm.records.querysets import live
from autocrm.records.registry import RecordType, record_types
from autocrm.records.tag_names import LONGEST_NAME
from autocrm.ui.formatting import number

PAGE = 100
# More rows than that do not fit on a screen, and one of them is looked for.
SCREENFUL = 20
COLOURS = {
    1: pgettext_lazy("colour", "Indigo"),
    2: pgettext_lazy("colour", "Teal"),
    3: pgettext_lazy("colour", "Orange"),
    4: pgettext_lazy("colour", "Pink"),
    5: pgettext_lazy("colour", "Blue"),
    6: pgettext_lazy("colour", "Green"),
}


@dataclass(frozen=True)
class Use:
    """The records of one type that carry a tag, and how many, in words."""

    record_type: RecordType
    said: str


@dataclass(frozen=True)
class TagRow:
    """A tag in the list."""

    tag: Tag
    total: str
    uses: tuple[Use, ...]


class TagForm(forms.Form):
    """The name and the colour of a tag."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=LONGEST_NAME)
    hue = forms.TypedChoiceField(
        label=gettext_lazy("Colour"), coerce=int, widget=forms.RadioSelect, choices=list(COLOURS.items())
    )

    def take(self, error: Invalid) -> None:
        """Put what the service refused beside its field."""
        for name, messages in error.fields.items():
            for message in messages:
                self.add_error(name, str(message))


def tags_context(*, search: str, cursor: str, actor: Actor) -> dict[str, Any]:
    """A page of the list."""
    page = tags.list_page(search=search, cursor=cursor, limit=PAGE, actor=actor)
    return {
        "rows": _with_uses(page.rows, actor),
        "next_cursor": page.next_cursor,
        "further": bool(cursor),
        "query": search,
        "may_search": bool(search or cursor or page.next_cursor or len(page.rows) > SCREENFUL),
        "current": "tags",
    }


def _with_uses(shown: Sequence[Tag], actor: Actor) -> list[TagRow]:
    """The tags with the live records that the actor may see, type by type."""
    uses: dict[UUID, list[Use]] = {tag.id: [] for tag in shown}
    totals = dict.fromkeys(uses, 0)
    is_exact = True
    for record_type in sorted(record_types, key=lambda each: each.nav_order):
        if not shown or not tags.may_see_tags(record_type, actor):
            continue
        figures, exact = _counted(live(record_type, actor).order_by(), uses)
        is_exact = is_exact and exact
        for tag_id, figure in figures.items():
            uses[tag_id].append(Use(record_type, _said(figure, is_exact=exact)))
            totals[tag_id] += figure
    return [TagRow(tag, _said(totals[tag.id], is_exact=is_exact), tuple(uses[tag.id])) for tag in shown]


def _said(figure: int, *, is_exact: bool) -> str:
    if is_exact:
        return number(figure)
    return _("about %(figure)s") % {"figure": number(figure)} if figure else pgettext("records, not yet counted", "few")


def _counted(found: QuerySet[Any], wanted: Iterable[UUID]) -> tuple[Mapping[UUID, int], bool]:
    """How many of the records carry each tag, and whether that is exact: of a table that takes long, a part is read."""
    carrying = found.filter(tags__overlap=list(wanted))
    try:
        with reading(seconds=patience()):
            return _by_tag(carrying, wanted), True
    except TookTooLong:
        part, share = sampling.in_part(carrying)
        figures = _by_tag(part, wanted)
        return {tag_id: sampling.scaled(figure, share) or 0 for tag_id, figure in figures.items()}, False


def _by_tag(carrying: QuerySet[Any], wanted: Iterable[UUID]) -> dict[UUID, int]:
    each = Func(F("tags"), function="unnest", output_field=UUIDField())
    rows = carrying.annotate(carried=each).values("carried").annotate(figure=CountOf("pk"))
    asked = set(wanted)
    return {tag_id: figure for tag_id, figure in rows.values_list("carried", "figure") if tag_id in asked}
