"""Activities in the browser: all kinds are written, Today by keys, a meeting has a file, a task comes back."""

import re
from datetime import timedelta

from playwright.sync_api import Page, expect

from autocrm.activities import services as activities
from autocrm.activities.models import Task
from autocrm.kernel.clock import now
from tests.e2e.browsing import PHONE, Browsing
from tests.e2e.given import address_of, make_record
from tests.faults.processes import wait_until
from tests.support.cast import Person, make_person

KEPT = "Object.keys(sessionStorage).some((name) => name.startsWith('draft:'))"
STATUS = "(url) => fetch(url).then((answer) => answer.status)"


def opened(browsing: Browsing, person: Person, path: str) -> Page:
    page = browsing.enter(person)
    page.goto(path)
    return page


def compose(page: Page, tab: str, subject: str) -> None:
    """Open a form of the composer and say what it is about."""
    page.locator(f"#compose-tab-{tab}").click()
    page.locator(f"#comp-{tab}-subject").fill(subject)


def saved(page: Page, tab: str) -> None:
    """Save by keys, and wait until the form is empty again."""
    page.keyboard.press("Control+Enter")
    expect(page.locator(f"#comp-{tab}-subject")).to_have_value("")


def test_every_kind_is_written_and_stands_on_the_timeline(browsing: Browsing, alice: Person) -> None:
    contact = make_record(alice, "contact", first_name="Ana", last_name="Roth", email="ana@globex.example")
    page = opened(browsing, alice, address_of("contact", contact))

    compose(page, "task", "Send the offer")
    saved(page, "task")
    compose(page, "call", "Asked for prices")
    page.get_by_label("Outcome").select_option(label="Reached")
    page.locator("#comp-call-minutes").fill("12")
    saved(page, "call")
    compose(page, "meeting", "Demo at theirs")
    page.get_by_label("Place").fill("Room 4")
    saved(page, "meeting")
    compose(page, "email", "Our offer")
    page.get_by_label("To", exact=True).fill("ana@globex.example")
    saved(page, "email")

    timeline = page.locator("#timeline")
    for said in ("added a task Send the offer", "logged a call Asked for prices", "planned a meeting Demo at theirs"):
        expect(timeline).to_contain_text(said)
    expect(timeline).to_contain_text("sent an e-mail Our offer")
    expect(timeline).to_contain_text("12 min")
    expect(page.locator("#upcoming")).to_contain_text("Demo at theirs")
    expect(page.locator("#rec-top")).to_contain_text("Next activity")

    page.locator("button[popovertarget=timeline-show]").click()
    page.get_by_label("Calls", exact=True).check()
    page.get_by_label("E-mails", exact=True).check()
    page.get_by_role("button", name="Show", exact=True).click()
    expect(timeline).not_to_contain_text("added a task")
    expect(timeline).to_contain_text("logged a call")
    expect(timeline).to_contain_text("sent an e-mail")


def test_a_draft_survives_a_reload_and_somebody_is_named_by_keys(browsing: Browsing, alice: Person) -> None:
    dana = make_person("Dana Dean", alice.tenant)
    contact = make_record(alice, "contact", first_name="Ana", last_name="Roth")
    page = opened(browsing, alice, address_of("contact", contact))
    page.on("dialog", lambda dialog: dialog.accept())
    editor = page.locator("#compose-note .rich")

    editor.click()
    page.keyboard.type("Please ask @dan")
    expect(page.get_by_role("option", name=re.compile("Dana Dean"))).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.type("about it")
    expect(editor).to_have_text(re.compile(r"Please ask @Dana Dean\s*about it"))
    wait_until(lambda: page.evaluate(KEPT), seconds=10, what="the draft")
    page.reload()

    expect(editor).to_have_text(re.compile(r"Please ask @Dana Dean\s*about it"))
    editor.click()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#timeline")).to_contain_text("Please ask @Dana Dean")
    expect(page.locator(f"#timeline [data-mention='{dana.id}']")).to_have_text("@Dana Dean")
    page.reload()
    expect(editor).to_have_text("")


def test_nothing_is_lost_when_something_is_wrong(browsing: Browsing, alice: Person) -> None:
    contact = make_record(alice, "contact", first_name="Ana", last_name="Roth")
    page = opened(browsing, alice, address_of("contact", contact))

    compose(page, "email", "Our offer")
    page.locator("#compose-email .rich").click()
    page.keyboard.type("Dear Ana")
    page.get_by_label("To", exact=True).fill("nobody")
    page.get_by_role("button", name="Save e-mail").click()

    expect(page.get_by_text("nobody is not an e-mail address.")).to_be_visible()
    expect(page.locator("#comp-email-subject")).to_have_value("Our offer")
    expect(page.locator("#compose-email .rich")).to_have_text("Dear Ana")
    expect(page.get_by_label("To", exact=True)).to_be_focused()


def test_a_meeting_that_is_moved_keeps_its_length(browsing: Browsing, alice: Person) -> None:
    contact = make_record(alice, "contact", first_name="Ana", last_name="Roth")
    page = opened(browsing, alice, address_of("contact", contact))

    compose(page, "meeting", "Demo at theirs")
    begins, ends = page.locator("#comp-meeting-starts_at"), page.locator("#comp-meeting-ends_at")
    ends.fill(begins.input_value()[:11] + "10:30")
    begins.fill("2027-03-08T09:00")
    begins.dispatch_event("change")
    expect(ends).to_have_value("2027-03-08T10:30")
    begins.fill("2027-03-09T15:00")
    begins.dispatch_event("change")
    expect(ends).to_have_value("2027-03-09T16:30")


def test_today_is_worked_by_keys(browsing: Browsing, alice: Person) -> None:
    with alice.at_work() as actor:
        for subject, days in (("Oldest", -3), ("Older", -2), ("Old", -1)):
            activities.create_task({"subject": subject, "due_at": now() + timedelta(days=days)}, actor=actor)
    page = opened(browsing, alice, "/today/")

    page.keyboard.press("a")
    page.keyboard.type("Call Ana tomorrow 10:00")
    page.keyboard.press("Enter")
    expect(page.locator("#today")).to_contain_text("Call Ana")
    expect(page.get_by_text("Call added: Call Ana").first).to_be_visible()
    expect(page.locator("#quick-text")).to_be_focused()

    page.locator("#quick-text").blur()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#today")).not_to_contain_text("Oldest")
    page.keyboard.press("r")
    page.get_by_role("menuitem", name="Tomorrow").press("Enter")
    expect(page.get_by_text(re.compile("Older: Tomorrow at")).first).to_be_visible()


def test_whoever_moves_what_is_overdue_stays_where_it_stood(browsing: Browsing, alice: Person) -> None:
    with alice.at_work() as actor:
        for subject, days in (("Oldest", -3), ("Older", -2), ("Old", -1)):
            activities.create_task({"subject": subject, "due_at": now() + timedelta(days=days)}, actor=actor)
    page = opened(browsing, alice, "/today/")
    current = page.locator("[data-todo].cur")

    page.keyboard.press("j")
    page.keyboard.press("r")
    page.get_by_role("menuitem", name="Another time").press("Enter")
    moment = page.get_by_role("dialog", name="Another time").get_by_label("Due")
    moment.fill("2031-03-09T15:45")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Oldest: 9 Mar 2031 at 15:45").first).to_be_visible()
    expect(current).to_contain_text("Older")
    expect(current).to_be_focused()
    page.keyboard.press("r")
    page.get_by_role("menuitem", name="Tomorrow").press("Enter")
    expect(current).to_contain_text("Old")
    expect(page.get_by_role("heading", name="Overdue").locator("xpath=following-sibling::*")).to_have_text("1")


def test_a_task_is_moved_to_any_time_by_touch(browsing: Browsing, alice: Person) -> None:
    with alice.at_work() as actor:
        activities.create_task({"subject": "Oldest", "due_at": now() - timedelta(days=3)}, actor=actor)
    page = browsing.enter(alice, size=PHONE)
    page.goto("/today/")

    page.get_by_role("button", name="Move or open: Oldest").tap()
    page.get_by_role("menuitem", name="Another time").tap()
    page.get_by_role("dialog", name="Another time").get_by_label("Due").fill("2031-03-09T15:45")
    page.get_by_role("button", name="Move", exact=True).tap()

    expect(page.get_by_text("Oldest: 9 Mar 2031 at 15:45").first).to_be_visible()
    expect(page.get_by_role("heading", name="Later")).to_be_visible()


def test_the_fields_of_a_task_follow_its_buttons_and_what_was_looked_for_stays(
    browsing: Browsing, alice: Person
) -> None:
    with alice.at_work() as actor:
        task = activities.create_task({"subject": "Call back", "due_at": now()}, actor=actor)
    page = opened(browsing, alice, address_of("task", task))
    fields = page.locator("#props")
    page.get_by_role("searchbox", name="Find a field").fill("status")
    expect(fields.locator(".prop:visible")).to_have_count(1)
    expect(fields.locator(".prop:visible")).to_contain_text("Open")

    page.get_by_role("button", name="Done", exact=True).first.click()

    expect(fields.locator(".prop:visible")).to_have_count(1)
    expect(fields.locator(".prop:visible")).to_contain_text("Done")


def test_an_address_in_a_note_is_a_link(browsing: Browsing, alice: Person) -> None:
    contact = make_record(alice, "contact", first_name="Ana", last_name="Roth")
    page = opened(browsing, alice, address_of("contact", contact))

    page.locator("#compose-note .rich").click()
    page.keyboard.type("See https://example.com/offer?a=1&b=2 please")
    page.keyboard.press("Control+Enter")

    link = page.locator("#timeline").get_by_role("link", name="https://example.com/offer?a=1&b=2")
    expect(link).to_have_attribute("href", "https://example.com/offer?a=1&b=2")


def test_a_meeting_has_people_and_a_calendar_file(browsing: Browsing, alice: Person) -> None:
    contact = make_record(alice, "contact", first_name="Ana", last_name="Roth", email="ana@globex.example")
    page = opened(browsing, alice, address_of("contact", contact))
    compose(page, "meeting", "Demo at theirs")
    saved(page, "meeting")
    page.locator("#upcoming").get_by_role("link", name="Demo at theirs").click()

    expect(page.locator(".guest-list")).to_contain_text("Ana Roth")
    page.get_by_label(re.compile("Answer of Ana Roth")).select_option(label="Accepted")
    expect(page.get_by_text("Answer saved").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Calendar file").click()
    assert download.value.suggested_filename == "meeting.ics"
    page.get_by_role("button", name="Send invitations").click()
    expect(page.get_by_text("1 invitation is on its way").first).to_be_visible()


def test_what_a_button_did_is_told_though_it_is_gone_by_then(browsing: Browsing, alice: Person) -> None:
    contact = make_record(alice, "contact", first_name="Ana", last_name="Roth")
    page = opened(browsing, alice, address_of("contact", contact))
    compose(page, "task", "Call back")
    saved(page, "task")

    done = page.locator("#upcoming").get_by_role("button", name="Done", exact=True)
    done.evaluate("button => { button.click(); button.remove(); }")

    expect(page.get_by_text("Done: Call back").first).to_be_visible()


def test_a_task_that_repeats_comes_back_when_it_is_done(browsing: Browsing, alice: Person) -> None:
    contact = make_record(alice, "contact", first_name="Ana", last_name="Roth")
    page = opened(browsing, alice, address_of("contact", contact))
    compose(page, "task", "Weekly report")
    page.locator("#comp-task-rule").select_option(label="Every week")
    saved(page, "task")

    page.locator("#upcoming").get_by_role("button", name="Done", exact=True).click()
    expect(page.get_by_text("Done: Weekly report").first).to_be_visible()
    expect(page.locator("#upcoming")).to_contain_text("Weekly report")

    with alice.at_work():
        first, second = Task.objects.order_by("number")
        assert (first.status, second.status) == ("done", "open")
        assert first.due_at is not None
        assert second.due_at == first.due_at + timedelta(days=7)


def test_the_calendar_address_is_made_and_revoked(browsing: Browsing, alice: Person) -> None:
    page = opened(browsing, alice, "/settings/calendar/")

    page.get_by_role("button", name="Make an address").click()
    url = page.get_by_label("Your secret address").input_value()
    assert page.evaluate(STATUS, url) == 200
    page.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()

    expect(page.get_by_text("You have no address yet.")).to_be_visible()
    assert page.evaluate(STATUS, url) == 404
