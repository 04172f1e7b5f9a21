"""Forms of the settings area: they read and check input and hand it to services; none of them saves anything."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from autocrm.kernel import clock
from autocrm.kernel.errors import AutoCRMError, Invalid
from autocrm.tenants.models import Tenant
from autocrm.users.models import Membership, Role, Team

WEEKDAYS = (
    (1, _("Monday")),
    (2, _("Tuesday")),
    (3, _("Wednesday")),
    (4, _("Thursday")),
    (5, _("Friday")),
    (6, _("Saturday")),
    (7, _("Sunday")),
)
# Working days count from 1 (ISO), the start of the week from 0 as `date.weekday()` does.
WEEK_STARTS = tuple((number - 1, label) for number, label in WEEKDAYS)
MONTHS = tuple(
    enumerate(
        (
            _("January"),
            _("February"),
            _("March"),
            _("April"),
            _("May"),
            _("June"),
            _("July"),
            _("August"),
            _("September"),
            _("October"),
            _("November"),
            _("December"),
        ),
        start=1,
    )
)
# What a token may be narrowed to, in the words of the form; scripts that need less say so through the API.
TOKEN_SCOPES = (
    ("*", _("Everything its role allows")),
    ("*:read", _("Reading only")),
)
TOKEN_LIFETIMES = (
    ("30", _("30 days")),
    ("90", _("90 days")),
    ("365", _("1 year")),
    ("", _("Never")),
)


def take_errors(form: forms.Form, error: AutoCRMError) -> None:
    """Put what a service complained about beside the fields it named, and the rest at the head of the form."""
    complaints = error.fields if isinstance(error, Invalid) else {}
    for name, messages in complaints.items():
        for message in messages:
            form.add_error(name if name in form.fields else None, str(message))
    if not complaints:
        form.add_error(None, str(error.message))


def time_zones(first: str) -> list[tuple[str, Any]]:
    """Choices of time zones; the empty one reads `first`."""
    return [("", first), *((name, name.replace("_", " ")) for name in sorted(clock.zone_names()))]


class ProfileForm(forms.Form):
    """One's own name, language and time zone."""

    name = forms.CharField(label=_("Name"), max_length=200)
    locale = forms.ChoiceField(
        label=_("Language"), required=False, choices=lambda: [("", _("As the workspace")), *settings.LANGUAGES]
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = self.fields["time_zone"]
        if isinstance(zones, forms.ChoiceField):
            zones.choices = time_zones(str(_("As the workspace")))


class PasswordForm(forms.Form):
    """One's own password."""

    current = forms.CharField(
        label=_("Current password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    new = forms.CharField(label=_("New password"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))


class RoleChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # takes no parameters at run time
    """One of the workspace's roles."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=None, empty_label=None, **kwargs)


class InviteForm(forms.Form):
    """Whom to invite, with which role."""

    email = forms.EmailField(label=_("E-mail"), max_length=254)
    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    role = RoleChoice(label=_("Role"))

    def __init__(self, *args: Any, roles: Iterable[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "role", roles)


class ReplaceForm(forms.Form):
    """The member who takes a placeholder's place."""

    by = forms.ChoiceField(label=_("Member"))

    def __init__(self, *args: Any, people: Iterable[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        by = self.fields["by"]
        if isinstance(by, forms.ChoiceField):
            by.choices = [(str(each.user_id), str(each.user)) for each in people]


class MemberForm(forms.Form):
    """A member's role and job title."""

    role = RoleChoice(label=_("Role"))
    title = forms.CharField(label=_("Job title"), max_length=120, required=False)

    def __init__(self, *args: Any, roles: Iterable[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "role", roles)


class TeamForm(forms.Form):
    """A team's name and place in the tree."""

    name = forms.CharField(label=_("Name"), max_length=120)
    parent: "forms.ModelChoiceField[Team]" = forms.ModelChoiceField(
        queryset=None, label=_("Part of"), required=False, empty_label=_("No other team")
    )

    def __init__(self, *args: Any, teams: Iterable[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "parent", teams)


class TeamMemberForm(forms.Form):
    """Whom to put into a team."""

    member: "forms.ModelChoiceField[Membership]" = forms.ModelChoiceField(
        queryset=None, label=_("Member"), empty_label=None
    )

    def __init__(self, *args: Any, members: Iterable[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "member", members)
        self.fields["member"].widget.attrs["data-combo"] = True


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("What it is for, such as “Website sync”."))
    role = RoleChoice(label=_("Role"))
    scope = forms.ChoiceField(label=_("May do"), choices=TOKEN_SCOPES)
    lifetime = forms.ChoiceField(label=_("Expires after"), choices=TOKEN_LIFETIMES, required=False, initial="90")

    def __init__(self, *args: Any, roles: Iterable[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "role", roles)

    @property
    def scopes(self) -> list[str] | None:
        """The scopes as the service wants them; None does not narrow."""
        scope = self.cleaned_data["scope"]
        return None if scope == "*" else [scope]

    @property
    def expires_at(self) -> datetime | None:
        """The moment after which the token is dead."""
        days = self.cleaned_data["lifetime"]
        return clock.now() + timedelta(days=int(days)) if days else None


class AcceptForm(forms.Form):
    """Somebody new behind an invitation: their name and a password."""

    name = forms.CharField(label=_("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters."),
    )


class ClockInput(forms.TimeInput):
    """The browser's own field for a time of day."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class WorkspaceForm(forms.Form):
    """The workspace's name and settings."""

    name = forms.CharField(label=_("Name"), max_length=200)
    currency = forms.CharField(label=_("Currency"), max_length=3, help_text=_("Three letters, such as USD or EUR."))
    time_zone = forms.ChoiceField(label=_("Time zone"))
    locale = forms.ChoiceField(label=_("Language"), choices=lambda: settings.LANGUAGES)
    region = forms.CharField(
        label=_("Country"), max_length=2, help_text=_("Two letters; how phone numbers without a prefix are read.")
    )
    fiscal_year_start_month = forms.TypedChoiceField(label=_("Fiscal year begins"), coerce=int, choices=MONTHS)
    week_start = forms.TypedChoiceField(label=_("Week begins"), coerce=int, choices=WEEK_STARTS)
    days = forms.TypedMultipleChoiceField(
        label=_("Working days"), coerce=int, choices=WEEKDAYS, widget=forms.CheckboxSelectMultiple
    )
    opens = forms.TimeField(label=_("Working hours from"), widget=ClockInput)
    closes = forms.TimeField(label=_("to"), widget=ClockInput)
    bin_days = forms.IntegerField(
        label=_("Days in the bin"),
        min_value=1,
        max_value=365,
        required=False,
        help_text=_("How long a record stays in the bin before it is deleted for good; 30 if empty."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = self.fields["time_zone"]
        if isinstance(zones, forms.ChoiceField):
            zones.choices = time_zones("UTC")[1:]

    @staticmethod
    def initial_of(tenant: Tenant) -> dict[str, Any]:
        """What the form shows at first."""
        hours: Mapping[str, Any] = tenant.settings.get("business_hours", {})
        return {
            **tenant.settings,
            "name": tenant.name,
            "days": hours.get("days", []),
            "opens": _clock(hours.get("from", "09:00")),
            "closes": _clock(hours.get("to", "17:00")),
        }

    @property
    def changes(self) -> dict[str, Any]:
        """The settings as the service wants them."""
        data = dict(self.cleaned_data)
        data.pop("name")
        data["bin_days"] = data["bin_days"] or 30
        opens, closes = data.pop("opens"), data.pop("closes")
        hours = {"days": sorted(data.pop("days")), "from": f"{opens:%H:%M}", "to": f"{closes:%H:%M}"}
        data |= {"currency": data["currency"].upper(), "region": data["region"].upper(), "business_hours": hours}
        return data


def offer(form: forms.Form, name: str, choices: Any) -> None:
    """Let a field choose from these rows of the workspace."""
    field = form.fields[name]
    if isinstance(field, forms.ModelChoiceField):
        field.queryset = choices


def _clock(text: str) -> time:
    return datetime.strptime(text, "%H:%M").replace(tzinfo=UTC).time()
