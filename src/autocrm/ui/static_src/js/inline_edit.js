// Editing in place: any element with data-edit-url. Enter or leaving saves, Esc restores, Tab saves and goes on.
import { $, $$, el, fire, firstField, icon, isTyping, on, say, word } from "./dom.js";
import { htmx } from "./htmx_setup.js";
import { bodyOf, send } from "./http.js";

const before = new WeakMap();
const saving = new WeakSet();
const formOf = (cell) => $("form.ed-form", cell);
const isOpen = (cell) => before.has(cell);
const kindOf = (cell) => (cell.matches("td") ? "edit" : "ed");

function showEditor(cell, html) {
  const form = el("form", { class: "ed-form", novalidate: true });
  form.innerHTML = html;
  cell.replaceChildren(form);
  cell.classList.add(kindOf(cell));
  htmx.process(form);
  fire("autocrm:inserted", { root: form });
  const field = firstField(form);
  field?.focus();
  if (field instanceof HTMLInputElement && ["text", "email", "tel", "url", "search", "number"].includes(field.type)) field.select();
  form.dataset.start = String(bodyOf(form));
}

/** Opens the editor of `cell`. */
export async function edit(cell) {
  if (isOpen(cell) || !cell.dataset.editUrl) return;
  before.set(cell, cell.innerHTML);
  cell.setAttribute("aria-busy", "true");
  const answer = await send(cell.dataset.editUrl);
  cell.removeAttribute("aria-busy");
  if (!answer.ok) {
    before.delete(cell);
    return;
  }
  showEditor(cell, answer.text);
}

function finish(cell, html) {
  before.delete(cell);
  cell.classList.remove(kindOf(cell));
  cell.innerHTML = html;
  htmx.process(cell);
  fire("autocrm:edit-closed");
}

function cancel(cell, { focus = true } = {}) {
  if (!isOpen(cell)) return;
  finish(cell, before.get(cell));
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
  if (!form || saving.has(cell)) return false;
  saving.add(cell);
  form.setAttribute("aria-busy", "true");
  const answer = await send(cell.dataset.editUrl, { method: "POST", body: bodyOf(form, extra) });
  saving.delete(cell);
  form.removeAttribute("aria-busy");
  if (answer.ok) {
    finish(cell, answer.text);
    tick(cell);
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
  const answer = await send(`${event.detail.url}&show=1`);
  if (!answer.ok || isOpen(cell)) return;
  cell.innerHTML = answer.text;
  htmx.process(cell);
  tick(cell);
});

on("click", "[data-edit-url]", (event, cell) => {
  if (isOpen(cell) || event.target.closest("a[href], button, input, select, textarea, label")) return;
  if (getSelection()?.toString()) return;
  event.preventDefault();
  edit(cell);
});
on("autocrm:edit", "[data-edit-url]", (_event, cell) => edit(cell));

on("keydown", "[data-edit-url]", (event, cell) => {
  if (isOpen(cell) || isTyping(event.target)) return;
  if (event.key !== "Enter" && event.key !== "e" && event.key !== "F2") return;
  if (event.target.closest("a[href], button") && event.key === "Enter") return;
  event.preventDefault();
  event.stopPropagation();
  edit(cell);
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
