"""The cast itself: three people, two tenants, rights as told, and cheap enough for every test."""

import time

from django.db import transaction

from autocrm.kernel.actors import Level, Verb
from autocrm.kernel.tenancy import tenant_scope
from autocrm.users.models import Membership
from tests.support.cast import Person, make_person, make_tenant


def test_everyone_stands_in_their_own_tenant(alice: Person, bob: Person, charlie: Person) -> None:
    assert alice.tenant.id == bob.tenant.id != charlie.tenant.id
    assert alice.actor.grants.everything
    assert charlie.actor.grants.everything
    assert bob.actor.grants.level("contact", Verb.READ) is Level.OWN
    assert bob.actor.grants.level("company", Verb.READ) is Level.NONE


def test_at_work_sees_the_rows_of_its_own_tenant_only(alice: Person, bob: Person, charlie: Person) -> None:
    with alice.at_work():
        here = set(Membership.objects.values_list("user_id", flat=True))
    with charlie.at_work():
        there = set(Membership.objects.values_list("user_id", flat=True))

    assert here == {alice.id, bob.id}
    assert there == {charlie.id}


def test_the_cast_is_cheap(db: None) -> None:
    make_person("Warm Up", make_tenant("Warm"))

    began = time.process_time()
    for _ in range(20):
        tenant = make_tenant("Cheap")
        make_person("Some Body", tenant)
        with tenant_scope(tenant), transaction.atomic():
            Membership.objects.count()

    assert (time.process_time() - began) / 20 < 0.03
