"""What is measured: each request beside the statements somebody would write for it by hand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

from django.db import transaction
from psycopg.types.json import Jsonb

from autocrm.contacts.models import Company, Contact
from autocrm.contacts.record_types import CONTACT_TYPE
from autocrm.kernel.clock import now
from autocrm.kernel.ids import new_id
from autocrm.kernel.phones import digits_of
from autocrm.kernel.tenancy import tenant_scope
from autocrm.records.listing import Sort, encode_cursor
from autocrm.records.models import SearchRow
from autocrm.records.search import words
from autocrm.tenants.models import Tenant
from bench.asking import Asker, Hand

Statement = tuple[str, Sequence[Any]]

CONTACTS, COMPANIES = "/api/v1/contacts/", "/api/v1/companies/"
DEEP = 100_000
PAGE = 51
_CONTACT = ", ".join(f'c."{field.column}"' for field in Contact._meta.concrete_fields)
_COMPANY = ", ".join(f'c."{field.column}"' for field in Company._meta.concrete_fields)
_SEARCH = f"""
    SELECT {_CONTACT} FROM records_search(%s, %s, ARRAY['contact'], 200) s
    JOIN contacts_contact c ON c.tenant_id = %s AND c.id = s.record_id AND c.archived_at IS NULL
    ORDER BY c.created_at DESC, c.id DESC LIMIT {PAGE}
"""


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the table: what the product is asked, what stands in for it by hand, and what it may cost."""

    name: str
    ask: Callable[[], object]
    by_hand: Callable[[], object]
    budget_ms: float | None = None


def make_cases(tenant: Tenant, asker: Asker, hand: Hand) -> list[Case]:
    """All cases for one workspace."""
    with tenant_scope(tenant), transaction.atomic():
        known = _Known.of(tenant)
    numbers = count()
    return [
        *_lists(tenant, asker, hand, known),
        *_companies_and_numbers(tenant, asker, hand),
        *_searches(tenant, asker, hand, known),
        Case(
            "get one contact",
            partial(asker.ask, "GET", f"{CONTACTS}{known.contact.id}/"),
            partial(
                hand.run,
                (
                    f"SELECT {_CONTACT} FROM contacts_contact c WHERE tenant_id = %s AND id = %s",
                    [tenant.id, known.contact.id],
                ),
            ),
            6,
        ),
        Case(
            "create a contact",
            lambda: asker.ask("POST", CONTACTS, body=new_contact(next(numbers))),
            lambda: hand.run(*create_by_hand(tenant.id, known.contact, next(numbers))),
            15,
        ),
    ]


@dataclass(frozen=True, slots=True)
class _Known:
    """Rows of the workspace that the cases ask for."""

    contact: Contact
    deep: Contact
    depth: int

    @classmethod
    def of(cls, tenant: Tenant) -> "_Known":
        found = Contact.objects.filter(archived_at=None, external_id__startswith="P-").order_by("-created_at", "-id")
        depth = min(DEEP, int(found.count() * 0.9))
        full = found.filter(phone_key__startswith="+1", email_key__gt="")
        return cls(full[4_000], found[depth], depth)


def _lists(tenant: Tenant, asker: Asker, hand: Hand, known: _Known) -> list[Case]:
    newest = (Sort(CONTACT_TYPE.by_key["created_at"], descending=True),)
    cursor = encode_cursor(known.deep, newest)
    live = f"SELECT {_CONTACT} FROM contacts_contact c WHERE tenant_id = %s AND archived_at IS NULL"
    by_score = f"ORDER BY engagement_score DESC, id DESC LIMIT {PAGE}"
    return [
        Case(
            "list, newest 50",
            partial(asker.ask, "GET", CONTACTS),
            partial(hand.run, (f"{live} ORDER BY created_at DESC, id DESC LIMIT {PAGE}", [tenant.id])),
            12,
        ),
        Case(
            f"list, after {known.depth:,} rows",
            partial(asker.ask, "GET", CONTACTS, {"cursor": cursor}),
            partial(
                hand.run,
                (
                    f"{live} AND (created_at, id) < (%s, %s) ORDER BY created_at DESC, id DESC LIMIT {PAGE}",
                    [tenant.id, known.deep.created_at, known.deep.id],
                ),
            ),
            12,
        ),
        Case(
            "leads with score >= 50, by score",
            partial(
                asker.ask,
                "GET",
                CONTACTS,
                {"type": "lead", "engagement_score__gte": "50", "ordering": "-engagement_score"},
            ),
            partial(
                hand.run,
                (
                    f"{live} AND type = 'lead' AND engagement_score >= 50 {by_score}",
                    [tenant.id],
                ),
            ),
            15,
        ),
    ]


def _companies_and_numbers(tenant: Tenant, asker: Asker, hand: Hand) -> list[Case]:
    live = f"SELECT {_CONTACT} FROM contacts_contact c WHERE tenant_id = %s AND archived_at IS NULL"
    companies = f"SELECT {_COMPANY} FROM contacts_company c WHERE tenant_id = %s AND archived_at IS NULL"
    by_revenue = f"ORDER BY revenue DESC NULLS LAST, id DESC LIMIT {PAGE}"
    return [
        Case(
            "medical companies above 100,000, by revenue",
            partial(
                asker.ask,
                "GET",
                COMPANIES,
                {"sector": "medical", "revenue__gt": "100000", "ordering": "-revenue"},
            ),
            partial(
                hand.run,
                (
                    f"{companies} AND sector_key = 'medical' AND revenue > 10000000 {by_revenue}",
                    [tenant.id],
                ),
            ),
            15,
        ),
        Case(
            "list with its number",
            partial(asker.ask, "GET", CONTACTS, {"count": "true"}),
            partial(
                hand.run,
                (
                    f"SELECT count(*) FROM ({live} LIMIT 10001) x",
                    [tenant.id],
                ),
                (f"{live} ORDER BY created_at DESC, id DESC LIMIT {PAGE}", [tenant.id]),
            ),
        ),
    ]


def _searches(tenant: Tenant, asker: Asker, hand: Hand, known: _Known) -> list[Case]:
    contact = known.contact
    name = f"{contact.first_name} {contact.last_name[:4]}"
    texts = {
        f"search a name, “{name}”": name,
        "search “manager”, in 4 of 10 titles": "manager",
        "search one letter, “m”": "m",
        "search two common words, “manager oslo”": "manager oslo",
        "search an e-mail address": contact.email,
        "search the digits of a phone": digits_of(contact.phone_key)[-7:],
    }
    return [
        Case(
            name,
            partial(asker.ask, "GET", CONTACTS, {"search": text}),
            partial(hand.run, (_SEARCH, [*_terms(text), tenant.id])),
            15,
        )
        for name, text in texts.items()
    ]


def _terms(text: str) -> tuple[str, list[str]]:
    tokens = words(text)
    return " ".join(tokens), tokens


def new_contact(number: int) -> dict[str, Any]:
    """What a form would send."""
    mark = f"{new_id().hex[-8:]}{number}"
    return {
        "first_name": "Nora",
        "last_name": f"Bench {mark}",
        "email": f"nora.{mark}@bench.example",
        "phone": f"(212) 555-{number % 10000:04d}",
        "type": "prospect",
        "title": "Account Manager",
        "city": "Oslo",
        "source": "Web form",
    }


def create_by_hand(tenant_id: int, like: Contact, number: int) -> list[Statement]:
    """The three rows of a new contact."""
    values = new_contact(number)
    ident, moment = new_id(), now()
    name = f"{values['first_name']} {values['last_name']}"
    row = {field.column: getattr(like, field.attname) for field in Contact._meta.concrete_fields}
    row |= {key: values[key] for key in ("first_name", "last_name", "email", "phone", "type", "title", "city")}
    row |= {"id": ident, "created_at": moment, "updated_at": moment, "full_name": name, "full_name_key": name.lower()}
    row |= {"email_key": values["email"], "email2": "", "email2_key": "", "external_id": "", "custom": Jsonb({})}
    search = {
        "id": new_id(), "tenant_id": tenant_id, "record_type": "contact", "record_id": ident,
        "owner_id": like.owner_id, "title": name, "title_key": name.lower(), "subtitle": values["title"],
        "document": [f"{tenant_id}:{word}" for word in words(f"{name} {values['email']} {values['title']}")],
        "updated_at": moment,
    }  # fmt: skip
    entry = {
        "tenant_id": tenant_id, "at": moment, "kind": "record.created", "record_type": "contact", "record_id": ident,
        "record_label": name, "actor_kind": "token", "actor_id": like.owner_id, "actor_label": "bench", "root_id": 0,
        "changes": Jsonb({key: [None, value] for key, value in values.items()}), "data": Jsonb({"version": 1}),
    }  # fmt: skip
    tables = ((Contact._meta.db_table, row), (SearchRow._meta.db_table, search), ("journal_entry", entry))
    return [_insert(table, columns) for table, columns in tables]


def _insert(table: str, columns: dict[str, Any]) -> Statement:
    names = ", ".join(f'"{name}"' for name in columns)
    places = ", ".join("array_to_tsvector(%s)" if name == "document" else "%s" for name in columns)
    return f'INSERT INTO "{table}" ({names}) VALUES ({places})', list(columns.values())
