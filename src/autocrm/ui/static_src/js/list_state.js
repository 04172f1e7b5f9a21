// A list's state lives in the URL: search, filter, sort, columns. Changing it loads the list region again, and is a step
// that the browser's Back takes back.
import { $, $$, debounce, fire, formatNumber, on, say, word } from "./dom.js";
import { load } from "./htmx_setup.js";

/** The list region of the page, or null. */
export const list = () => $("[data-list]");

/** What stands in the address. */
export const urlParams = () => new URLSearchParams(location.search);

/** What the open saved view brings along. */
const savedParams = () => new URLSearchParams(list()?.dataset.saved ?? "");

/** What the list shows: the saved view's parameters with those of the address on top; there an empty one takes away. */
export function params() {
  const own = urlParams();
  const all = savedParams();
  for (const name of new Set(own.keys())) {
    all.delete(name);
    for (const value of own.getAll(name)) if (value) all.append(name, value);
  }
  return all;
}

function addressOf(now) {
  const query = now.toString();
  return `${location.pathname}${query ? `?${query}` : ""}${location.hash}`;
}

// The query that the page shows, and the run of changes that the last step belongs to.
let shown = location.search;
let run = "";

/** Replaces the query of the address: no step of its own. */
export function writeUrl(now) {
  history.replaceState(history.state, "", addressOf(now));
  shown = location.search;
}

/** Makes the change a step; those of one run, as the letters of a word, are one step together. */
function stepUrl(now, ofRun) {
  if (now.toString() === urlParams().toString()) return;
  if (ofRun && ofRun === run) {
    writeUrl(now);
    return;
  }
  run = ofRun;
  fire("autocrm:url-leave", { search: shown });
  history.pushState(null, "", addressOf(now));
  shown = location.search;
}

/**
 * Writes parameters into the URL (null or "" drops one) and loads the list, unless `quiet`. Back takes it back, together
 * with what else was changed in the same `run`; what is quiet is no step.
 */
export function setParams(changes, { quiet = false, run: ofRun = "" } = {}) {
  const now = urlParams();
  const saved = savedParams();
  for (const [name, value] of Object.entries(changes)) {
    if ((value ?? "") === (saved.get(name) ?? "")) now.delete(name);
    else now.set(name, value ?? "");
  }
  now.delete("cursor");
  if (quiet) writeUrl(now);
  else stepUrl(now, ofRun);
  fire("autocrm:url-state", { changes });
  if (!quiet) reloadList();
}

let loads = 0;
// Whether what is on its way was asked for by nobody.
let isQuiet = false;

/**
 * GETs the current URL for the list region alone; where there is none the page is loaded. `quiet` is for what nobody
 * asked for: the list stays as readable as it was until the new one is there.
 */
export function reloadList({ quiet = false } = {}) {
  const region = list();
  if (!region) {
    location.reload();
    return;
  }
  if (!quiet) region.setAttribute("aria-busy", "true");
  const scroller = $(".dtw", region);
  const left = scroller?.scrollLeft ?? 0;
  const mine = ++loads;
  isQuiet = quiet;
  load(location.pathname + location.search, region, "outerHTML").then((came) => {
    // One that failed was told by a toast; what stands there is used on. One that was overtaken leaves it to the next.
    if (!came && mine === loads) region.removeAttribute("aria-busy");
    if (!came) return;
    const fresh = list();
    const table = fresh && $(".dtw", fresh);
    if (table) table.scrollLeft = left;
    fresh?.removeAttribute("aria-busy");
    announce(fresh);
    fire("autocrm:list-loaded");
  });
}

function announce(region) {
  const total = region?.dataset.total;
  if (total === undefined) return;
  for (const count of $$("[data-list-count]")) count.textContent = formatNumber(Number(total));
  say(word("updated", { count: formatNumber(Number(total)) }));
}

document.addEventListener("autocrm:list-reload", () => reloadList());
// A list that is counted after it was shown.
document.addEventListener("autocrm:list-total", (event) => {
  const region = list();
  if (!region) return;
  region.dataset.total = event.detail.total;
  region.toggleAttribute("data-about", event.detail.exact === false);
});
// What somebody types in a cell or carries about is not swept away: the list waits until it is done.
let isOverdue = false;
const isInHand = () => document.documentElement.hasAttribute("data-carrying") || Boolean(list() && $(".ed-form, [data-edit-url][aria-busy=true]", list()));
const reloadSoon = debounce(() => {
  isOverdue = isInHand();
  if (!isOverdue) reloadList({ quiet: true });
}, 150);
// Nor when the editor was opened while the list was on its way.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!isQuiet || event.detail.target !== list() || event.detail.requestConfig?.elt !== list() || !isInHand()) return;
  event.detail.shouldSwap = false;
  isOverdue = true;
});
document.addEventListener("autocrm:edit-closed", () => isOverdue && reloadSoon());
document.addEventListener("autocrm:changed", (event) => {
  const region = list();
  if (!region) return;
  const asked = event.detail.type ?? event.detail.record_type ?? "";
  if (!asked || !region.dataset.type || asked === region.dataset.type) reloadSoon();
});

// Inputs that stand for a URL parameter ---------------------------------------------------------------------------
const valueOf = (input) => (input.type === "checkbox" ? (input.checked ? input.value : "") : input.value.trim());
const writeSoon = debounce((input) => setParams({ [input.dataset.param]: valueOf(input) }, { run: input.dataset.param }), 250);
// Who comes to a field, or opens what is built there, begins a new run.
on("focusin", "input[data-param]", endRun);
document.addEventListener("toggle", ({ target, newState }) => newState === "open" && !target.matches("[role=listbox]") && endRun(), { capture: true });
on("input", "input[data-param]:not([type=checkbox]):not([type=radio])", (_event, input) => writeSoon(input));
on("change", "select[data-param], input[type=checkbox][data-param], input[type=radio][data-param]", (_event, input) => {
  setParams({ [input.dataset.param]: valueOf(input) });
});
// Inputs follow the URL when something else changed it.
document.addEventListener("autocrm:url-state", ({ detail: { isBack } }) => {
  for (const input of $$("input[data-param]:not([type=checkbox]):not([type=radio])")) {
    if (isBack || input !== document.activeElement) input.value = params().get(input.dataset.param) ?? "";
  }
});
on("click", "button[data-param]", (_event, button) => {
  const name = button.dataset.param;
  const off = params().get(name) === button.value && button.hasAttribute("data-param-toggle");
  setParams({ [name]: off ? null : button.value });
});
on("click", "[data-param-remove]", (_event, button) => {
  setParams(Object.fromEntries(button.dataset.paramRemove.split(",").map((name) => [name, null])));
});
on("click", "[data-param-reset]", () => {
  const kept = list()?.dataset.saved === undefined || !list().dataset.saved ? ["view", "layout", "density"] : ["view"];
  const now = urlParams();
  for (const name of [...now.keys()]) if (!kept.includes(name)) now.delete(name);
  stepUrl(now, "");
  fire("autocrm:url-state", { changes: {} });
  reloadList();
});

// Back and forward -------------------------------------------------------------------------------------------------
function endRun() {
  run = "";
}

/** The parameters in which two queries differ. */
function differing(one, other) {
  const [before, after] = [new URLSearchParams(one), new URLSearchParams(other)];
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => String(before.getAll(name)) !== String(after.getAll(name)));
}

addEventListener("popstate", () => {
  const names = differing(shown, location.search);
  // A place within the page is no state of the list.
  if (!names.length) return;
  // What was typed a moment ago would come on top of where somebody went back to.
  writeSoon.cancel();
  endRun();
  fire("autocrm:url-leave", { search: shown });
  shown = location.search;
  if (names.includes("view")) {
    location.reload();
    return;
  }
  fire("autocrm:url-state", { changes: Object.fromEntries(names.map((name) => [name, urlParams().get(name)])), isBack: true });
  if (names.some((name) => name !== "peek")) reloadList();
});

// Sorting ---------------------------------------------------------------------------------------------------------
/** The `sort` value after a click on `field`: ascending, descending, off; `more` keeps the other levels. */
export function nextSort(current, field, more) {
  const levels = current ? current.split(",") : [];
  const at = levels.findIndex((level) => level.replace(/^-/, "") === field);
  const mine = at < 0 ? field : levels[at].startsWith("-") ? null : `-${field}`;
  if (!more) return mine ?? "";
  if (at < 0) return [...levels, field].join(",");
  return levels.map((level, index) => (index === at ? mine : level)).filter(Boolean).join(",");
}

on("click", "th[data-sort] .th-b", (event, button) => {
  const header = button.closest("th");
  const table = header.closest("[data-sort-now]");
  const current = params().get("sort") ?? table?.dataset.sortNow ?? "";
  setParams({ sort: nextSort(current, header.dataset.sort, event.shiftKey) || null });
});

// Number of conditions, wherever it is shown ----------------------------------------------------------------------
document.addEventListener("autocrm:filter", (event) => {
  for (const badge of $$("[data-filter-count]")) {
    badge.textContent = event.detail.count ? ` · ${event.detail.count}` : "";
    badge.closest(".btn")?.classList.toggle("on", event.detail.count > 0);
  }
});

