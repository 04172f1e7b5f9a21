"""The statements that fill one workspace: companies, contacts, their search rows and journal entries, in chunks.

Everything follows from the row number, so the same numbers give the same rows. What the models derive (`fill_keys`,
the terms of the search) is written here once more in SQL; `generate` compares a sample with the models.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bench.words import LISTS, rows_of_words

CHUNK = 50_000
DAYS_OF_HISTORY = 540


@dataclass(frozen=True, slots=True)
class Load:
    """What goes into one workspace. `until` is the moment of the last row; `owners` are its members."""

    tenant_id: int
    contacts: int
    companies: int
    owners: list[Any]
    until: datetime


PREPARE = """
-- Fewer, larger merges into the search index.
SET gin_pending_list_limit = '64MB';
SET maintenance_work_mem = '256MB';

CREATE TEMP TABLE bench_word (list text, number int, word text, key text, PRIMARY KEY (list, number));
CREATE TEMP TABLE bench_owner (number int PRIMARY KEY, id uuid);

-- A number below `choices` that looks random and is the same each time.
CREATE FUNCTION pg_temp.pick(row_number bigint, salt bigint, choices bigint) RETURNS bigint LANGUAGE sql IMMUTABLE
    AS 'SELECT (hashint8extended(row_number, salt) & 9007199254740991) % choices';

-- A UUIDv7 of that moment.
CREATE FUNCTION pg_temp.id_at(at timestamptz, name text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(name), 1, 3)
            || '8' || substr(md5(name), 4, 15))::uuid
$$;

-- The words of a text that is folded already, marked with their tenant; which of them stand twice makes no difference.
CREATE FUNCTION pg_temp.document(tenant text, folded text) RETURNS tsvector LANGUAGE sql STABLE AS $$
    SELECT array_to_tsvector(array_remove(string_to_array(
        regexp_replace(' ' || rtrim(folded), '[^[:alnum:]]+', ' ' || tenant || ':', 'g'), ' '), ''))
$$;
"""

# `number`s given to `word` are 0-based; `{list}` stands for the length of a list.
MAKE_COMPANIES = """
CREATE TEMP TABLE bench_company ON COMMIT DROP AS
SELECT n, at, pg_temp.id_at(at, %(tenant)s || ' company ' || n) AS id, o.id AS owner_id,
       h.word || ' ' || m.word || ' ' || t.word || ' ' || r.word || ' ' || l.word AS name,
       h.key || ' ' || m.key || ' ' || t.key || ' ' || r.key || ' ' || l.key AS name_key,
       h.key || ' ' || m.key || ' ' || t.key || ' ' || r.key AS match_key,
       replace(h.key || '-' || m.key || '-' || t.key || '-' || r.key, ' ', '-') || '.example' AS domain,
       s.word AS sector, s.key AS sector_key,
       CASE WHEN pg_temp.pick(n, 1, 10) > 0 THEN 5 + pg_temp.pick(n, 2, 100) * pg_temp.pick(n, 3, 100) END AS employees,
       CASE WHEN pg_temp.pick(n, 4, 10) > 0 THEN 100 * (pg_temp.pick(n, 5, 5000) * pg_temp.pick(n, 6, 5000) + 1)
       END AS revenue,
       1950 + pg_temp.pick(n, 7, 75) AS year_established,
       c.word AS city, c.key AS city_key, k.word AS country, k.key AS country_key,
       CASE WHEN n >= 20 AND pg_temp.pick(n, 8, 20) = 0 THEN pg_temp.pick(n, 9, n) END AS parent
FROM (SELECT n, %(until)s::timestamptz - (%(count)s - n) * (%(history)s::interval / %(count)s) AS at
      FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n) AS numbered
JOIN bench_word h ON h.list = 'head' AND h.number = n %% {head}
JOIN bench_word m ON m.list = 'middle' AND m.number = n / {head} %% {middle}
JOIN bench_word t ON t.list = 'tail' AND t.number = n / {head} / {middle} %% {tail}
JOIN bench_word r ON r.list = 'region' AND r.number = n / {head} / {middle} / {tail} %% {region}
JOIN bench_word l ON l.list = 'legal' AND l.number = pg_temp.pick(n, 10, {legal})
JOIN bench_word s ON s.list = 'sector' AND s.number = pg_temp.pick(n, 11, {sector})
JOIN bench_word c ON c.list = 'city' AND c.number = pg_temp.pick(n, 12, {city})
JOIN bench_word k ON k.list = 'country' AND k.number = c.number
JOIN bench_owner o ON o.number = pg_temp.pick(n, 13, %(owners)s)
"""

COMPANIES = """
INSERT INTO contacts_company
    (id, tenant_id, tags, custom, version, created_at, updated_at, street, city, state, postal_code, country, name,
     name_key, match_key, domain, website, sector, sector_key, employees, revenue, year_established, description, phone,
     phone_key, external_id, parent_id, created_by_id, owner_id, updated_by_id)
SELECT id, %(tenant)s, '{{}}', '{{}}', 1, at, at, '', city, '', '', country, name, name_key, match_key, domain,
       'https://www.' || domain, sector, sector_key, employees, revenue, year_established, '', '', '', 'CO-' || n,
       pg_temp.id_at(%(until)s::timestamptz - (%(count)s - parent) * (%(history)s::interval / %(count)s),
                     %(tenant)s || ' company ' || parent),
       owner_id, owner_id, owner_id
FROM bench_company ORDER BY n
"""

COMPANY_SEARCH = """
INSERT INTO records_searchrow
    (id, tenant_id, record_type, record_id, owner_id, title, title_key, subtitle, document, updated_at)
SELECT pg_temp.id_at(at, %(tenant)s || ' company search ' || n), %(tenant)s, 'company', id, owner_id, name, name_key,
       concat_ws(' · ', sector, to_char(employees, 'FM999,999,999') || ' people', country),
       pg_temp.document(%(tenant)s::text, concat_ws(
           ' ', name_key, domain, 'https://www.' || domain, sector_key, city_key, country_key, 'co-' || n, 'co' || n,
           replace(split_part(domain, '.', 1), '-', ''))), at
FROM bench_company ORDER BY n
"""

_ENTRY = """
INSERT INTO journal_entry
    (tenant_id, id, txid, at, kind, record_type, record_id, record_label, actor_kind, actor_id, actor_label, changes,
     data, root_id)
SELECT %(tenant)s, entry, 0, at, 'record.created', {type}, id, {label}, 'import', owner_id, 'Bench', changes,
       '{{{{"version": 1}}}}', entry
FROM (
    SELECT *, nextval('journal_entry_id_seq') AS entry, {changes} AS changes FROM {table} ORDER BY n
) AS written
"""


def _changes(**values: str) -> str:
    """[old, new] of every value of a new record; empty ones are left out, as the service does."""
    parts = (
        f"CASE WHEN {value}::text <> '' THEN jsonb_build_object('{key}', jsonb_build_array(NULL, {value})) END"
        for key, value in sorted(values.items())
    )
    return " || ".join(f"COALESCE({part}, '{{{{}}}}')" for part in parts)


# Transaction 0 lies before the start of every consumer: this is a past that nobody has to react to.
COMPANY_ENTRIES = _ENTRY.format(
    type="'company'",
    label="name",
    table="bench_company",
    changes=_changes(
        name="name",
        domain="domain",
        website="'https://www.' || domain",
        sector="sector",
        employees="employees",
        revenue="(revenue / 100)::text || '.00'",
        year_established="year_established",
        city="city",
        country="country",
        external_id="'CO-' || n",
    ),
)

MAKE_CONTACTS = """
CREATE TEMP TABLE bench_contact ON COMMIT DROP AS
SELECT named.*, CASE WHEN digits <> '' THEN '+' || digits ELSE '' END AS phone_key,
       CASE WHEN digits = '' THEN ''
            WHEN digits LIKE '44%%' THEN '+44 20 ' || substr(digits, 5, 4) || ' ' || substr(digits, 9)
            WHEN n %% 2 = 0 THEN '(' || substr(digits, 2, 3) || ') ' || substr(digits, 5, 3) || '-' || substr(digits, 8)
            ELSE '+1 ' || substr(digits, 2, 3) || '-' || substr(digits, 5, 3) || '-' || substr(digits, 8)
       END AS phone,
       CASE WHEN email <> '' AND pg_temp.pick(n, 20, 10) = 0
            THEN replace(email, '@', '.home@') ELSE '' END AS email2
FROM (
    SELECT numbered.n, at, pg_temp.id_at(at, %(tenant)s || ' contact ' || numbered.n) AS id, o.id AS owner_id,
           f.word AS first_name, l.word AS last_name, f.key || ' ' || l.key AS full_name_key,
           CASE WHEN pg_temp.pick(numbered.n, 21, 30) > 0 THEN
               regexp_replace(f.key || '.' || l.key, '[^a-z0-9.-]', '', 'g') || '.' || numbered.n || '@'
               || COALESCE(c.domain, 'mail.example') ELSE '' END AS email,
           CASE pg_temp.pick(numbered.n, 22, 10) WHEN 0 THEN ''
               WHEN 1 THEN '4420' || lpad((numbered.n %% 100000000)::text, 8, '0')
               ELSE '1' || (201 + pg_temp.pick(numbered.n, 23, 799)) || lpad((numbered.n %% 10000000)::text, 7, '0')
           END AS digits,
           c.id AS company_id, COALESCE(c.name, '') AS company, COALESCE(c.name_key, '') AS company_key,
           y.word AS type, t.word AS title, t.key AS title_key, s.word AS source,
           i.word AS city, i.key AS city_key, k.word AS country,
           CASE WHEN pg_temp.pick(numbered.n, 24, 5) > 1
               THEN at + (%(until)s::timestamptz - at) * pg_temp.pick(numbered.n, 25, 1000) / 1000
           END AS last_contact_at,
           CASE WHEN pg_temp.pick(numbered.n, 26, 5) = 0 THEN (%(until)s::timestamptz AT TIME ZONE 'UTC')::date
               + pg_temp.pick(numbered.n, 27, 90)::int - 15 END AS next_follow_up_on,
           (pg_temp.pick(numbered.n, 28, 101) * pg_temp.pick(numbered.n, 29, 101) / 100)::smallint AS engagement_score
    FROM (SELECT n, %(until)s::timestamptz - (%(count)s - n) * (%(history)s::interval / %(count)s) AS at
          FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n) AS numbered
    JOIN bench_word f ON f.list = 'first' AND f.number = pg_temp.pick(numbered.n, 30, {first})
    JOIN bench_word l ON l.list = 'last' AND l.number = pg_temp.pick(numbered.n, 31, {last})
    JOIN bench_word y ON y.list = 'type' AND y.number = pg_temp.pick(numbered.n, 32, {type})
    JOIN bench_word t ON t.list = 'title' AND t.number = pg_temp.pick(numbered.n, 33, {title})
    JOIN bench_word s ON s.list = 'source' AND s.number = pg_temp.pick(numbered.n, 34, {source})
    JOIN bench_word i ON i.list = 'city' AND i.number = pg_temp.pick(numbered.n, 35, {city})
    JOIN bench_word k ON k.list = 'country' AND k.number = i.number
    JOIN bench_owner o ON o.number = pg_temp.pick(numbered.n, 36, %(owners)s)
    LEFT JOIN bench_employer c
        ON c.n = CASE WHEN pg_temp.pick(numbered.n, 37, 10) > 0 THEN pg_temp.pick(numbered.n, 38, %(companies)s) END
) AS named
"""

CONTACTS = """
INSERT INTO contacts_contact
    (id, tenant_id, tags, custom, version, created_at, updated_at, street, city, state, postal_code, country,
     first_name, last_name, full_name, full_name_key, email, email_key, email2, email2_key, phone, phone_key, phone2,
     phone2_key, company_id, type, title, website, source, consent, time_zone, last_contact_at, next_follow_up_on,
     engagement_score, description, external_id, created_by_id, owner_id, updated_by_id)
SELECT id, %(tenant)s, '{{}}', '{{}}', 1, at, at, '', city, '', '', country,
       first_name, last_name, first_name || ' ' || last_name, full_name_key, email, email, email2, email2, phone,
       phone_key, '', '', company_id, type, title, '', source, 'unknown', '', last_contact_at, next_follow_up_on,
       engagement_score, '', 'P-' || n, owner_id, owner_id, owner_id
FROM bench_contact ORDER BY n
"""

CONTACT_SEARCH = """
INSERT INTO records_searchrow
    (id, tenant_id, record_type, record_id, owner_id, title, title_key, subtitle, document, updated_at)
SELECT pg_temp.id_at(at, %(tenant)s || ' contact search ' || n), %(tenant)s, 'contact', id, owner_id,
       first_name || ' ' || last_name, full_name_key, concat_ws(' · ', title, NULLIF(company, '')),
       pg_temp.document(%(tenant)s::text, concat_ws(
           ' ', full_name_key, email, email2, company_key, title_key, city_key, 'p-' || n, 'p' || n, phone, digits,
           CASE WHEN digits LIKE '44%%' THEN substr(digits, 3) ELSE substr(digits, 2) END, right(digits, 7),
           CASE WHEN digits LIKE '44%%' THEN right(digits, 8) END,
           CASE WHEN email LIKE '%%-%%' THEN replace(split_part(split_part(email, '@', 2), '.', 1), '-', '') END)), at
FROM bench_contact ORDER BY n
"""

CONTACT_ENTRIES = _ENTRY.format(
    type="'contact'",
    label="first_name || ' ' || last_name",
    table="bench_contact",
    changes=_changes(
        first_name="first_name",
        last_name="last_name",
        email="email",
        email2="email2",
        phone="phone",
        company="company_id",
        type="type",
        title="title",
        source="source",
        city="city",
        country="country",
        next_follow_up_on="next_follow_up_on",
        external_id="'P-' || n",
    ),
)

EMPLOYERS = """
CREATE TEMP TABLE IF NOT EXISTS bench_employer (n bigint PRIMARY KEY, id uuid, name text, name_key text, domain text);
TRUNCATE bench_employer;
INSERT INTO bench_employer
SELECT substr(external_id, 4)::bigint, id, name, name_key, domain FROM contacts_company WHERE tenant_id = {tenant};
ANALYZE bench_employer;
"""

_LENGTHS = {name: len(words) for name, words in LISTS.items()}


def prepare(cursor: Any) -> None:
    """Make the temporary tables and functions that the other statements use."""
    cursor.execute(PREPARE)
    with cursor.copy("COPY bench_word FROM STDIN") as copy:
        for row in rows_of_words():
            copy.write_row(row)
    cursor.execute("ANALYZE bench_word")


def use_owners(cursor: Any, load: Load) -> None:
    """Let the following rows belong to these people."""
    cursor.execute("TRUNCATE bench_owner")
    cursor.executemany("INSERT INTO bench_owner VALUES (%s, %s)", list(enumerate(load.owners)))


def write_companies(cursor: Any, load: Load, first: int) -> None:
    """One chunk of companies from row `first` on, with everything that belongs to them."""
    statements = (MAKE_COMPANIES, COMPANIES, COMPANY_SEARCH, COMPANY_ENTRIES)
    _write(cursor, statements, _params(load, first, load.companies))


def write_contacts(cursor: Any, load: Load, first: int) -> None:
    """One chunk of contacts; the companies and `use_employers` come before."""
    statements = (MAKE_CONTACTS, CONTACTS, CONTACT_SEARCH, CONTACT_ENTRIES)
    _write(cursor, statements, _params(load, first, load.contacts))


def use_employers(cursor: Any, load: Load) -> None:
    """Let the following contacts work for this workspace's companies."""
    cursor.execute(EMPLOYERS.format(tenant=int(load.tenant_id)))


def _write(cursor: Any, statements: tuple[str, ...], params: dict[str, Any]) -> None:
    for statement in statements:
        cursor.execute(statement.format(**_LENGTHS), params)


def _params(load: Load, first: int, count: int) -> dict[str, Any]:
    return {
        "tenant": load.tenant_id,
        "first": first,
        "last": min(first + CHUNK, count) - 1,
        "count": count,
        "companies": load.companies,
        "owners": len(load.owners),
        "until": load.until,
        "history": f"{DAYS_OF_HISTORY} days",
    }
