// The menus of a list: levels of order, figures below the columns, columns that stay in sight.
import { $, $$, on } from "./dom.js";
import { list, params, setParams } from "./list_state.js";

const PINS = 3;

// Order -----------------------------------------------------------------------------------------------------------
const levels = () => $$("[data-sort-level]").map((row) => $("[data-sort-way]", row).value + $("[data-sort-field]", row).value);
let focused = "";

function sortBy(all, element) {
  focused = element?.id ?? "";
  setParams({ sort: all.join(",") || null });
}

on("change", "[data-sort-field], [data-sort-way]", (_event, select) => sortBy(levels(), select));
on("change", "[data-sort-add]", (_event, select) => select.value && sortBy([...levels(), select.value], select));
on("click", "[data-sort-off]", (_event, button) => {
  const at = $$("[data-sort-off]").indexOf(button);
  sortBy(levels().filter((_level, index) => index !== at), button);
});
on("click", "[data-sort-up]", (_event, button) => {
  const all = levels();
  const at = $$("[data-sort-up]").indexOf(button);
  [all[at - 1], all[at]] = [all[at], all[at - 1]];
  sortBy(all, button);
});
// The levels are drawn again with the list; the focus stays where it was.
document.addEventListener("autocrm:list-loaded", () => {
  const menu = $("[data-sort-menu]:popover-open");
  if (!menu || !focused) return;
  (document.getElementById(focused) ?? $("select:last-of-type", menu))?.focus();
  focused = "";
});

// Figures below the columns ---------------------------------------------------------------------------------------
let asked = null;
const menu = () => $("[data-sums-menu]");

on("click", "[data-sum-of]", (_event, button) => {
  asked = button;
  const kinds = button.dataset.sumKinds.split(" ");
  for (const choice of $$("button", menu())) {
    choice.hidden = choice.value !== "" && !kinds.includes(choice.value);
    choice.setAttribute("aria-checked", String(choice.value === button.dataset.sumNow));
  }
}, { capture: true });
on("click", "[data-sums-menu] button", (_event, choice) => {
  const key = asked?.dataset.sumOf;
  menu().hidePopover();
  if (!key) return;
  const others = (params().get("sums") ?? "").split(",").filter((part) => part && part.slice(0, part.lastIndexOf(":")) !== key);
  setParams({ sums: [...others, ...(choice.value ? [`${key}:${choice.value}`] : [])].join(",") || null });
});

// Columns that stay in sight --------------------------------------------------------------------------------------
// Widths follow what is in the table, so the heads are watched.
const widths = new ResizeObserver(placePins);

function placePins() {
  const table = list() && $("[data-table]", list());
  if (!table) return;
  let from = 0;
  for (const [at, head] of $$("thead th", table).slice(0, PINS + 1).entries()) {
    if (at) table.style.setProperty(`--pin-${at}`, `${from}px`);
    from += head.getBoundingClientRect().width;
  }
}

function watchHeads() {
  widths.disconnect();
  for (const head of list() ? $$("[data-table] thead th", list()).slice(0, PINS) : []) widths.observe(head);
}
document.addEventListener("autocrm:list-loaded", watchHeads);
watchHeads();
