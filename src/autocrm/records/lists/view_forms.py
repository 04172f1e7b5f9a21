"""The form that saves a list as a view, and changes what a view is called and who sees it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.permissions import is_allowed
from autocrm.records.lists.view_state import MOST_TEXT
from autocrm.records.permissions import SHARE_VIEWS
from autocrm.records.view_models import SavedView, Visibility
from autocrm.users.selectors import own_teams

_OF_A_TEAM = f"{Visibility.TEAM.value}:"


class ViewForm(forms.Form):
    """Who may not share views is not asked who sees them; who is in several teams says which."""

    name = forms.CharField(label=_("Name"), max_length=80)
    visibility = forms.ChoiceField(label=_("Who sees it"))
    pinned = forms.BooleanField(label=_("Keep it in the sidebar"), required=False)
    opens = forms.BooleanField(label=_("My default view: the list opens with it"), required=False)
    query = forms.CharField(widget=forms.HiddenInput, required=False, max_length=2 * MOST_TEXT)

    def __init__(self, *args: Any, actor: Actor, view: SavedView | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs |= {"autocomplete": "off", "autofocus": True}
        is_shared = view is not None and view.visibility != Visibility.PRIVATE
        if is_allowed(actor, SHARE_VIEWS) or is_shared:
            self.fields["visibility"] = forms.ChoiceField(
                label=self.fields["visibility"].label, choices=_choices(actor)
            )
        else:
            del self.fields["visibility"]

    @property
    def visibility_chosen(self) -> str:
        """The choice, private where there was none."""
        chosen = self.cleaned_data.get("visibility") or Visibility.PRIVATE
        return Visibility.TEAM if chosen.startswith(_OF_A_TEAM) else chosen

    @property
    def team_chosen(self) -> str | None:
        """The id of the team that is to see it."""
        chosen = self.cleaned_data.get("visibility") or ""
        return chosen.removeprefix(_OF_A_TEAM) if chosen.startswith(_OF_A_TEAM) else None


def sharing_of(view: SavedView) -> str:
    """What the form says of who sees a view now."""
    return f"{_OF_A_TEAM}{view.team_id}" if view.visibility == Visibility.TEAM else view.visibility


def _choices(actor: Actor) -> list[tuple[Any, Any]]:
    teams = [(f"{_OF_A_TEAM}{team.pk}", team.name) for team in own_teams(actor)]
    return [
        (Visibility.PRIVATE.value, Visibility.PRIVATE.label),
        *([(_("Members of a team"), teams)] if teams else []),
        (Visibility.WORKSPACE.value, Visibility.WORKSPACE.label),
    ]
