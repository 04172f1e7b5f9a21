"""What activities offer to registries of the kernel, of records and of notifications."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from autocrm.activities.erasing import forget_links
from autocrm.activities.models import ActivityLink, Attendee
from autocrm.activities.next_activity import refresh_places
from autocrm.activities.permissions import ACTIVITIES, PLANNED
from autocrm.activities.selectors import count_recent, next_of, subjects_of, type_of, types_seen
from autocrm.kernel.actors import Actor
from autocrm.kernel.engagement import Signal, register
from autocrm.notifications.mentions import About, answer_about
from autocrm.records.erasing import on_erase
from autocrm.records.keepers import Keeper, add_keeper
from autocrm.records.looks import look_at
from autocrm.records.merging.participants import Merge, MergeParticipant, add_participant, linked_rows
from autocrm.records.next_steps import NextStep, answer_next_steps


def _next_steps(record_type: str, ids: Sequence[UUID], actor: Actor) -> Mapping[UUID, NextStep] | None:
    """The next task, call or meeting of each record that the actor may see; nothing is planned about an activity."""
    looks = {each.key: look_at(each, actor) for each in types_seen(actor, PLANNED)}
    if record_type in ACTIVITIES or not looks:
        return None
    found = next_of(record_type, ids, actor=actor)
    return {
        record_id: NextStep(looks[type_of(each)].title(each), each.moment)
        for record_id, each in found.items()
        if type_of(each) in looks
    }


def _about(activity: Any, reader: Actor) -> About | None:
    """The first record that an activity is about, as far as the reader may see it."""
    subjects = subjects_of([activity], actor=reader).get(activity.pk, [])
    return About(subjects[0].title, subjects[0].url) if subjects else None


def _count_links(record_type: str) -> int:
    return ActivityLink.objects.filter(record_type=record_type).count()


def _refresh(merge: Merge, _kept: Any = None) -> int:
    """After the links have moved, either way, every record that took part knows its next activity."""
    refresh_places((merge.record_type.key, each) for each in (merge.survivor_id, *merge.loser_ids))
    return 0


register(Signal(key="activities", weight=10, count=count_recent))
answer_next_steps(_next_steps)
for _key in ACTIVITIES:
    answer_about(_key, _about)
on_erase(forget_links)
# They go with the records; the activities themselves stay.
add_keeper(Keeper("activities", _("places on activities, which stay"), _count_links, order=20))
add_participant(
    linked_rows("activities", _("Activities"), ActivityLink, once=("activity_type", "activity_id"), order=20)
)
# Where activities are merged themselves, what they are about follows.
add_participant(
    linked_rows(
        "about",
        _("What it is about"),
        ActivityLink,
        type_column="activity_type",
        id_column="activity_id",
        once=("record_type", "record_id"),
        order=21,
    )
)
add_participant(linked_rows("attendees", _("Meetings attended"), Attendee, once=("meeting_id",), order=21))
add_participant(
    MergeParticipant(key="next_activity", label=_("Next activity"), move=_refresh, move_back=_refresh, order=22)
)
