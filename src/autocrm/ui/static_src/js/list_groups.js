// Groups of a table: a heading opens and closes its rows, which are asked for at the first opening, page by page.
import { $, $$, debounce, el, on } from "./dom.js";
import { send } from "./http.js";
import { list } from "./list_state.js";
import { chunk, fetchPage, follow, keep } from "./list_window.js";

// Which are open, by the fields they belong to, so that a list that loads again opens them again.
const open = new Set();
let shown = "";

const bodiesOf = (group) => $$(`tbody[data-of="${CSS.escape(group.dataset.group)}"]`, group.closest("table"));
const buttonOf = (group) => $("[data-group-toggle]", group);

function show(group, yes) {
  buttonOf(group).setAttribute("aria-expanded", String(yes));
  for (const body of bodiesOf(group)) body.hidden = !yes;
}

async function fill(group) {
  if (group.dataset.filled) return;
  group.dataset.filled = "1";
  const button = buttonOf(group);
  button.setAttribute("aria-busy", "true");
  const page = await fetchPage(group.dataset.groupUrl);
  button.removeAttribute("aria-busy");
  if (!page || !group.isConnected) {
    delete group.dataset.filled;
    return;
  }
  const of = group.dataset.group;
  const body = chunk(group.dataset.groupUrl, page.rows, 0, of);
  group.after(body);
  keep(body);
  if (page.more) {
    body.after(el("tbody", { class: "tail", "data-of": of }, page.more));
    follow(page.more);
  }
  document.dispatchEvent(new CustomEvent("autocrm:rows", { detail: {} }));
}

async function toggle(group, yes) {
  if (yes) {
    open.add(group.dataset.group);
    await fill(group);
  } else open.delete(group.dataset.group);
  if (group.isConnected) show(group, yes);
}

on("click", "[data-group-toggle]", (event, button) => {
  event.stopPropagation();
  toggle(button.closest("[data-group]"), button.getAttribute("aria-expanded") !== "true");
});

function begin() {
  const groups = list() ? $$("tbody[data-group]", list()).filter((each) => each.dataset.group) : [];
  const now = `${location.pathname}?${new URLSearchParams(location.search).get("group") ?? ""}`;
  if (now !== shown) open.clear();
  shown = now;
  if (!open.size && groups[0]) open.add(groups[0].dataset.group);
  for (const group of groups) if (open.has(group.dataset.group)) toggle(group, true);
}
document.addEventListener("autocrm:list-loaded", begin);
begin();

// After an edit in a cell the rows stay where they are; what the headings count and sum up follows.
const recount = debounce(async () => {
  const groups = list() ? $$("tbody[data-group]", list()) : [];
  if (!groups.length) return;
  const answer = await send(location.pathname + location.search, { target: "list" });
  if (!answer.ok) return;
  const now = document.createElement("template");
  now.innerHTML = answer.text;
  for (const group of groups.filter((each) => each.isConnected)) {
    // Groups of several values have no place of their own: they stand in the same order.
    const isAlike = (each) => each.dataset.group === group.dataset.group;
    const fresh = $$("tbody[data-group]", now.content).filter(isAlike)[groups.filter(isAlike).indexOf(group)];
    if (!fresh) continue;
    $(".n", group).textContent = $(".n", fresh).textContent;
    const figures = $$("td:not(.key)", fresh);
    $$("td:not(.key)", group).forEach((cell, at) => { cell.innerHTML = figures[at]?.innerHTML ?? ""; });
  }
}, 200);
document.addEventListener("autocrm:edited", recount);
