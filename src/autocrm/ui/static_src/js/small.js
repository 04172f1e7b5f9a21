// Small manners: copying, growing text areas, unsaved forms, remembered folds, finding a field, ticking all.
import { $, $$, fire, holdsSlip, on, recall, remember, say, word } from "./dom.js";

on("click", "[data-copy]", async (_event, button) => {
  await navigator.clipboard.writeText(button.dataset.copy || location.href);
  fire("autocrm:toast", { message: word("copied"), level: "ok" });
});
on("click", "[data-remove-closest]", (_event, button) => button.closest(button.dataset.removeClosest)?.remove());
// A link to something about the list as it is shown now.
on("click", "a[data-with-view='1']", (_event, link) => { link.search = location.search; });
on("click", "[data-back]", () => history.back());
on("click", "[data-reload]", () => location.reload());

const grow = (area) => {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
};
on("input", "textarea[data-autogrow]", (_event, area) => grow(area));

on("change", "[data-submit-on-change]", (_event, field) => (field.form ?? field).requestSubmit());
on("change", "[data-check-all]", (_event, box) => {
  for (const other of $$(`input[type=checkbox][name="${CSS.escape(box.dataset.checkAll)}"]`)) other.checked = box.checked;
});

// A browser sends nothing for half a date, as if it had been emptied on purpose.
addEventListener("submit", (event) => {
  if (!holdsSlip(event.target)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
on("input", "[aria-invalid=true]", (_event, field) => field.validity?.badInput || field.hasAttribute("aria-describedby") || field.removeAttribute("aria-invalid"));

// A form that was touched asks before the page is left.
const touched = new WeakSet();
on("input", "form[data-guard]", (_event, form) => touched.add(form));
on("submit", "form", (_event, form) => touched.delete(form));
addEventListener("beforeunload", (event) => {
  if ($$("form[data-guard]").some((form) => touched.has(form))) event.preventDefault();
});

// A plain form cannot be sent twice; coming back with the back button makes it usable again.
on("submit", "form:not([hx-post]):not([hx-get])", (event, form) => {
  if (event.defaultPrevented || ("confirm" in form.dataset && !form.dataset.confirmed)) return;
  const buttons = $$("[type=submit]", form);
  setTimeout(() => { for (const button of buttons) button.disabled = true; }, 0);
  // An answer that is a file leaves the page standing.
  setTimeout(() => { for (const button of buttons) button.disabled = false; }, 4000);
});
addEventListener("pageshow", (event) => {
  if (event.persisted) for (const button of $$("form [type=submit]:disabled")) button.disabled = false;
});

// Folds and toggles that stay as they were left.
document.addEventListener("toggle", (event) => {
  const fold = event.target;
  if (fold instanceof HTMLDetailsElement && fold.dataset.remember) remember(`fold.${fold.dataset.remember}`, fold.open);
}, true);
on("click", "[data-toggle-class]", (_event, button) => {
  const target = $(button.dataset.toggleTarget);
  const yes = target?.classList.toggle(button.dataset.toggleClass);
  button.setAttribute("aria-pressed", String(Boolean(yes)));
  if (button.dataset.remember) remember(`toggle.${button.dataset.remember}`, Boolean(yes));
});

function findIn(input) {
  const wanted = input.value.trim().toLowerCase();
  for (const row of $$(".prop", $(input.dataset.findIn) ?? document)) {
    row.hidden = Boolean(wanted) && !$("dt", row).textContent.toLowerCase().includes(wanted);
  }
}
on("input", "[data-find-in]", (_event, input) => {
  findIn(input);
  say("");
});

function restore(root) {
  for (const fold of $$("details[data-remember]", root)) fold.open = recall(`fold.${fold.dataset.remember}`, fold.open);
  for (const button of $$("[data-toggle-class][data-remember]", root)) {
    if (recall(`toggle.${button.dataset.remember}`, false) && button.getAttribute("aria-pressed") !== "true") button.click();
  }
  for (const input of $$("[data-find-in]")) if (input.value) findIn(input);
  for (const area of $$("textarea[data-autogrow]", root)) if (area.offsetParent) grow(area);
}
document.addEventListener("htmx:load", (event) => restore(event.detail.elt));
restore(document);

// What only an icon shows says its name to whoever points at it.
on("pointerover", ".btn.icon[aria-label]:not([title])", (_event, button) => { button.title = button.getAttribute("aria-label"); });
