"""What every record type gets without asking: its place in the role editor, the history, e-mail and call buttons."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from autocrm.kernel import navigation
from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Text
from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.long_work import WorkProvider, add_provider
from autocrm.kernel.navigation import NavEntry, NavSection, NavSource
from autocrm.kernel.permissions import can_read_field
from autocrm.kernel.phones import phone_uri
from autocrm.kernel.subjects import PermissionSubject, declare_subject, subjects
from autocrm.records import passes
from autocrm.records.bulk_operations import selectors as bulk_selectors
from autocrm.records.bulk_operations.wiring import add_actions
from autocrm.records.catalogue import add_layer, types_in_tenant
from autocrm.records.computed.formulas import FORMULA, read_formula
from autocrm.records.computed.parts import formula_part, read_formula_part, read_rollup_part, rollup_part
from autocrm.records.computed.rights import bind_rights
from autocrm.records.computed.rollups import ROLLUP, read_rollup
from autocrm.records.custom.definitions import add_config_reader
from autocrm.records.custom.field_forms import ConfigPart, add_config_part
from autocrm.records.custom.layer import ORDER, with_custom_fields
from autocrm.records.custom.object_types import add_layers
from autocrm.records.lists.layouts import Layout, add_layout
from autocrm.records.lists.saved_views import list_pinned
from autocrm.records.merging.wiring import add_duplicates
from autocrm.records.panels import RecordAction, RecordPanel, add_action, add_panel
from autocrm.records.registry import RecordType, record_types
from autocrm.records.shapes import board, calendar
from autocrm.records.views.panels import render_history

PINNED = "views"


def _fields_of(key: str) -> Sequence[tuple[str, Text]]:
    """Asked within a tenant: its own fields are among them."""
    return [(field.key, field.label) for field in record_types.get(key).all_fields]


def _subject(record_type: RecordType) -> PermissionSubject:
    return PermissionSubject(
        record_type.key,
        record_type.label_plural,
        partial(_fields_of, record_type.key),
        order=record_type.nav_order,
    )


def _subjects_in_tenant(declared: Mapping[str, PermissionSubject]) -> Mapping[str, PermissionSubject]:
    """The types that a tenant made are subjects of its roles like any other."""
    own = {each.key: _subject(each) for each in record_types if each.key not in declared}
    return {**declared, **own} if own else declared


def _mailto(address: str) -> str:
    return f"mailto:{quote(address, safe='@+')}"


def _address(kind: FieldKind, of: Callable[[str], str]) -> Callable[[RecordType, Any, Actor], str]:
    """The first address of that kind which the record has and the actor may see."""

    def url(record_type: RecordType, record: Any, actor: Actor) -> str:
        for field in record_type.fields:
            value = field.read(record) if field.kind is kind else ""
            if value and can_read_field(actor, record_type.key, field.key):
                return of(value)
        return ""

    return url


def _pinned(actor: Actor) -> Iterator[NavEntry]:
    """The saved views that the person keeps in the rail."""
    for index, (view, record_type) in enumerate(list_pinned(actor)):
        yield NavEntry(
            key=f"view-{view.pk}",
            label=view.name,
            url=f"/{record_type.plural}/?view={view.pk}",
            icon=record_type.icon,
            group=PINNED,
            dot="abc"[index % 3],
        )


add_layers()
add_layer(with_custom_fields, order=ORDER)
add_config_reader(FORMULA, read_formula)
add_config_reader(ROLLUP, read_rollup)
add_config_part(FORMULA, ConfigPart("records/data_formula.html", formula_part, read_formula_part))
add_config_part(ROLLUP, ConfigPart("records/data_rollup.html", rollup_part, read_rollup_part))
bind_rights()
record_types.bind(types_in_tenant)
navigation.add_section(NavSection(PINNED, _("Views"), order=10))
navigation.add_source(NavSource("views", _pinned))

for each in record_types.declared:
    if each.key not in subjects:
        declare_subject(_subject(each))
subjects.bind(_subjects_in_tenant)

add_actions()
add_duplicates()
add_provider(WorkProvider("bulk", bulk_selectors.recent_work, bulk_selectors.count_running))
add_provider(WorkProvider("data model", passes.recent_work, passes.count_running))
add_layout(
    Layout(
        key="board",
        label=_("Board"),
        icon="layout-kanban",
        order=10,
        is_offered=lambda record_type, actor: bool(board.board_fields(record_type, actor)),
        render=board.draw_board,
        check=board.read_board,
        params=(board.BY, board.CARDS, board.SHUT, board.COLUMN),
    )
)
add_layout(
    Layout(
        key=calendar.CALENDAR,
        label=_("Calendar"),
        icon="calendar",
        order=20,
        is_offered=lambda record_type, actor: bool(calendar.calendar_fields(record_type, actor)),
        render=calendar.draw_calendar,
        check=calendar.read_calendar,
        params=(calendar.ON, calendar.SPAN, calendar.DAY),
    )
)
add_panel(RecordPanel(key="history", label=_("History"), order=900, render=render_history))
add_action(
    RecordAction(
        key="mail",
        label=_("E-mail"),
        icon="mail",
        order=10,
        url=_address(FieldKind.EMAIL, _mailto),
    )
)
add_action(
    RecordAction(
        key="call",
        label=pgettext_lazy("action", "Call"),
        icon="phone",
        order=20,
        url=_address(FieldKind.PHONE, phone_uri),
    )
)
