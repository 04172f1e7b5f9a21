// Messages at the bottom: two at most, Undo for 8 s, the clock stands still while pointed at or focused.
import { $, $$, el, icon, isTyping, say, word } from "./dom.js";
import { send } from "./http.js";

const LIFE = 8000;
const ICONS = { ok: "check", bad: "alert-triangle", info: "bell" };

function host() {
  const box = $("#toasts");
  const focused = box.contains(document.activeElement) ? document.activeElement : null;
  // In the top layer, above an open drawer or dialog; showing it again brings it to the front.
  if (box.matches(":popover-open")) box.hidePopover();
  box.showPopover();
  focused?.focus({ preventScroll: true });
  return box;
}

// Where somebody was before she went into a message.
let before = null;

function dismiss(toast) {
  const hadFocus = toast.contains(document.activeElement);
  toast.remove();
  if (hadFocus) (before?.isConnected ? before : $("#main"))?.focus({ preventScroll: true });
  const box = $("#toasts");
  if (!$$(".snack", box).length && box.matches(":popover-open")) box.hidePopover();
}

function actionOf(detail, close) {
  if (detail.undo_url) {
    return el("button", { class: "act", type: "button", onclick: async () => {
      close();
      await send(detail.undo_url, { method: "POST" });
    } }, word("undo"));
  }
  return detail.action ? el("a", { class: "act", href: detail.action[1] }, detail.action[0]) : null;
}

/** Shows {message, level, undo_url, action: [label, url], body, url}. */
export function toast(detail) {
  if (!$("#toasts")) return;
  const level = ICONS[detail.level] ? detail.level : detail.level ? "info" : "ok";
  const shown = el("div", { class: `snack ${level}`, role: level === "bad" ? "alert" : "status" });
  const close = () => dismiss(shown);
  const text = detail.url ? el("a", { href: detail.url }, detail.message) : detail.message;
  shown.append(icon(ICONS[level]), el("span", { class: "grow" }, text, detail.body ? el("small", {}, detail.body) : null));
  const act = actionOf(detail, close);
  if (act) shown.append(act);
  shown.append(el("button", { class: "snack-x", type: "button", "aria-label": word("close"), onclick: close }, icon("x", "ic-sm")));
  const box = host();
  const standing = $$(".snack", box);
  if (standing.length > 1) dismiss(standing[0]);
  box.append(shown);
  if (level !== "bad") say(detail.message);
  let timer = setTimeout(close, LIFE);
  shown.addEventListener("pointerenter", () => clearTimeout(timer));
  shown.addEventListener("focusin", (event) => {
    clearTimeout(timer);
    if (event.relatedTarget && !box.contains(event.relatedTarget)) before = event.relatedTarget;
  });
  const goOn = () => {
    clearTimeout(timer);
    if (!shown.matches(":hover, :focus-within")) timer = setTimeout(close, LIFE / 2);
  };
  shown.addEventListener("pointerleave", () => setTimeout(goOn));
  shown.addEventListener("focusout", () => setTimeout(goOn));
}

// The last Undo by key: a message is far away in the order of Tab, and gone after a few seconds.
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
  const undo = $$("#toasts button.act").at(-1);
  if (!undo || isTyping(event.target)) return;
  event.preventDefault();
  undo.click();
});

// What was said as the page is left is said on the next one.
const CARRIED = "autocrm.toasts";
let lately = [];
document.addEventListener("autocrm:toast", (event) => {
  lately = [...lately.filter((each) => Date.now() - each.at < 1000), { at: Date.now(), detail: event.detail }];
  toast(event.detail);
});
// htmx puts the element that it came by into what it says.
const words = (_name, value) => (value instanceof Node ? undefined : value);
document.addEventListener("autocrm:leaving", () => sessionStorage.setItem(CARRIED, JSON.stringify(lately, words)));
for (const { at, detail } of JSON.parse(sessionStorage.getItem(CARRIED) ?? "[]")) if (Date.now() - at < LIFE) toast(detail);
sessionStorage.removeItem(CARRIED);
for (const waiting of $$("template[data-toast]")) {
  toast({ message: waiting.content.textContent.trim(), level: waiting.dataset.level });
  waiting.remove();
}
