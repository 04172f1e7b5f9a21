// Parts of a page that load themselves again: every so many seconds while the tab is looked at, and on events.
import { $$, debounce } from "./dom.js";
import { load } from "./htmx_setup.js";

const last = new WeakMap();
// Parts on their way, and whether something happened meanwhile, so that what is shown in the end is not older than that.
const underway = new Map();

async function refresh(part) {
  last.set(part, Date.now());
  if (part.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) return;
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
  if (again && now.isConnected && now.matches("[data-refresh-every], [data-refresh-on]")) refresh(now);
}

setInterval(() => {
  if (document.visibilityState !== "visible") return;
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
  const soon = debounce((type) => {
    for (const part of $$("[data-refresh-on]")) if (wants(part, name, type)) refresh(part);
  }, 200);
  document.addEventListener(`autocrm:${name}`, (event) => soon(event.detail.type ?? ""));
}
