"""Reads of people and rights: who acts and what they may do (asked at every request), members, teams, tokens."""

import hmac
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connections, transaction
from django.db.models import Count, Q, QuerySet

from autocrm.kernel import clock
from autocrm.kernel.actors import Actor, ActorKind, Grants
from autocrm.kernel.errors import Denied, NotFound
from autocrm.kernel.permissions import is_allowed
from autocrm.kernel.platform import rows
from autocrm.kernel.tenancy import tenant_scope
from autocrm.tenants.models import Tenant
from autocrm.tenants.selectors import find_tenant
from autocrm.users.grants import covers, narrowed, read_grants
from autocrm.users.keys import TOKEN_MARK, digest_of, find_address
from autocrm.users.models import ApiToken, Invitation, Membership, Role, Team, TeamMember, User, normalise_email
from autocrm.users.permissions import MANAGE_TOKENS, authorize_reading_people

# A disabled user, membership or tenant, a changed role or a revoked token is in force everywhere within 5 s:
# this much in the cache, the rest for the look that sockets and running jobs take every other second.
CACHE_SECONDS = 3.0
# "Last used" is a hint for people; writing it at every call would make each read a write.
LAST_USED_EVERY = timedelta(minutes=1)

_TEAMS_SQL = """
WITH RECURSIVE mine AS (
    SELECT team_id FROM users_teammember WHERE tenant_id = %(tenant)s AND user_id = %(user)s
), tree AS (
    SELECT team_id AS id FROM mine
    UNION
    SELECT t.id FROM users_team t JOIN tree ON t.parent_id = tree.id WHERE t.tenant_id = %(tenant)s
)
SELECT m.user_id, bool_or(m.team_id IN (SELECT team_id FROM mine))
FROM users_teammember m JOIN tree ON m.team_id = tree.id WHERE m.tenant_id = %(tenant)s GROUP BY m.user_id
"""


# Whom a record may belong to: active members, and placeholders, as whom nobody can sign in.
_MAY_OWN = Q(is_active=True) & (Q(user__is_active=True) | Q(is_placeholder=True))


@dataclass(frozen=True, slots=True)
class _Cached:
    actor: Actor
    until: float


_cache: dict[tuple[int, UUID | str], _Cached] = {}


def forget_cached_actors(tenant_id: int | None = None) -> None:
    """Drop what this process remembers of a tenant's actors (of all when None); services call it after a change."""
    for key in [key for key in _cache if tenant_id is None or key[0] == tenant_id]:
        _cache.pop(key, None)


def find_actor(user: User | UUID, tenant: Tenant | int) -> Actor | None:
    """The person's actor in that tenant with the rights that hold now, or None without an active membership.

    At most CACHE_SECONDS old. Two queries when not cached, in a transaction of its own unless one is open.
    """
    tenant_id = tenant if isinstance(tenant, int) else tenant.id
    user_id = user if isinstance(user, UUID) else user.id
    hit = _cache.get((tenant_id, user_id))
    if hit is not None and hit.until > time.monotonic():
        return hit.actor
    place = find_tenant(tenant_id) if isinstance(tenant, int) else tenant
    actor = None if place is None else _load_actor(user_id, place)
    return None if actor is None else _remember((tenant_id, user_id), actor)


def language_of(user_id: UUID | None, tenant_id: int) -> str:
    """In what to write to a person: the language of hers, else that of the workspace."""
    actor = None if user_id is None else find_actor(user_id, tenant_id)
    if actor is not None:
        return actor.locale
    tenant = find_tenant(tenant_id)
    return settings.LANGUAGE_CODE if tenant is None else str(tenant.settings.get("locale", settings.LANGUAGE_CODE))


def language_of_address(email: str, tenant_id: int) -> str:
    """In what to write to an address: the language somebody known has chosen, else that of the workspace.

    A language says nothing of a person to others: only whoever has the address reads the letter.
    """
    known = User.objects.filter(email=normalise_email(email)).values_list("locale", flat=True).first()
    return known or language_of(None, tenant_id)


def build_actor(user: User | UUID, tenant: Tenant | int) -> Actor:
    """The same as `find_actor`. Raises Denied when the person has no active place in the tenant."""
    actor = find_actor(user, tenant)
    if actor is None:
        raise Denied(code="not_a_member")
    return actor


def actor_for_token(text: str, *, tenant: Tenant | None = None) -> Actor:
    """The actor of an API token in `tenant`, by default the one the token names.

    Writes its last use at most once a minute. Raises Denied (code "token_invalid") for a token that is unknown in
    that tenant, expired or revoked, or whose maker has no active membership any more.
    """
    address = find_address(TOKEN_MARK, text)
    place = find_tenant(address.tenant_id) if address and tenant is None else tenant
    if address is None or place is None:
        raise Denied(code="token_invalid")
    key = (place.id, digest_of(text))
    hit = _cache.get(key)
    if hit is not None and hit.until > time.monotonic():
        return hit.actor
    actor = _load_token_actor(text, address.prefix, place)
    if actor is None:
        raise Denied(code="token_invalid")
    return _remember(key, actor)


def _remember(key: tuple[int, UUID | str], actor: Actor) -> Actor:
    if len(_cache) > 20_000:
        _cache.clear()
    _cache[key] = _Cached(actor, time.monotonic() + CACHE_SECONDS)
    return actor


def _load_actor(user_id: UUID, tenant: Tenant) -> Actor | None:
    with tenant_scope(tenant), transaction.atomic(using=tenant.database):
        membership = (
            Membership.objects.select_related("user", "role")
            .filter(user_id=user_id, is_active=True, user__is_active=True)
            .first()
        )
        if membership is None:
            return None
        team, tree = _team_mates(user_id, tenant)
    user = membership.user
    return Actor(
        kind=ActorKind.HUMAN,
        tenant_id=tenant.id,
        user_id=user.id,
        label=str(user),
        grants=grants_of(membership.role),
        team_user_ids=team,
        tree_user_ids=tree,
        zone=_zone(user.time_zone or tenant.settings.get("time_zone", "")),
        locale=user.locale or tenant.settings.get("locale", "en"),
    )


def _load_token_actor(text: str, prefix: str, tenant: Tenant) -> Actor | None:
    now = clock.now()
    with tenant_scope(tenant), transaction.atomic(using=tenant.database):
        token = ApiToken.objects.select_related("role").filter(prefix=prefix).first()
        if token is None or not hmac.compare_digest(token.token_hash, digest_of(text)) or not token.is_alive(now):
            return None
        maker = _load_actor(token.user_id, tenant)
        if maker is None:
            return None
        if token.last_used_at is None or now - token.last_used_at > LAST_USED_EVERY:
            ApiToken.objects.filter(id=token.id).update(last_used_at=now)
    return _actor_of_token(token, maker)


def actor_by_token_id(token_id: UUID, tenant_id: int) -> Actor:
    """The actor of a token that work in the background began with; not cached. Raises Denied once it is out."""
    tenant = find_tenant(tenant_id)
    if tenant is not None:
        with tenant_scope(tenant), transaction.atomic(using=tenant.database):
            token = ApiToken.objects.select_related("role").filter(id=token_id).first()
            maker = None if token is None else _load_actor(token.user_id, tenant)
            if token is not None and maker is not None and token.is_alive(clock.now()):
                return _actor_of_token(token, maker)
    raise Denied(code="token_invalid")


def _actor_of_token(token: ApiToken, maker: Actor) -> Actor:
    return Actor(
        kind=ActorKind.TOKEN,
        tenant_id=maker.tenant_id,
        user_id=maker.user_id,
        label=token.name,
        grants=narrowed(grants_of(token.role), maker.grants),
        team_user_ids=maker.team_user_ids,
        tree_user_ids=maker.tree_user_ids,
        scopes=None if token.scopes is None else frozenset(token.scopes),
        token_id=token.id,
        zone=maker.zone,
        locale=maker.locale,
    )


def _team_mates(user_id: UUID, tenant: Tenant) -> tuple[frozenset[UUID], frozenset[UUID]]:
    """The users of the person's teams, and of those teams and all below; both with the person."""
    with connections[tenant.database].cursor() as cursor:
        cursor.execute(_TEAMS_SQL, {"tenant": tenant.id, "user": user_id})
        found: list[tuple[UUID, bool]] = cursor.fetchall()
    team = {each for each, in_own_team in found if in_own_team}
    return frozenset({user_id, *team}), frozenset({user_id, *(each for each, _own in found)})


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError):
        return ZoneInfo("UTC")


def grants_of(role: Role) -> Grants:
    """The rights of a role."""
    return read_grants(everything=role.everything, records=role.records, fields=role.fields, codes=role.codes)


# --- People ----------------------------------------------------------------------------------------------------------


def list_workspaces(user: User) -> list[Tenant]:
    """The active tenants the person belongs to, by name; read on the platform role, for the place before any tenant."""
    places = rows(Membership, reason="the workspaces of the person who signed in").filter(
        user_id=user.id, is_active=True, user__is_active=True
    )
    return list(
        Tenant.objects.filter(id__in=list(places.values_list("tenant_id", flat=True)), is_active=True).order_by("name")
    )


def list_members(actor: Actor, *, include_disabled: bool = True) -> QuerySet[Membership]:
    """The members with their users and roles, by name; no placeholders. Raises Denied for a token without scope."""
    authorize_reading_people(actor)
    members = Membership.objects.select_related("user", "role").order_by("user__name", "user__email")
    members = members.filter(is_placeholder=False)
    return members if include_disabled else members.filter(is_active=True, user__is_active=True)


def search_members(query: str, actor: Actor) -> QuerySet[Membership]:
    """Members whose name or address contains `query`, active ones first. A tenant has thousands at most."""
    members = list_members(actor).order_by("-is_active", "user__name", "user__email")
    return members.filter(Q(user__name__icontains=query) | Q(user__email__icontains=query)) if query else members


def list_placeholders(query: str, actor: Actor) -> QuerySet[Membership]:
    """Those who stand for somebody not here yet, by name; there may be thousands."""
    authorize_reading_people(actor)
    found = Membership.objects.select_related("user", "role").filter(is_placeholder=True, is_active=True)
    found = found.filter(user__name__icontains=query) if query else found
    return found.order_by("user__name", "user_id")


def get_member(user_id: UUID, actor: Actor) -> Membership:
    """The membership of a user. Raises NotFound."""
    member = list_members(actor).filter(user_id=user_id).first()
    if member is None:
        raise NotFound
    return member


def list_people() -> list[tuple[UUID, str, str, bool]]:
    """Id, name, address, whether it is a placeholder: of all whom a record may belong to; for files that name them."""
    members = Membership.objects.filter(_MAY_OWN).order_by("is_placeholder", "user_id")
    return list(members.values_list("user_id", "user__name", "user__email", "is_placeholder"))


def list_ids_by_name() -> list[UUID]:
    """The ids of present and former members in the order of their names."""
    members = Membership.objects.select_related("user")
    return [each.user_id for each in sorted(members, key=lambda each: (str(each.user).casefold(), each.user_id))]


def are_members(user_ids: Iterable[UUID]) -> bool:
    """Whether all these users are active members or placeholders here; asked before a record names one."""
    wanted = set(user_ids)
    return members_among(wanted) == wanted


def members_among(user_ids: Iterable[UUID]) -> set[UUID]:
    """Those of the users to whom a record may belong: active members of the current tenant, and placeholders."""
    found = Membership.objects.filter(_MAY_OWN, user_id__in=set(user_ids))
    return set(found.values_list("user_id", flat=True))


def get_display_names(user_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Names of present and former members of the current tenant; users of other tenants are left out."""
    members = Membership.objects.filter(user_id__in=set(user_ids)).select_related("user")
    return {member.user_id: str(member.user) for member in members}


def count_active_members() -> int:
    """How many places of the tenant's user limit are taken."""
    return Membership.objects.filter(is_active=True, is_placeholder=False).count()


# --- Roles, teams, tokens, invitations -------------------------------------------------------------------------------


def list_roles(actor: Actor) -> QuerySet[Role]:
    """The tenant's roles by name, each with `members_count`."""
    authorize_reading_people(actor)
    counted = Count("memberships", filter=Q(memberships__is_active=True, memberships__is_placeholder=False))
    return Role.objects.annotate(members_count=counted).order_by("-everything", "name")


def get_role(role_id: UUID, actor: Actor) -> Role:
    """A role. Raises NotFound."""
    role = list_roles(actor).filter(id=role_id).first()
    if role is None:
        raise NotFound
    return role


def list_assignable_roles(actor: Actor) -> QuerySet[Role]:
    """The roles the actor may give to somebody: those that go no further than the actor's own rights; owners last."""
    mine = [role.id for role in list_roles(actor) if covers(actor.grants, grants_of(role))]
    return Role.objects.filter(id__in=mine).order_by("everything", "name")


def list_teams(actor: Actor) -> QuerySet[Team]:
    """All teams by name, each with `members_count`; see `team_tree` for their order as a tree."""
    authorize_reading_people(actor)
    return Team.objects.annotate(members_count=Count("members")).order_by("name")


def own_teams(actor: Actor) -> QuerySet[Team]:
    """The teams that the person herself is in, by name; everybody may know them."""
    return Team.objects.filter(members__user=actor.user_id).order_by("name", "id")


def get_team(team_id: UUID, actor: Actor) -> Team:
    """A team. Raises NotFound."""
    team = list_teams(actor).filter(id=team_id).first()
    if team is None:
        raise NotFound
    return team


def list_team_members(team_id: UUID, actor: Actor) -> list[User]:
    """The people of a team by name. Raises NotFound."""
    team = get_team(team_id, actor)
    return [place.user for place in TeamMember.objects.filter(team=team).select_related("user").order_by("user__name")]


@dataclass(frozen=True, slots=True)
class TeamNode:
    """A team in its place in the tree, with its members; `depth` is 0 at the top."""

    team: Team
    depth: int
    members: tuple[User, ...]


def team_tree(actor: Actor) -> list[TeamNode]:
    """Every team, parents before their children, each with its members by name. Two queries."""
    teams = list(list_teams(actor))
    children: dict[UUID | None, list[Team]] = {}
    for team in teams:
        children.setdefault(team.parent_id, []).append(team)
    people: dict[UUID, list[User]] = {}
    for place in TeamMember.objects.select_related("user").order_by("user__name"):
        people.setdefault(place.team_id, []).append(place.user)
    nodes: list[TeamNode] = []

    def visit(parent_id: UUID | None, depth: int) -> None:
        for team in children.get(parent_id, []):
            nodes.append(TeamNode(team, depth, tuple(people.get(team.id, ()))))
            visit(team.id, depth + 1)

    visit(None, 0)
    return nodes


def list_tokens(actor: Actor) -> QuerySet[ApiToken]:
    """Tokens that are not revoked, newest first: all of them with `tokens.manage`, otherwise the actor's own."""
    authorize_reading_people(actor)
    tokens = ApiToken.objects.filter(revoked_at=None).select_related("role", "user").order_by("-created_at")
    if is_allowed(actor, MANAGE_TOKENS):
        return tokens
    return tokens.none() if actor.user_id is None else tokens.filter(user_id=actor.user_id)


def list_open_invitations(actor: Actor) -> QuerySet[Invitation]:
    """Invitations that wait for an answer, newest first."""
    authorize_reading_people(actor)
    waiting = Invitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=clock.now())
    return waiting.select_related("role", "invited_by").order_by("-created_at")
