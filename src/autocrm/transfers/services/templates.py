"""Mappings kept under a name, for the next file of the same kind."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Conflict, Denied, Invalid
from autocrm.records.selectors import get_type
from autocrm.transfers import selectors
from autocrm.transfers.mapping import check_mapping, may_be_set
from autocrm.transfers.models import Import, ImportTemplate
from autocrm.transfers.options import Options
from autocrm.transfers.permissions import authorize_import

MOST_OWN = 200


@transaction.atomic
def save_template(batch: Import, name: str, *, is_shared: bool = False, actor: Actor) -> ImportTemplate:
    """Keep the mapping and options of an import; one of the same name of the same person is replaced.

    Nothing is journalled: it is a convenience of whoever imports. Raises Denied, Invalid, Conflict.
    """
    record_type = get_type(batch.record_type)
    authorize_import(record_type, actor)
    name = " ".join(name.split())[:120]
    if not name or actor.user_id is None:
        raise Invalid(fields={"name": [_("Give a name.")]})
    mapping = check_mapping(record_type, batch.mapping, batch.columns, actor=actor)
    if selectors.list_templates(actor, record_type.key).filter(user_id=actor.user_id).count() >= MOST_OWN:
        raise Invalid(fields={"name": [_("You have kept enough mappings. Delete one first.")]})
    values = {"mapping": mapping, "options": Options.read(batch.options).as_choices(), "is_shared": is_shared}
    try:
        with transaction.atomic():
            template, _made = ImportTemplate.objects.update_or_create(
                record_type=record_type.key, user_id=actor.user_id, name=name, defaults=values
            )
    except IntegrityError as error:
        raise Conflict(_("Try again.")) from error
    return template


@transaction.atomic
def delete_template(template_id: object, *, actor: Actor) -> None:
    """Forget one of one's own. Raises NotFound, Denied for somebody else's shared one."""
    template = selectors.get_template(template_id, actor=actor)
    if template.user_id != actor.user_id:
        raise Denied
    template.delete()


@transaction.atomic
def apply_template(import_id: object, template_id: object, *, actor: Actor) -> Import:
    """Put a kept mapping on an upload, as far as its columns and the actor's rights go. Raises NotFound, Conflict."""
    batch = selectors.get_upload(import_id, actor=actor)
    template = selectors.get_template(template_id, actor=actor)
    fitting = selectors.fit(template.mapping, batch.columns)
    record_type = get_type(batch.record_type)
    batch.mapping = {column: key for column, key in fitting.items() if may_be_set(record_type, key, actor)}
    batch.options = Options.read({**template.options, "formats": batch.options.get("formats", {})}).as_dict()
    batch.save(update_fields=["mapping", "options"])
    return batch
