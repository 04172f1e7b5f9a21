// Activities in the browser: the editor of notes, the composer's ways in and drafts, moving a task, the keys of Today.
import { $, $$, fire, isCovered, isTyping, on, word } from "../../../ui/static_src/js/dom.js";
import { load } from "../../../ui/static_src/js/htmx_setup.js";
import { send } from "../../../ui/static_src/js/http.js";
import { showTab } from "../../../ui/static_src/js/tabs.js";
import { clearDrafts, keepDrafts } from "./drafts.js";
import { watchMentions } from "./mentions.js";

// The editor: a text area becomes rich, what is written goes back into it as HTML that the server cleans -------------
function sync(box) {
  const area = box.nextElementSibling;
  const blank = !box.textContent.trim() && !$("img, li", box);
  box.classList.toggle("is-blank", blank);
  area.value = blank ? "" : box.innerHTML;
  area.dispatchEvent(new Event("rich:change", { bubbles: true }));
}

/** What the text area holds is shown again, after it was filled from elsewhere. */
function showAgain(area) {
  const box = area.previousElementSibling;
  if (!box?.matches(".rich")) return;
  fillRich(box, area.value);
  box.classList.toggle("is-blank", !area.value);
}

function fillRich(box, html) {
  box.innerHTML = html;
  for (const mention of $$("[data-mention]", box)) mention.contentEditable = "false";
}

function enrich(area) {
  if (area.dataset.richReady) return;
  area.dataset.richReady = "1";
  const box = document.createElement("div");
  for (const [name, value] of Object.entries({ class: "rich", contenteditable: "true", role: "textbox", "aria-multiline": "true" })) box.setAttribute(name, value);
  for (const name of ["aria-label", "aria-invalid", "aria-describedby"]) if (area.hasAttribute(name)) box.setAttribute(name, area.getAttribute(name));
  box.dataset.placeholder = area.placeholder;
  fillRich(box, area.value);
  area.before(box);
  area.hidden = true;
  const format = $("[name=format]", area.form);
  if (format) format.value = "html";
  $(".rich-tools", area.form)?.removeAttribute("hidden");
  sync(box);
  if (area.dataset.mentions) watchMentions(box, area.dataset.mentions, () => sync(box));
  if (area.hasAttribute("data-rich-focus")) toEnd(box);
}

function toEnd(box) {
  box.focus();
  getSelection().selectAllChildren(box);
  getSelection().collapseToEnd();
}

on("input", ".rich", (_event, box) => sync(box));
on("focusin", ".rich", () => document.execCommand("defaultParagraphSeparator", false, "p"));
// Formats of elsewhere stay there: what is pasted is words.
on("paste", ".rich", (event) => {
  event.preventDefault();
  const words = event.clipboardData?.getData("text/plain");
  if (words) document.execCommand("insertText", false, words);
  else fire("autocrm:toast", { message: word("only-words"), level: "info" });
});
on("drop", ".rich", (event) => event.preventDefault());
on("pointerdown", "[data-rich-do]", (event) => event.preventDefault());
on("click", "[data-rich-do]", (_event, button) => {
  const box = $(".rich", button.closest("form"));
  if (!box.contains(document.activeElement)) toEnd(box);
  document.execCommand(button.dataset.richDo);
  sync(box);
});

// A note that is being written must not be swept away by what others do meanwhile ------------------------------------
const watched = (form) => form.closest("#timeline, .note-list");
function hold(form) {
  const part = watched(form);
  if (!part?.dataset.refreshOn) return;
  part.dataset.refreshHeld = part.dataset.refreshOn;
  delete part.dataset.refreshOn;
}
function release(form) {
  const part = watched(form);
  const held = part?.dataset.refreshHeld;
  if (!held) return;
  delete part.dataset.refreshHeld;
  const edit = `[hx-get="${CSS.escape(form.getAttribute("action"))}"]`;
  // What comes hears of changes by itself; until then another load would only overtake this one.
  load(part.dataset.refreshUrl, part, "outerHTML").then((came) => {
    if (!came) part.dataset.refreshOn = held;
    if (document.activeElement === document.body) $(edit, document.getElementById(part.id))?.focus({ preventScroll: true });
  });
}
on("click", "[data-note-cancel]", (_event, button) => {
  const form = button.closest("form");
  if (watched(form)) release(form);
  else location.reload();
});
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt;
  if (form instanceof HTMLFormElement && form.matches(".note-form") && event.detail.xhr.status === 204) {
    if (watched(form)) release(form);
    else location.reload();
  }
});

// Counts of the tabs follow what the page learns ----------------------------------------------------------------------
function showCounts(root) {
  for (const part of [root, ...$$("[data-tab-counts]", root)].filter((each) => each.dataset?.tabCounts)) {
    for (const [name, count] of part.dataset.tabCounts.split(" ").map((pair) => pair.split("="))) {
      const tab = $(`#tab-${name}`);
      if (!tab) continue;
      let badge = $(".n", tab);
      if (!badge) {
        badge = document.createElement("span");
        badge.className = "n";
        tab.append(" ", badge);
      }
      badge.textContent = count === "0" ? "" : count;
    }
  }
}

function showDue(root) {
  const page = root.id === "today" ? root : $("#today", root);
  if (!page) return;
  for (const link of $$('.rail a[href="/today/"], .sheet a[href="/today/"], [data-due-count]')) {
    const badge = link.matches("[data-due-count]") ? link : $(".n", link);
    if (badge) badge.textContent = page.dataset.due === "0" ? "" : page.dataset.due;
  }
}

// "#compose-task" opens the composer at that form ---------------------------------------------------------------------
function compose(hash) {
  const tab = $(`#compose-tab-${CSS.escape(hash.replace("#compose-", ""))}`);
  if (!tab) return;
  const panel = tab.closest("[role=tabpanel]");
  const outer = panel && $(`[aria-controls="${panel.id}"]`);
  if (outer) showTab(outer);
  showTab(tab);
  const field = $(".rich, .comp-subject, textarea:not([hidden])", $(`#${tab.getAttribute("aria-controls")}`));
  field?.focus({ preventScroll: true });
  field?.scrollIntoView({ block: "center" });
}
const isCompose = (hash) => hash.startsWith("#compose-");
on("click", "a[href*='#compose-']", (event, link) => {
  const to = new URL(link.href, location.href);
  if (to.pathname !== location.pathname || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  compose(to.hash);
});

// Moving a task: one menu for the whole page, opened from a task's button ---------------------------------------------
let moving = "";
let opener = null;
// What was moved a moment ago: whoever works through Today stays where it stood and does not go along with it.
let movedAway = "";
on("click", "[popovertarget=reschedule]", (_event, button) => {
  moving = button.dataset.task;
  opener = button;
  $("#reschedule [data-move-open]")?.setAttribute("href", moving);
  $("#reschedule [data-move-pick]")?.setAttribute("href", `${moving}reschedule/`);
  const never = $("#reschedule [data-move=never]");
  if (never) never.hidden = !moving.startsWith("/tasks/");
}, { capture: true });
// Many buttons share the menu; only the one that was pressed is open.
document.addEventListener("toggle", (event) => {
  if (event.target.id !== "reschedule") return;
  for (const button of $$("[popovertarget=reschedule]")) {
    if (button !== opener) button.setAttribute("aria-expanded", "false");
  }
}, true);
on("click", "[data-move]", (_event, item) => {
  if (!moving) return;
  movedAway = moving;
  send(`${moving}reschedule/?to=${item.dataset.move}`, { method: "POST" });
});
on("submit", "form[action$='/reschedule/']", () => { movedAway = moving; });

// Today by keys: j and k move, x or Space completes, r moves to another day, Enter opens ------------------------------
const todos = () => $$("[data-todo]");
let at = { id: "", index: 0 };
const current = () => $("[data-todo].cur");

function setCurrent(row, { focus = true } = {}) {
  for (const other of $$("[data-todo].cur")) other.classList.remove("cur");
  if (!row) return;
  row.classList.add("cur");
  row.tabIndex = -1;
  at = { id: row.dataset.id, index: todos().indexOf(row) };
  if (focus) row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

/** After the page loaded again: the same task, or the one that moved up into its place. */
function restoreCurrent() {
  if (!at.id) return;
  const all = todos();
  const there = all[Math.min(at.index, all.length - 1)];
  const same = all.find((each) => each.dataset.id === at.id);
  const row = same && same.dataset.todo !== movedAway ? same : there;
  movedAway = "";
  setCurrent(row, { focus: document.activeElement === document.body });
}

function step(by) {
  const all = todos();
  const place = all.indexOf(current());
  setCurrent(place < 0 ? all[0] : all[Math.max(0, Math.min(all.length - 1, place + by))]);
}

const keys = {
  j: () => step(1),
  k: () => step(-1),
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  x: () => $(".ring", current())?.click(),
  " ": () => $(".ring", current())?.click(),
  r: () => {
    $("[popovertarget=reschedule]", current())?.click();
    // The next key is meant for the menu, however soon it comes.
    $("#reschedule:popover-open [role=menuitem]")?.focus({ preventScroll: true });
  },
  Enter: () => location.assign(current().dataset.todo),
};
document.addEventListener("keydown", (event) => {
  const run = keys[event.key];
  if (!run || !$("#today") || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping(event.target) || isCovered()) return;
  const moves = ["j", "k", "ArrowDown", "ArrowUp"].includes(event.key);
  if (!moves && (!current() || ((event.key === " " || event.key === "Enter") && event.target.closest("a, button")))) return;
  event.preventDefault();
  run();
});
on("pointerdown", "[data-todo]", (event, row) => {
  if (!event.target.closest("a")) setCurrent(row, { focus: false });
});

// A meeting that is moved keeps its length.
const momentOf = (field) => Date.parse(`${field.value}Z`);
on("focusin", "[name=starts_at]", (_event, begins) => { begins.dataset.before = begins.value; });
on("change", "[name=starts_at]", (_event, begins) => {
  const ends = begins.form?.elements.namedItem("ends_at");
  const before = Date.parse(`${begins.dataset.before || begins.defaultValue}Z`);
  if (!ends?.value || Number.isNaN(momentOf(begins) - before)) return;
  const moved = momentOf(ends) + momentOf(begins) - before;
  if (moved >= momentOf(begins)) ends.value = new Date(moved).toISOString().slice(0, ends.value.length);
  begins.dataset.before = begins.value;
});

function ready(root) {
  const composer = root.matches?.("[data-draft]") ? root : $("[data-draft]", root);
  if (composer) clearDrafts(composer);
  for (const area of $$("textarea[data-rich]", root)) enrich(area);
  for (const form of $$(".note-form", root)) hold(form);
  if (composer) keepDrafts(composer, { show: showAgain, front: showTab });
  showCounts(root);
  showDue(root);
  if (root.id === "today") restoreCurrent();
  if (root.id === "quick-add") $("input[name=text]", root)?.focus();
}
document.addEventListener("htmx:load", (event) => ready(event.detail.elt));

// The composer is drawn anew when it was sent: whoever wrote in it goes on where they were, or at what is wrong. The
// button that was pressed is disabled meanwhile and has lost the focus by the time of the answer.
let wroteHere = false;
document.addEventListener("submit", (event) => { wroteHere = Boolean(event.target.closest("#composer")); }, { capture: true });
document.addEventListener("htmx:afterSettle", () => {
  if (!wroteHere || document.activeElement !== document.body) return;
  wroteHere = false;
  const panel = $$("#composer [role=tabpanel]").find((each) => !each.hidden);
  const first = (what) => panel && $$(what, panel).find((field) => field.offsetParent !== null);
  (first("[aria-invalid=true]") ?? first(".rich, input:not([type=hidden]), textarea"))?.focus();
});
ready(document);
if (isCompose(location.hash)) compose(location.hash);
