"""Takes the README's pictures from a running demo: `make.py ADDRESS EMAIL PASSWORD`, with Chromium on the PATH."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).parent
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def signed_in(browser: Browser, address: str, email: str, password: str, scheme: str) -> Page:
    """A page of somebody who is signed in, in the light or the dark theme."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme=scheme).new_page()
    page.goto(f"{address}/accounts/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_url("**/dashboard/")
    return page


def main(address: str, email: str, password: str) -> None:
    """Take the list, a record and the dashboard."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = signed_in(browser, address, email, password, "light")
        page.goto(f"{address}/contacts/?sort=-engagement_score")
        page.locator("tbody tr a").nth(2).click()
        page.locator("text=Open page").wait_for()
        page.wait_for_load_state("networkidle")
        page.screenshot(path=FOLDER / "list.png")
        page.click("text=Open page")
        page.locator("text=Timeline").wait_for()
        page.wait_for_load_state("networkidle")
        page.screenshot(path=FOLDER / "record.png")
        page = signed_in(browser, address, email, password, "dark")
        page.wait_for_load_state("networkidle")
        page.screenshot(path=FOLDER / "dashboard-dark.png")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:4])
