// Rows put into an order: dragged by their grip, or moved by the arrow keys on it; and rows that are added to a form.
// A list inside [data-order-url] tells the server its new order.
import Sortable from "sortablejs";
import { $, $$, on } from "../../../ui/static_src/js/dom.js";
import { send } from "../../../ui/static_src/js/http.js";

const LIST = "[data-order-list]";
const ITEM = "[data-order-item]";
const still = matchMedia("(prefers-reduced-motion: reduce)");
let waiting = 0;

function tell(list) {
  const url = list.closest("[data-order-url]")?.dataset.orderUrl;
  list.closest("form")?.dispatchEvent(new Event("input", { bubbles: true }));
  if (!url) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    const ids = $$(ITEM, list).map((item) => item.dataset.orderItem).join(",");
    send(url, { method: "POST", body: new URLSearchParams({ ids }) });
  }, 400);
}

function makeSortable(root) {
  for (const list of $$(LIST, root)) {
    if (Sortable.get(list)) continue;
    Sortable.create(list, {
      draggable: ITEM,
      handle: "[data-order-grip]",
      animation: still.matches ? 0 : 120,
      onEnd: ({ oldIndex, newIndex }) => oldIndex !== newIndex && tell(list),
    });
  }
}

on("keydown", "[data-order-grip]", (event, grip) => {
  const up = event.key === "ArrowUp";
  if (!up && event.key !== "ArrowDown") return;
  event.preventDefault();
  event.stopPropagation();
  const item = grip.closest(ITEM);
  const other = up ? item.previousElementSibling : item.nextElementSibling;
  if (!other?.matches(ITEM)) return;
  if (up) other.before(item);
  else other.after(item);
  grip.focus();
  tell(item.closest(LIST));
});

function addRow(rows, after = null) {
  const fresh = $("[data-rows-new]", rows).content.firstElementChild.cloneNode(true);
  if (after) after.after(fresh);
  else $(LIST, rows).append(fresh);
  $("input:not([type=hidden])", fresh)?.focus();
}

on("click", "[data-rows-add]", (_event, button) => addRow(button.closest("[data-rows]")));
on("keydown", "[data-rows] li input", (event, input) => {
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  addRow(input.closest("[data-rows]"), input.closest("li"));
});

makeSortable(document);
document.addEventListener("htmx:load", (event) => makeSortable(event.detail.elt));
document.addEventListener("autocrm:list-loaded", () => makeSortable(document));
