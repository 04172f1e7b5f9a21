"""Whoever is told of an activity reads it in a language of their own, whoever tells them and from wherever."""

from typing import Any

from autocrm.activities import tasks
from autocrm.activities.permissions import TASK
from autocrm.activities.tests.factories import days
from autocrm.activities.tests.test_calling_off import GUESTS, attend, invited, work
from autocrm.activities.tests.test_meetings import make_meeting
from autocrm.kernel.clock import as_of
from autocrm.notifications.models import Notification
from autocrm.records import services as records
from autocrm.records.registry import record_types
from autocrm.tenants.models import Tenant
from autocrm.users.models import User
from autocrm.users.selectors import forget_cached_actors
from tests.support.cast import Person, make_person
from tests.support.smtp import Sink


def speaks(person: Person, language: str) -> None:
    User.objects.filter(pk=person.user.pk).update(locale=language)
    forget_cached_actors()


def heard(reader: Person) -> list[str]:
    with reader.at_work():
        return list(Notification.objects.filter(user_id=reader.id).order_by("seq").values_list("title", flat=True))


def test_a_task_that_is_given_and_due_is_told_in_the_owners_language(acme: Tenant, alice: Person) -> None:
    clara = make_person("Clara Clark", acme, alice.role)
    speaks(clara, "de")
    with alice.at_work() as actor:
        for owner in (clara, alice):
            values = {"subject": "Angebot", "owner": str(owner.id), "due_at": days(1).isoformat()}
            records.create_record(record_types.get(TASK), values, actor=actor)

    with as_of(days(1.1)):
        tasks.tell_due()

    assert heard(clara) == ["Alice Archer hat Ihnen eine Aufgabe gegeben", "Fällig: Angebot"]
    assert heard(alice) == ["Due: Angebot"]


def test_each_of_those_who_attend_is_reminded_in_their_own_language(acme: Tenant, alice: Person) -> None:
    clara = make_person("Clara Clark", acme, alice.role)
    speaks(clara, "de")
    make_meeting(alice, f"user:{clara.id}", starts_at=days(1).isoformat(), remind_before="15")

    with as_of(days(1)):
        tasks.remind()

    assert heard(clara)[-1] == "Besprechung: Demo"
    assert heard(alice)[-1] == "Meeting: Demo"


def test_mails_about_a_meeting_are_in_the_language_of_whoever_is_known(
    alice: Person, charlie: Person, sink: Sink
) -> None:
    # Given somebody who is a member elsewhere and has a language, and guests of whom nothing is known
    speaks(charlie, "de")
    meeting = invited(alice, *GUESTS, charlie.user.email)
    subjects = {str(each["To"]): str(each["Subject"]) for each in sink.messages}
    assert subjects == {
        "ana@globex.test": "Invitation: Demo",
        "ben@globex.test": "Invitation: Demo",
        charlie.user.email: "Einladung: Demo",
    }

    sink.envelopes.clear()
    attend(alice, meeting, GUESTS[0])
    work(alice)

    said: dict[str, Any] = {str(each["To"]): each.get_body().get_content() for each in sink.messages}
    assert said[charlie.user.email].startswith("Sie werden zu dieser Besprechung nicht mehr erwartet.")
    assert said["ben@globex.test"].startswith("You are not expected at this meeting any more.")
