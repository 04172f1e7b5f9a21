// Rows of a list: the cursor (j, k), selection (x, Shift-click, all, all matching), the bulk bar, opening a row.
import { $, $$, fire, formatNumber, isCovered, isTyping, on, word } from "./dom.js";
import { list, params, urlParams } from "./list_state.js";

const chosen = new Set();
let allMatching = false;
let allOf = "";
let anchor = null;
let cursorId = "";

export const rows = () => $$("[data-list] [data-row]").filter((row) => !row.closest("tbody[hidden]"));
export const cursor = () => $("[data-list] [data-row].cur");

/** Moves the cursor to `row`, in sight, and gives it the focus for screen readers. */
export function setCursor(row, { focus = true } = {}) {
  for (const other of $$("[data-list] [data-row].cur")) {
    other.classList.remove("cur");
    other.removeAttribute("aria-current");
  }
  if (!row) return;
  row.classList.add("cur");
  row.setAttribute("aria-current", "true");
  cursorId = row.dataset.id;
  row.tabIndex = -1;
  if (focus) {
    row.focus({ preventScroll: true });
    if (row.closest("[data-table]")) fire("autocrm:cursor", { row });
  }
  row.scrollIntoView({ block: "nearest" });
}

/** Where somebody who has no cursor looks at. */
function firstInSight(all) {
  const top = $("[data-list] .dtw")?.getBoundingClientRect().top ?? 0;
  return all.find((row) => row.getBoundingClientRect().bottom > top + 40) ?? all[0];
}

/** The row `by` steps from the cursor; the first in sight when there is no cursor. */
export function neighbour(by) {
  const all = rows();
  const at = all.indexOf(cursor());
  return at < 0 ? firstInSight(all) : all[at + by];
}

// Selection -------------------------------------------------------------------------------------------------------
/** What is selected, as the server wants it. */
export function selection() {
  return allMatching ? { all_matching: "1", query: urlParams().toString() } : { ids: [...chosen].join(",") };
}

// What changes how a list looks, not which records it has.
const LOOKS = ["sort", "columns", "pins", "density", "group", "sums", "layout", "peek", "by", "cards", "shut", "cursor"];

/** Which records the list has, in words of its address. */
function matching() {
  const wanted = params();
  for (const name of LOOKS) wanted.delete(name);
  return wanted.toString();
}

function choose(row, yes) {
  if (!row?.dataset.id) return;
  if (yes) chosen.add(row.dataset.id);
  else chosen.delete(row.dataset.id);
}

function chooseRange(to) {
  const all = rows();
  const [from, until] = [all.indexOf(anchor), all.indexOf(to)].sort((a, b) => a - b);
  if (from < 0) return choose(to, true);
  for (const row of all.slice(from, until + 1)) choose(row, true);
}

export function clearSelection() {
  chosen.clear();
  allMatching = false;
  show();
}

function showRows(all) {
  for (const row of all) {
    const yes = allMatching || chosen.has(row.dataset.id);
    row.classList.toggle("sel", yes);
    row.setAttribute("aria-selected", String(yes));
    const box = $("[data-select]", row);
    if (box) box.checked = yes;
  }
}

function showHead(all) {
  const box = $("[data-list] [data-select-all]");
  if (!box) return;
  const some = allMatching || chosen.size > 0;
  box.checked = all.length > 0 && (allMatching || all.every((row) => chosen.has(row.dataset.id)));
  box.indeterminate = some && !box.checked;
  box.classList.toggle("mixed", box.indeterminate);
}

function showBar(all) {
  const bar = $("[data-bulk]");
  if (!bar) return;
  const total = Number(list()?.dataset.total ?? all.length);
  const count = allMatching ? total : chosen.size;
  const wasHere = count === 0 && bar.contains(document.activeElement);
  bar.hidden = count === 0;
  if (wasHere && (cursor() ?? all[0])) setCursor(cursor() ?? all[0]);
  list()?.classList.toggle("has-bulk", count > 0);
  sayCount(document);
  const more = $("[data-bulk-all]", bar);
  if (!more) return;
  more.hidden = allMatching || total <= chosen.size;
  more.textContent = word("select_all", { count: figure(total) });
}

/** A count of all that match, which beyond a limit is only estimated. */
function figure(total) {
  const count = formatNumber(total);
  return list()?.hasAttribute("data-about") ? word("about", { count }) : count;
}

const howMany = () => (allMatching ? Number(list()?.dataset.total ?? 0) : chosen.size);

/** How many are selected, in the bar and in a drawer that was opened from it. */
function sayCount(root) {
  const count = howMany();
  for (const label of $$("[data-bulk-count]", root)) label.textContent = allMatching ? word("all_selected", { count: figure(count) }) : word("selected", { count: formatNumber(count) });
}
document.addEventListener("htmx:load", (event) => sayCount(event.detail.elt));

function show() {
  const all = rows();
  showRows(all);
  showHead(all);
  showBar(all);
  fire("autocrm:selection", { count: allMatching ? Number(list()?.dataset.total) : chosen.size, all: allMatching });
}

on("click", "[data-row] [data-select]", (event, box) => {
  event.stopPropagation();
  const row = box.closest("[data-row]");
  allMatching = false;
  if (event.shiftKey && anchor) chooseRange(row);
  else choose(row, box.checked);
  anchor = row;
  show();
});
on("click", "[data-select-all]", (_event, box) => {
  allMatching = false;
  for (const row of rows()) choose(row, box.checked);
  if (!box.checked) chosen.clear();
  show();
});
on("click", "[data-bulk-all]", () => { allMatching = true; allOf = matching(); show(); });
on("click", "[data-bulk-clear]", clearSelection);

// A list that is replaced takes the focus with it: it comes back to the row it was in, else to the first.
let hadFocus = false;
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target } = event.detail;
  if (target?.matches?.("[data-list]")) hadFocus = target.contains(document.activeElement);
});
function giveBackFocus() {
  if (hadFocus && document.activeElement === document.body) {
    const row = rows().find((each) => each.dataset.id === cursorId) ?? rows()[0];
    if (row) setCursor(row);
    else $("#main")?.focus();
  }
  hadFocus = false;
}

document.addEventListener("autocrm:list-loaded", () => {
  giveBackFocus();
  const here = new Set(rows().map((row) => row.dataset.id));
  for (const id of chosen) if (!here.has(id)) chosen.delete(id);
  // "All of these" never comes to mean all of others: whoever looks at other records chooses anew.
  if (allMatching && allOf !== matching()) clearSelection();
  else show();
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.closest?.("[data-list]") && (chosen.size || allMatching)) show();
});
document.addEventListener("autocrm:selection-clear", clearSelection);
document.addEventListener("autocrm:rows-gone", (event) => {
  for (const id of event.detail.ids) chosen.delete(id);
  show();
});
// Rows that came by scrolling, or came back: what is selected and where the cursor is shows on them too.
document.addEventListener("autocrm:rows", () => {
  if (chosen.size || allMatching) show();
  if (cursorId && !cursor()) {
    const row = rows().find((each) => each.dataset.id === cursorId);
    row?.classList.add("cur");
    row?.setAttribute("aria-current", "true");
  }
});

// What is asked of many is not asked of a few.
document.addEventListener("htmx:confirm", (event) => {
  const { elt, question, issueRequest } = event.detail;
  const from = Number(elt.closest("[data-bulk] [data-confirm-from]")?.dataset.confirmFrom ?? 0);
  if (!from || !question) return;
  if (howMany() >= from) {
    event.detail.question = question.replace("%(count)s", formatNumber(howMany()));
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  issueRequest(true);
}, true);

// Requests of the bulk bar, and of forms it opened, carry the selection.
document.addEventListener("htmx:configRequest", (event) => {
  const { elt, parameters } = event.detail;
  if (!elt.closest("[data-bulk], form[data-bulk-form]")) return;
  for (const [name, value] of Object.entries(selection())) parameters[name] = value;
});

// Keys ------------------------------------------------------------------------------------------------------------
export const openRow = (row, newTab = false) => {
  const url = row?.dataset.url;
  if (!url) return;
  if (newTab) open(url, "_blank", "noopener");
  else location.assign(url);
};

const keys = {
  j: () => setCursor(neighbour(1) ?? cursor()),
  k: () => setCursor(neighbour(-1) ?? cursor()),
  x: () => {
    const row = cursor();
    allMatching = false;
    choose(row, !chosen.has(row?.dataset.id));
    anchor = row;
    show();
  },
  Enter: () => openRow(cursor()),
  e: () => {
    const here = document.activeElement?.closest("[data-row] [data-edit-url]");
    (here ?? $("[data-edit-url]", cursor() ?? undefined))?.dispatchEvent(new CustomEvent("autocrm:edit", { bubbles: true }));
  },
};

document.addEventListener("keydown", (event) => {
  if (!list() || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping(event.target) || isCovered()) return;
  if (event.key === "Escape" && chosen.size) {
    clearSelection();
    event.preventDefault();
    return;
  }
  const run = keys[event.key];
  if (!run || (event.key !== "j" && event.key !== "k" && !cursor())) return;
  if (event.key === "Enter" && event.target.closest?.("a, button, input, [data-edit-url]:not(.key)")) return;
  event.preventDefault();
  run();
});
