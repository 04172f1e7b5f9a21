"""What a placeholder owns becomes the member's who takes its place."""

from typing import Any

from autocrm.jobs import services as jobs
from autocrm.journal.models import Entry
from autocrm.transfers import subscribers
from autocrm.transfers.tests.workplace import Contact, bring_in
from autocrm.users.models import Membership
from autocrm.users.services import placeholders


def test_records_are_handed_over_in_the_background(alice: Any) -> None:
    bring_in(alice, "First name,Owner\nAna,Mia Wall\nBo,Mia Wall\nCy,\n", owners="placeholder")
    with alice.at_work() as actor:
        mia = Membership.objects.get(is_placeholder=True).user_id
        placeholders.replace_placeholder(mia, alice.id, actor=actor)

    with alice.at_work():
        subscribers.hand_over(list(Entry.objects.filter(kind="member.placeholder_replaced")))
    jobs.run_due(tenant_id=alice.tenant.id)

    with alice.at_work():
        assert set(Contact.objects.values_list("owner_id", flat=True)) == {alice.id}
