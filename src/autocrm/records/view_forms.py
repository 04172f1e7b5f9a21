"""The form that saves a list as a view, and changes what a view is called and who sees it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.permissions import is_allowed
from autocrm.records.permissions import SHARE_VIEWS
from autocrm.records.view_models import Visibility
from autocrm.records.view_state import MOST_TEXT


class ViewForm(forms.Form):
    """Who may not share views is not asked who sees them."""

    name = forms.CharField(label=_("Name"), max_length=80)
    visibility = forms.ChoiceField(label=_("Who sees it"), choices=Visibility.choices, required=False)
    pinned = forms.BooleanField(label=_("Keep it in the sidebar"), required=False)
    opens = forms.BooleanField(label=_("Open the list with it"), required=False)
    query = forms.CharField(widget=forms.HiddenInput, required=False, max_length=2 * MOST_TEXT)

    def __init__(self, *args: Any, actor: Actor, visibility: str = Visibility.PRIVATE, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs |= {"autocomplete": "off", "autofocus": True}
        if not is_allowed(actor, SHARE_VIEWS) and visibility == Visibility.PRIVATE:
            del self.fields["visibility"]

    @property
    def visibility_chosen(self) -> str:
        """The choice, private where there was none."""
        return self.cleaned_data.get("visibility") or Visibility.PRIVATE
