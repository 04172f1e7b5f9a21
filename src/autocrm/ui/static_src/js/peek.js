// The peek panel: a row's record beside the list, j/k through rows, Esc back to the row, its id in the URL.
import { $, el, formatNumber, isCovered, isPhone, isTyping, on, word } from "./dom.js";
import { load } from "./htmx_setup.js";
import { send } from "./http.js";
import { list, params, urlParams, writeUrl as replaceUrl } from "./list_state.js";
import { cursor, neighbour, openRow, rows, setCursor } from "./rows.js";

const CONTROLS = "a[href], button, input, select, textarea, label, summary, [data-edit-url]:not(.key), .ed-form, [data-no-peek], .grip";
// How long the next page of a list is waited for.
const PATIENCE = 5000;
const panel = () => $("[data-peek]");
const isOpen = () => panel() && !panel().hidden;

function keepInUrl(id) {
  const now = urlParams();
  if (id) now.set("peek", id);
  else now.delete("peek");
  replaceUrl(now);
}

function showPosition(row) {
  const place = $("[data-peek-position]", panel());
  const index = rows().indexOf(row) + 1;
  // How many there are is told a moment after the list; until then those that are loaded are no answer.
  const known = list()?.dataset.total ?? ($("[data-list] [data-more]") ? "" : rows().length);
  if (place && index && known !== "" && !place.textContent.trim()) {
    const count = formatNumber(Number(known));
    const total = list()?.hasAttribute("data-about") ? word("about", { count }) : count;
    place.textContent = word("position", { index: formatNumber(index), total });
  }
  // Beyond the first and the last one is nothing; the buttons keep the focus all the same.
  $("[data-peek-prev]", panel())?.setAttribute("aria-disabled", String(!neighbour(-1)));
  $("[data-peek-next]", panel())?.setAttribute("aria-disabled", String(!neighbour(1) && !$("[data-list] [data-more]")));
}

document.addEventListener("autocrm:list-total", () => isOpen() && cursor() && showPosition(cursor()));

let fills = 0;

async function fill(url, row, id) {
  const box = panel();
  const mine = ++fills;
  const bones = $(".sks", $("#drawer-wait")?.content);
  if (box.hidden && bones) box.replaceChildren(el("div", { class: "peek-wait" }, bones.cloneNode(true)));
  box.hidden = false;
  box.closest("[data-peek-host]")?.classList.add("has-peek");
  box.setAttribute("aria-busy", "true");
  const came = await load(url, box);
  if (mine !== fills) return;
  box.removeAttribute("aria-busy");
  // Why nothing came was told by a toast; an earlier record stays, an empty panel does not.
  if (!$(".peek-in", box)) closePeek();
  if (!came || box.hidden) return;
  box.setAttribute("aria-label", $("[data-peek-title]", box)?.dataset.peekTitle ?? "");
  if (row) showPosition(row);
  keepInUrl(id);
}

/** Opens the peek of `row`; the focus stays on the row, so that j and k go on working. */
export function peek(row) {
  if (!row?.dataset.peekUrl || !panel()) return openRow(row);
  if (isPhone()) return openRow(row);
  setCursor(row);
  return fill(row.dataset.peekUrl, row, row.dataset.id);
}

export function closePeek() {
  const box = panel();
  if (!box || box.hidden) return;
  box.hidden = true;
  box.replaceChildren();
  box.closest("[data-peek-host]")?.classList.remove("has-peek");
  keepInUrl(null);
  if (cursor()) setCursor(cursor());
}

const wantsPage = (event) => event.ctrlKey || event.metaKey || event.shiftKey || event.button > 0;

on("click", "[data-row][data-peek-url]", (event, row) => {
  const link = event.target.closest("a[data-peek-link]");
  if (event.defaultPrevented || (event.target.closest(CONTROLS) && !link)) return;
  if (link && wantsPage(event)) return;
  if (!link && (event.ctrlKey || event.metaKey)) {
    openRow(row, true);
    return;
  }
  if (getSelection()?.toString()) return;
  event.preventDefault();
  peek(row);
});
on("dblclick", "[data-row][data-url]", (event, row) => {
  if (event.target.closest("a[data-peek-link]") || !event.target.closest(CONTROLS)) openRow(row);
});

/** The row after the last one, once a page with one is there; nothing at the end of the list. */
async function furtherRow() {
  const last = rows().at(-1);
  const next = () => rows()[rows().indexOf(last) + 1];
  const until = Date.now() + PATIENCE;
  const findMore = () => $("[data-list] [data-more]");
  for (let more = findMore(); more && !next() && Date.now() < until; more = findMore()) {
    const came = new Promise((resolve) => {
      document.addEventListener("autocrm:rows", resolve, { once: true });
      setTimeout(resolve, PATIENCE);
    });
    more.scrollIntoView({ block: "nearest" });
    await came;
  }
  return next();
}

/** Beside what the list shows - a record that was opened by its address - the server knows who comes next. */
async function stepBeyond(by) {
  const id = urlParams().get("peek");
  const template = panel().closest("[data-peek-host]")?.dataset.peekTemplate;
  if (!id || !template) return;
  const asked = params();
  for (const name of ["peek", "cursor", "layout"]) asked.delete(name);
  const page = template.replace("{id}", id).replace(/peek\/$/, "beside/");
  const answer = await send(`${page}?${asked}`);
  const html = document.createElement("template");
  html.innerHTML = answer.text;
  const next = $(`[data-beside-link="${by}"]`, html.content)?.dataset.id;
  if (!next) return;
  const row = rows().find((each) => each.dataset.id === next);
  if (row) peek(row);
  else fill(template.replace("{id}", next), null, next);
}

async function step(by) {
  if (!cursor() && isOpen()) {
    await stepBeyond(by);
    return;
  }
  const row = neighbour(by) ?? (by > 0 ? await furtherRow() : undefined);
  if (row) peek(row);
}
on("click", "[data-peek-prev]", () => step(-1));
on("click", "[data-peek-next]", () => step(1));
on("click", "[data-peek-close]", closePeek);
document.addEventListener("autocrm:peek-close", closePeek);

document.addEventListener("keydown", (event) => {
  if (!panel() || isTyping(event.target) || isCovered() || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && isOpen()) {
    event.preventDefault();
    closePeek();
  } else if (event.key === " " && cursor() && !event.target.closest("button, a, input, summary")) {
    event.preventDefault();
    if (isOpen() && urlParams().get("peek") === cursor().dataset.id) closePeek();
    else peek(cursor());
  } else if (isOpen() && (event.key === "j" || event.key === "k")) {
    event.preventDefault();
    event.stopImmediatePropagation();
    step(event.key === "j" ? 1 : -1);
  }
}, { capture: true });

// A list that was loaded again keeps the mark on the open row.
document.addEventListener("autocrm:list-loaded", () => {
  const id = urlParams().get("peek");
  if (id && isOpen()) setCursor(rows().find((row) => row.dataset.id === id), { focus: false });
});

// A step back or on shows the record that was looked at then, or none.
document.addEventListener("autocrm:url-state", ({ detail: { changes, isBack } }) => {
  if (!isBack || !("peek" in changes)) return;
  if (changes.peek) openFromUrl({ anew: true });
  else closePeek();
});

function openFromUrl({ anew = false } = {}) {
  const id = urlParams().get("peek");
  if (!id || !panel() || (isOpen() && !anew)) return;
  const row = rows().find((each) => each.dataset.id === id);
  const template = panel().closest("[data-peek-host]")?.dataset.peekTemplate;
  if (row) peek(row);
  else if (template) fill(template.replace("{id}", encodeURIComponent(id)), null, id);
}
openFromUrl();
