"""The drawer in which an object is made or changed: what it is called, its icon, whether it stands in the sidebar."""

from django import forms
from django.utils.translation import gettext_lazy as _

from autocrm.kernel.errors import AutoCRMError, Invalid
from autocrm.kernel.errors import Text as Words

# Icons that fit what people keep records of; names of the sprite.
ICONS = """
    box briefcase building building-store address-book bookmark bulb calculator calendar-event chart-pie clipboard
    code coin credit-card currency-dollar database device-mobile file-description file-invoice flag folder globe hash
    heart home id-badge-2 key lifebuoy map-pin message microphone package packages phone photo plug presentation puzzle
    receipt rocket route scale server shield-check shopping-cart speakerphone stack-2 star target template tool
    transfer trophy truck users-group video world
    """.split()  # noqa: SIM905 - names of pictures, read from left to right


class ObjectForm(forms.Form):
    """A record type of the tenant's own."""

    label = forms.CharField(label=_("Name of one"), max_length=60, help_text=_("As in “Property”"))
    label_plural = forms.CharField(label=_("Name of many"), max_length=60, help_text=_("As in “Properties”"))
    name_label = forms.CharField(
        label=_("What its name is called"),
        max_length=60,
        required=False,
        help_text=_("“Name” unless you say otherwise"),
    )
    description = forms.CharField(label=_("Description"), max_length=300, required=False)
    icon = forms.ChoiceField(
        label=_("Icon"), initial="box", widget=forms.RadioSelect, choices=[(each, each) for each in ICONS]
    )
    in_nav = forms.BooleanField(label=_("Show in the sidebar"), required=False, initial=True)

    def take(self, error: AutoCRMError) -> None:
        """Put what the service refused beside its field; what has none (key, address) beside the name it came from."""
        beside = {"key": "label", "plural": "label_plural"}
        faults: dict[str, list[Words]] = error.fields if isinstance(error, Invalid) else {}
        for name, messages in faults.items():
            field = beside.get(name, name)
            for message in messages:
                self.add_error(field if field in self.fields else None, str(message))
        if not faults:
            self.add_error(None, str(error.message))
