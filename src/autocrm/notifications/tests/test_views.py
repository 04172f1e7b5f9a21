"""The bell, the inbox and the preferences, as a browser meets them."""

import json

from autocrm.kernel.ids import new_id
from autocrm.notifications import selectors
from autocrm.notifications.models import Notification
from autocrm.notifications.tests.conftest import Tell
from tests.support.cast import Person

HTMX = {"HX-Request": "true"}


def unread(person: Person) -> int:
    with person.at_work() as actor:
        return selectors.count_unread(actor)


def test_the_bell_lists_the_newest_and_marks_them_seen(alice: Person, bob: Person, tell: Tell) -> None:
    tell(alice, bob, title="Ada <b>assigned</b>", url="/contacts/1/")

    page = bob.page.get("/notifications/", headers=HTMX).content.decode()

    assert "Ada &lt;b&gt;assigned&lt;/b&gt;" in page
    assert "<html" not in page
    with bob.at_work():
        assert Notification.objects.get(user_id=bob.id).seen_at is not None
    assert unread(bob) == 1


def test_an_empty_bell_says_what_will_come(alice: Person) -> None:
    assert "Nothing new" in alice.page.get("/notifications/").content.decode()


def test_opening_one_marks_it_read_and_leads_there(alice: Person, bob: Person, tell: Tell) -> None:
    [told] = tell(alice, bob, url="/contacts/1/")

    answer = bob.page.get(f"/notifications/{told.id}/")

    assert (answer.status_code, answer["Location"]) == (302, "/contacts/1/")
    assert unread(bob) == 0


def test_nobody_opens_marks_or_puts_away_anothers(alice: Person, bob: Person, charlie: Person, tell: Tell) -> None:
    [told] = tell(alice, bob)

    for person in (alice, charlie):
        assert person.page.get(f"/notifications/{told.id}/").status_code == 404
        person.page.post("/notifications/read/", {"ids": [str(told.id)]})
        person.page.post("/notifications/archive/", {"ids": [str(told.id)]})

    assert unread(bob) == 1


def test_what_was_put_away_comes_back_as_it_was(alice: Person, bob: Person, charlie: Person, tell: Tell) -> None:
    [told] = tell(alice, bob, title="Wanted after all")

    away = bob.page.post("/notifications/archive/", {"ids": [str(told.id)]}, headers=HTMX)
    undo = json.loads(away["HX-Trigger"])["autocrm:toast"]["undo_url"]
    assert (unread(bob), "Wanted after all" in bob.page.get("/inbox/").content.decode()) == (0, False)
    for person in (alice, charlie):
        person.page.post(undo)
    assert unread(bob) == 0
    back = bob.page.post(undo, headers=HTMX)

    assert "autocrm:notification" in back["HX-Trigger"]
    assert (unread(bob), "Wanted after all" in bob.page.get("/inbox/").content.decode()) == (1, True)
    bob.api.post("/api/v1/notifications/archive/", {"ids": [str(told.id)]})
    answer = bob.api.post("/api/v1/notifications/put_back/", {"ids": [str(told.id)]}).json()
    assert answer == {"changed": 1, "unread": 1}


def test_all_read_up_to_what_was_shown(alice: Person, bob: Person, tell: Tell) -> None:
    [shown] = tell(alice, bob)
    tell(alice, bob, title="came meanwhile")

    page = bob.page.post("/notifications/read/", {"all": "1", "up_to": shown.seq}, headers=HTMX)

    assert "came meanwhile" in page.content.decode()
    assert unread(bob) == 1


def test_without_script_the_form_leads_back_to_the_inbox(alice: Person) -> None:
    assert alice.page.post("/notifications/read/", {"all": "1"})["Location"] == "/inbox/"


def test_the_inbox_goes_on_where_the_page_ends(alice: Person, bob: Person, tell: Tell) -> None:
    for number in range(52):
        tell(alice, bob, title=f"Number {number:03}")

    first = bob.page.get("/inbox/").content.decode()
    more = bob.page.get("/inbox/?before=3", headers=HTMX).content.decode()

    assert "Number 051" in first
    assert "Number 002" in first
    assert "Number 001" not in first
    assert "/inbox/?before=3" in first
    assert "Number 001" in more
    assert "<html" not in more


def test_unread_only(alice: Person, bob: Person, tell: Tell) -> None:
    [told] = tell(alice, bob, title="was read")
    tell(alice, bob, title="is new")
    bob.page.get(f"/notifications/{told.id}/")

    page = bob.page.get("/inbox/?unread=1").content.decode()

    assert "is new" in page
    assert "was read" not in page


def test_counts_for_pages_without_a_socket(alice: Person, bob: Person, tell: Tell) -> None:
    tell(alice, bob)

    assert bob.page.get("/notifications/counts/").json() == {"unread": 1, "last_seq": 1}


def test_preferences_are_kept(alice: Person, bob: Person, tell: Tell) -> None:
    assert "Of a test" in bob.page.get("/settings/notifications/").content.decode()

    bob.page.post("/settings/notifications/", {"on": []})
    assert tell(alice, bob) == []

    bob.page.post("/settings/notifications/", {"on": ["test.page"]})
    assert len(tell(alice, bob)) == 1


def test_unknown_ids_are_not_found(alice: Person) -> None:
    assert alice.page.get(f"/notifications/{new_id()}/").status_code == 404
    assert alice.page.post("/notifications/read/", {"ids": ["x"]}).status_code == 404


def test_rest_lists_marks_and_puts_away(alice: Person, bob: Person, tell: Tell) -> None:
    told = [tell(alice, bob, title=str(number))[0] for number in range(3)]

    page = bob.api.get("/api/v1/notifications/", {"limit": "2"}).json()
    rest = bob.api.get(page["next"].removeprefix(f"http://{bob.host}")).json()
    after = bob.api.get("/api/v1/notifications/", {"after_seq": "1"}).json()
    marked = bob.api.post("/api/v1/notifications/mark_read/", {"ids": [str(told[0].id)]}).json()
    away = bob.api.post("/api/v1/notifications/archive/", {"ids": [str(told[1].id)]}).json()
    everything = bob.api.post("/api/v1/notifications/mark_all_read/", {}).json()

    assert [each["title"] for each in page["results"] + rest["results"]] == ["2", "1", "0"]
    assert (page["unread"], page["last_seq"], rest["next"]) == (3, 3, None)
    assert [each["seq"] for each in after["results"]] == [2, 3]
    assert (marked, away, everything) == (
        {"changed": 1, "unread": 2},
        {"changed": 1, "unread": 1},
        {"changed": 1, "unread": 0},
    )
