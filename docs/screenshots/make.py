"""Takes the pictures of the README from a running demo: `.venv/bin/python docs/screenshots/make.py DATA_DIRECTORY`.

The demo is the one that `./autocrm up --data-dir DATA_DIRECTORY` made on its first start; Chromium is the system's own.
"""

import base64
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from autocrm.config.cli.machine_parts import MACHINE_PARTS

HERE = Path(__file__).resolve().parent
# Without hinting letters stand where they would on a fine screen.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--font-render-hinting=none"]
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 780}
MOST_BYTES = 150 * 1000
QUALITIES = (88, 80, 70, 60, 50, 40)


@dataclass(frozen=True)
class Picture:
    """One file: the page, and what is on it before the picture is taken."""

    name: str
    path: str
    scheme: str
    size: dict[str, int]
    prepare: Callable[[Page], None]


def settle(page: Page) -> None:
    """Everything that loads by itself is there, and nothing has the focus."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.activeElement?.blur()")


def open_busiest(page: Page) -> None:
    """The record page of the contact with the highest score."""
    page.locator("tr[data-row]").first.wait_for()
    address = page.locator("tr[data-row]").first.get_attribute("data-url")
    page.goto(str(address))
    expect(page.locator("#timeline")).to_be_visible()
    settle(page)


def peek_third(page: Page) -> None:
    page.locator("tr[data-row] a[data-peek-link]").nth(2).click()
    expect(page.locator("#peek").get_by_role("heading").first).to_be_visible()
    settle(page)


PICTURES = (
    Picture("list-light", "/contacts/?sort=-engagement_score", "light", DESK, peek_third),
    Picture("record-light", "/contacts/?sort=-engagement_score", "light", DESK, open_busiest),
    Picture("dashboard-dark", "/dashboard/", "dark", DESK, settle),
    Picture("phone-light", "/contacts/?sort=-engagement_score", "light", PHONE, settle),
)


def take(browser: Browser, picture: Picture, address: str, state: str) -> None:
    """Write one file, in the best quality that is small enough."""
    context = browser.new_context(
        base_url=address,
        storage_state=state,
        viewport={"width": picture.size["width"], "height": picture.size["height"]},
        color_scheme="dark" if picture.scheme == "dark" else "light",
        device_scale_factor=2 if picture.size is PHONE else 1.5,
        has_touch=picture.size is PHONE,
        is_mobile=picture.size is PHONE,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(picture.path)
    picture.prepare(page)
    session = context.new_cdp_session(page)
    for quality in QUALITIES:
        answer = session.send("Page.captureScreenshot", {"format": "webp", "quality": quality})
        content = base64.b64decode(answer["data"])
        if len(content) <= MOST_BYTES:
            break
    (HERE / f"{picture.name}.webp").write_bytes(content)
    sys.stdout.write(f"{picture.name}.webp {len(content) // 1000} kB, quality {quality}\n")
    context.close()


def sign_in(browser: Browser, person: dict[str, str], state: str) -> None:
    """Sign in as somebody of the demo and keep the session in the file `state`."""
    context = browser.new_context(base_url=person["url"])
    page = context.new_page()
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill(person["email"])
    page.get_by_label("Password").fill(person["password"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    context.storage_state(path=state)
    context.close()


def main(data: Path) -> int:
    """Take all pictures."""
    person = json.loads((data / "demo.json").read_text())["people"][0]
    state = str(data / "screenshots-session.json")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=next(part.find() for part in MACHINE_PARTS if part.marker == "e2e"), args=FLAGS
        )
        sign_in(browser, person, state)
        for picture in PICTURES:
            take(browser, picture, person["url"], state)
        browser.close()
    Path(state).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute()))
