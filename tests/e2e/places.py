"""Every kind of page, and what opens on it, reached without a word of any language: one list for all suites that walk.

A place is shown by its name: `show(page, name, ids)` with the ids of `tests.support.foreign`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from playwright.sync_api import Page, expect

Show = Callable[[Page, Mapping[str, Any]], None]

_OPEN_DRAWER = """href => {
  const link = Object.assign(document.createElement("a"), { href });
  link.dataset.drawer = "";
  document.body.append(link);
  link.click();
  link.remove();
}"""


def _page(path: str, ready: str = "h1") -> Show:
    def show(page: Page, ids: Mapping[str, Any]) -> None:
        page.goto(path.format(**ids))
        expect(page.locator(ready).first).to_be_visible()

    return show


def _drawer(path: str, on: str = "/contacts/") -> Show:
    """The drawer with the form at `path`, open on a page."""

    def show(page: Page, ids: Mapping[str, Any]) -> None:
        page.goto(on.format(**ids))
        expect(page.locator("h1").first).to_be_visible()
        page.evaluate(_OPEN_DRAWER, path.format(**ids))
        expect(page.locator("#drawer .drawer-in").first).to_be_visible()

    return show


def _popover(selector: str, ready: str, path: str = "/contacts/") -> Show:
    """A popover, opened by its own button, whether or not a phone shows that."""

    def show(page: Page, ids: Mapping[str, Any]) -> None:
        page.goto(path.format(**ids))
        expect(page.locator("h1").first).to_be_visible()
        page.evaluate("id => document.querySelector(`[popovertarget=${id}]`).click()", selector)
        expect(page.locator(f"#{selector} {ready}").first).to_be_visible()

    return show


def _palette(page: Page, ids: Mapping[str, Any]) -> None:
    _page("/contacts/")(page, ids)
    page.keyboard.press("Control+k")
    page.keyboard.type("Άννα")
    expect(page.locator("#pal-list [role=option]").first).to_be_visible()


def _keys(page: Page, ids: Mapping[str, Any]) -> None:
    _page("/today/")(page, ids)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()


def _peek(page: Page, ids: Mapping[str, Any]) -> None:
    _page("/contacts/", "tr[data-row]")(page, ids)
    page.locator("tr[data-row] a[data-peek-link]").first.click()
    # A phone has no room beside the list and opens the page.
    expect(page.locator("#peek h2, #timeline").first).to_be_visible()


def _selected(page: Page, ids: Mapping[str, Any]) -> None:
    _page("/contacts/", "tr[data-row]")(page, ids)
    page.evaluate("document.querySelector('tr[data-row] [data-select]').click()")
    expect(page.locator("[data-bulk]")).to_be_visible()


def _bulk(page: Page, ids: Mapping[str, Any]) -> None:
    _selected(page, ids)
    page.locator("[data-bulk] [data-drawer]").first.click()
    expect(page.locator("#drawer .drawer-in").first).to_be_visible()


def _cell(page: Page, ids: Mapping[str, Any]) -> None:
    _page("/contacts/", "tr[data-row]")(page, ids)
    page.evaluate("document.querySelector('tr[data-row] [data-edit-url]').click()")
    expect(page.locator("tr[data-row] :is(input:not(.ck), select, [role=combobox]):visible").first).to_be_visible()


def _twin(page: Page, ids: Mapping[str, Any]) -> None:
    _drawer("/contacts/new/")(page, ids)
    page.locator("#drawer [name=first_name]").fill("Άννα")
    page.locator("#drawer [name=last_name]").fill("Άλλη")
    expect(page.locator("#drawer [role=status]").first).to_be_visible()


def _composer(kind: str) -> Show:
    def show(page: Page, ids: Mapping[str, Any]) -> None:
        _page("/contacts/{contact}/", "#timeline")(page, ids)
        page.locator(f"#compose-tab-{kind}").click()
        expect(page.locator(f"#compose-{kind}")).to_be_visible()

    return show


PLACES: dict[str, Show] = {
    "list": _page("/contacts/", "tr[data-row]"),
    "list of companies": _page("/companies/?sums=revenue:sum", "tr[data-row]"),
    "grouped list": _page("/contacts/?group=type", "[data-group]"),
    "nothing found": _page("/contacts/?q=Κανείς", ".blank"),
    "board": _page("/contacts/?layout=board", "[data-carried]"),
    "calendar": _page("/contacts/?layout=calendar&on=created_at", "[data-carried]"),
    "week": _page("/contacts/?layout=calendar&on=created_at&span=week", "[data-carried]"),
    "filter": _popover("filter", ".fb-r"),
    "sort": _popover("sort", "button"),
    "group": _popover("group", "button"),
    "columns": _popover("columns", "label"),
    "notifications": _popover("inbox-pop", "a"),
    "account": _popover("account-menu", "button"),
    "palette": _palette,
    "keys": _keys,
    "selected rows": _selected,
    "bulk drawer": _bulk,
    "bulk result": _page("/bulk/{operation_id}/"),
    "bulk operations": _page("/bulk/"),
    "cell": _cell,
    "peek": _peek,
    "create drawer": _drawer("/contacts/new/"),
    "warning of duplicates": _twin,
    "view drawer": _drawer("/contacts/views/new/"),
    "record": _page("/contacts/{contact}/", "#timeline"),
    "company": _page("/companies/{company}/", "#timeline"),
    "task": _page("/tasks/{task}/"),
    "meeting": _page("/meetings/{meeting}/"),
    "call": _page("/calls/{call}/"),
    "note": _page("/notes/{note}/"),
    "attendees": _drawer("/meetings/{meeting}/attendees/", "/meetings/{meeting}/"),
    "repetition": _drawer("/tasks/{task}/repeat/", "/tasks/{task}/"),
    "links": _drawer("/notes/{note}/link/", "/notes/{note}/"),
    "what a timeline shows": _popover("timeline-show", "input", "/contacts/{contact}/"),
    "own object": _page("/estates/{estate}/", "#timeline"),
    "access": _drawer("/contacts/{contact}/access/", "/contacts/{contact}/"),
    "composer: note": _composer("note"),
    "composer: task": _composer("task"),
    "composer: call": _composer("call"),
    "composer: meeting": _composer("meeting"),
    "composer: e-mail": _composer("email"),
    "today": _page("/today/"),
    "done lately": _page("/today/done/"),
    "another day": _popover("reschedule", "button", "/today/"),
    "another time": _drawer("/tasks/{task}/reschedule/", "/today/"),
    "dashboard": _page("/dashboard/"),
    "inbox": _page("/inbox/"),
    "bin": _page("/bin/"),
    "duplicates": _page("/contacts/duplicates-found/"),
    "merge": _page("/contacts/merge/?ids={contact},{other}", "form"),
    "import: upload": _page("/contacts/import/"),
    "import: columns": _page("/imports/{import_id}/", "select"),
    "import: check": _page("/imports/{checked_id}/check/"),
    "import: done": _page("/imports/{done_id}/"),
    "imports": _page("/imports/"),
    "export": _page("/contacts/export/"),
    "export drawer": _drawer("/contacts/export/"),
    "exports": _page("/exports/"),
    "data model": _page("/settings/data-model/"),
    "fields": _page("/settings/data-model/contacts/"),
    "new field": _drawer("/settings/data-model/contacts/new/", "/settings/data-model/contacts/"),
    "field": _drawer("/settings/data-model/fields/{field_id}/", "/settings/data-model/contacts/"),
    "field to delete": _drawer("/settings/data-model/fields/{field_id}/delete/", "/settings/data-model/contacts/"),
    "kind of a field": _drawer("/settings/data-model/fields/{field_id}/kind/", "/settings/data-model/contacts/"),
    "new object": _drawer("/settings/data-model/objects/new/", "/settings/data-model/"),
    "tags": _page("/settings/tags/"),
    "tag": _drawer("/settings/tags/{tag_id}/", "/settings/tags/"),
    "tag to delete": _drawer("/settings/tags/{tag_id}/delete/", "/settings/tags/"),
    "profile": _page("/settings/profile/"),
    "sessions": _page("/settings/sessions/"),
    "members": _page("/settings/members/"),
    "roles": _page("/settings/roles/"),
    "role": _page("/settings/roles/{role_id}/"),
    "teams": _page("/settings/teams/"),
    "tokens": _page("/settings/tokens/"),
    "workspace": _page("/settings/workspace/"),
    "notification settings": _page("/settings/notifications/"),
    "calendar feed": _page("/settings/calendar/"),
    "workflows": _page("/workflows/"),
    "workflow": _page("/workflows/{workflow_id}/"),
    "new workflow": _page("/workflows/new/"),
    "not found": _page("/no/such/page/"),
}


def show(page: Page, name: str, ids: Mapping[str, Any]) -> None:
    """Go to a place of `PLACES`."""
    PLACES[name](page, ids)
