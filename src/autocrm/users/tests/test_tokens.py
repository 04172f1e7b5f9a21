"""API tokens: shown once, narrowed by scope and role, dead when expired, revoked or left without a maker."""

from datetime import timedelta

import pytest

from autocrm.kernel import clock
from autocrm.kernel.actors import Actor, ActorKind, Level, Verb
from autocrm.kernel.errors import Denied, Invalid, NotFound
from autocrm.kernel.permissions import is_allowed
from autocrm.users import selectors
from autocrm.users.models import ApiToken, Role
from autocrm.users.services import members, tokens
from autocrm.users.services.people import set_user_active
from tests.support.cast import Person, make_person, make_role


def dead(secret: str) -> bool:
    """Whether the token opens nothing, for a process that has not seen it before."""
    selectors.forget_cached_actors()
    try:
        selectors.actor_for_token(secret)
    except Denied:
        return True
    return False


def test_a_token_acts_with_its_role_for_its_maker(alice: Person) -> None:
    with alice.at_work() as actor:
        reader = Role.objects.get(key="read_only")
        made = tokens.create_token(name="Sync", role_id=reader.id, actor=actor)

    token_actor = selectors.actor_for_token(made.secret)

    assert made.secret.startswith("acrm_")
    assert token_actor.kind is ActorKind.TOKEN
    assert token_actor.user_id == alice.id
    assert token_actor.label == "Sync"
    assert token_actor.grants.level("contact", Verb.READ) is Level.ALL
    assert token_actor.grants.level("contact", Verb.UPDATE) is Level.NONE


def test_only_a_hash_is_kept(alice: Person) -> None:
    with alice.at_work() as actor:
        made = tokens.create_token(name="Sync", actor=actor)
        row = ApiToken.objects.values().get(id=made.token.id)

    secret_part = made.secret.rsplit("_", 1)[-1]
    assert all(secret_part not in str(value) for value in row.values())
    assert len(row["token_hash"]) == 64


def test_scopes_narrow(alice: Person) -> None:
    with alice.at_work() as actor:
        made = tokens.create_token(name="Sync", scopes=["contact:read", "company:*"], actor=actor)

    with alice.at_work():
        narrow = selectors.actor_for_token(made.secret)

        assert is_allowed(narrow, "contact.read")
        assert is_allowed(narrow, "company.update")
        assert not is_allowed(narrow, "contact.update")
        assert not is_allowed(narrow, "users.manage")
        with pytest.raises(Denied):
            selectors.list_members(narrow)


def test_a_token_loses_what_its_maker_loses(alice: Person) -> None:
    boss = make_person("Bea Boss", alice.tenant)
    secret = boss.new_token()
    with alice.at_work() as actor:
        members.change_role(boss.id, Role.objects.get(key="read_only").id, actor=actor)

    narrowed = selectors.actor_for_token(secret)

    assert narrowed.grants.level("contact", Verb.READ) is Level.ALL
    assert narrowed.grants.level("contact", Verb.DELETE) is Level.NONE
    assert not narrowed.grants.codes


def test_expired_revoked_and_orphaned_tokens_are_dead(alice: Person, bob: Person) -> None:
    expired = bob.new_token(expires_at=clock.now() - timedelta(seconds=1))
    revoked = bob.new_token()
    orphan = bob.new_token()
    assert not dead(revoked)
    assert not dead(orphan)

    with alice.at_work() as actor:
        token = next(each for each in selectors.list_tokens(actor) if each.prefix in revoked)
        tokens.revoke_token(token.id, actor=actor)
    assert dead(expired)
    assert dead(revoked)
    assert not dead(orphan)

    with alice.at_work() as actor:
        members.disable_member(bob.id, actor=actor)
    assert dead(orphan)


def test_a_disabled_user_has_no_tokens_anywhere(alice: Person) -> None:
    dora = make_person("Dora Dean", alice.tenant)
    secret = dora.new_token()

    set_user_active(dora.user, active=False)

    assert dead(secret)


@pytest.mark.parametrize("change", ["secret", "prefix", "tenant", "mark", "empty", "junk"])
def test_no_other_text_opens_anything(alice: Person, charlie: Person, change: str) -> None:
    mark, tenant, prefix, secret = alice.new_token().split("_", 3)
    theirs = charlie.new_token().split("_", 3)
    texts = {
        "secret": f"{mark}_{tenant}_{prefix}_{secret[:-1]}{'A' if secret[-1] != 'A' else 'B'}",
        "prefix": f"{mark}_{tenant}_{theirs[2]}_{secret}",
        "tenant": f"{mark}_{theirs[1]}_{prefix}_{secret}",
        "mark": f"join_{tenant}_{prefix}_{secret}",
        "empty": "",
        "junk": "acrm_zzzzzzzzzzzzz_0123456789_x",
    }

    assert dead(texts[change])


def test_last_use_is_written_at_most_once_a_minute(alice: Person) -> None:
    secret = alice.new_token()

    def last_used() -> object:
        with alice.at_work():
            return ApiToken.objects.get().last_used_at

    selectors.actor_for_token(secret)
    first = last_used()
    selectors.forget_cached_actors()
    selectors.actor_for_token(secret)
    again = last_used()
    with alice.at_work():
        ApiToken.objects.update(last_used_at=clock.now() - timedelta(minutes=2))
    selectors.forget_cached_actors()
    selectors.actor_for_token(secret)

    assert first == again is not None
    assert last_used() > first


def test_only_people_with_the_right_make_tokens_and_only_within_their_own(alice: Person, bob: Person) -> None:
    maker = make_person("Max Maker", alice.tenant, make_role(alice.tenant, codes=["tokens.manage"]))
    token_actor: Actor = selectors.actor_for_token(alice.new_token())

    with pytest.raises(Denied), bob.at_work() as actor:
        tokens.create_token(name="Mine", actor=actor)
    with pytest.raises(Denied), maker.at_work() as actor:
        tokens.create_token(name="Big", role_id=alice.role.id, actor=actor)
    with pytest.raises(Denied), maker.at_work() as actor:
        tokens.create_token(name="Hers", user_id=alice.id, actor=actor)
    with pytest.raises(Denied), alice.at_work():
        tokens.create_token(name="Child", actor=token_actor)
    with maker.at_work() as actor:
        tokens.create_token(name="Small", actor=actor)
    with alice.at_work():
        names = set(ApiToken.objects.values_list("name", flat=True))

    assert names == {"test", "Small"}


@pytest.mark.parametrize(
    "values",
    [
        {"name": " "},
        {"scopes": ["contact"]},
        {"scopes": ["contact:read; drop table"]},
        {"expires_at": clock.now() - timedelta(days=1)},
    ],
)
def test_a_token_of_nonsense_is_refused(alice: Person, values: dict[str, object]) -> None:
    with pytest.raises(Invalid), alice.at_work() as actor:
        tokens.create_token(**{"name": "Sync", **values}, actor=actor)

    with alice.at_work():
        assert not ApiToken.objects.exists()


def test_bob_sees_and_revokes_only_his_own_and_charlie_none(alice: Person, bob: Person, charlie: Person) -> None:
    hers, his = alice.new_token(), bob.new_token()
    with alice.at_work() as actor:
        ids = {each.prefix: each.id for each in selectors.list_tokens(actor)}
    hers_id, his_id = (next(ids[prefix] for prefix in ids if prefix in secret) for secret in (hers, his))

    with bob.at_work() as actor:
        assert [each.id for each in selectors.list_tokens(actor)] == [his_id]
    with pytest.raises(NotFound), bob.at_work() as actor:
        tokens.revoke_token(hers_id, actor=actor)
    with pytest.raises(NotFound), charlie.at_work() as actor:
        tokens.revoke_token(his_id, actor=actor)
    assert not dead(hers)
    assert not dead(his)

    with bob.at_work() as actor:
        tokens.revoke_token(his_id, actor=actor)
    assert dead(his)
