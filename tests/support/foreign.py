"""A workspace in which people write Greek, and the texts of a page that were never given to gettext.

Whatever stands on a page of it in plain Latin letters, while a made-up language is spoken, was never translated.
"""

import io
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction
from django.utils import translation
from typing_extensions import override

from autocrm.activities import services as activities
from autocrm.jobs import services as jobs
from autocrm.kernel.clock import now, zone_names
from autocrm.kernel.ids import new_id
from autocrm.kernel.money import EXPONENTS
from autocrm.kernel.tenancy import tenant_scope
from autocrm.notifications import services as notifications
from autocrm.records import services as records
from autocrm.records.bulk_operations import lifecycle
from autocrm.records.bulk_operations.running import carry_out_now
from autocrm.records.bulk_operations.selection import Selection
from autocrm.records.custom import fields as custom_fields
from autocrm.records.custom import objects as custom_objects
from autocrm.records.lists import view_services
from autocrm.records.registry import record_types
from autocrm.transfers.services import checks, runs, uploads
from autocrm.users.default_roles import OWNER
from autocrm.users.models import Role
from autocrm.users.services import invitations, teams, tokens, workspaces
from autocrm.workflows.defaults import ensure_defaults
from tests.support import pseudo
from tests.support.cast import Person, make_user

NAME = "Ακμή"
_MAPPING = {"Όνομα": "first_name", "Επώνυμο": "last_name", "Ηλεκτρονικό": "email"}
_FILE = "Όνομα,Επώνυμο,Ηλεκτρονικό\nΆννα,Άλλη,άννα@example.com\nΝίκος,Πέτρου,κανένα\n"


@dataclass
class Foreign:
    """The owner, who has chosen the language, and the ids of what there is, by what addresses call them."""

    person: Person
    ids: dict[str, Any]


@pytest.fixture
def made_up_languages(settings: LazySettings) -> None:
    """Let this process speak the languages of `pseudo`, as the product of the browser's journeys does."""
    settings.LANGUAGES = [*settings.LANGUAGES, *pseudo.LANGUAGES]
    settings.LOCALE_PATHS = [*settings.LOCALE_PATHS, pseudo.LOCALE]


def open_foreign(language: str) -> Foreign:
    """A workspace with something of everything in it, its owner and its role names in `language`."""
    pseudo.ensure_languages()
    user = make_user("Άλικη Αρχέρου", locale=language)
    with translation.override(language):
        subdomain, chosen = f"acme-{new_id().hex[-12:]}", {"locale": language}
        tenant = workspaces.create_workspace(name=NAME, subdomain=subdomain, owner=user, settings=chosen)
        with tenant_scope(tenant), transaction.atomic():
            person = Person(user, tenant, Role.objects.get(key=OWNER))
        ids = _fill(person)
        _work(person, ids)
        jobs.run_due(tenant_id=tenant.id)
    return Foreign(person, ids)


def _fill(person: Person) -> dict[str, Any]:
    with person.at_work() as actor:
        made = custom_objects.create_object(
            {"label": "Ακίνητο", "label_plural": "Ακίνητα", "key": "estate", "plural": "estates"}, actor=actor
        )
        shape = {"record_type": "contact", "label": "Μέγεθος", "kind": "select", "options": ["Μικρό", "Μεγάλο"]}
        own = custom_fields.create_field(shape, actor=actor)
    with person.at_work() as actor:
        ids = {"object_id": made.id, "field_id": own.id, **_records(actor), **_settings(person, actor)}
        estate = records.create_record(record_types.get(made.key), {"name": "Σπίτι"}, actor=actor)
    return {**ids, made.key: estate.id, "workflow_id": _workflow(person)}


def _workflow(person: Person) -> Any:
    """The workspace's first workflow; a running product makes it as well, and may be the faster one."""
    with suppress(IntegrityError), person.at_work() as actor:
        ensure_defaults(actor=actor)
    with person.at_work() as actor:
        return ensure_defaults(actor=actor).id


def _work(person: Person, ids: dict[str, Any]) -> None:
    """An import that is checked, one that is done, a bulk operation with its results, a record in the bin."""
    contact = record_types.get("contact")
    with person.at_work() as actor:
        for name, begin in (("checked_id", checks.start_check), ("done_id", runs.start_import)):
            ids[name] = _upload(actor)
            begin(ids[name], mapping=_MAPPING, actor=actor)
        selection = Selection((ids["contact"], ids["other"]))
        operation = lifecycle.prepare_operation(contact, "tag", selection, {"tags": ["Φίλοι"]}, actor=actor)
        carry_out_now(operation, actor=actor)
        ids["operation_id"] = operation.id
        ids["tag_id"] = records.ensure_tag("Φίλοι", actor=actor).id
        gone = records.create_record(contact, {"first_name": "Παλιός"}, actor=actor)
        records.archive_record(contact, gone.id, actor=actor)


def _upload(actor: Any) -> Any:
    file = io.BytesIO(_FILE.encode())
    return uploads.upload_file(record_types.get("contact"), file, filename="αρχείο.csv", actor=actor).id


def _records(actor: Any) -> dict[str, Any]:
    company = records.create_record(
        record_types.get("company"), {"name": "Ελιά", "revenue": 125_000_000, "city": "Αθήνα"}, actor=actor
    )
    values = {"first_name": "Άννα", "last_name": "Άλλη", "email": "anna@example.com", "phone": "+30 21 0123 4567"}
    contact = records.create_record(record_types.get("contact"), {**values, "company": str(company.id)}, actor=actor)
    twin = {"first_name": "Άννα", "last_name": "Άλλη", "email": "other@example.com"}
    other = records.create_record(record_types.get("contact"), twin, allow_duplicates=True, actor=actor)
    about = [activities.About("contact", contact.id)]
    task = activities.create_task({"subject": "Κλήση", "due_at": now() - timedelta(days=3)}, about=about, actor=actor)
    note = activities.create_note("<p>Γεια</p>", about=about, actor=actor)
    meeting = activities.create_meeting(
        {"subject": "Συνάντηση", "starts_at": now() + timedelta(days=1)}, about=about, actor=actor
    )
    call = activities.create_activity("call", {"subject": "Κουβέντα"}, about=about, actor=actor)
    return {
        "company": company.id,
        "contact": contact.id,
        "other": other.id,
        "task": task.id,
        "note": note.id,
        "meeting": meeting.id,
        "call": call.id,
        "task_id": task.id,
        "note_id": note.id,
        "meeting_id": meeting.id,
    }


def _settings(person: Person, actor: Any) -> dict[str, Any]:
    contact = record_types.get("contact")
    view = view_services.create_view(contact, name="Όψη", query="first_name=Άννα", actor=actor)
    told = notifications.notify(
        user_ids=[person.id], kind="workflow_message", title="Νέα", actor=actor.system(actor.tenant_id)
    )
    team = teams.create_team(name="Ομάδα", actor=actor)
    invited = invitations.invite(email="niko@example.com", name="Νίκος", role_id=person.role.id, actor=actor)
    token = tokens.create_token(name="Κλειδί", role_id=person.role.id, actor=actor)
    return {
        "view_id": view.id,
        "notification_id": told[0].id,
        "import_id": _upload(actor),
        "team_id": team.id,
        "key": invited.key,
        "token_id": token.token.id,
        "user_id": person.id,
        "role_id": person.role.id,
        "entry_id": 1,
        "session_id": 1,
        "seq": 1,
        "field": "first_name",
        "field_key": "first_name",
    }


# Names that are the same in every language.
_NAMES = "AutoCRM|API|CSV|TSV|XLSX|JSON|vCard|ICS|UTF-8|UTF-16|Windows-1252|HTTP|URL|Excel|OpenAPI|RRULE|PDF|UTC"
_NO_WORDS = re.compile(
    r"[\w.+-]+@[\w.-]+"  # addresses
    r"|(?:https?|webcal)://\S+"
    r"|\{\{.*?\}\}|%\(\w+\)s"  # fields in the texts of workflows, places in those of modules
    r"|(?<=[^\x00-\x7f])\.\w{2,4}\b"  # files
    rf"|\b(?:{'|'.join(sorted(EXPONENTS))}|{_NAMES})\b"
)
_PLAIN_WORD = re.compile(r"[A-Za-z]{2,}")
_SILENT = {"script", "style", "kbd", "code", "pre", "samp", "textarea"}
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_SAID = {"aria-label", "title", "placeholder", "alt", "label", "aria-valuetext", "aria-roledescription"}
_SENTENCE = re.compile(r"^[A-Z][a-z]+( [a-z]+)+")
_ZONES = {name.replace("_", " ") for name in zone_names()}


def is_untranslated(text: str) -> bool:
    """Whether plain words are left in `text` beside what is data or a name."""
    return text not in _ZONES and bool(_PLAIN_WORD.search(_NO_WORDS.sub(" ", text)))


class _Reader(HTMLParser):
    """Collects what a page says; what is marked translate="no" is data."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[tuple[str, bool]] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in _VOID:
            self.open.append((tag, tag in _SILENT or given.get("translate") == "no"))
        for name, value in given.items():
            is_text = name in _SAID or (given.get("id") == "ui-words" and name != "id")
            if (is_text or (name.startswith("data-") and _SENTENCE.match(value))) and is_untranslated(value):
                self.found.append(f"{name}={value}")

    @override
    def handle_endtag(self, tag: str) -> None:
        while any(opened == tag for opened, _silent in self.open) and self.open.pop()[0] != tag:
            pass

    @override
    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text and not any(silent for _tag, silent in self.open) and is_untranslated(text):
            self.found.append(text)


def untranslated_in(html: str) -> list[str]:
    """The texts of a page, visible or for assistive technology, that hold plain words."""
    reader = _Reader()
    reader.feed(html)
    return list(dict.fromkeys(reader.found))


def untranslated_for(headers: Mapping[str, str]) -> list[str]:
    """What a response has the browser say by its headers, as far as it holds plain words."""
    asked = headers.get("HX-Trigger", "")
    told = json.loads(asked) if asked.startswith("{") else {}
    said = [value for detail in told.values() if isinstance(detail, dict) for value in _texts(detail)]
    return [text for text in said if is_untranslated(text)]


def _texts(detail: Mapping[str, Any]) -> Iterator[str]:
    for key, value in detail.items():
        if key in {"message", "label", "title"} and isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from _texts(value)
