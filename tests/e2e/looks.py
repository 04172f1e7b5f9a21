"""What is looked for at a place while it stands open: each look gives what it found wrong, in words.

A walk over all places costs half a minute and a look some milliseconds, so one walk looks for many things.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from tests.support.foreign import is_untranslated

Look = Callable[[Page], list[str]]

_AXE = Axe()
# A theme changes colours and nothing else, so in the second one only what colours decide is looked at again.
_RULES: dict[str, dict[str, Any]] = {
    "light": {"resultTypes": ["violations"]},
    "dark": {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": ["color-contrast"]}},
}
# What stands right of a frame that neither cuts it off nor can be scrolled, and what is wider than the page.
_STICKS_OUT = """() => {
  const found = [];
  const hides = (style) => /auto|scroll|hidden|clip/.test(style.overflowX);
  for (const node of document.querySelectorAll("main *, .topbar *, .rail *, dialog[open] *")) {
    const box = node.getBoundingClientRect(), style = getComputedStyle(node);
    if (box.width < 2 || box.height < 2 || node.offsetParent === null || node.closest("svg")) continue;
    if (style.position !== "static") continue;
    const frame = node.parentElement, around = getComputedStyle(frame);
    const isFrame = parseFloat(around.borderRightWidth) > 0 || frame.matches("form, td, th, label, button, li, a");
    const over = box.right - frame.getBoundingClientRect().right;
    if (!isFrame || hides(around) || over <= 1.5) continue;
    found.push(`${frame.className || frame.tagName}: ${node.innerText.slice(0, 40)} (${Math.round(over)})`);
  }
  // Only what is made for it is scrolled sideways: a page and a drawer are not.
  for (const node of document.querySelectorAll("main, main .scroll, .drawer-in")) {
    const over = node.scrollWidth - node.clientWidth;
    if (over > 1) found.push(`${node.className} (${over})`);
  }
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  return wide > 1 ? [...found, `the page (${wide})`] : found;
}"""
# Texts as they are on the screen, those a module wrote too; what is data by its markup is left out.
_VISIBLE = """() => {
  const silent = "script, style, template, kbd, code, pre, textarea, [translate=no]";
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.data.replace(/\\s+/g, " ").trim();
    if (text && !node.parentElement.closest(silent) && node.parentElement.checkVisibility()) found.push(text);
  }
  return found;
}"""
_WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Words that no German sentence holds, and some that stand on buttons.
_ENGLISH = re.compile(r"\b(the|and|of|you|your|with|this|that|are|has|not|Save|Cancel|Delete|Edit|Add|Show|Search)\b")


def english(page: Page) -> list[str]:
    """Texts that hold words of English."""
    return [text for text in page.evaluate(_VISIBLE) if _ENGLISH.search(text)]


def untranslated(page: Page) -> list[str]:
    """Texts that are in no made-up language."""
    return [text for text in page.evaluate(_VISIBLE) if is_untranslated(text)]


def sticking_out(page: Page) -> list[str]:
    """What stands outside of its frame."""
    return [str(each) for each in page.evaluate(_STICKS_OUT)]


def overflow(page: Page) -> list[str]:
    """By how much the page is wider than its window."""
    wider = int(page.evaluate(_WIDER))
    return [f"{wider} px wider than the window"] if wider > 0 else []


def barriers(scheme: str) -> Look:
    """What axe finds serious or critical in a theme, with the first element of each."""

    def look(page: Page) -> list[str]:
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        # What is busy is dimmed for a moment.
        expect(page.locator("[aria-busy=true]:visible")).to_have_count(0)
        found = _AXE.run(page, options=_RULES[scheme]).response["violations"]
        page.emulate_media(color_scheme="light")
        return [
            f"{each['id']}: {each['help']}: {each['nodes'][0]['html'][:200]}"
            for each in found
            if each["impact"] in {"serious", "critical"}
        ]

    return look


def at_size(size: ViewportSize, inner: Look) -> Look:
    """A look at the same place in a window of another size, which gets its own back."""

    def look(page: Page) -> list[str]:
        former = page.viewport_size
        assert former is not None
        _resize(page, size)
        found = inner(page)
        _resize(page, former)
        return found

    return look


def _resize(page: Page, size: ViewportSize) -> None:
    page.set_viewport_size(size)
    # Modules hear of it before the next frame is drawn.
    page.evaluate("() => new Promise(requestAnimationFrame)")


def look_at(page: Page, looks: Mapping[str, Look]) -> list[str]:
    """All that is found, each with the name of its look."""
    return [f"{name}: {said}" for name, look in looks.items() for said in look(page)]
