"""Writes of contacts beyond what the record engine does: the engagement score and the last contact."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from autocrm.contacts import events
from autocrm.contacts.models import Contact
from autocrm.contacts.permissions import CONTACT
from autocrm.journal import services as journal
from autocrm.journal.recording import NewEntry
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.engagement import calculate_scores
from autocrm.kernel.errors import Denied
from autocrm.kernel.permissions import authorize, can_read_field
from autocrm.records import services as records
from autocrm.records.registry import record_types


@transaction.atomic
def calculate_engagement(contact_id: object, *, actor: Actor) -> Contact:
    """Bring one contact's score up to date. Journal: contact.engagement_calculated when it changed.

    Raises Denied, also where the score is hidden from the actor, and NotFound. The version stays: a score is derived,
    and nobody's edit must fail because of it.
    """
    record_type = record_types.get(CONTACT)
    authorize(actor, record_type.permission(Verb.READ))
    if not can_read_field(actor, CONTACT, "engagement_score"):
        raise Denied
    contact: Contact = records.lock_record(record_type, contact_id, actor=actor)
    refresh_scores([contact.id], actor=actor)
    contact.refresh_from_db(fields=["engagement_score"])
    return contact


@transaction.atomic
def refresh_scores(contact_ids: Iterable[UUID], *, actor: Actor) -> int:
    """Bring the scores of contacts up to date and answer how many changed; for consumers and jobs. Raises Denied."""
    authorize(actor, f"{CONTACT}.{Verb.READ}")
    scores = calculate_scores(CONTACT, contact_ids)
    changed: list[Contact] = []
    entries: list[NewEntry] = []
    for contact in Contact.objects.select_for_update(no_key=True).filter(pk__in=scores).order_by("pk"):
        old, contact.engagement_score = contact.engagement_score, scores[contact.id]
        if old != contact.engagement_score:
            changed.append(contact)
            change = {"engagement_score": [old, contact.engagement_score]}
            entries.append(NewEntry(events.ENGAGEMENT_CALCULATED, CONTACT, contact.id, contact.called, change, None))
    Contact.objects.bulk_update(changed, ["engagement_score"], batch_size=500)
    if entries:
        journal.write_many(entries, actor=actor)
    return len(changed)


@transaction.atomic
def note_contact(contact_ids: Iterable[UUID], at: datetime, *, actor: Actor) -> None:
    """Remember when somebody was last in touch; an earlier time changes nothing. Journal: contact.contacted.

    For consumers, which know of the call or meeting. Raises Denied.
    """
    authorize(actor, f"{CONTACT}.{Verb.UPDATE}")
    found = Contact.objects.select_for_update(no_key=True).filter(pk__in=list(contact_ids)).order_by("pk")
    for contact in found:
        if contact.last_contact_at is None or contact.last_contact_at < at:
            old, contact.last_contact_at = contact.last_contact_at, at
            contact.save(update_fields=["last_contact_at"])
            change = {"last_contact_at": [old, at]}
            journal.write(
                events.CONTACTED,
                record_type=CONTACT,
                record_id=contact.id,
                record_label=contact.called,
                changes=change,
                actor=actor,
            )
