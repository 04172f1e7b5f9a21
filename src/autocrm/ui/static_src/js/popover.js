// Popovers and menus: native `popover`, placed under their opener, arrows inside menus, content loaded on opening.
import { $, $$, isPhone, on } from "./dom.js";
import { load } from "./htmx_setup.js";

const GAP = 4;
const EDGE = 8;
const openers = new WeakMap();

on("click", "[popovertarget]", (_event, opener) => {
  const target = document.getElementById(opener.getAttribute("popovertarget"));
  if (target) openers.set(target, opener);
}, { capture: true });

/** Puts `box` under (or over, where there is no room) `anchor`, inside the window; on a phone only the choices of a field. */
export function place(box, anchor, align = "start") {
  if (!anchor || (isPhone() && !box.matches("[role=listbox]"))) return;
  const at = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = box;
  const rtl = document.documentElement.dir === "rtl";
  const atStart = (align === "start") !== rtl;
  const left = atStart ? at.left : at.right - width;
  const below = at.bottom + GAP;
  // What a keyboard on the screen leaves.
  const floor = visualViewport ? visualViewport.offsetTop + visualViewport.height : innerHeight;
  const top = below + height > floor - EDGE && at.top - GAP - height > EDGE ? at.top - GAP - height : below;
  box.style.left = `${Math.max(EDGE, Math.min(left, innerWidth - width - EDGE))}px`;
  box.style.top = `${Math.max(EDGE, Math.min(top, floor - height - EDGE))}px`;
}

function replace(box) {
  place(box, openers.get(box), box.dataset.align);
}

function loadContent(box) {
  if (!box.dataset.load) return;
  const here = $("[data-load-here]", box) ?? box;
  load(box.dataset.load, here).then((came) => came && replace(box));
}

document.addEventListener("toggle", (event) => {
  const box = event.target;
  if (!(box instanceof HTMLElement) || !box.matches("[popover]") || box.id === "toasts") return;
  const open = event.newState === "open";
  // Many may open the same one: it belongs to whoever did.
  const own = openers.get(box);
  for (const opener of $$(`[popovertarget="${CSS.escape(box.id)}"]`)) opener.setAttribute("aria-expanded", String(open && (!own?.isConnected || own === opener)));
  if (!open) return;
  // Whoever was faster than this event has a place in the menu already.
  const isInside = box.contains(document.activeElement);
  replace(box);
  loadContent(box);
  if (isInside) return;
  if (box.matches(".menu")) items(box)[0]?.focus({ preventScroll: true });
  else $("[autofocus]", box)?.focus({ preventScroll: true });
}, true);

addEventListener("resize", () => {
  for (const box of $$("[popover].pop:popover-open")) replace(box);
});
document.addEventListener("autocrm:resized", (event) => {
  const box = event.detail.box?.closest("[popover]");
  if (box) replace(box);
});

// Menus -----------------------------------------------------------------------------------------------------------
const items = (menu) => $$("[role^=menuitem]", menu).filter((item) => !item.disabled && item.offsetParent !== null);

function next(menu, event) {
  const all = items(menu);
  const at = all.indexOf(document.activeElement);
  const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 };
  if (event.key in moves) return all[(moves[event.key] + all.length) % all.length];
  if (event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return null;
  const letter = event.key.toLowerCase();
  return [...all.slice(at + 1), ...all.slice(0, at + 1)].find((item) => item.textContent.trim().toLowerCase().startsWith(letter));
}

function walk(event, menu) {
  const found = next(menu, event);
  if (!found) return;
  event.preventDefault();
  event.stopPropagation();
  found.focus();
}

on("keydown", ".menu[popover]", (event, menu) => {
  if (event.key === "Tab") menu.hidePopover();
  walk(event, menu);
});
// A key pressed on the opener right after it opened the menu is meant for the menu.
on("keydown", "[popovertarget]", (event, opener) => {
  const menu = document.getElementById(opener.getAttribute("popovertarget"));
  if (menu?.matches(".menu:popover-open") && event.key.length > 1) walk(event, menu);
});

on("click", ".menu[popover] [role^=menuitem]", (_event, item) => {
  if (item.matches("[data-keep-open], [role=menuitemcheckbox]")) return;
  item.closest("[popover]").hidePopover();
});
on("click", "[data-pop-close]", (_event, button) => button.closest("[popover]")?.hidePopover());
