// Keys of the whole product. Never while typing, never under a dialog.
import { $, $$, el, isCovered, isTyping, on, word } from "./dom.js";
import { openPalette } from "./palette.js";

const PATIENCE = 1200;
let waitingForGo = 0;

function openSheet() {
  const sheet = $("#keys");
  if (!sheet || sheet.open) return;
  fillSheet($("[data-keys]", sheet));
  sheet.showModal();
}

function section(title, rows) {
  const list = el("dl");
  for (const [name, keys] of rows) list.append(el("dt", {}, name), el("dd", {}, ...keys.flatMap((one) => [el("kbd", {}, one), " "])));
  return el("section", { "data-live": true }, el("h3", {}, title), list);
}

/** Adds what this page has: places to go to and keys of its own. */
function fillSheet(box) {
  for (const old of $$("[data-live]", box)) old.remove();
  const places = $$(".rail [data-go]").map((link) => [$(".rail-t", link)?.textContent ?? "", ["g", link.dataset.go]]);
  const here = $$("[data-key]").map((one) => [one.dataset.keyLabel ?? one.getAttribute("aria-label") ?? one.textContent.trim(), [one.dataset.key]]);
  if (places.length) box.append(section(word("keys_go"), places));
  if (here.length) box.append(section(word("keys_page"), here));
}

function go(letter) {
  const link = $(`.rail [data-go="${CSS.escape(letter)}"]`);
  if (link) link.click();
  return Boolean(link);
}

const shown = (element) => element.offsetParent !== null && !element.disabled;

function pressKey(name) {
  const target = $$(`[data-key="${CSS.escape(name)}"]`).find(shown);
  target?.click();
  return Boolean(target);
}

function pressNew() {
  const all = $$("[data-new]");
  // On a small screen, or one that is magnified, the button is put away; whoever has keys still uses its key.
  const button = all.find(shown) ?? all.find((each) => !each.popoverTargetElement);
  button?.click();
  return Boolean(button);
}

const single = { "/": () => { openPalette(); return true; }, "?": () => { openSheet(); return true; }, n: pressNew };

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
    return;
  }
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || isCovered()) return;
  const afterGo = Date.now() - waitingForGo < PATIENCE;
  waitingForGo = 0;
  if (afterGo && go(event.key)) event.preventDefault();
  else if (event.key === "g") waitingForGo = Date.now();
  else if (single[event.key]?.() || pressKey(event.key)) event.preventDefault();
});

on("click", "[data-shortcuts]", openSheet);
