// The columns chooser (tick, drag or Alt+arrows to order) and the grips that resize a column. URL: columns=name:240,company
import { $, $$, el, on, say, word } from "./dom.js";
import { params, setParams } from "./list_state.js";

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
