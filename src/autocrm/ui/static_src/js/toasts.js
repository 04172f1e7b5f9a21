// Messages at the bottom: two at most, Undo for 8 s, the clock stands still while pointed at or focused.
import { $, $$, el, icon, say, word } from "./dom.js";
import { send } from "./http.js";

const LIFE = 8000;
const ICONS = { ok: "check", bad: "alert-triangle", info: "bell" };

function host() {
  const box = $("#toasts");
  // In the top layer, above an open drawer or dialog; showing it again brings it to the front.
  if (box.matches(":popover-open")) box.hidePopover();
  box.showPopover();
  return box;
}

function dismiss(toast) {
  toast.remove();
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
  if (standing.length > 1) standing[0].remove();
  box.append(shown);
  if (level !== "bad") say(detail.message);
  let timer = setTimeout(close, LIFE);
  shown.addEventListener("pointerenter", () => clearTimeout(timer));
  shown.addEventListener("focusin", () => clearTimeout(timer));
  shown.addEventListener("pointerleave", () => { clearTimeout(timer); timer = setTimeout(close, LIFE / 2); });
  shown.addEventListener("focusout", () => { clearTimeout(timer); timer = setTimeout(close, LIFE / 2); });
}

document.addEventListener("autocrm:toast", (event) => toast(event.detail));
for (const waiting of $$("template[data-toast]")) {
  toast({ message: waiting.content.textContent.trim(), level: waiting.dataset.level });
  waiting.remove();
}
