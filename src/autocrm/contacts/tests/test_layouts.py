"""Other shapes of a list than the table: who draws them, what they are told, what is said when there is none."""

from collections.abc import Iterator

import pytest
from django.http import HttpRequest
from django.utils.safestring import SafeString

from autocrm.contacts.tests.factories import make_contact
from autocrm.kernel.actors import Actor
from autocrm.records.lists import layouts
from autocrm.records.lists.layouts import Layout, add_layout
from autocrm.records.lists.state import ListState
from tests.support.cast import Person

HTMX = {"HX-Request": "true"}


@pytest.fixture
def pile() -> Iterator[Layout]:
    """A layout of contacts only, which shows what it was told."""

    def render(_request: HttpRequest, state: ListState, _actor: Actor) -> SafeString:
        return SafeString(f"<p>A pile by {state.option('pile')}, search {state.search}</p>")

    layout = Layout("pile", "Pile", "stack-2", lambda each, _actor: each.key == "contact", render, params=("pile",))
    yield add_layout(layout)
    del layouts.layouts._entries["pile"]


@pytest.mark.usefixtures("pile")
def test_a_layout_is_drawn_where_the_table_would_stand(alice: Person) -> None:
    make_contact(alice, first_name="Ada", last_name="Acme")

    page = alice.page.get("/contacts/?layout=pile&pile=type&q=ada").content.decode()
    fragment = alice.page.get("/contacts/?layout=pile&pile=type&q=ada", headers=HTMX).content.decode()

    for html in (page, fragment):
        assert "A pile by type, search ada" in html
        assert "<table" not in html
        assert 'data-layout="pile"' in html


@pytest.mark.usefixtures("pile")
def test_the_switch_offers_what_the_type_has(alice: Person) -> None:
    assert 'value="pile" aria-pressed="false"' in alice.page.get("/contacts/").content.decode()
    assert 'value="pile" aria-pressed="true"' in alice.page.get("/contacts/?layout=pile").content.decode()
    assert 'value="pile"' not in alice.page.get("/companies/").content.decode()


@pytest.mark.usefixtures("pile")
def test_a_layout_that_is_not_there_is_said_in_its_place(alice: Person) -> None:
    for path in ("/companies/?layout=pile", "/contacts/?layout=cloud"):
        response = alice.page.get(path)

        assert response.status_code == 422
        assert "cannot be laid out like that" in response.content.decode()
