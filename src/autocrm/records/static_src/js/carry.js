// Cards of a board and items of a calendar are carried from place to place: by mouse, by touch after a long press, and
// by keyboard. What is dropped stands in its new place at once; when the server refuses it goes back and says why.
import Sortable from "sortablejs";
import { $, $$, fire, isCovered, on, say } from "../../../ui/static_src/js/dom.js";
import { send } from "../../../ui/static_src/js/http.js";

const ITEM = "[data-carried]";
const still = matchMedia("(prefers-reduced-motion: reduce)");
const boardOf = (node) => node.closest("[data-carry]");
const listOf = (node) => node.closest("[data-carry-list]");
const lists = (board) => $$("[data-carry-list]", board);
const items = (list) => $$(ITEM, list);
const isFixed = (item) => "fixed" in item.dataset || "carryOff" in boardOf(item).dataset;
const nameOf = (item) => item.getAttribute("aria-label");

function tell(item, what, list = listOf(item)) {
  const words = boardOf(item).dataset[`word${what}`] ?? "";
  say(words.replace("%(name)s", nameOf(item)).replace("%(place)s", list.dataset.carryLabel));
}

// Where an item was, so that it can go back -----------------------------------------------------------------------
const placeOf = (item) => ({ list: listOf(item), next: item.nextElementSibling });
function putBack(item, place) {
  place.list.insertBefore(item, place.next?.parentElement === place.list ? place.next : null);
}
/** Into a list at about the same height; what loads further cards stays last. */
function putInto(item, list, at) {
  list.insertBefore(item, items(list)[at] ?? $(".kmore", list));
}

// The drop ----------------------------------------------------------------------------------------------------------
function showFigures(board, html) {
  for (const each of $$("[data-figures]", html)) {
    const column = $$("[data-kcol]", board).find((one) => one.dataset.kcol === each.dataset.figures);
    const count = column && $("[data-count]", column);
    const total = column && $("[data-total]", column);
    if (count) count.textContent = each.dataset.count;
    if (total) total.textContent = each.dataset.total;
  }
}

async function drop(item, from) {
  const to = listOf(item);
  if (to === from.list) return;
  const board = boardOf(item);
  const hadFocus = item === document.activeElement;
  item.setAttribute("aria-busy", "true");
  const body = new URLSearchParams({ field: board.dataset.carryField, to: to.dataset.carryList, version: item.dataset.version });
  const answer = await send(board.dataset.carryUrl.replace("{id}", item.dataset.id), { method: "POST", body });
  if (!item.isConnected) return;
  item.removeAttribute("aria-busy");
  if (!answer.ok) {
    putBack(item, from);
    if (hadFocus) focusOn(item);
    tell(item, "Back");
    // Somebody else was faster: the board shows where it is now.
    if (answer.status === 409 || answer.status === 404) fire("autocrm:changed", { type: "" });
    return;
  }
  const html = document.createElement("template");
  html.innerHTML = answer.text;
  const fresh = $(ITEM, html.content);
  showFigures(board, html.content);
  item.replaceWith(fresh);
  if (hadFocus) focusOn(fresh);
  else rove(board);
  tell(fresh, "Dropped");
}

// While something is carried the list is not loaded again under it.
function carrying(yes) {
  document.documentElement.toggleAttribute("data-carrying", yes);
  if (!yes) fire("autocrm:edit-closed");
}

// Mouse and touch ---------------------------------------------------------------------------------------------------
let lately = 0;
let grabbed = null;
const options = {
  group: "carried", draggable: `${ITEM}:not([data-fixed], [aria-busy])`, sort: false, forceFallback: true, fallbackOnBody: true, fallbackTolerance: 4,
  delay: 250, delayOnTouchOnly: true, touchStartThreshold: 6, animation: still.matches ? 0 : 120,
  ghostClass: "ghost", dragClass: "drag", scroll: true, bubbleScroll: true, scrollSensitivity: 64, scrollSpeed: 14,
  onStart({ item }) {
    letGo();
    grabbed = placeOf(item);
    carrying(true);
    boardOf(item).classList.add("carries");
  },
  onMove({ to }) {
    for (const list of lists(boardOf(to))) list.parentElement.classList.toggle("over", list === to);
  },
  onEnd({ item }) {
    lately = performance.now();
    carrying(false);
    const board = boardOf(item);
    board.classList.remove("carries");
    for (const list of lists(board)) list.parentElement.classList.remove("over");
    drop(item, grabbed);
  },
};
// The click that ends a drag opens nothing.
addEventListener("click", (event) => {
  if (performance.now() - lately < 80 && event.target.closest?.(ITEM)) {
    event.preventDefault();
    event.stopPropagation();
  }
}, { capture: true });

// Keyboard ----------------------------------------------------------------------------------------------------------
let held = null;

/** One item of a board is in the order of the Tab key; arrows go to the others. */
function rove(board, item = $(`${ITEM}[tabindex="0"]`, board) ?? $(ITEM, board)) {
  for (const other of $$(`${ITEM}[tabindex="0"]`, board)) other.tabIndex = -1;
  if (item) item.tabIndex = 0;
}
function focusOn(item) {
  rove(boardOf(item), item);
  item.focus({ preventScroll: true });
  item.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** Which list lies `step` away: columns side by side, days of a week side by side and weeks below one another. */
function listAt(list, step) {
  const all = lists(boardOf(list));
  return all[all.indexOf(list) + step];
}
const isWeeks = (board) => board.dataset.carry === "days";
const forward = (key) => (key === "ArrowRight") === (document.dir !== "rtl");
function stepOf(key, board) {
  if (key === "ArrowLeft" || key === "ArrowRight") return forward(key) ? 1 : -1;
  return isWeeks(board) ? (key === "ArrowDown" ? 7 : -7) : 0;
}

function walk(item, key) {
  const list = listOf(item);
  const at = items(list).indexOf(item);
  const sideways = key === "ArrowLeft" || key === "ArrowRight";
  const step = sideways ? (forward(key) ? 1 : -1) : key === "ArrowDown" ? 1 : -1;
  if (!sideways && items(list)[at + step]) return focusOn(items(list)[at + step]);
  if (!sideways && !isWeeks(boardOf(item))) return undefined;
  // Beyond the last of a day, and sideways: the next place that has anything in it.
  for (let next = listAt(list, step); next; next = listAt(next, step)) {
    const there = items(next);
    if (there.length) return focusOn(there[sideways ? Math.min(at, there.length - 1) : step > 0 ? 0 : there.length - 1]);
  }
  return undefined;
}

function pick(item) {
  // What was just dropped is still on its way.
  if (item.hasAttribute("aria-busy")) return undefined;
  if (isFixed(item)) return tell(item, "Fixed");
  held = { item, from: placeOf(item), at: items(listOf(item)).indexOf(item) };
  item.classList.add("held");
  carrying(true);
  return tell(item, "Picked");
}

function carryTo(key) {
  const { item, at } = held;
  const step = stepOf(key, boardOf(item));
  const list = step && listAt(listOf(item), step);
  if (!list) return;
  if (list === held.from.list) putBack(item, held.from);
  else putInto(item, list, at);
  focusOn(item);
  tell(item, "Over");
}

function letGo({ dropIt = false } = {}) {
  if (!held) return;
  const { item, from } = held;
  held = null;
  item.classList.remove("held");
  carrying(false);
  if (!item.isConnected) return;
  if (dropIt && listOf(item) !== from.list) {
    drop(item, from);
    return;
  }
  putBack(item, from);
  focusOn(item);
  tell(item, "Back");
}

const ARROWS = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]);
function pressed(key, item) {
  if (held && key === "Escape") letGo();
  else if (held && (key === " " || key === "Enter")) letGo({ dropIt: true });
  else if (held && ARROWS.has(key)) carryTo(key);
  else if (held) return key !== "Tab" || letGo();
  else if (ARROWS.has(key)) walk(item, key);
  else if (key === " ") pick(item);
  else if (key === "Enter") $("[data-peek-link]", item).click();
  else return false;
  return true;
}
// Before the keys of lists and peek, which give Space and Escape other meanings.
addEventListener("keydown", (event) => {
  if (!event.target.matches?.(ITEM) || isCovered() || event.ctrlKey || event.metaKey || event.altKey) return;
  if (pressed(event.key, event.target) === false) return;
  if (event.key === "Tab") return;
  event.preventDefault();
  event.stopPropagation();
}, { capture: true });
addEventListener("pointerdown", (event) => held && !held.item.contains(event.target) && letGo(), { capture: true });
on("focusin", ITEM, (_event, item) => rove(boardOf(item), item));

// A list that is loaded again keeps its place -----------------------------------------------------------------------
const scrolled = new Map();
let focused = "";
document.addEventListener("scroll", ({ target }) => {
  if (target.matches?.("[data-carry], [data-carry-list]")) scrolled.set(target.dataset.carryList ?? "", [target.scrollLeft, target.scrollTop]);
}, { capture: true, passive: true });
document.addEventListener("focusin", ({ target }) => { focused = target.matches?.(ITEM) ? target.dataset.id : ""; });

function ready() {
  for (const board of $$("[data-carry]")) {
    if (!("carryOff" in board.dataset)) for (const list of lists(board)) if (!Sortable.get(list)) new Sortable(list, options);
    rove(board);
    for (const each of [board, ...lists(board)]) {
      const [left, top] = scrolled.get(each.dataset.carryList ?? "") ?? [0, 0];
      if (left || top) each.scrollTo({ left, top, behavior: "instant" });
    }
  }
}
document.addEventListener("autocrm:list-loaded", () => {
  ready();
  const item = focused && document.activeElement === document.body && $$(ITEM).find((each) => each.dataset.id === focused);
  if (item) item.focus({ preventScroll: true });
});
document.addEventListener("autocrm:url-state", () => scrolled.clear());
document.addEventListener("htmx:afterSettle", ({ target }) => target.closest?.("[data-carry]") && rove(boardOf(target)));
ready();
