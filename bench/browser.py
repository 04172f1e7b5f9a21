"""A day's work at a large workspace in a real browser, against a running `./autocrm up`: what each request took.

List, orders, filters, groups, figures, board, calendar, record, peek, search, palette, a scroll
through 50,000 rows, a tag on many records at once as a job and its undo. Printed are the requests over `--over`
milliseconds, the slowest of each kind, how long the browser was stuck at most, and how long the jobs took.
"""

import argparse
import re
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.test import Client
from playwright.sync_api import Page, Request, expect, sync_playwright

from autocrm.config.cli.machine_parts import MACHINE_PARTS
from autocrm.kernel.tenancy import tenant_scope
from autocrm.records.models import Tag
from autocrm.tenants.models import Tenant
from autocrm.tenants.selectors import find_tenant_by_subdomain
from autocrm.users.models import Membership
from autocrm.users.selectors import build_actor

TAG = "Bench"
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
_LONG_TASKS = """
    window.longest = 0;
    new PerformanceObserver((list) => {
      for (const task of list.getEntries()) window.longest = Math.max(window.longest, task.duration);
    }).observe({ type: "longtask", buffered: true });
"""


class Day:
    """One window, and how long the server took for each of its requests."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.took: list[tuple[float, str, str]] = []
        self._step = ""
        page.on("requestfinished", self._note)

    def _note(self, request: Request) -> None:
        address = urlsplit(request.url)
        if "/static/" not in address.path:
            timing = request.timing
            name = f"{request.method} {_ID.sub('…', address.path)}?{address.query}".rstrip("?")
            self.took.append((timing["responseStart"] - timing["requestStart"], self._step, name))

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """What is done within belongs to this step."""
        self._step = name
        clock = time.perf_counter()
        yield
        self.page.wait_for_load_state("networkidle")
        assert self.page.locator("main").count(), self.page.content()[:500]
        print(f"{time.perf_counter() - clock:8.1f} s  {name}", flush=True)

    def see(self, name: str, address: str) -> None:
        """Open a page and wait for all its parts."""
        with self.step(name):
            self.page.goto(address)


def main(arguments: Sequence[str]) -> int:
    """Work through the day and print what it took."""
    parser = argparse.ArgumentParser(prog="python -m bench browser", description=__doc__)
    parser.add_argument("--name", default="bench", help="subdomain of the workspace")
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--rows", type=int, default=50_000, help="rows to scroll past")
    parser.add_argument("--bulk", default="type=lead", help="what is tagged, as a list's address says it")
    parser.add_argument("--over", type=float, default=300)
    options = parser.parse_args(arguments)
    tenant = find_tenant_by_subdomain(options.name)
    if tenant is None:
        print(f"There is no workspace {options.name!r}: python -m bench generate")
        return 2
    session = _session(tenant)
    chromium = next(part.find() for part in MACHINE_PARTS if part.marker == "e2e")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        address = f"http://{tenant.subdomain}.localhost:{options.port}"
        context = browser.new_context(base_url=address, viewport={"width": 1440, "height": 900}, locale="en-GB")
        context.set_default_timeout(30_000)
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address}])
        context.add_init_script(_LONG_TASKS)
        day = Day(context.new_page())
        _look_around(day)
        _search(day)
        _scroll(day, options.rows)
        if options.bulk:
            _tag_many(day, options.bulk)
        browser.close()
    _report(day, options.over)
    return 0


def _session(tenant: Tenant) -> str:
    """A signed-in session of the owner; the tag that is used exists."""
    with tenant_scope(tenant), transaction.atomic():
        owner = Membership.objects.filter(role__everything=True).select_related("user").first()
        build_actor(owner.user, tenant)
        Tag.objects.get_or_create(name_key=TAG.lower(), defaults={"name": TAG})
    client = Client(HTTP_HOST=f"{tenant.subdomain}.localhost")
    client.force_login(owner.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _look_around(day: Day) -> None:
    day.see("home", "/")
    for name, query in {
        "list": "", "by name": "?sort=name", "by last contact, first": "?sort=last_contact_at", "by city": "?sort=city",
        "by type, then score": "?sort=type,-engagement_score", "by type, then name": "?sort=type,name",
        "by country, then city": "?sort=country,city", "by street": "?sort=street",
        "my leads": "?view=mine&type=lead",
        "score of 50 and more": "?engagement_score__gte=50&sort=-engagement_score",
        "city contains": "?city__contains=ber", "city contains what nobody has": "?city__contains=Atlantis",
        "created in the last 30 days": "?created_at__in_last_n=30d", "groups by type": "?group=type",
        "groups by owner": "?group=owner", "board": "?layout=board", "calendar": "?layout=calendar&on=created_at",
        "columns of the company": "?columns=company,company.sector,city,email",
    }.items():  # fmt: skip
        day.see(name, f"/contacts/{query}")
    day.see("companies by revenue", "/companies/?sort=-revenue&sums=revenue:sum")
    page = day.page
    day.see("list", "/contacts/")
    with day.step("peek"):
        page.locator("tr[data-row] a").first.click()
        expect(page.locator("[data-peek]").first).to_be_visible()
    with day.step("record"):
        page.goto(page.locator("tr[data-row] a").first.get_attribute("href") or "/contacts/")
    day.see("Today", "/today/")
    day.see("duplicates", "/contacts/duplicates-found/")


def _search(day: Day) -> None:
    page = day.page
    for text in ("manager", "sophie feld", "mnager", "oslo manager"):
        day.see(f"search “{text}”", f"/contacts/?q={text}")
    with day.step("palette"):
        page.keyboard.press("Control+k")
        page.keyboard.type("sophie feld", delay=60)


def _scroll(day: Day, rows: int) -> None:
    """To the end of what is loaded, again and again, as fast as rows come."""
    page = day.page
    page.goto("/contacts/")
    page.wait_for_load_state("networkidle")
    scroller = page.locator(".dtw")
    with day.step(f"scrolled past {rows:,} rows"):
        while _last_row(page) < rows:
            scroller.evaluate("box => { box.scrollTop = box.scrollHeight }")
            page.wait_for_function("() => !document.querySelector('[data-more][data-busy]')")
    print(
        f"            {page.locator('tr[data-row]').count()} rows in the page, "
        f"{page.evaluate('document.getElementsByTagName(`*`).length'):,} elements, "
        f"stuck for {page.evaluate('window.longest'):.0f} ms at most"
    )
    with day.step("back to the middle and to the top"):
        scroller.evaluate("box => { box.scrollTop = box.scrollHeight / 2 }")
        page.wait_for_load_state("networkidle")
        scroller.evaluate("box => { box.scrollTop = 0 }")


def _last_row(page: Page) -> int:
    return int(page.locator("tr[data-row]").last.get_attribute("aria-rowindex") or 0)


def _tag_many(day: Day, query: str) -> None:
    page = day.page
    day.see("list to be tagged", f"/contacts/?{query}")
    with day.step("select all and open the drawer"):
        page.get_by_role("checkbox", name="Select all on this page").check()
        selected = page.get_by_role("toolbar", name="Selected rows")
        selected.get_by_role("button", name=re.compile("^Select all ")).click()
        selected.get_by_role("button", name="Add tags").click()
        drawer = page.get_by_role("dialog")
        drawer.get_by_role("combobox", name="Tags").fill(TAG)
        page.get_by_role("option", name=TAG).click()
    _job(day, "tag", lambda: drawer.get_by_role("button", name="Apply").click())
    _job(day, "undo", lambda: page.get_by_role("button", name="Undo").click())


def _job(day: Day, name: str, begin: Callable[[], None]) -> None:
    """Begin a job, look at its page until it is done."""
    page = day.page
    clock = time.perf_counter()
    with day.step(name):
        begin()
        if name == "tag":
            page.get_by_role("link", name="Show").click()
        else:
            expect(page.get_by_role("heading", name=re.compile("^Undo: "), level=1)).to_be_visible()
        expect(page.get_by_text("Done", exact=True)).to_be_visible(timeout=900_000)
    outcome = page.get_by_role("group", name="What became of the records").inner_text().replace("\n", " ")
    print(f"            {outcome}: {time.perf_counter() - clock:.0f} s")


def _report(day: Day, over: float) -> None:
    slow = sorted((each for each in day.took if each[0] > over), reverse=True)
    for milliseconds, step, name in slow[:40]:
        print(f"{milliseconds:8.0f} ms  {step}: {name[:110]}")
    by_step: dict[str, list[float]] = defaultdict(list)
    for milliseconds, step, _name in day.took:
        by_step[step].append(milliseconds)
    for step, each in by_step.items():
        print(f"{max(each):8.0f} ms at most, {statistics.median(each):5.0f} in the middle of {len(each):4}: {step}")
    print(f"{len(day.took)} requests, {len(slow)} over {over:g} ms")
