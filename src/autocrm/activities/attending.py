"""Who attends a meeting: members, records that have an address, addresses alone; their answers and the invitations.

A person is named by one word: `user:<id>`, `<record type>:<id>`, or an address.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from autocrm.activities import calling_off, services
from autocrm.activities.models import Attendee, Meeting
from autocrm.activities.permissions import ACTIVITIES, MEETING
from autocrm.activities.states import Response
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.errors import Invalid, NotFound
from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.ids import find_id
from autocrm.kernel.permissions import authorize, can_read_field, is_allowed
from autocrm.records import selectors as records_read
from autocrm.records import services as records
from autocrm.records.fields import Field
from autocrm.records.looks import look_at
from autocrm.records.querysets import live
from autocrm.records.registry import RecordType, record_types
from autocrm.users import selectors as users

USER = "user"
MOST = 200
MOST_PICKED = 8


@dataclass(frozen=True, slots=True)
class Guest:
    """An attendee as one actor may see it."""

    word: str
    name: str
    email: str
    response: str
    response_label: str
    url: str = ""


def email_field(record_type: RecordType, actor: Actor) -> Field | None:
    """The first field of a type that holds an address and that the actor may read."""
    found = (each for each in record_type.fields if each.kind is FieldKind.EMAIL)
    return next((each for each in found if can_read_field(actor, record_type.key, each.key)), None)


@transaction.atomic
def set_attendees(meeting_id: object, words: Sequence[str], *, actor: Actor) -> Meeting:
    """Let just these attend; answers of those who stay are kept. The meeting is put on the records among them.

    Records that the actor may not see keep attending. Who was invited and attends no more is told so.
    Raises Invalid for a word that names nobody the actor may see, NotFound, Denied.
    """
    record_type = records_read.get_type(MEETING)
    authorize(actor, record_type.permission(Verb.UPDATE))
    meeting: Meeting = records.lock_record(record_type, meeting_id, actor=actor)
    authorize(actor, record_type.permission(Verb.UPDATE), meeting)
    if len(words) > MOST:
        raise Invalid(fields={"attendees": [_("At most %(most)d people.") % {"most": MOST}]})
    rows = list(Attendee.objects.filter(meeting=meeting).order_by("id"))
    there = {_word(each): each for each in rows}
    # Whom the actor cannot see he can neither name nor leave out.
    closed = {_word(each) for each in rows if each.record_id is not None} - set(_words_of(_visible(rows, actor)))
    wanted = {_word(each): each for each in _read([each for each in dict.fromkeys(words) if each not in closed], actor)}
    gone = [each for word, each in there.items() if word not in wanted and word not in closed]
    new = [each for word, each in wanted.items() if word not in there]
    _replace(meeting, gone, new)
    calling_off.say_goodbye(meeting, gone, actor=actor)
    about = [services.About(each.record_type, each.record_id) for each in new if each.record_id is not None]
    if about:
        services.link_activity(MEETING, meeting.pk, about=about, actor=actor)
    return meeting


def _replace(meeting: Meeting, gone: Sequence[Attendee], new: Sequence[Attendee]) -> None:
    """Who comes for somebody with the same address takes over what was told and answered."""
    before = {each.email: each for each in gone if each.email}
    Attendee.objects.filter(pk__in=[each.pk for each in gone]).delete()
    calling_off.welcome_back(meeting, new)
    for each in new:
        each.meeting = meeting
        known = before.get(each.email)
        if known is not None:
            each.response, each.invited_sequence, each.told_off = known.response, known.invited_sequence, known.told_off
    Attendee.objects.bulk_create(new)


@transaction.atomic
def respond(meeting_id: object, word: str, response: str, *, actor: Actor) -> Attendee:
    """Write down what somebody answered: a member for oneself, who may change the meeting for everybody.

    Raises Invalid for an answer that is none, NotFound, Denied.
    """
    record_type = records_read.get_type(MEETING)
    meeting = records_read.get_record(record_type, meeting_id, actor=actor, archived=False)
    if response not in Response.values:
        raise Invalid(fields={"response": [_("Choose one of the offered values.")]})
    attendee = next((each for each in Attendee.objects.filter(meeting=meeting) if _word(each) == word), None)
    if attendee is None:
        raise NotFound
    if attendee.user_id is None or attendee.user_id != actor.user_id:
        authorize(actor, record_type.permission(Verb.UPDATE), meeting)
    attendee.response = response
    attendee.save(update_fields=["response"])
    return attendee


def guests_of(meeting: Meeting, *, actor: Actor) -> list[Guest]:
    """The attendees of a meeting; of a record that is closed to the actor nothing but that somebody attends."""
    rows = list(Attendee.objects.filter(meeting=meeting).select_related("user").order_by("id"))
    seen = _visible(rows, actor)
    return [_guest(row, seen) for row in rows]


def suggested_attendees(
    record_type: RecordType, record: Any, chosen: Sequence[str] | None, *, actor: Actor
) -> list[tuple[str, str]]:
    """Whom a new meeting begins with: oneself and the record, where it has an address; or who was chosen before."""
    if chosen is None:
        chosen = [f"{USER}:{actor.user_id}"] if actor.user_id else []
        field = None if record_type.key in ACTIVITIES else email_field(record_type, actor)
        chosen = [*chosen, f"{record_type.key}:{record.pk}"] if field is not None and field.read(record) else chosen
    rows = _read_quietly(chosen, actor)
    return [(_word(row), row.name or row.email) for row in rows]


def pick(text: str, *, actor: Actor) -> list[tuple[str, str, str]]:
    """People who can be invited and whose name or address has the text: word, name, hint."""
    wanted = text.strip().casefold()
    found = [
        (f"{USER}:{each.user_id}", str(each.user), each.user.email)
        for each in users.list_members(actor, include_disabled=False)
        if wanted in str(each.user).casefold() or wanted in each.user.email
    ][:MOST_PICKED]
    fields = {each.key: field for each in _invitable(actor) if (field := email_field(each, actor))}
    if wanted and fields:
        hits = records_read.search(text, actor=actor, types=list(fields), limit=MOST_PICKED)
        for key, field in fields.items():
            ids = [hit.record_id for hit in hits if hit.record_type == key]
            rows = live(record_types.get(key), actor).filter(pk__in=ids)
            look = look_at(record_types.get(key), actor)
            found += [(f"{key}:{row.pk}", look.title(row), field.read(row) or "") for row in rows]
    return found


def _invitable(actor: Actor) -> list[RecordType]:
    return [
        each
        for each in record_types
        if each.has_activities and each.search and is_allowed(actor, each.permission(Verb.READ))
    ]


def _word(row: Attendee) -> str:
    if row.user_id is not None:
        return f"{USER}:{row.user_id}"
    return f"{row.record_type}:{row.record_id}" if row.record_id is not None else row.email


def _read(words: Sequence[str], actor: Actor) -> list[Attendee]:
    """Unsaved attendees for words. Raises Invalid for any that names nobody."""
    rows = _read_quietly(words, actor)
    if len(rows) != len(words):
        known = {_word(row) for row in rows}
        wrong = next((each for each in words if each not in known and each.strip().lower() not in known), "")
        raise Invalid(fields={"attendees": [_("%(word)s is nobody who can be invited.") % {"word": wrong[:200]}]})
    return rows


def _read_quietly(words: Sequence[str], actor: Actor) -> list[Attendee]:
    """The same without those that name nobody; a query for each type."""
    members = {each.user_id: each.user for each in users.list_members(actor, include_disabled=False)}
    ids: dict[str, list[UUID]] = {}
    for word in words:
        kind, record_id = _split(word)
        if record_id is not None and kind != USER:
            ids.setdefault(kind, []).append(record_id)
    records_of = {key: _named(key, each, actor) for key, each in ids.items()}
    found = [_attendee(word, members, records_of) for word in words]
    return [each for each in found if each is not None]


def _attendee(word: str, members: Any, records_of: Any) -> Attendee | None:
    kind, record_id = _split(word)
    if record_id is None:
        name, address = parseaddr(word)
        return Attendee(name=name[:300], email=address.lower()) if _is_address(address) else None
    if kind == USER:
        user = members.get(record_id)
        return None if user is None else Attendee(user=user, name=str(user), email=user.email)
    named = records_of[kind].get(record_id)
    if named is None:
        return None
    return Attendee(record_type=kind, record_id=record_id, name=named[0][:300], email=named[1][:254])


def _named(key: str, ids: Iterable[UUID], actor: Actor) -> dict[UUID, tuple[str, str]]:
    record_type = record_types.find(key)
    if record_type is None or key in ACTIVITIES or not is_allowed(actor, record_type.permission(Verb.READ)):
        return {}
    look, field = look_at(record_type, actor), email_field(record_type, actor)
    rows = live(record_type, actor).filter(pk__in=list(ids))
    return {row.pk: (look.title(row), (field.read(row) or "") if field is not None else "") for row in rows}


def _split(word: str) -> tuple[str, UUID | None]:
    kind, _colon, text = word.partition(":")
    return kind, find_id(text) if text else None


def _is_address(address: str) -> bool:
    try:
        validate_email(address)
    except ValidationError:
        return False
    return len(address) <= 254


def _visible(rows: Iterable[Attendee], actor: Actor) -> dict[tuple[str, UUID], tuple[str, str]]:
    ids: dict[str, list[UUID]] = {}
    for row in rows:
        if row.record_id is not None:
            ids.setdefault(row.record_type, []).append(row.record_id)
    return {
        (key, record_id): named for key, each in ids.items() for record_id, named in _named(key, each, actor).items()
    }


def _words_of(seen: Iterable[tuple[str, UUID]]) -> list[str]:
    return [f"{key}:{record_id}" for key, record_id in seen]


def _guest(row: Attendee, seen: dict[tuple[str, UUID], tuple[str, str]]) -> Guest:
    word, label = _word(row), str(row.get_response_display())
    if row.record_id is None:
        return Guest(word, row.name or row.email, row.email, row.response, label)
    named = seen.get((row.record_type, row.record_id))
    if named is None:
        return Guest("", _("Not visible to you"), "", row.response, label)
    url = f"/{record_types.get(row.record_type).plural}/{row.record_id}/"
    return Guest(word, named[0], named[1], row.response, label, url)
