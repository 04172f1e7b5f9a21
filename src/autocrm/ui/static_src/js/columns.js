// The columns chooser (tick, drag or Alt+arrows to order), headings that are dragged or moved by Alt+arrows, and the grips
// that resize a column. URL: columns=name:240,company
import { $, $$, el, on, say, word } from "./dom.js";
import { list, params, setParams } from "./list_state.js";

const MIN = 64;

function widths() {
  const known = new Map();
  for (const part of (params().get("columns") ?? "").split(",")) {
    const [id, width] = part.split(":");
    if (width) known.set(id, width);
  }
  return known;
}

const join = (ids, known) => ids.map((id) => (known.has(id) ? `${id}:${known.get(id)}` : id)).join(",");

// Chooser ---------------------------------------------------------------------------------------------------------
function apply(chooser) {
  const chosen = $$("[data-column]", chooser).filter((row) => $("input", row).checked).map((row) => row.dataset.column);
  const pins = $("[data-pins]", chooser)?.value ?? "0";
  setParams({ columns: join(chosen, widths()), pins: pins === "0" ? null : pins });
}

on("input", "[data-columns-find]", (_event, input) => {
  const text = input.value.trim().toLocaleLowerCase();
  for (const row of $$("[data-column]", input.closest("[data-columns]"))) {
    row.hidden = Boolean(text) && !row.textContent.toLocaleLowerCase().includes(text);
  }
});

on("change", "[data-columns] [data-column] input", (_event, input) => {
  const chooser = input.closest("[data-columns]");
  if (!$("[data-apply]", chooser)) apply(chooser);
});
on("click", "[data-columns] [data-apply]", (_event, button) => {
  apply(button.closest("[data-columns]"));
  button.closest("[popover]")?.hidePopover();
});
on("click", "[data-columns] [data-reset]", () => setParams({ columns: null, pins: null }));

function move(row, before) {
  if (!before) return;
  row.parentElement.insertBefore(row, before);
  const rows = $$("[data-column]", row.parentElement);
  say(word("moved", { name: row.textContent.trim(), index: rows.indexOf(row) + 1, total: rows.length }));
}

on("keydown", "[data-columns] [data-column]", (event, row) => {
  if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  event.preventDefault();
  const other = event.key === "ArrowUp" ? row.previousElementSibling : row.nextElementSibling;
  if (!other?.matches("[data-column]")) return;
  move(row, event.key === "ArrowUp" ? other : other.nextElementSibling ?? null);
  if (event.key === "ArrowDown" && !other.nextElementSibling) row.parentElement.append(row);
  $("input", row).focus();
  if (!$("[data-apply]", row.closest("[data-columns]"))) apply(row.closest("[data-columns]"));
});

let dragged = null;
on("pointerdown", "[data-columns] [data-column]", (_event, row) => row.setAttribute("draggable", "true"));
on("dragstart", "[data-columns] [data-column]", (_event, row) => { dragged = row; });
on("dragover", "[data-columns] [data-column]", (event, row) => {
  if (!dragged || dragged === row) return;
  event.preventDefault();
  const { top, height } = row.getBoundingClientRect();
  row.parentElement.insertBefore(dragged, event.clientY < top + height / 2 ? row : row.nextElementSibling);
});
on("dragend", "[data-columns] [data-column]", (_event, row) => {
  dragged = null;
  const chooser = row.closest("[data-columns]");
  if (!$("[data-apply]", chooser)) apply(chooser);
});

/** What is ticked follows the table, whoever changed it; not while somebody chooses. */
function follow() {
  const chooser = $("[data-columns]:not(:popover-open)");
  const heads = $$("[data-list] [data-table] thead th[data-column]").map((head) => head.dataset.column);
  if (!chooser || !heads.length) return;
  const rows = new Map($$("[data-column]", chooser).map((row) => [row.dataset.column, row]));
  for (const [key, row] of rows) $("input", row).checked = heads.includes(key);
  const shown = heads.map((key) => rows.get(key)).filter(Boolean);
  if (shown.length) shown[0].parentElement.prepend(...shown);
  const pins = $("[data-pins]", chooser);
  if (pins) pins.value = params().get("pins") ?? "0";
}

// Headings ---------------------------------------------------------------------------------------------------------
const HEAD = "[data-table] thead th[data-column]:not(.key)";
const isRtl = () => document.documentElement.dir === "rtl";
const columnHeads = () => (list() ? $$(HEAD, list()) : []);
const nameOf = (head) => $(".th-b > span", head)?.textContent ?? head.textContent.trim();
// The heading that was moved, and what is said of it: the list is drawn anew, and the focus comes back to it.
let movedKey = "";
let moved = "";

/** Shows the columns `keys` after the name, as wide as they are. */
function showColumns(keys, others = {}) {
  const first = $("[data-table] thead th.key[data-column]", list())?.dataset.column;
  setParams({ columns: join([...(first ? [first] : []), ...keys], widths()), ...others });
}

/** Gives `head` the place `at` among the columns after the name; the first ones stay in sight, as many as before. */
function moveHead(head, at, { focus = true } = {}) {
  const before = columnHeads().map((each) => each.dataset.column);
  const after = before.filter((key) => key !== head.dataset.column);
  after.splice(at, 0, head.dataset.column);
  if (String(after) === String(before)) return;
  movedKey = focus ? head.dataset.column : "";
  moved = word("moved", { name: nameOf(head), index: at + 1, total: after.length });
  showColumns(after);
}

on("keydown", HEAD, (event, head) => {
  if (!event.altKey || event.ctrlKey || event.metaKey || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
  // At the edge too: the browser would leave the page.
  event.preventDefault();
  const all = columnHeads();
  const at = all.indexOf(head) + ((event.key === "ArrowRight") !== isRtl() ? 1 : -1);
  if (at >= 0 && at < all.length) moveHead(head, at);
});

// The menu of a heading: by its arrow, a right click, or the key for menus.
const PINS = 3;
const headMenu = () => $("[data-head-menu]");
let asked = null;
const pinned = () => Number(params().get("pins") ?? 0);
const canGroupBy = (key) => Boolean($(`#group [data-param=group][value="${CSS.escape(key)}"]`));
const isOffered = {
  asc: (head) => Boolean(head.dataset.sort),
  desc: (head) => Boolean(head.dataset.sort),
  group: (head) => canGroupBy(head.dataset.column),
  before: (_head, at) => at > 0,
  after: (_head, at, all) => at < all.length - 1,
  pin: (_head, at) => at >= pinned() && at < PINS,
  unpin: (_head, at) => at < pinned(),
  hide: () => true,
};
const acts = {
  asc: (head) => setParams({ sort: head.dataset.sort }),
  desc: (head) => setParams({ sort: `-${head.dataset.sort}` }),
  group: (head) => setParams({ group: head.dataset.column }),
  before: (head, at) => moveHead(head, at - 1),
  after: (head, at) => moveHead(head, at + 1),
  pin: (_head, at) => setParams({ pins: String(at + 1) }),
  unpin: (_head, at) => setParams({ pins: at ? String(at) : null }),
  hide: (_head, at, all) => {
    const left = all.filter((_each, index) => index !== at).map((each) => each.dataset.column);
    showColumns(left, at < pinned() ? { pins: pinned() > 1 ? String(pinned() - 1) : null } : {});
  },
};

on("click", "[data-head-of]", (_event, button) => {
  asked = button.closest("th");
  const all = columnHeads();
  for (const choice of $$("[role=menuitem]", headMenu())) choice.hidden = !isOffered[choice.value](asked, all.indexOf(asked), all);
}, { capture: true });
on("click", "[data-head-menu] [role=menuitem]", (_event, choice) => {
  const head = asked;
  headMenu().hidePopover();
  if (!head?.isConnected) return;
  const all = columnHeads();
  movedKey = head.dataset.column;
  acts[choice.value](head, all.indexOf(head), all);
});
on("contextmenu", HEAD, (event, head) => {
  const button = $("[data-head-of]", head);
  if (!button || event.shiftKey) return;
  event.preventDefault();
  button.click();
});

document.addEventListener("autocrm:list-loaded", () => {
  if (moved) say(moved);
  moved = "";
  const head = movedKey && columnHeads().find((each) => each.dataset.column === movedKey);
  movedKey = "";
  if (!head) return;
  ($("button", head) ?? head).focus({ preventScroll: true });
  head.scrollIntoView({ block: "nearest", inline: "nearest" });
});

const FAR_ENOUGH = 6;
const EDGE = 56;

/** A heading in somebody's hand: a line says where it would go, the table goes along at its edges, Esc lets it go. */
class HeadDrag {
  constructor(head, event) {
    this.head = head;
    this.from = event.clientX;
    this.x = event.clientX;
    this.at = -1;
    this.control = new AbortController();
    const options = { signal: this.control.signal, capture: true };
    document.addEventListener("pointermove", (at) => this.move(at), options);
    document.addEventListener("pointerup", () => this.drop(), options);
    document.addEventListener("pointercancel", () => this.end(), options);
    document.addEventListener("keydown", (pressed) => this.key(pressed), options);
  }

  move(event) {
    this.x = event.clientX;
    if (!this.ghost && Math.abs(this.x - this.from) < FAR_ENOUGH) return;
    if (!this.ghost) this.begin();
    this.ghost.style.left = `${this.x + 8}px`;
    this.ghost.style.top = `${event.clientY + 8}px`;
    this.point();
  }

  begin() {
    this.ghost = el("div", { class: "col-ghost", "aria-hidden": "true" }, nameOf(this.head));
    document.body.append(this.ghost);
    this.head.classList.add("is-held");
    document.documentElement.classList.add("holds-column");
    this.scroller = this.head.closest(".dtw");
    this.frame = requestAnimationFrame(() => this.follow());
  }

  /** Where it would be put: before the heading whose first half is pointed at, else after it. */
  point() {
    for (const head of columnHeads()) head.classList.remove("drop-before", "drop-after");
    const all = columnHeads();
    const boxes = all.map((head) => head.getBoundingClientRect());
    // Those that stay in sight come first, and lie over the others.
    let over = boxes.findIndex((box) => this.x >= box.left && this.x < box.right);
    if (over < 0) over = this.x < Math.max(...boxes.map((box) => box.right)) !== isRtl() ? 0 : all.length - 1;
    const isAfter = this.x > (boxes[over].left + boxes[over].right) / 2 !== isRtl();
    all[over].classList.add(isAfter ? "drop-after" : "drop-before");
    const place = over + (isAfter ? 1 : 0);
    this.at = place > all.indexOf(this.head) ? place - 1 : place;
  }

  follow() {
    const box = this.scroller.getBoundingClientRect();
    const by = this.x > box.right - EDGE ? 14 : this.x < box.left + EDGE ? -14 : 0;
    if (by) {
      this.scroller.scrollLeft += by;
      this.point();
    }
    this.frame = requestAnimationFrame(() => this.follow());
  }

  key(event) {
    if (event.key !== "Escape" || !this.ghost) return;
    event.preventDefault();
    event.stopPropagation();
    this.end();
  }

  drop() {
    const { at, head, ghost } = this;
    this.end();
    if (ghost && at >= 0 && head.isConnected) moveHead(head, at, { focus: false });
  }

  end() {
    this.control.abort();
    cancelAnimationFrame(this.frame);
    if (!this.ghost) return;
    this.ghost.remove();
    this.head.classList.remove("is-held");
    document.documentElement.classList.remove("holds-column");
    for (const head of columnHeads()) head.classList.remove("drop-before", "drop-after");
    // The click that follows is no wish for another order.
    const swallow = (event) => { event.preventDefault(); event.stopPropagation(); };
    document.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => document.removeEventListener("click", swallow, { capture: true }));
  }
}

on("pointerdown", HEAD, (event, head) => {
  if (event.button !== 0 || event.pointerType === "touch" || event.target.closest(".grip, input, [data-head-of]")) return;
  new HeadDrag(head, event);
});

// Grips -----------------------------------------------------------------------------------------------------------
export function addGrips() {
  for (const header of $$("th[data-resize]")) {
    if ($(".grip", header)) continue;
    header.append(el("span", { class: "grip", "aria-hidden": "true" }));
  }
}

function columnOf(header) {
  return $$("col", header.closest("table"))[header.cellIndex];
}

function keepWidth(header, width) {
  const shown = $$("th[data-column]", header.closest("tr")).map((th) => th.dataset.column);
  const known = widths();
  known.set(header.dataset.column, width);
  setParams({ columns: join(shown, known) }, { quiet: true });
}

on("pointerdown", ".grip", (event, grip) => {
  const header = grip.closest("th");
  const column = columnOf(header);
  if (!column) return;
  event.preventDefault();
  event.stopPropagation();
  const start = event.clientX;
  const from = header.offsetWidth;
  const sign = document.documentElement.dir === "rtl" ? -1 : 1;
  const table = header.closest("table");
  const whole = table.offsetWidth;
  let width = from;
  grip.setPointerCapture(event.pointerId);
  grip.onpointermove = (moved) => {
    width = Math.max(MIN, Math.round(from + sign * (moved.clientX - start)));
    column.setAttribute("width", width);
    if (table.hasAttribute("width")) table.setAttribute("width", whole + width - from);
  };
  grip.onpointerup = () => {
    grip.onpointermove = grip.onpointerup = null;
    keepWidth(header, width);
  };
});
on("click", ".grip", (event) => event.stopPropagation());

document.addEventListener("autocrm:list-loaded", addGrips);
document.addEventListener("autocrm:list-loaded", follow);
addGrips();
