// Parts of a page that load themselves again: every so many seconds while the tab is looked at, and on events.
import { $, $$, debounce } from "./dom.js";
import { focusIn } from "./focus.js";
import { load } from "./htmx_setup.js";

const last = new WeakMap();
// Parts on their way, and whether something happened meanwhile, so that what is shown in the end is not older than that.
const underway = new Map();
// How the parts on their way give the focus back: asked when the answer comes, since it may have come to them meanwhile.
const focused = new Map();
// Parts that somebody had in hand when they should have loaded: they do when she is through.
const waiting = new Set();

const WRITING = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable=true]";
// What a mouse or finger is pressed on: gone before it is let go, it would not be clicked.
let pressed = null;

// An answer that finds its button gone is shown nowhere.
const AWAITING = "button[aria-busy=true], form[aria-busy=true]";

const isInHand = (part) =>
  Boolean($(`.ed-form, :popover-open, ${AWAITING}`, part)) || part.contains(pressed) || (part.contains(document.activeElement) && document.activeElement.matches(WRITING));

async function refresh(part) {
  last.set(part, Date.now());
  if (isInHand(part)) {
    waiting.add(part);
    return;
  }
  waiting.delete(part);
  const name = part.id || part;
  if (underway.has(name)) {
    underway.set(name, true);
    return;
  }
  underway.set(name, false);
  await load(part.dataset.refreshUrl || location.pathname + location.search, part, part.dataset.refreshSwap || "outerHTML");
  const again = underway.get(name);
  underway.delete(name);
  const now = document.getElementById(part.id) ?? part;
  if (now.isConnected) focused.get(name)?.(now);
  focused.delete(name);
  if (again && now.isConnected && now.matches("[data-refresh-every], [data-refresh-on]")) refresh(now);
}

// Who begins to write while the answer is on its way is not interrupted either.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target } = event.detail;
  const name = target.id || target;
  if (!underway.has(name) || event.detail.requestConfig?.elt !== target) return;
  focused.set(name, focusIn(target));
  if (!isInHand(target)) return;
  event.detail.shouldSwap = false;
  waiting.add(target);
});

function catchUp() {
  for (const part of [...waiting]) {
    if (!part.isConnected) waiting.delete(part);
    else if (!isInHand(part)) refresh(part);
  }
}

// A moment later: the focus is nowhere while it goes from one field to the next, and a click follows what it was pressed on.
const soon = () => { if (waiting.size) setTimeout(catchUp); };
document.addEventListener("autocrm:edit-closed", soon);
document.addEventListener("focusout", soon);
document.addEventListener("toggle", soon, true);
document.addEventListener("htmx:afterRequest", soon);
document.addEventListener("pointerdown", (event) => { pressed = event.target; }, { capture: true });
for (const name of ["pointerup", "pointercancel"]) {
  document.addEventListener(name, () => { setTimeout(() => { pressed = null; catchUp(); }); }, { capture: true });
}

setInterval(() => {
  if (document.visibilityState !== "visible") return;
  // A field that went away with the focus in it says nothing of that.
  catchUp();
  for (const part of $$("[data-refresh-every]")) {
    if (!last.has(part)) last.set(part, Date.now());
    else if (Date.now() - last.get(part) >= Number(part.dataset.refreshEvery) * 1000) refresh(part);
  }
}, 1000);

/** `changed:opportunity` listens to one record type, `changed` to all. */
function wants(part, name, type) {
  return part.dataset.refreshOn.split(/\s+/).some((wish) => wish === name || wish === `${name}:${type}`);
}

for (const name of ["changed", "job", "notification", "unread"]) {
  const hear = debounce((type) => {
    for (const part of $$("[data-refresh-on]")) if (wants(part, name, type)) refresh(part);
  }, 200);
  document.addEventListener(`autocrm:${name}`, (event) => hear(event.detail.type ?? ""));
}
