// The drawer: forms from the server in a modal panel, a question before typed things are lost, live duplicates.
import { $, $$, debounce, fire, firstField, on, word } from "./dom.js";
import { ask } from "./dialogs.js";
import { htmx, load } from "./htmx_setup.js";
import { bodyOf, send } from "./http.js";

const drawer = $("#drawer");
const body = $("#drawer-body");
let untouched = "";

const snapshot = () => {
  const form = $("form", body);
  return form ? new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string")).toString() : "";
};

let loads = 0;

/** Opens the drawer with the fragment at `url`. */
export function openDrawer(url) {
  if (!drawer) {
    location.assign(url);
    return;
  }
  body.replaceChildren($("#drawer-wait")?.content.cloneNode(true) ?? "");
  if (!drawer.open) drawer.showModal();
  const mine = ++loads;
  // Why nothing came was told by a toast: nobody is left before bones that never become a form.
  load(url, body).then(() => mine === loads && $(".sks", body) && close());
}

// The same form as a page of its own, where its address was opened in a new tab or loaded again ------------------------
const pageForm = (node) => (drawer?.open ? null : node?.closest?.("form.drawer-form:not(#drawer *)"));

/** From such a page to where it belongs; where there is neither drawer nor such a page, nothing is left. */
function leave() {
  if (!$("form.drawer-form:not(#drawer *)")) return;
  fire("autocrm:leaving");
  location.assign($$(".crumbs a").at(-1)?.href ?? "/");
}
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const form = detail.target === body && pageForm(detail.requestConfig.elt);
  if (form) Object.assign(detail, { target: form, swapOverride: "outerHTML" });
});
document.addEventListener("htmx:afterSettle", ({ target }) => pageForm(target) && $("[aria-invalid=true]", target)?.focus());

function close() {
  if (!drawer.open) {
    leave();
    return;
  }
  untouched = snapshot();
  drawer.close();
}

async function tryClose() {
  if (!drawer.open) {
    leave();
    return;
  }
  if (snapshot() !== untouched && !(await ask(word("unsaved"), null, { yes: word("leave"), no: word("stay"), tone: "bad" }))) return;
  close();
}

on("click", "[data-drawer]", (event, opener) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  for (const box of $$("[popover]:popover-open:not(#toasts)")) box.hidePopover();
  if ($("#palette")?.open) $("#palette").close();
  openDrawer(opener.dataset.drawer || opener.getAttribute("href"));
});

if (drawer) {
  on("click", "[data-drawer-close]", tryClose);
  // Emptied later: the events of the same answer are still being dispatched from the form.
  drawer.addEventListener("close", () => drawer.open || body.replaceChildren());
  drawer.addEventListener("cancel", (event) => {
    if (event.target !== drawer) return;
    event.preventDefault();
    tryClose();
  });
  drawer.addEventListener("click", (event) => event.target === drawer && tryClose());
  document.addEventListener("autocrm:drawer-close", close);
  document.addEventListener("autocrm:drawer-open", (event) => openDrawer(event.detail.url));
  body.addEventListener("htmx:afterSettle", (event) => {
    if (event.target !== body && !event.target.contains?.(body)) return;
    const failed = $("[aria-invalid=true]", body);
    if (!failed) untouched = snapshot();
    (failed ?? firstField($(".drawer-in", body) ?? body))?.focus();
    drawer.dataset.size = $("form", body)?.dataset.size ?? "m";
  });
  addEventListener("beforeunload", (event) => {
    if (drawer.open && snapshot() !== untouched) event.preventDefault();
  });
}

on("keydown", "form", (event, form) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  form.requestSubmit();
});

// Live duplicates: the whole form goes, so that the server may compare name and company together.
const looking = new WeakMap();
const look = debounce(async (input) => {
  // Saved or closed meanwhile: what was typed is no question any more.
  if (!input.form) return;
  looking.get(input)?.abort();
  const control = new AbortController();
  looking.set(input, control);
  const form = input.form;
  const slot = input.dataset.dupTarget ? $(input.dataset.dupTarget) : $("[data-dup]", input.closest(".field") ?? form) ?? $("[data-dup]", form);
  if (!slot) return;
  const answer = await send(input.dataset.dupUrl, { method: "POST", body: bodyOf(form, { field: input.name }), signal: control.signal });
  if (!answer.ok) return;
  slot.innerHTML = answer.text;
  htmx.process(slot);
}, 400);
on("input", "[data-dup-url]", (_event, input) => look(input));
// Leaving on purpose, for the record that exists already: nobody is asked about what was typed.
on("click", "[data-leave]", (event) => {
  if (!(event.ctrlKey || event.metaKey || event.shiftKey || event.button)) untouched = snapshot();
});
on("click", "[data-dup-dismiss]", (_event, button) => {
  button.closest("[data-dup]").replaceChildren();
  fire("autocrm:dup-dismissed");
});
