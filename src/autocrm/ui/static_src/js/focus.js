// The focus stays where it was when what had it is drawn anew.
import { $, $$ } from "./dom.js";

const FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";
const seen = (root) => $$(FOCUSABLE, root).filter((node) => node.offsetParent !== null && !node.disabled);

/** Remembers what has the focus in a part, by what it is called or else its place; the answer gives the focus back to it. */
export function focusIn(part) {
  const held = document.activeElement;
  if (!part.contains(held) || held === part) return () => {};
  const called = (node) => [node.tagName, node.id, node.name ?? "", node.getAttribute("href") ?? "", node.getAttribute("aria-label") ?? node.textContent.trim()].join("|");
  const alike = (root) => $$(FOCUSABLE, root).filter((node) => called(node) === called(held));
  const at = alike(part).indexOf(held);
  const place = seen(part).indexOf(held);
  return (now) => {
    if (held.isConnected || (document.activeElement !== document.body && document.activeElement !== null)) return;
    const all = seen(now);
    // Where nothing is left: to what stands around it.
    const around = now.closest("[role=toolbar]") ?? $("#main");
    (alike(now)[at] ?? alike(now)[0] ?? all[Math.min(place, all.length - 1)] ?? (around && seen(around)[0]))?.focus({ preventScroll: true });
  };
}

// Parts that come along with an answer: chips of a list, its menus, counts.
const kept = new Map();
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target } = event.detail;
  if (target?.id && target.contains(document.activeElement)) kept.set(target.id, focusIn(target));
});
document.addEventListener("htmx:oobAfterSwap", () => {
  for (const [id, giveBack] of kept) {
    const now = document.getElementById(id);
    if (now) giveBack(now);
  }
  kept.clear();
});

// What is chosen in a popover may draw anew what both stand in: the button that opens it has the focus then.
const choosing = new Map();
document.addEventListener("htmx:beforeRequest", ({ detail: { elt, target } }) => {
  const box = elt.closest?.("[popover]");
  if (box && target?.id && target !== box && target.contains(box)) choosing.set(target.id, box.id);
});
document.addEventListener("htmx:afterSettle", ({ detail: { target } }) => {
  const box = choosing.get(target?.id);
  choosing.delete(target?.id);
  if (box && document.activeElement === document.body) $(`[popovertarget="${CSS.escape(box)}"]`)?.focus({ preventScroll: true });
});

// A button that is drawn anew by its own answer keeps the focus.
let isOwn = false;
document.addEventListener("htmx:beforeSwap", ({ detail: { target, shouldSwap } }) => {
  isOwn = shouldSwap && target === document.activeElement && target.matches("button, a");
});
document.addEventListener("htmx:afterSettle", ({ detail: { elt } }) => {
  if (isOwn && document.activeElement === document.body && elt?.matches("button, a")) elt.focus({ preventScroll: true });
  isOwn = false;
});

// What is taken away with the button that was pressed in it: the same button of what stands next to it goes on.
document.addEventListener("htmx:beforeSwap", ({ detail: { target, shouldSwap, serverResponse } }) => {
  const held = document.activeElement;
  if (!shouldSwap || serverResponse?.trim() !== "" || !target.contains(held)) return;
  const beside = target.nextElementSibling ?? target.previousElementSibling ?? $("#main");
  const alike = `[hx-post="${CSS.escape(held.getAttribute("hx-post") ?? "")}"]`;
  setTimeout(() => {
    if (target.isConnected || document.activeElement !== document.body || !beside) return;
    ($(alike, beside) ?? seen(beside)[0] ?? seen($("#main"))[0])?.focus({ preventScroll: true });
  });
});
