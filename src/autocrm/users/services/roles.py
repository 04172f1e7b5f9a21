"""Roles: made, changed and deleted within the rights of whoever does it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from autocrm.journal import services as journal
from autocrm.kernel.actors import Actor, FieldAccess, Level, Verb
from autocrm.kernel.errors import Conflict, Denied, Invalid, NotFound, Text
from autocrm.kernel.permissions import authorize, codes
from autocrm.kernel.subjects import subjects
from autocrm.users import events
from autocrm.users.default_roles import new_default_roles
from autocrm.users.grants import EVERY_TYPE
from autocrm.users.models import ApiToken, Invitation, Role
from autocrm.users.permissions import MANAGE_ROLES, authorize_handing_out
from autocrm.users.selectors import grants_of
from autocrm.users.services.freshness import rights_changed

_COLUMNS = ("name", "description", "records", "fields", "codes")


def ensure_default_roles() -> dict[str, Role]:
    """Give a tenant that is being made its first roles; returns them by key. Not journalled: nothing preceded them."""
    roles = new_default_roles()
    Role.objects.bulk_create(roles.values())
    return roles


@transaction.atomic
def create_role(values: Mapping[str, Any], *, actor: Actor) -> Role:
    """A role from `name`, `description`, `records`, `fields`, `codes`. Journal: role.created.

    Raises Denied (also for rights beyond the actor's own), Invalid, Conflict for a name that is taken.
    """
    authorize(actor, MANAGE_ROLES)
    role = Role(**_checked(values))
    if not role.name:
        raise Invalid(fields={"name": [_("Give the role a name.")]})
    authorize_handing_out(actor, grants_of(role))
    _save(role)
    _tell(events.ROLE_CREATED, role, actor, data={key: getattr(role, key) for key in ("records", "fields", "codes")})
    return role


@transaction.atomic
def update_role(role_id: UUID, values: Mapping[str, Any], *, actor: Actor) -> Role:
    """Change a role; whoever holds it has the new rights within 5 s. Journal: role.updated with what changed.

    Raises Denied (also when its rights, old or new, go beyond the actor's own, and for the owners' role), NotFound,
    Invalid, Conflict for a name that is taken.
    """
    authorize(actor, MANAGE_ROLES)
    role = _lock(role_id)
    authorize_handing_out(actor, grants_of(role))
    if role.everything:
        raise Denied(_("The owners' role can't be changed."), code="owner_role")
    changes: dict[str, list[Any]] = {}
    for key, value in _checked(values).items():
        if getattr(role, key) != value:
            changes[key] = [getattr(role, key), value]
            setattr(role, key, value)
    authorize_handing_out(actor, grants_of(role))
    if changes:
        _save(role)
        _tell(events.ROLE_UPDATED, role, actor, changes=changes)
        rights_changed()
    return role


@transaction.atomic
def delete_role(role_id: UUID, *, actor: Actor) -> None:
    """Delete a role that nobody has. Journal: role.deleted. Raises Denied, NotFound, Conflict while it is in use."""
    authorize(actor, MANAGE_ROLES)
    role = _lock(role_id)
    if role.everything:
        raise Denied(_("The owners' role can't be deleted."), code="owner_role")
    authorize_handing_out(actor, grants_of(role))
    in_use = role.memberships.exists() or ApiToken.objects.filter(role=role, revoked_at=None).exists()
    if in_use or Invitation.objects.filter(role=role, accepted_at=None, revoked_at=None).exists():
        raise Conflict(_("Members, tokens or invitations still have this role."), code="role_in_use")
    if ApiToken.objects.filter(role=role).exists() or Invitation.objects.filter(role=role).exists():
        ApiToken.objects.filter(role=role).delete()
        Invitation.objects.filter(role=role).delete()
    _tell(events.ROLE_DELETED, role, actor)
    role.delete()


def forget_record_type(record_type: str, *, actor: Actor) -> None:
    """Take a record type that is gone out of all roles and scopes of tokens, in the caller's transaction.

    So what is made later under the same key begins without anybody's old rights. Journal: role.updated for each role.
    Raises Denied.
    """
    authorize(actor, MANAGE_ROLES)
    for role in Role.objects.select_for_update().filter(
        Q(records__has_key=record_type) | Q(fields__has_key=record_type)
    ):
        changes: dict[str, list[Any]] = {}
        for key in ("records", "fields"):
            old = getattr(role, key)
            kept = {each: rights for each, rights in old.items() if each != record_type}
            if kept != old:
                changes[key] = [old, kept]
                setattr(role, key, kept)
        role.save(update_fields=list(changes))
        _tell(events.ROLE_UPDATED, role, actor, changes=changes)
    for token in ApiToken.objects.select_for_update().filter(scopes__isnull=False):
        scopes = [each for each in token.scopes or [] if each.partition(":")[0] != record_type]
        if scopes != token.scopes:
            token.scopes = scopes
            token.save(update_fields=["scopes"])
    rights_changed()


def forget_field(record_type: str, field: str, *, actor: Actor) -> None:
    """Take a field that is gone out of all roles, in the caller's transaction. Journal: role.updated for each role.

    Raises Denied.
    """
    authorize(actor, MANAGE_ROLES)
    for role in Role.objects.select_for_update().filter(fields__has_key=record_type):
        own = role.fields[record_type]
        if field not in own:
            continue
        old, kept = role.fields, {key: access for key, access in own.items() if key != field}
        role.fields = {**old, record_type: kept}
        role.save(update_fields=["fields"])
        _tell(events.ROLE_UPDATED, role, actor, changes={"fields": [old, role.fields]})
    rights_changed()


def _lock(role_id: UUID) -> Role:
    role = Role.objects.select_for_update().filter(id=role_id).first()
    if role is None:
        raise NotFound(_("There is no such role."))
    return role


def _save(role: Role) -> None:
    try:
        with transaction.atomic():
            role.save()
    except IntegrityError as error:
        raise Conflict(_("There is a role of this name already."), code="role_name_taken") from error


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values in the form they are stored. Raises Invalid with every fault."""
    faults: dict[str, list[Text]] = {key: [_("A role has no such property.")] for key in set(values) - set(_COLUMNS)}
    checked = {key: value for key, value in values.items() if key in _COLUMNS}
    if "name" in checked:
        checked["name"] = str(checked["name"]).strip()
        if not 0 < len(checked["name"]) <= 80:
            faults["name"] = [_("Give the role a name of at most 80 characters.")]
    if "description" in checked:
        checked["description"] = str(checked["description"]).strip()[:300]
    _check_matrix(checked.get("records", {}), "records", {verb.value for verb in Verb}, set(Level), faults)
    _check_matrix(checked.get("fields", {}), "fields", None, set(FieldAccess), faults)
    if "codes" in checked:
        checked["codes"] = sorted({str(code) for code in checked["codes"]})
        unknown = [code for code in checked["codes"] if code not in codes]
        if unknown:
            faults["codes"] = [_("There is no such right: %(code)s") % {"code": unknown[0]}]
    if faults:
        raise Invalid(fields=faults)
    return checked


def _check_matrix(
    matrix: Any, name: str, inner_keys: set[str] | None, allowed: set[Any], faults: dict[str, list[Text]]
) -> None:
    """Whether `matrix` is {record type: {verb or field id: level or access}} with known words; adds to `faults`."""
    if not isinstance(matrix, Mapping) or not all(isinstance(row, Mapping) for row in matrix.values()):
        faults[name] = [_("This has to be an object of objects.")]
        return
    for record_type, row in matrix.items():
        if record_type not in subjects and not (record_type == EVERY_TYPE and name == "records"):
            faults[f"{name}.{record_type}"] = [_("There is no such record type.")]
            continue
        known = (
            inner_keys if inner_keys is not None else {field for field, _label in subjects.get(record_type).fields()}
        )
        for key, value in row.items():
            if key not in known or value not in allowed:
                faults[f"{name}.{record_type}.{key}"] = [_("This right or its level does not exist.")]


def _tell(kind: str, role: Role, actor: Actor, **content: Any) -> None:
    journal.write(kind, record_type="role", record_id=role.id, record_label=role.name, actor=actor, **content)
