"""What the record engine offers to automation: a record of any type was created or changed."""

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.automation import Trigger, register_trigger
from autocrm.records import events

register_trigger(
    Trigger("record_created", _("A record is created"), frozenset({events.CREATED}), _("%(type)s is created"))
)
register_trigger(
    Trigger("record_updated", _("A record is changed"), frozenset({events.UPDATED}), _("%(type)s is changed"))
)
