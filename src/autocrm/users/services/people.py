"""Users themselves: made, changed by themselves, disabled by operators. Global rows, journalled in a tenant."""

from collections.abc import Mapping
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from autocrm.journal import services as journal
from autocrm.kernel import clock
from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Conflict, Denied, Invalid, NotFound, Text
from autocrm.kernel.platform import platform_transaction, rows
from autocrm.users import events
from autocrm.users.models import User, normalise_email
from autocrm.users.permissions import authorize_person
from autocrm.users.selectors import forget_cached_actors
from autocrm.users.services.freshness import rights_changed


@transaction.atomic
def create_user(*, email: str, name: str, password: str | None = None, is_operator: bool = False) -> User:
    """A person who can sign in (without a password: by reset only). Belongs to no tenant yet, so nothing is journalled.

    Raises Invalid for an address, name or password that can't be, Conflict when the address is taken.
    """
    email, name = normalise_email(email), name.strip()
    user = User(email=email, name=name, is_operator=is_operator)
    check_person(email=email, name=name)
    if password is None:
        user.set_unusable_password()
    else:
        check_password_rules(password, user)
        user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(_("Somebody with this address exists already."), code="email_taken") from error
    return user


def check_person(*, email: str, name: str) -> None:
    """Raises Invalid for an address or a name that can't be."""
    faults: dict[str, list[Text]] = {}
    try:
        validate_email(email)
    except ValidationError as error:
        faults["email"] = list(error.messages)
    if not name or len(name) > 200:
        faults["name"] = [_("Give a name of at most 200 characters.")]
    if faults:
        raise Invalid(fields=faults)


def check_password_rules(password: str, user: User, *, field: str = "password") -> None:
    """Raises Invalid for a password that is too weak; the complaints stand under `field`."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(fields={field: list(error.messages)}) from error


@transaction.atomic
def update_profile(values: Mapping[str, Any], *, actor: Actor) -> User:
    """Change one's own `name`, `locale` or `time_zone`. Journal: member.profile_updated. Raises Denied, Invalid."""
    user = _lock_self(actor)
    allowed = {"name", "locale", "time_zone"}
    faults: dict[str, list[Text]] = {key: [_("This can't be changed here.")] for key in set(values) - allowed}
    name = str(values.get("name", user.name)).strip()
    if not name or len(name) > 200:
        faults["name"] = [_("Give a name of at most 200 characters.")]
    if values.get("locale", "") not in {"", *dict(settings.LANGUAGES)}:
        faults["locale"] = [_("This language is not available.")]
    if values.get("time_zone", "") not in {"", *clock.zone_names()}:
        faults["time_zone"] = [_("There is no such time zone.")]
    if faults:
        raise Invalid(fields=faults)
    changes: dict[str, list[Any]] = {}
    for key, value in {**values, "name": name}.items():
        if getattr(user, key) != value:
            changes[key] = [getattr(user, key), value]
            setattr(user, key, value)
    if changes:
        user.save(update_fields=list(changes))
        _tell(events.PROFILE_UPDATED, user, actor, changes=changes)
        rights_changed()
    return user


@transaction.atomic
def change_password(*, current: str, new: str, actor: Actor) -> User:
    """Change one's own password; every other session of the person ends with it. Journal: member.password_changed.

    Raises Denied for anybody but a signed-in person, Invalid for a wrong current or a weak new password.
    """
    user = _lock_self(actor)
    if user.has_usable_password() and not user.check_password(current):
        raise Invalid(fields={"current": [_("This is not your password.")]})
    check_password_rules(new, user, field="new")
    user.set_password(new)
    user.save(update_fields=["password"])
    _tell(events.PASSWORD_CHANGED, user, actor)
    return user


@transaction.atomic
def end_sessions(*, keep: str = "", only: int | None = None, actor: Actor) -> int:
    """End one's own sessions but the one with key `keep`, or `only` the one of that id; returns how many.

    Journal: member.sessions_ended. Raises Denied.
    """
    user = _lock_self(actor)
    sessions = UserSession.objects.filter(user_id=user.id).exclude(session_key=keep)
    if only is not None:
        sessions = sessions.filter(id=only)
    found = list(sessions)
    for session in found:
        session.end()
    if found:
        _tell(events.SESSIONS_ENDED, user, actor, data={"count": len(found)})
    return len(found)


def set_user_active(user: User, *, active: bool) -> None:
    """Disable or enable a person in the whole installation; an operator's act. Sessions end at once, tokens with it."""
    with platform_transaction(reason="operator disables or enables a person"):
        changed = rows(User, reason="operator disables or enables a person").filter(id=user.id).update(is_active=active)
    if not changed:
        raise NotFound
    user.is_active = active
    if not active:
        for session in UserSession.objects.filter(user_id=user.id):
            session.end()
    forget_cached_actors()


def _lock_self(actor: Actor) -> User:
    user = User.objects.select_for_update().filter(id=authorize_person(actor), is_active=True).first()
    if user is None:
        raise Denied
    return user


def _tell(kind: str, user: User, actor: Actor, **content: Any) -> None:
    journal.write(kind, record_type="user", record_id=user.id, record_label=str(user), actor=actor, **content)
