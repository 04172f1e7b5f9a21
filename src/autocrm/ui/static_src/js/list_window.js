// Endless scroll with a bounded page: each page of rows is a tbody of its own; those far out of sight are emptied, keep
// their height, and come back when they are scrolled to - from memory when that was lately, else from the server.
import { $, $$, el, fire, formatNumber } from "./dom.js";
import { send } from "./http.js";
import { recent } from "./list_memory.js";
import { list } from "./list_state.js";

const AHEAD = "700px 0px";
const NEAR = "3200px 0px";
let loader = null;
let keeper = null;

const scroller = () => list() && $(".dtw", list());
const rowsOf = (body) => $$("[data-row]", body);

/** The rows of an answer, and the row that leads to the next page. */
function read(html) {
  const template = document.createElement("template");
  template.innerHTML = `<table><tbody>${html}</tbody></table>`;
  const body = $("tbody", template.content);
  const more = $("[data-more]", body);
  more?.remove();
  // A page that was not filled in the time it had: asked again it may come as far, or not.
  return { rows: [...body.children], more, isPart: Boolean(more?.dataset.looked) };
}

/** A page of rows as a body; `of` is the group it belongs to. */
export function chunk(url, rows, first, of = "") {
  const body = el("tbody", { "data-chunk": url, "data-first": first, "data-count": rows.length });
  if (of) body.dataset.of = of;
  body.append(...rows);
  number(body);
  return body;
}

function number(body) {
  if (body.dataset.of) return;
  let at = Number(body.dataset.first ?? 0);
  for (const row of rowsOf(body)) row.setAttribute("aria-rowindex", String((at += 1) + 1));
}

/** Has the page watched, so that it is emptied out of sight. */
export function keep(body) {
  keeper?.observe(body);
}

/** Puts a page before `tail` and has `tail` lead on, or go. */
function append(tail, url, { rows, more, isPart }) {
  const last = tail.previousElementSibling;
  const first = Number(last?.dataset.first ?? 0) + Number(last?.dataset.count ?? 0);
  if (rows.length) {
    const body = chunk(url, rows, first, tail.dataset.of ?? "");
    tail.before(body);
    // What was looked for piece by piece is few, and stays.
    if (!isPart) keep(body);
  }
  if (more) {
    tail.replaceChildren(more);
    loader?.observe(more);
  } else end(tail, first + rows.length);
  fire("autocrm:rows");
}

/** Nothing follows: what was looked for piece by piece is counted now, and may be nothing at all. */
function end(tail, total) {
  const wasLookedFor = Boolean($("[data-looked]", tail));
  tail.remove();
  if (!wasLookedFor || tail.dataset.of) return;
  list().dataset.counted = total;
  sayCounted();
  const none = $("[data-none]", list());
  if (!total && none) scroller()?.replaceWith(none.content.cloneNode(true));
}

/** The true number; an estimate that comes later does not stand in its place. */
function sayCounted() {
  const total = list()?.dataset.counted;
  if (total === undefined) return;
  const said = formatNumber(Number(total));
  for (const count of $$("[data-list-count]")) count.textContent = said;
  const match = $("#filter-match");
  if (match?.dataset.words) match.textContent = match.dataset.words.replace("{n}", said);
  if (list().dataset.total !== total) fire("autocrm:list-total", { total: Number(total) });
}
document.addEventListener("htmx:afterSettle", sayCounted);

async function loadMore(row) {
  if (row.dataset.busy) return;
  row.dataset.busy = "1";
  const answer = await send(row.dataset.more);
  if (!row.isConnected) return;
  if (answer.ok) append(row.closest("tbody"), row.dataset.more, read(answer.text));
  else offerAgain(row);
}

/** What was lost on the way can be asked for again. */
function offerAgain(row) {
  delete row.dataset.busy;
  loader?.unobserve(row);
  setTimeout(() => row.isConnected && loader?.observe(row), 4000);
}

// Out of sight and back -------------------------------------------------------------------------------------------
const isBusy = (body) => body.contains(document.activeElement) || $(".ed-form", body);

/** What stands for a page that is out of sight. */
export function gap(height) {
  const cell = el("td", { colspan: $("table", list()).dataset.columnsShown });
  cell.style.height = `${height}px`;
  return el("tr", { class: "gap", "aria-hidden": "true" }, cell);
}

function release(body) {
  if (body.dataset.gone || body.hidden || isBusy(body) || !body.offsetHeight) return;
  const height = body.getBoundingClientRect().height;
  recent.set(body.dataset.chunk, body.innerHTML);
  body.replaceChildren(gap(height));
  body.dataset.gone = "1";
}

async function restore(body) {
  if (!body.dataset.gone || body.dataset.gone === "2") return;
  let html = recent.get(body.dataset.chunk);
  if (html === undefined) {
    body.dataset.gone = "2";
    const answer = await send(body.dataset.chunk);
    if (!body.isConnected) return;
    body.dataset.gone = "1";
    if (!answer.ok || !body.dataset.near) return;
    html = answer.text;
  }
  const { rows } = read(html);
  for (const row of rows) row.classList.remove("cur");
  body.replaceChildren(...rows);
  delete body.dataset.gone;
  body.dataset.count = rows.length;
  number(body);
  fire("autocrm:rows");
}

function noticed(entries) {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) {
      delete target.dataset.near;
      release(target);
      continue;
    }
    target.dataset.near = "1";
    // A bar that is dragged past a thousand pages does not ask for each of them.
    setTimeout(() => target.dataset.near && restore(target), recent.has(target.dataset.chunk) ? 0 : 60);
  }
}

/** Begins anew with the list that is there now. */
function watch() {
  loader?.disconnect();
  keeper?.disconnect();
  recent.clear();
  const root = scroller();
  if (!root) return;
  loader = new IntersectionObserver((entries) => {
    for (const each of entries) if (each.isIntersecting) loadMore(each.target);
  }, { root, rootMargin: AHEAD });
  keeper = new IntersectionObserver(noticed, { root, rootMargin: NEAR });
  for (const body of $$("[data-chunk]", root)) {
    body.dataset.first = 0;
    body.dataset.count = rowsOf(body).length;
    number(body);
    keeper.observe(body);
  }
  for (const row of $$("[data-more]:not([hx-get])", root)) loader.observe(row);
}

// Changed by somebody -----------------------------------------------------------------------------------------------
const idsOf = (rows) => rows.map((row) => row.dataset?.id).filter(Boolean);

/** Asks for the rows of `body` again; what the page after it begins with is not shown twice. */
async function refresh(body) {
  const answer = await send(body.dataset.chunk);
  if (!answer.ok || !body.isConnected || body.dataset.gone || isBusy(body)) return;
  const before = idsOf(rowsOf(body));
  const { rows, isPart } = read(answer.text);
  if (isPart) {
    renew(body, rows);
    return;
  }
  const following = body.nextElementSibling?.matches("[data-chunk]") ? $("[data-row]", body.nextElementSibling)?.dataset.id : "";
  const end = following ? rows.findIndex((row) => row.dataset?.id === following) : -1;
  const kept = end < 0 ? rows : rows.slice(0, end);
  body.replaceChildren(...kept);
  body.dataset.count = kept.length;
  number(body);
  const now = new Set(idsOf(kept));
  const gone = before.filter((id) => !now.has(id));
  if (gone.length) fire("autocrm:rows-gone", { ids: gone });
  fire("autocrm:rows");
}

/** Puts the rows that came again in the place of those that are there; no other is missing for that. */
function renew(body, rows) {
  const now = new Map(rows.map((row) => [row.dataset?.id, row]));
  for (const row of rowsOf(body)) {
    const fresh = now.get(row.dataset.id);
    if (fresh) row.replaceWith(fresh);
  }
  number(body);
  fire("autocrm:rows");
}

document.addEventListener("autocrm:list-refresh", (event) => {
  const root = scroller();
  const bodies = root ? $$("[data-chunk]", root) : [];
  if (bodies.length < 2 || root.scrollTop < root.clientHeight) return;
  event.preventDefault();
  recent.clear();
  for (const body of bodies) if (!body.dataset.gone && !body.hidden) refresh(body);
});
document.addEventListener("autocrm:list-total", (event) => {
  const table = list() && $("[data-table]", list());
  if (table) table.setAttribute("aria-rowcount", String(event.detail.total ?? -1));
});

/** Fetches a page for somebody else; resolves to its rows and what leads on, or null. */
export async function fetchPage(url) {
  const answer = await send(url);
  return answer.ok ? read(answer.text) : null;
}

/** Has a row that leads on watched. */
export function follow(row) {
  loader?.observe(row);
}

document.addEventListener("autocrm:list-loaded", watch);
watch();
