// Editing in place: any element with data-edit-url. Enter or leaving saves, Esc restores, Tab saves and goes on.
// In the first cell of a row stands the record's name, which leads to it: that one is edited by its button, e or F2.
import { $, $$, el, fire, firstField, holdsSlip, icon, isTyping, on, say, word } from "./dom.js";
import { htmx } from "./htmx_setup.js";
import { bodyOf, send } from "./http.js";

const before = new WeakMap();
const saving = new WeakSet();
const formOf = (cell) => $("form.ed-form", cell);
const isOpen = (cell) => before.has(cell);
const isName = (cell) => cell.matches("td.key");
const kindOf = (cell) => (cell.matches("td") ? "edit" : "ed");

function showEditor(cell, html) {
  const form = el("form", { class: "ed-form", novalidate: true });
  form.innerHTML = html;
  if (isName(cell)) showNameEditor(cell, form);
  else cell.replaceChildren(form);
  cell.classList.add(kindOf(cell));
  htmx.process(form);
  fire("autocrm:inserted", { root: form });
  const field = firstField(form);
  field?.focus();
  if (field instanceof HTMLInputElement && ["text", "email", "tel", "url", "search", "number"].includes(field.type)) field.select();
  form.dataset.start = String(bodyOf(form));
}

/** What stands beside the name, as the box that selects the row, stays there. */
function showNameEditor(cell, form) {
  formOf(cell)?.remove();
  $(".hs", cell).hidden = true;
  cell.append(form);
}

function putName(cell, content) {
  formOf(cell)?.remove();
  $(".hs", cell).hidden = false;
  const now = ($("[data-peek-link]", content) ?? content).textContent.trim();
  if (now) $("[data-peek-link]", cell).textContent = now;
}

/** Shows the choices of a select or picker at once: whoever opened it came to choose. */
function offer(field) {
  if (field?.matches(".combo-in")) field.click();
  if (!field?.matches("select")) return;
  try {
    field.showPicker();
  } catch {
    // Too long after the click, or a browser that cannot: the select has the focus all the same.
  }
}

/** Opens the editor of `cell`; with `choices` its list as well. */
export async function edit(cell, { choices = false } = {}) {
  if (isOpen(cell) || !cell.dataset.editUrl) return;
  before.set(cell, cell.innerHTML);
  cell.setAttribute("aria-busy", "true");
  opening = { typed: "", isOff: false };
  const mine = opening;
  const answer = await send(cell.dataset.editUrl);
  if (opening === mine) opening = null;
  cell.removeAttribute("aria-busy");
  if (!answer.ok || mine.isOff) {
    before.delete(cell);
    fire("autocrm:edit-closed");
    return;
  }
  showEditor(cell, answer.text);
  const field = firstField(formOf(cell));
  if (mine.typed) takeOver(field, mine.typed);
  else if (choices) offer(field);
}

// What is typed before the editor is there belongs to it, and is no shortcut of the page.
let opening = null;
window.addEventListener("keydown", (event) => {
  if (!opening || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (event.key === "Escape") opening.isOff = true;
  else if (event.key === "Backspace") opening.typed = opening.typed.slice(0, -1);
  else if (event.key.length === 1) opening.typed += event.key;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

function takeOver(field, typed) {
  if (!field?.matches("textarea, input:not([type=date], [type=datetime-local], [type=checkbox])")) return offer(field);
  field.value = typed;
  return field.dispatchEvent(new Event("input", { bubbles: true }));
}

function finish(cell, html) {
  before.delete(cell);
  cell.classList.remove(kindOf(cell));
  put(cell, html);
  fire("autocrm:edit-closed");
}

/** Shows the value in `cell`; what came along of its row follows: a name, a formula, a column of the related record. */
function put(cell, html) {
  const came = document.createElement("template");
  came.innerHTML = html;
  const now = $("template[data-row-now]", came.content);
  now?.remove();
  if (isName(cell)) putName(cell, came.content);
  else cell.replaceChildren(came.content);
  htmx.process(cell);
  const fresh = now && $$("td", now.content);
  const row = cell.closest("[data-row]");
  if (!fresh || fresh.length !== row?.cells.length) return;
  [...row.cells].forEach((other, at) => other !== cell && !isOpen(other) && follow(other, fresh[at]));
}

function follow(cell, fresh) {
  const [old, now] = [cell, fresh].map((each) => (each.matches(".key") ? $("[data-peek-link]", each) : each));
  if (old && now && old.innerHTML !== now.innerHTML) old.innerHTML = now.innerHTML;
}

/** The columns of the list that `cell` stands in, so that the answer may bring its row. */
const columnsAround = (cell) => $$("thead [data-column]", cell.closest("[data-table]") ?? document.createElement("table")).map((head) => head.dataset.column).join(",");

function cancel(cell, { focus = true } = {}) {
  if (!isOpen(cell)) return;
  // Whoever leaves a conflict sees what stands there by now, not what stood there before.
  finish(cell, $("[data-edit-theirs]", cell)?.dataset.editTheirs || before.get(cell));
  if (focus) focusCell(cell);
}

function focusCell(cell) {
  if (!cell.hasAttribute("tabindex")) cell.tabIndex = -1;
  cell.focus({ preventScroll: true });
}

function tick(cell) {
  const inTable = cell.matches("td");
  const mark = el("span", { class: "tick" }, icon("check", "ic-sm"), inTable ? null : word("saved"));
  cell.append(mark);
  say(word("saved"));
  setTimeout(() => mark.remove(), 1400);
}

/** Saves; resolves to whether the cell is closed. */
async function save(cell, extra = {}) {
  const form = formOf(cell);
  if (!form || saving.has(cell) || holdsSlip(form)) return false;
  saving.add(cell);
  form.setAttribute("aria-busy", "true");
  const answer = await send(cell.dataset.editUrl, { method: "POST", body: bodyOf(form, { ...extra, columns: columnsAround(cell) }) });
  saving.delete(cell);
  form.removeAttribute("aria-busy");
  if (answer.ok) {
    finish(cell, answer.text);
    tick(cell);
    if (cell.closest("[data-list]")) fire("autocrm:edited");
    return true;
  }
  if (answer.status === 422) showEditor(cell, answer.text);
  else if (answer.status === 409) showConflict(form, answer.text);
  return false;
}

function showConflict(form, html) {
  $(".ed-note", form)?.remove();
  const note = el("div", { class: "ed-note", role: "alert" });
  note.innerHTML = html;
  form.append(note);
  firstField(note)?.focus();
  note.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** Editable neighbours in reading order: the row's cells, or the panel's properties. */
function nextCell(cell, back) {
  const scope = cell.closest("[data-row], .rec-left, .peek-in, dl, form, main") ?? document.body;
  const all = $$("[data-edit-url]", scope).filter((each) => each === cell || each.offsetParent !== null);
  return all[all.indexOf(cell) + (back ? -1 : 1)] ?? (scope.matches("[data-row]") ? inNextRow(scope, back) : undefined);
}

/** The first editable cell of the row below, or the last one of the row above. */
function inNextRow(row, back) {
  const all = $$("[data-row]", row.closest("table") ?? row.parentElement);
  const cells = $$("[data-edit-url]", all[all.indexOf(row) + (back ? -1 : 1)] ?? document.createElement("tr"));
  return back ? cells.at(-1) : cells[0];
}

// What was taken back, or changed by somebody else's hand here: the cell is shown as it is now.
document.addEventListener("autocrm:cell", async (event) => {
  const cell = $(`[data-edit-url="${CSS.escape(event.detail.url)}"]`);
  if (!cell || isOpen(cell)) return;
  const answer = await send(`${event.detail.url}&show=1&columns=${encodeURIComponent(columnsAround(cell))}`);
  if (!answer.ok || isOpen(cell)) return;
  put(cell, answer.text);
  tick(cell);
  if (cell.closest("[data-list]")) fire("autocrm:edited");
});

on("click", "[data-edit-url]", (event, cell) => {
  if (isOpen(cell) || isName(cell) || event.target.closest("a[href], button, input, select, textarea, label")) return;
  if (getSelection()?.toString()) return;
  event.preventDefault();
  edit(cell, { choices: true });
});
on("click", "[data-name-edit]", (_event, button) => edit(button.closest("[data-edit-url]")));
on("autocrm:edit", "[data-edit-url]", (_event, cell) => edit(cell, { choices: true }));

on("keydown", "[data-edit-url]", (event, cell) => {
  if (isOpen(cell) || isTyping(event.target)) return;
  if (event.key !== "Enter" && event.key !== "e" && event.key !== "F2") return;
  if (event.key === "Enter" && (isName(cell) || event.target.closest("a[href], button"))) return;
  event.preventDefault();
  event.stopPropagation();
  edit(cell, { choices: true });
});

on("keydown", ".ed-form", async (event, form) => {
  const cell = form.closest("[data-edit-url]");
  const multiline = event.target instanceof HTMLTextAreaElement && !(event.ctrlKey || event.metaKey);
  if (event.defaultPrevented) return;
  if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    cancel(cell);
  } else if (event.key === "Enter" && !multiline && !event.target.closest("button")) {
    event.preventDefault();
    event.stopPropagation();
    if (await save(cell)) focusCell(cell);
  } else if (event.key === "Tab" && !event.target.closest(".ed-note")) {
    event.preventDefault();
    const onward = nextCell(cell, event.shiftKey);
    if ((await closeSaving(cell)) && onward) edit(onward);
  }
});

const isChanged = (form) => String(bodyOf(form)) !== form.dataset.start;

/** Saves what changed, closes what did not. */
async function closeSaving(cell) {
  const form = formOf(cell);
  if (!form) return true;
  if (holdsSlip(form)) return false;
  if (isChanged(form)) return save(cell);
  cancel(cell, { focus: false });
  return true;
}

on("submit", ".ed-form", (event, form) => {
  event.preventDefault();
  save(form.closest("[data-edit-url]"));
});
on("focusout", ".ed-form", (event, form) => {
  const cell = form.closest("[data-edit-url]");
  setTimeout(() => {
    if (!form.isConnected || form.contains(document.activeElement) || $(".ed-note", form)) return;
    if (document.activeElement?.closest("[popover], dialog") && !cell.closest("dialog")) return;
    if (document.hasFocus()) closeSaving(cell);
  }, 0);
});
on("change", ".ed-form select:not([multiple]), .ed-form input[type=checkbox]", (event, field) => {
  if (!field.matches("[data-edit-wait]") && !field.closest("[data-edit-wait]")) save(field.closest("[data-edit-url]"));
});

on("click", "[data-edit-theirs]", async (_event, button) => {
  const cell = button.closest("[data-edit-url]");
  const html = button.dataset.editTheirs;
  if (html) finish(cell, html);
  else cancel(cell);
  fire("autocrm:changed", { type: cell.closest("[data-type]")?.dataset.type ?? "" });
});
on("click", "[data-edit-force]", (_event, button) => save(button.closest("[data-edit-url]"), { force: "1" }));
