"""The drawer in which an object is made or changed: what it is called, its icon, whether it stands in the sidebar."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from autocrm.kernel.errors import AutoCRMError, Invalid
from autocrm.kernel.errors import Text as Words

# Icons that fit what people keep records of: names of the sprite, and what is to be seen.
ICONS = {
    "box": pgettext_lazy("icon", "Box"),
    "briefcase": pgettext_lazy("icon", "Briefcase"),
    "building": pgettext_lazy("icon", "Building"),
    "building-store": pgettext_lazy("icon", "Shop"),
    "address-book": pgettext_lazy("icon", "Address book"),
    "bookmark": pgettext_lazy("icon", "Bookmark"),
    "bulb": pgettext_lazy("icon", "Light bulb"),
    "calculator": pgettext_lazy("icon", "Calculator"),
    "calendar-event": pgettext_lazy("icon", "Calendar"),
    "chart-pie": pgettext_lazy("icon", "Pie chart"),
    "clipboard": pgettext_lazy("icon", "Clipboard"),
    "code": pgettext_lazy("icon", "Code"),
    "coin": pgettext_lazy("icon", "Coin"),
    "credit-card": pgettext_lazy("icon", "Credit card"),
    "currency-dollar": pgettext_lazy("icon", "Dollar sign"),
    "database": pgettext_lazy("icon", "Database"),
    "device-mobile": pgettext_lazy("icon", "Mobile phone"),
    "file-description": pgettext_lazy("icon", "Document"),
    "file-invoice": pgettext_lazy("icon", "Invoice"),
    "flag": pgettext_lazy("icon", "Flag"),
    "folder": pgettext_lazy("icon", "Folder"),
    "globe": pgettext_lazy("icon", "Globe on a stand"),
    "hash": pgettext_lazy("icon", "Number sign"),
    "heart": pgettext_lazy("icon", "Heart"),
    "home": pgettext_lazy("icon", "House"),
    "id-badge-2": pgettext_lazy("icon", "Badge"),
    "key": pgettext_lazy("icon", "Key"),
    "lifebuoy": pgettext_lazy("icon", "Lifebuoy"),
    "map-pin": pgettext_lazy("icon", "Place on a map"),
    "message": pgettext_lazy("icon", "Speech bubble"),
    "microphone": pgettext_lazy("icon", "Microphone"),
    "package": pgettext_lazy("icon", "Parcel"),
    "packages": pgettext_lazy("icon", "Parcels"),
    "phone": pgettext_lazy("icon", "Telephone"),
    "photo": pgettext_lazy("icon", "Photo"),
    "plug": pgettext_lazy("icon", "Plug"),
    "presentation": pgettext_lazy("icon", "Presentation"),
    "puzzle": pgettext_lazy("icon", "Puzzle piece"),
    "receipt": pgettext_lazy("icon", "Receipt"),
    "rocket": pgettext_lazy("icon", "Rocket"),
    "route": pgettext_lazy("icon", "Route"),
    "scale": pgettext_lazy("icon", "Scales"),
    "server": pgettext_lazy("icon", "Server"),
    "shield-check": pgettext_lazy("icon", "Shield"),
    "shopping-cart": pgettext_lazy("icon", "Shopping cart"),
    "speakerphone": pgettext_lazy("icon", "Megaphone"),
    "stack-2": pgettext_lazy("icon", "Stack"),
    "star": pgettext_lazy("icon", "Star"),
    "target": pgettext_lazy("icon", "Target"),
    "template": pgettext_lazy("icon", "Layout"),
    "tool": pgettext_lazy("icon", "Tool"),
    "transfer": pgettext_lazy("icon", "Transfer"),
    "trophy": pgettext_lazy("icon", "Cup"),
    "truck": pgettext_lazy("icon", "Lorry"),
    "users-group": pgettext_lazy("icon", "Group of people"),
    "video": pgettext_lazy("icon", "Video camera"),
    "world": pgettext_lazy("icon", "Globe"),
}


class ObjectForm(forms.Form):
    """A record type of the tenant's own."""

    label = forms.CharField(label=_("Singular name"), max_length=60, help_text=_("As in “Property”"))
    label_plural = forms.CharField(label=_("Plural name"), max_length=60, help_text=_("As in “Properties”"))
    name_label = forms.CharField(
        label=_("Label of the name field"),
        max_length=60,
        required=False,
        help_text=_("“Name” unless you say otherwise"),
    )
    description = forms.CharField(label=_("Description"), max_length=300, required=False)
    icon = forms.ChoiceField(label=_("Icon"), initial="box", widget=forms.RadioSelect, choices=list(ICONS.items()))
    in_nav = forms.BooleanField(label=_("Show in the sidebar"), required=False, initial=True)

    def take(self, error: AutoCRMError) -> None:
        """Put what the service refused beside its field; what has none (key, address) beside the name it came from."""
        beside = {"key": "label", "plural": "label_plural"}
        faults: dict[str, list[Words]] = error.fields if isinstance(error, Invalid) else {}
        for name, messages in faults.items():
            field = beside.get(name, name)
            # Nobody typed a key or an address here; both are made of the names.
            for message in [_("Another kind of record is called so.")] if name in beside else messages:
                self.add_error(field if field in self.fields else None, str(message))
        if not faults:
            self.add_error(None, str(error.message))
