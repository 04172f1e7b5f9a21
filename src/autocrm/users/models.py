"""People and what they may do: users of the installation; memberships, roles, teams, tokens of a tenant."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from autocrm.kernel.clock import now
from autocrm.kernel.ids import new_id
from autocrm.kernel.owned import TenantOwned


def normalise_email(email: str) -> str:
    """The form an address is stored, compared and looked up in."""
    return email.strip().lower()


class UserManager(BaseUserManager["User"]):
    """Finds people by address, whatever the case it was typed in."""

    @override
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=normalise_email(username or ""))


class User(AbstractBaseUser):
    """A person who can sign in. Global: the same person may belong to several tenants by membership.

    `is_operator` opens the operators' site of the installation and gives no right in any tenant. Users are disabled,
    never deleted, so that the journal keeps its names.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(_("e-mail"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=200)
    locale = models.CharField(_("language"), max_length=12, blank=True, default="")
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, default="")
    is_active = models.BooleanField(_("active"), default=True)
    is_operator = models.BooleanField(_("operator of this installation"), default=False)
    created_at = models.DateTimeField(_("created"), default=now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="users_user_email_is_normalised"),
        ]

    @override
    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        """What Django's admin asks: whether the operators' site is open to this person."""
        return self.is_active and self.is_operator

    is_superuser = is_staff

    def has_perm(self, _perm: str, _obj: Any = None) -> bool:
        """Operators may do everything on their site; nobody else gets there."""
        return self.is_staff

    def has_module_perms(self, _app_label: str) -> bool:
        """The same for a whole app."""
        return self.is_staff


class Role(TenantOwned):
    """A named set of rights.

    `records` is record type -> verb -> level with `"*"` for types not named; `fields` is record type -> field id ->
    access (absent: write); `codes` are rights without a record. `everything` is the owners' role and is never edited.
    """

    name = models.CharField(_("name"), max_length=80)
    description = models.CharField(_("description"), max_length=300, blank=True, default="")
    key = models.CharField(max_length=20, blank=True, default="", editable=False)
    everything = models.BooleanField(default=False, editable=False)
    records = models.JSONField(_("rights on records"), default=dict, blank=True)
    fields = models.JSONField(_("rights on fields"), default=dict, blank=True)
    codes = models.JSONField(_("further rights"), default=list, blank=True)
    created_at = models.DateTimeField(_("created"), default=now, editable=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [models.UniqueConstraint(fields=["name"], name="users_role_name_once")]

    @override
    def __str__(self) -> str:
        return self.name


class Membership(TenantOwned):
    """A user's place in a tenant, with the role that holds there; a placeholder stands for somebody not here yet."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("user"))
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("role"))
    title = models.CharField(_("job title"), max_length=120, blank=True, default="")
    is_active = models.BooleanField(_("active"), default=True)
    is_placeholder = models.BooleanField(_("placeholder"), default=False, editable=False)
    created_at = models.DateTimeField(_("member since"), default=now, editable=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [models.UniqueConstraint(fields=["user"], name="users_membership_user_once")]

    @override
    def __str__(self) -> str:
        return str(self.user)

    @property
    def is_owner(self) -> bool:
        """Whether this member has every right in the tenant."""
        return self.role.everything


class Team(TenantOwned):
    """A node of the tenant's team tree; rights at level "team tree" reach the teams below."""

    name = models.CharField(_("name"), max_length=120)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )
    created_at = models.DateTimeField(_("created"), default=now, editable=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], nulls_distinct=False, name="users_team_name_once"),
        ]

    @override
    def __str__(self) -> str:
        return self.name


class TeamMember(TenantOwned):
    """A user in a team; one may be in several."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="members", verbose_name=_("team"))
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("user"))

    class Meta(TenantOwned.Meta):
        verbose_name = _("team member")
        verbose_name_plural = _("team members")
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="users_teammember_user_once")]

    @override
    def __str__(self) -> str:
        return str(self.user)


class ApiToken(TenantOwned):
    """A key for scripts. Only a SHA-256 of it is kept: 32 random bytes need no slow hash.

    Its rights are those that both its role and its maker's role give, narrowed by `scopes` (null: not narrowed).
    It dies with `expires_at`, `revoked_at`, and with its maker's membership. Dead tokens stay for the record.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("made by"))
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="tokens", verbose_name=_("role"))
    name = models.CharField(_("name"), max_length=120)
    prefix = models.CharField(_("beginning"), max_length=12, editable=False)
    token_hash = models.CharField(max_length=64, editable=False)
    scopes = models.JSONField(_("scopes"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=now, editable=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        constraints = [models.UniqueConstraint(fields=["prefix"], name="users_apitoken_prefix_once")]

    @override
    def __str__(self) -> str:
        return self.name

    def is_alive(self, at: datetime) -> bool:
        """Whether neither revoked nor expired at that moment."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > at)


class Invitation(TenantOwned):
    """A promise of membership sent to an address; open until accepted, revoked or expired.

    `placeholder_id` is the user whose records the invited person will have.
    """

    email = models.EmailField(_("e-mail"), max_length=254)
    name = models.CharField(_("name"), max_length=200, blank=True, default="")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="invitations", verbose_name=_("role"))
    placeholder_id = models.UUIDField(null=True, editable=False)
    token_hash = models.CharField(max_length=64, editable=False)
    invited_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("invited by")
    )
    created_at = models.DateTimeField(_("invited"), default=now, editable=False)
    expires_at = models.DateTimeField(_("expires"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [models.UniqueConstraint(fields=["token_hash"], name="users_invitation_token_once")]
        indexes = [models.Index(fields=["email"], name="users_invitation_email")]

    @override
    def __str__(self) -> str:
        return self.email

    def is_open(self, at: datetime) -> bool:
        """Whether it can still be accepted at that moment."""
        return self.accepted_at is None and self.revoked_at is None and self.expires_at > at
