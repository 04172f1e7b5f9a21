"""One decision: what is allowed, what is said about it, and which rows a list holds always agree."""

from dataclasses import dataclass
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from autocrm.kernel.actors import Actor, ActorKind, Grants, Level, Verb
from autocrm.kernel.permissions import (
    ALLOWING,
    NOTHING,
    Reason,
    codes,
    declare_code,
    explain,
    is_allowed,
    visible_filter,
)
from autocrm.kernel.tenancy import TenantContext, tenant_scope

PEOPLE = [UUID(int=number) for number in range(1, 6)]
HERE = TenantContext(1, "default")
CODE = "users.manage"
people = st.sampled_from(PEOPLE)
levels = st.sampled_from(list(Level))
verbs = st.sampled_from(list(Verb))
types = st.sampled_from(["contact", "company", "*"])
scopes = st.none() | st.frozensets(st.sampled_from(["*", "contact:read", "contact:*", "*:update", "users:manage"]))


@dataclass
class Thing:
    """Something that has an owner within a tenant."""

    owner_id: UUID | None
    tenant_id: int = 1


@st.composite
def actors(draw: st.DrawFn) -> Actor:
    team = draw(st.frozensets(people))
    user = draw(st.none() | people)
    return Actor(
        kind=ActorKind.HUMAN,
        tenant_id=draw(st.sampled_from([1, 1, 1, 2])),
        user_id=user,
        grants=Grants(
            everything=draw(st.booleans()),
            records=draw(st.dictionaries(types, st.dictionaries(verbs, levels))),
            codes=draw(st.frozensets(st.just(CODE))),
        ),
        team_user_ids=team,
        tree_user_ids=team | draw(st.frozensets(people)),
        scopes=draw(scopes),
    )


things = st.builds(Thing, owner_id=st.none() | people, tenant_id=st.sampled_from([1, 1, 2]))


def in_rows(actor: Actor, record_type: str, verb: Verb, thing: Thing) -> bool:
    """Whether the filter of lists takes the thing in, read without a database."""
    wanted = visible_filter(actor, record_type, verb)
    if wanted == NOTHING:
        return False
    for name, value in wanted.children:
        if name == "owner_id" and thing.owner_id != value:
            return False
        if name == "owner_id__in" and thing.owner_id not in value:
            return False
    return thing.tenant_id == 1


@given(actors(), st.sampled_from(["contact", "company"]), verbs, st.none() | things)
def test_what_is_said_is_what_is_decided(actor: Actor, record_type: str, verb: Verb, thing: Thing | None) -> None:
    with tenant_scope(HERE):
        reason = explain(actor, f"{record_type}.{verb}", thing)

        assert is_allowed(actor, f"{record_type}.{verb}", thing) == (reason in ALLOWING)
        if thing is not None:
            assert (reason in ALLOWING) == in_rows(actor, record_type, verb, thing)
        assert (reason is Reason.SOME) <= (thing is None)


@given(actors())
def test_rights_without_a_record_are_explained_too(actor: Actor) -> None:
    if CODE not in codes:
        declare_code(CODE, "Μιας δοκιμής")
    with tenant_scope(HERE):
        reason = explain(actor, CODE)

        assert is_allowed(actor, CODE) == (reason in ALLOWING)
        has_right = actor.grants.everything or CODE in actor.grants.codes
        in_scope = actor.scopes is None or bool(actor.scopes & {"*", "users:manage"})
        assert (reason in ALLOWING) == (actor.tenant_id == 1 and in_scope and has_right)
