"""Bob knocks at every address of the product, with all rights but to see some fields: what stands in them is nowhere.

The routes come from the URLconf, so an address that is added is covered the day it is.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from autocrm.activities import services as activities
from autocrm.jobs import services as jobs
from autocrm.journal import services as journal
from autocrm.kernel.permissions import codes
from autocrm.notifications.following import follow
from autocrm.records import services as records
from autocrm.records.bulk_operations import lifecycle
from autocrm.records.bulk_operations.selection import Selection
from autocrm.records.custom.fields import create_field
from autocrm.records.lists import view_services
from autocrm.records.merging.merging import merge_records
from autocrm.records.registry import record_types
from autocrm.tenants.models import Tenant
from autocrm.transfers.services import checks, runs, uploads
from autocrm.workflows import services as workflows
from tests.journeys.routes import Route, all_routes
from tests.support.cast import ApiClient, Person, make_person, make_role

VERBS = dict.fromkeys(("read", "create", "update", "delete", "export", "import", "bulk"), "all")
# A field of the tenant's own, the only name some contacts have, and what companies are called.
HIDDEN = {
    "contact": {"nickname": "hidden", "email": "hidden", "phone": "hidden"},
    "company": {"name": "hidden", "domain": "hidden", "website": "hidden"},
}
BEFORE, NICKNAME, EMAIL, PHONE = "Zebrabefore", "Zebrasecret", "ghostwriter@x.example", "+12125550199"
SECRETS = ("zebrasecret", "zebrabefore", "ghostwriter", "555 0199", "5550199", "umbrella")
LISTS = (
    "q=zebrasecret",
    "q=ghostwriter",
    "q=umbrella",
    "group=owner&sums=created_at:max",
    "sort=created_at",
    "view=bin",
    "layout=board&by=owner",
    "layout=calendar&on=created_at",
    "part=rows",
)
CONTACT_LISTS = (
    "group=company",
    "columns=name,company,company.sector",
    "layout=board&by=type&cards=company",
    "company={company}",
)
PARTS = ("", "peek/", "panels/history/", "panels/activity/", "access/")


@dataclass
class Made:
    """What Alice made: contacts and companies by what is special about them, and ids for the routes."""

    contacts: dict[str, Any]
    companies: dict[str, Any]
    ids: dict[str, Any]


def contact(actor: Any, **values: Any) -> Any:
    return records.create_record(record_types.get("contact"), values, actor=actor)


def company(actor: Any, **values: Any) -> Any:
    return records.create_record(record_types.get("company"), values, actor=actor)


def given_records(alice: Person, bob: Person) -> Made:
    """Records with secrets; Bob follows some of them before they change, are merged and binned."""
    with alice.at_work() as actor:
        umbrella = company(actor, name="Umbrella", website="umbrella.example")
        part = company(actor, name="Umbrella Labs", parent=str(umbrella.id))
        other = company(actor, name="Umbrella Holding")
        ada = contact(actor, first_name="Ada", nickname=BEFORE, company=str(umbrella.id))
        again = contact(actor, first_name="Ada", nickname=BEFORE)
        nameless = contact(actor, email=EMAIL, company=str(umbrella.id))
        number = contact(actor, phone=PHONE)
        gone = contact(actor, email=f"gone.{EMAIL}")
    with bob.at_work() as actor:
        follow(record_types.get("contact"), nameless.id, actor=actor)
        follow(record_types.get("contact"), ada.id, actor=actor)
        follow(record_types.get("company"), umbrella.id, actor=actor)
    with alice.at_work() as actor:
        kind, companies = record_types.get("contact"), record_types.get("company")
        records.update_record(kind, ada.id, {"nickname": NICKNAME, "title": "Poet"}, actor=actor)
        records.update_record(kind, nameless.id, {"title": "Nobody"}, actor=actor)
        records.update_record(companies, umbrella.id, {"name": "Umbrella Inc"}, actor=actor)
        records.archive_record(kind, gone.id, actor=actor)
        merge_records(kind, ada.id, [again.id], actor=actor)
        merge_records(companies, umbrella.id, [other.id], actor=actor)
        about = [activities.About("contact", nameless.id)]
        task = activities.create_task({"subject": "Call back"}, about=about, actor=actor)
        note = activities.create_note("<p>Nothing to hide</p>", about=about, actor=actor)
    ids = {"contact": nameless.id, "company": umbrella.id, "task": task.id, "note": note.id}
    ids |= {"task_id": task.id, "note_id": note.id, "record_id": nameless.id}
    return Made({"ada": ada, "nameless": nameless, "number": number}, {"umbrella": umbrella, "part": part}, ids)


def given_view_and_workflow(alice: Person) -> dict[str, Any]:
    """A view that everybody sees and a workflow that has run, both with the hidden field in them."""
    text = "{{ contact.title }} {{ contact.nickname }}"
    step = {"action": "notify", "inputs": {"title": text}}
    with alice.at_work() as actor:
        query = f"nickname={NICKNAME}&sort=nickname&columns=name,nickname&cards=nickname,company"
        kind = record_types.get("contact")
        view = view_services.create_view(kind, name="Kept", query=query, visibility="workspace", actor=actor)
        greets = {"record_type": "contact", "trigger": "record_created", "steps": [step]}
        workflow = workflows.create_workflow("Greets", definition=greets, actor=actor)
    with alice.at_work() as actor:
        contact(actor, email=f"new.{EMAIL}", nickname=NICKNAME)
    return {"view_id": view.id, "workflow_id": workflow.id}


def given_import(alice: Person) -> Any:
    """A file that Alice had checked and brought in, with something wrong in it."""
    text = f"First name,E-mail,Nickname\nEve,eve.{EMAIL},{NICKNAME}\nAda,not an address {NICKNAME},{NICKNAME}\n"
    with alice.at_work() as actor:
        kind = record_types.get("contact")
        batch = uploads.upload_file(kind, io.BytesIO(text.encode()), filename="people.csv", actor=actor)
        checks.start_check(batch.id, actor=actor)
    jobs.run_due(tenant_id=alice.tenant.id)
    with alice.at_work() as actor:
        runs.start_import(batch.id, actor=actor)
    return batch.id


def given_operation(alice: Person, made: Made) -> Any:
    """A bulk change of the hidden field."""
    with alice.at_work() as actor:
        selection = Selection(tuple(each.id for each in made.contacts.values()), "")
        given = {"values": {"nickname": f"{NICKNAME} the second"}}
        kind = record_types.get("contact")
        return lifecycle.prepare_operation(kind, "edit", selection, given, in_background=True, actor=actor).id


def work_off(tenant: Tenant) -> None:
    for _round in range(3):
        journal.run_consumers(tenant_id=tenant.id)
        jobs.run_due(tenant_id=tenant.id)


def fill(made: Made, route: Route) -> str:
    words, ids = route.template.split("/"), made.ids
    owner = next((each for each in record_types if each.plural in words or each.key in words), None)
    own = {"record_id": ids[owner.key], "id": ids[owner.key]} if owner is not None and owner.key in ids else {}
    return route.fill(ids | own, ids["contact"])


def addresses(made: Made) -> Iterator[str]:
    """Every route, and what is asked of them with parameters."""
    ids = made.ids
    yield from (fill(made, route) for route in all_routes())
    for plural, found in (("contacts", made.contacts), ("companies", made.companies)):
        yield from (f"/{plural}/?{query}" for query in LISTS)
        yield f"/{plural}/merge/?ids={','.join(str(each.id) for each in found.values())}"
        for each in found.values():
            yield from (f"/{plural}/{each.id}/{part}" for part in PARTS)
            yield from (f"/api/v1/{plural}/{each.id}/{part}" for part in ("", "timeline/"))
    yield from (f"/contacts/?{query.format(company=ids['company'])}" for query in CONTACT_LISTS)
    yield f"/companies/?parent={ids['company']}&group=parent"
    yield from (f"/palette/?q={word}" for word in ("zebrasecret", "ghostwriter", "umbrella", "ada", "5550199"))
    yield from (f"/pick/{kind}/?q={word}" for kind in ("contact", "company") for word in ("", "umbrella", "ghost"))
    yield from ("/api/v1/contacts/?expand=company,owner", "/api/v1/companies/?expand=parent")
    yield f"/api/v1/views/?record_type=contact&view={ids['view_id']}"
    for path in (f"/imports/{ids['import_id']}/", f"/bulk/{ids['bulk']}/"):
        yield from (path, f"{path}check/", f"{path}faults.csv", f"{path}results.csv")
        yield from (f"/api/v1{path}", f"/api/v1{path}check/", f"/api/v1{path}faults/", f"/api/v1{path}results/")


def read(client: Any, path: str, method: str = "get") -> tuple[int, str]:
    response = getattr(client, method)(path)
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return response.status_code, (content.decode(errors="replace") + str(response.headers)).lower()


def test_what_is_hidden_stands_behind_no_address(acme: Tenant, alice: Person) -> None:
    role = make_role(acme, records={"*": VERBS}, fields=HIDDEN, codes=list(codes.keys()))
    bob = make_person("Bob Baker", acme, role)
    with alice.at_work() as actor:
        create_field({"record_type": "contact", "label": "Nickname", "kind": "text", "indexed": True}, actor=actor)
    made = given_records(alice, bob)
    made.ids |= given_view_and_workflow(alice)
    made.ids |= {"import_id": given_import(alice), "bulk": given_operation(alice, made), "user_id": alice.id}
    made.ids |= {"role_id": role.id, "field": "title", "field_key": "title", "panel": "history"}
    made.ids |= {"entry_id": 1, "session_id": 1, "seq": 1, "key": "x" * 20}
    work_off(acme)
    # Alice may see everything; the token she made for a script may not.
    token = ApiClient(alice.new_token(role=role), alice.host)
    told: list[str] = []

    for path in dict.fromkeys(addresses(made)):
        for client in (bob.api, token) if path.startswith("/api/") else (bob.page,):
            status, text = read(client, path)
            # What was asked for is answered as it was asked.
            asked = path.partition("?")[2]
            found = [word for word in SECRETS if word in text and word not in asked]
            if found or status >= 500:
                told.append(f"{path} {status}: {found}")

    # Acts are answered as well, even where nothing was sent to act on.
    for route in all_routes():
        path = fill(made, route)
        client = bob.api if path.startswith("/api/") else bob.page
        status, text = read(client, path, "post")
        found = [word for word in SECRETS if word in text]
        if found or status >= 500:
            told.append(f"POST {path} {status}: {found}")

    assert not told, "\n".join(told)
