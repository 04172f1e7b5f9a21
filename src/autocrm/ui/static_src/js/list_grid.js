// The cell cursor of a table: arrows move from cell to cell, one cell takes the focus by Tab, Home and End go to the ends.
import { $, isCovered, isTyping, on } from "./dom.js";
import { list } from "./list_state.js";
import { cursor, neighbour, rows, setCursor } from "./rows.js";

let column = 0;

const isCell = (element) => element instanceof HTMLTableCellElement && Boolean(element.closest("[data-row]"));
// Cards of a board are rows without cells.
const cellIn = (row) => row?.cells?.[Math.min(column, row.cells.length - 1)];

/** Makes `cell` the one that Tab reaches. */
function mark(cell) {
  for (const other of list()?.querySelectorAll("[data-row] > td[tabindex='0']") ?? []) if (other !== cell) other.tabIndex = -1;
  if (cell) cell.tabIndex = 0;
}

/** Moves the cursor into `row`, keeping the column. */
function enter(row) {
  const cell = cellIn(row);
  if (!cell) return;
  mark(cell);
  cell.focus({ preventScroll: true });
  cell.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function step(cell, by) {
  const next = by > 0 ? cell.nextElementSibling : cell.previousElementSibling;
  if (!isCell(next)) return;
  column = next.cellIndex;
  enter(cell.parentElement);
}

function vertical(by) {
  const row = neighbour(by);
  if (row) setCursor(row);
}

const rtl = () => document.documentElement.dir === "rtl";
const moves = {
  ArrowRight: (cell) => step(cell, rtl() ? -1 : 1),
  ArrowLeft: (cell) => step(cell, rtl() ? 1 : -1),
  ArrowDown: () => vertical(1),
  ArrowUp: () => vertical(-1),
  Home: (cell) => { column = 0; enter(cell.parentElement); },
  End: (cell) => { column = cell.parentElement.cells.length - 1; enter(cell.parentElement); },
};

document.addEventListener("keydown", (event) => {
  const move = moves[event.key];
  const cell = isCell(event.target) ? event.target : event.target.matches?.("[data-row]") ? cellIn(event.target) : null;
  if (!move || !cell || event.defaultPrevented || event.altKey || event.metaKey || event.ctrlKey) return;
  if (isTyping(event.target) || isCovered()) return;
  event.preventDefault();
  move(cell);
});

on("focusin", "[data-row] > td", (event, cell) => {
  column = cell.cellIndex;
  mark(cell);
  const row = cell.closest("[data-row]");
  if (cursor() !== row && event.target === cell) setCursor(row, { focus: false });
});
document.addEventListener("autocrm:cursor", (event) => enter(event.detail.row));

/** Some cell can always be reached. */
function prepare() {
  if (!list() || $("[data-row] > td[tabindex='0']", list())) return;
  mark(cellIn(cursor() ?? rows()[0]));
}
document.addEventListener("autocrm:list-loaded", prepare);
document.addEventListener("autocrm:rows", prepare);
prepare();
