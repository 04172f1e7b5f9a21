"""A person at a browser: windows that notice what goes wrong in them.

Errors on the console, uncaught exceptions, refusals of the content security policy and answers of 5xx are faults, and
a journey with a fault fails. Answers of 4xx are none, except to parts of a page: journeys ask for what is refused.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, ViewportSize, expect

from autocrm.config.cli.machine_parts import MACHINE_PARTS
from tests.support.cast import Person

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
MILLISECONDS = 15_000
PHONE: ViewportSize = {"width": 390, "height": 844}
TABLET: ViewportSize = {"width": 1024, "height": 1100}
DESK: ViewportSize = {"width": 1440, "height": 900}
# What was asked for on purpose: a refusal, and a request that a newer one for the same place has overtaken.
_MEANT = re.compile(r"the server responded with a status of 4\d\d|^htmx:(afterRequest|sendAbort),")

expect.set_options(timeout=MILLISECONDS)


def find_chromium() -> str:
    """The system's Chromium, or an empty text."""
    return next(part.find() for part in MACHINE_PARTS if part.marker == "e2e")


@dataclass
class Watch:
    """What went wrong in the windows of one test."""

    faults: list[str] = field(default_factory=list)
    _expected: list[re.Pattern[str]] = field(default_factory=list)

    def expect(self, pattern: str) -> None:
        """A fault that the journey causes on purpose."""
        self._expected.append(re.compile(pattern))

    def attend(self, context: BrowserContext) -> None:
        context.on("console", self._note_console)
        context.on("weberror", lambda error: self.note(f"uncaught: {error.error}"))
        context.on("response", self._note_response)

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not _MEANT.search(message.text):
            self.note(f"console: {message.text} ({message.page.url if message.page else ''})")

    def _note_response(self, response: Response) -> None:
        is_missing_part = response.status >= 400 and "/static/" in response.url
        if response.status >= 500 or is_missing_part:
            self.note(f"{response.status}: {response.request.method} {response.url}")

    def note(self, text: str) -> None:
        if not any(pattern.search(text) for pattern in self._expected):
            self.faults.append(text)


@dataclass
class Browsing:
    """Opens windows on the product; one context, that is one set of cookies, a window."""

    browser: Browser
    port: int
    watch: Watch
    contexts: list[BrowserContext] = field(default_factory=list)

    def window(
        self, host: str, *, scheme: str = "light", size: ViewportSize | None = None, touch: bool = False
    ) -> Page:
        """A window of somebody who is not signed in; phones are touched, others when that is said."""
        size = size or DESK
        is_phone = touch or size["width"] < 600
        context = self.browser.new_context(
            base_url=f"http://{host}:{self.port}",
            viewport=size,
            color_scheme=scheme,  # type: ignore[arg-type]
            has_touch=is_phone,
            is_mobile=is_phone,
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="UTC",
        )
        context.set_default_timeout(MILLISECONDS)
        self.watch.attend(context)
        self.contexts.append(context)
        return context.new_page()

    def enter(
        self, person: Person, *, scheme: str = "light", size: ViewportSize | None = None, touch: bool = False
    ) -> Page:
        """A window of somebody who is signed in on the own workspace."""
        page = self.window(person.host, scheme=scheme, size=size, touch=touch)
        session = person.page.cookies[settings.SESSION_COOKIE_NAME].value
        address = f"http://{person.host}:{self.port}"
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address}])
        return page

    def picture(self, folder: Path) -> list[Path]:
        """What the windows show now, for whoever looks into a failure."""
        made = []
        for number, page in enumerate(page for context in self.contexts for page in context.pages):
            made.append(folder / f"window-{number}.png")
            page.screenshot(path=made[-1])
        return made

    def close(self) -> None:
        for context in self.contexts:
            context.close()


Enter = Callable[..., Page]
