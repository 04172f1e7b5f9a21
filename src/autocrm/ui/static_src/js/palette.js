// The palette: / or Ctrl/Cmd-K, groups from the server, arrows and Enter, what was seen last first.
import { $, $$, debounce, el, icon, on, recall, remember, word } from "./dom.js";
import { send } from "./http.js";

const dialog = $("#palette");
const input = dialog && $("input", dialog);
const box = dialog && $("#pal-list", dialog);
const MOST_RECENT = 8;
const key = `recent.${$("[data-shell]")?.dataset.user ?? ""}`;
let control = null;
// Whether something was typed that is not answered yet, and whether Enter was pressed meanwhile.
let isBehind = false;
let takesFirst = null;

export function openPalette() {
  if (!dialog || dialog.open) return;
  for (const open of $$("[popover]:popover-open:not(#toasts)")) open.hidePopover();
  dialog.showModal();
  input.value = "";
  input.focus();
  takesFirst = null;
  ask();
}

const options = () => $$("[role=option]", box);
const current = () => $("[role=option][aria-selected=true]", box);

function point(option) {
  current()?.setAttribute("aria-selected", "false");
  if (!option) return input.removeAttribute("aria-activedescendant");
  option.setAttribute("aria-selected", "true");
  option.id ||= `pal-${options().indexOf(option)}`;
  input.setAttribute("aria-activedescendant", option.id);
  return option.scrollIntoView({ block: "nearest" });
}

function recents() {
  const seen = recall(key, []).filter((one) => one.url !== location.pathname && one.icon);
  if (!seen.length) return null;
  const rows = seen.map((one) => el("a", { class: "pal-i", role: "option", href: one.url }, icon(one.icon || "clock"), el("span", { class: "medium clip" }, one.title)));
  return el("div", { class: "pal-g", role: "group", "aria-label": word("recent") }, el("h3", {}, word("recent")), ...rows);
}

async function ask() {
  control?.abort();
  control = new AbortController();
  const typed = input.value.trim();
  const url = new URL(dialog.dataset.url, location.href);
  url.searchParams.set("q", typed);
  const answer = await send(url, { signal: control.signal, target: "pal-list" });
  if (answer.status === -1) return;
  box.innerHTML = answer.text;
  const seen = typed ? null : recents();
  if (seen) box.prepend(seen);
  if (!options().length && !$(".pal-none", box)) box.append(el("p", { class: "pal-none" }, word("nothing")));
  for (const option of options()) option.tabIndex = -1;
  for (const title of $$(".pal-g > h3", box)) title.setAttribute("aria-hidden", "true");
  point(options()[0]);
  isBehind = input.value.trim() !== typed;
  if (takesFirst && !isBehind && dialog.open) take(takesFirst);
}

function take(event) {
  takesFirst = null;
  const chosen = current();
  if (!chosen) return undefined;
  if (event.ctrlKey || event.metaKey) return open(chosen.href, "_blank", "noopener");
  return chosen.click();
}

function move(event) {
  const all = options();
  const at = all.indexOf(current());
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (to === undefined || !all.length || (event.key === "Home" || event.key === "End") && input.value) return;
  event.preventDefault();
  point(all[(to + all.length) % all.length]);
}

if (dialog) {
  const askSoon = debounce(ask, 120);
  input.addEventListener("input", () => {
    isBehind = true;
    takesFirst = null;
    askSoon();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return move(event);
    event.preventDefault();
    // What stands there is the answer to fewer letters: the first of the right one is taken once it came.
    if (!isBehind) return take(event);
    takesFirst = event;
    return undefined;
  });
  box.addEventListener("pointermove", (event) => {
    const option = event.target.closest("[role=option]");
    if (option && option !== current()) point(option);
  });
  box.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option && !option.hasAttribute("data-drawer") && !event.ctrlKey && !event.metaKey) setTimeout(() => dialog.close(), 0);
  });
  on("click", "[data-palette-open]", openPalette);
}

// What a record page says about itself is what the palette offers first next time.
const seen = $(".rec-head[data-recent]");
if (seen) {
  const entry = { url: location.pathname, title: seen.dataset.recent, icon: seen.dataset.recentIcon ?? "" };
  remember(key, [entry, ...recall(key, []).filter((one) => one.url !== entry.url)].slice(0, MOST_RECENT));
}
on("submit", "[data-sign-out]", () => remember(key, null));
