"""Choices of a select that a file names and that are not there yet: added to fields of the tenant's own."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import FieldKind
from autocrm.records.custom.fields import update_field
from autocrm.records.fields import Field
from autocrm.records.models import CustomField
from autocrm.transfers.lookups import Found
from autocrm.transfers.readers import CHOICE_KINDS, choice_names, words_of_cell

LONGEST = 80


def is_open(field: Field) -> bool:
    """Whether choices can be added to a field: to those a tenant defined, not to the product's own."""
    return field.custom and field.kind in CHOICE_KINDS and not field.tags


class Choices:
    """The choices of one field by what files call them; a look only pretends to add what is missing."""

    def __init__(self, field: Field, actor: Actor, *, creating: bool) -> None:
        self._field = field
        self._actor = actor
        self._creating = creating
        self._by_word = choice_names(field)

    def find(self, cells: Iterable[str]) -> Found:
        """For each cell the value of its choice, or of a field of several the values of all."""
        found = Found()
        split = {cell: words_of_cell(self._field, cell, self._by_word) for cell in cells}
        missing: dict[str, str] = {}
        for word in (word for words in split.values() for word in words if word.casefold() not in self._by_word):
            missing.setdefault(word.casefold(), word)
        fault = self._add([word for word in missing.values() if len(word) <= LONGEST]) if missing else ""
        for cell, words in split.items():
            values = [self._by_word.get(word.casefold()) for word in words]
            if None in values or not values:
                found.faults[cell] = fault or _("“%(value)s” is not one of the choices.") % {"value": cell[:LONGEST]}
            else:
                found.values[cell] = sorted(set(map(str, values))) if self._is_many else values[0]
        return found

    def forget(self) -> None:
        """Look again: what was added may be gone with its transaction."""
        self._by_word = choice_names(self._field)

    @property
    def _is_many(self) -> bool:
        return self._field.kind is FieldKind.MULTI_SELECT

    def _add(self, words: Sequence[str]) -> str:
        """Add choices; why not, or nothing."""
        field_id: UUID | None = self._field.custom_id
        if not self._creating or field_id is None:
            self._by_word.update({word.casefold(): word for word in words})
            return ""
        options = CustomField.objects.filter(pk=field_id).values_list("options", flat=True).first() or []
        known = {str(each["label"]).casefold() for each in options}
        new = [{"label": word} for word in words if word.casefold() not in known]
        if new:
            try:
                options = update_field(field_id, {"options": [*options, *new]}, actor=self._actor).options
            except Invalid as error:
                return " ".join(str(message) for messages in error.fields.values() for message in messages)
        self._by_word.update({str(each["label"]).casefold(): str(each["value"]) for each in options})
        return ""
