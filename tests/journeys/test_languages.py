"""Every page and fragment in a language that nobody speaks: what stays in plain letters was never given to gettext.

The addresses come from the URLconf and the record types from the registry, so what is added is covered the day it is.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from autocrm.activities.composer import FORMS
from autocrm.records.bulk_actions import bulk_actions
from autocrm.records.panels import panels
from autocrm.records.registry import record_types
from autocrm.tenants import services as tenants
from tests.journeys.routes import Route, all_routes
from tests.support import pseudo
from tests.support.foreign import Foreign, open_foreign, untranslated_for, untranslated_in

# What programs read, and pages of developers.
FOR_PROGRAMS = ("api/", "_style/")
ROUTES = [route for route in all_routes() if not route.template.startswith(FOR_PROGRAMS)]
# Other faces of the pages.
ASIDES = (
    "/contacts/?layout=board",
    "/contacts/?layout=board&by=owner",
    "/contacts/?layout=calendar",
    "/contacts/?layout=calendar&span=week",
    "/contacts/?group=type&sums=engagement_score:avg",
    "/companies/?sums=revenue:sum,employees:avg&sort=-revenue",
    "/contacts/?type=lead&city=Αθήνα&q=Άννα",
    "/contacts/?first_name=Κανείς",
    "/contacts/?άγνωστο=1&sort=άγνωστο",
    "/no/such/page/",
)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def foreign(db: None, made_up_languages: None) -> Foreign:
    return open_foreign(pseudo.LATIN)


def addresses(foreign: Foreign, route: Route) -> Iterator[str]:
    """The address with ids of its record type, once for each value of a parameter that a registry knows."""
    words = route.template.split("/")
    owner = next((each for each in record_types if each.plural in words or each.key in words), None)
    ids = dict(foreign.ids)
    if owner is not None and owner.key in ids:
        ids |= {"record_id": ids[owner.key], "id": ids[owner.key]}
    known = {
        "panel": [each.key for each in panels],
        "form": list(FORMS),
        "action": [each.key for each in bulk_actions],
        "kind": [each.key for each in record_types],
        "plural": [owner.plural if owner is not None else "contacts"],
    }
    names = [name for name in route.names if name in known]
    for values in product(*(known[name] for name in names)):
        yield route.fill(ids | dict(zip(names, values, strict=True)), foreign.ids["contact"])


def said_untranslated(answer: Any) -> list[str]:
    found = untranslated_for(answer.headers)
    if not answer.streaming and answer.get("Content-Type", "").startswith("text/html"):
        found += untranslated_in(answer.content.decode())
    return found


def test_no_page_says_a_word_that_is_not_translated(foreign: Foreign) -> None:
    shown, found = 0, {}
    paths = [path for route in ROUTES for path in addresses(foreign, route)]
    for path in [*paths, *ASIDES]:
        for headers in ({}, HTMX):
            answer = foreign.person.page.get(path, headers=headers)
            shown += answer.status_code == 200
            if said := said_untranslated(answer):
                found[path] = said

    assert found == {}
    assert shown > 300


def test_no_form_complains_in_words_that_are_not_translated(foreign: Foreign) -> None:
    found = {}
    for route in ROUTES:
        for path in addresses(foreign, route):
            for data in ({}, {"value": "χ", "ids": str(foreign.ids["contact"])}):
                answer = foreign.person.page.post(path, data, headers=HTMX)
                if said := said_untranslated(answer):
                    found[f"{answer.status_code} {path}"] = said

    assert found == {}


def test_whoever_chose_no_language_reads_that_of_the_workspace(foreign: Foreign) -> None:
    foreign.person.user.locale = ""
    foreign.person.user.save(update_fields=["locale"])
    with foreign.person.at_work() as actor:
        tenants.update_settings({"locale": pseudo.LATIN}, actor=actor)
    assert foreign.person.actor.locale == pseudo.LATIN

    asked_for = {"Accept-Language": "de"}
    for path in ("/contacts/", "/no/such/page/", "/settings/profile/", "/accounts/2fa/"):
        answer = foreign.person.page.get(path, headers=asked_for, follow=True)
        assert f'lang="{pseudo.LATIN}"' in answer.content.decode(), path
