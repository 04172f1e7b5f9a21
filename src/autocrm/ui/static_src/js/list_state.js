// A list's state lives in the URL: search, filter, sort, columns. Changing it loads the list region again.
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

/** Replaces the query of the address. */
export function writeUrl(now) {
  const query = now.toString();
  history.replaceState(history.state, "", `${location.pathname}${query ? `?${query}` : ""}${location.hash}`);
}

/** Writes parameters into the URL (null or "" drops one) and loads the list, unless `quiet`. */
export function setParams(changes, { quiet = false } = {}) {
  const now = urlParams();
  const saved = savedParams();
  for (const [name, value] of Object.entries(changes)) {
    if ((value ?? "") === (saved.get(name) ?? "")) now.delete(name);
    else now.set(name, value ?? "");
  }
  now.delete("cursor");
  writeUrl(now);
  fire("autocrm:url-state", { changes });
  if (!quiet) reloadList();
}

/** GETs the current URL for the list region alone; where there is none the page is loaded. */
export function reloadList() {
  const region = list();
  if (!region) {
    location.reload();
    return;
  }
  region.setAttribute("aria-busy", "true");
  const scroller = $(".dtw", region);
  const left = scroller?.scrollLeft ?? 0;
  load(location.pathname + location.search, region, "outerHTML").then((came) => {
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

document.addEventListener("autocrm:list-reload", reloadList);
// A list that is counted after it was shown.
document.addEventListener("autocrm:list-total", (event) => {
  if (list()) list().dataset.total = event.detail.total;
});
// What somebody types in a cell or carries about is not swept away: the list waits until it is done.
let isOverdue = false;
const reloadSoon = debounce(() => {
  isOverdue = document.documentElement.hasAttribute("data-carrying") || Boolean(list() && $(".ed-form", list()));
  if (!isOverdue) reloadList();
}, 150);
document.addEventListener("autocrm:edit-closed", () => isOverdue && reloadSoon());
document.addEventListener("autocrm:changed", (event) => {
  const region = list();
  if (!region) return;
  const asked = event.detail.type ?? event.detail.record_type ?? "";
  if (!asked || !region.dataset.type || asked === region.dataset.type) reloadSoon();
});

// Inputs that stand for a URL parameter ---------------------------------------------------------------------------
const valueOf = (input) => (input.type === "checkbox" ? (input.checked ? input.value : "") : input.value.trim());
const writeSoon = debounce((input) => setParams({ [input.dataset.param]: valueOf(input) }), 250);
on("input", "input[data-param]:not([type=checkbox]):not([type=radio])", (_event, input) => writeSoon(input));
on("change", "select[data-param], input[type=checkbox][data-param], input[type=radio][data-param]", (_event, input) => {
  setParams({ [input.dataset.param]: valueOf(input) });
});
// Inputs follow the URL when something else changed it.
document.addEventListener("autocrm:url-state", () => {
  for (const input of $$("input[data-param]:not([type=checkbox]):not([type=radio])")) {
    if (input !== document.activeElement) input.value = params().get(input.dataset.param) ?? "";
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
  writeUrl(now);
  fire("autocrm:url-state", { changes: {} });
  reloadList();
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

