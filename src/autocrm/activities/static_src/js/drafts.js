// What is being written in a composer survives a reload: kept in the tab's session storage, gone when it is saved.
import { $, $$, debounce } from "../../../ui/static_src/js/dom.js";

// In a tab that somebody else signs in to, nobody reads what the one before was writing.
const PREFIX = `draft:${$("[data-shell]")?.dataset.user ?? ""}:`;
const LONGEST = 200_000;
// Elements, not a mark on them: marks go over to what takes an element's place.
const ready = new WeakSet();
const skipped = new Set(["csrfmiddlewaretoken", "format"]);

function keyOf(composer, form) {
  return `${PREFIX}${composer.dataset.draft}:${form.dataset.draftForm}`;
}

function valuesOf(form) {
  const values = {};
  for (const [name, value] of new FormData(form)) if (!skipped.has(name) && typeof value === "string") (values[name] ??= []).push(value);
  return values;
}

/** Only words are worth keeping: what the form began with is made anew. */
function hasWords(form) {
  return $$("input[name=subject], textarea", form).some((field) => field.value.trim());
}

function keep(composer, form) {
  const key = keyOf(composer, form);
  try {
    if (!hasWords(form)) return sessionStorage.removeItem(key);
    const labels = Object.fromEntries($$("select[data-combo] option:checked", form).map((option) => [option.value, option.textContent.trim()]));
    const text = JSON.stringify({ values: valuesOf(form), labels });
    if (text.length < LONGEST) sessionStorage.setItem(key, text);
  } catch {
    // No storage: then nothing is kept, and everything else works.
  }
  return undefined;
}

function read(composer, form) {
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(composer, form)) ?? "null");
  } catch {
    return null;
  }
}

function fill(form, { values, labels }, show) {
  for (const field of form.elements) {
    const given = values[field.name];
    if (!field.name || skipped.has(field.name)) continue;
    if (field.type === "checkbox") field.checked = Boolean(given?.includes(field.value));
    else if (field.matches("select")) fillSelect(field, given ?? [], labels ?? {});
    else if (given) field.value = given[0];
    if (field.matches("textarea[data-rich]")) show(field);
  }
}

function fillSelect(select, given, labels) {
  for (const value of given) {
    if (![...select.options].some((option) => option.value === value) && value in labels) select.add(new Option(labels[value], value));
  }
  for (const option of select.options) option.selected = given.includes(option.value);
  select.dispatchEvent(new CustomEvent("combo:refresh"));
}

/** Fill the forms of a composer with what was being written, and keep what is written from now on. */
export function keepDrafts(composer, { show, front }) {
  if (ready.has(composer)) return;
  ready.add(composer);
  for (const form of $$("[data-draft-form]", composer)) {
    const draft = $("[aria-invalid=true]", form) ? null : read(composer, form);
    if (draft?.values && !hasWords(form)) {
      fill(form, draft, show);
      const tab = $(`#compose-tab-${CSS.escape(form.dataset.draftForm)}`, composer);
      if (tab && !location.hash.startsWith("#compose-")) front(tab);
    }
    const soon = debounce(() => composer.isConnected && keep(composer, form), 250);
    for (const name of ["input", "change", "rich:change"]) form.addEventListener(name, soon);
  }
}

// What was written in the last moment before the page is left is kept too.
addEventListener("pagehide", () => {
  for (const composer of $$("[data-draft]")) {
    if (ready.has(composer)) for (const form of $$("[data-draft-form]", composer)) keep(composer, form);
  }
});

/** What was saved just now is no draft any more; those of the other forms stay. */
export function clearDrafts(composer) {
  const saved = $("template[data-draft-saved]", composer);
  if (!saved) return;
  try {
    sessionStorage.removeItem(`${PREFIX}${composer.dataset.draft}:${saved.dataset.draftSaved}`);
  } catch {
    // Nothing was kept either.
  }
  saved.remove();
}
