// Small tools every module uses: finding, making and announcing.

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/** Listens on the document for `type` on anything that matches `selector`, now or later. */
export function on(type, selector, handler, options) {
  document.addEventListener(type, (event) => {
    const found = event.target instanceof Element ? event.target.closest(selector) : null;
    if (found) handler(event, found);
  }, options);
}

/** Makes an element; `attrs` may hold `class`, attributes, `on…` functions and properties named with a dot. */
export function el(tag, attrs = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attrs)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith(".")) node[name.slice(1)] = value;
    else if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const sprite = $("meta[name=icons]")?.content ?? "";

export function icon(name, classes = "") {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("class", `ic ${classes}`.trim());
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(ns, "use");
  use.setAttribute("href", `${sprite}#i-${name}`);
  svg.append(use);
  return svg;
}

/** A translated text from `ui/words.html`, with `%(name)s` filled in. */
export function word(name, values = {}) {
  const text = $("#ui-words")?.getAttribute(`data-${name}`) ?? name;
  return text.replace(/%\((\w+)\)s/g, (whole, key) => values[key] ?? whole);
}

/** Has a screen reader say `text` without anything moving. */
export function say(text) {
  const region = $("#say");
  if (!region) return;
  region.textContent = "";
  requestAnimationFrame(() => { region.textContent = text; });
}

/** Whether keys belong to what the person is typing in. */
export function isTyping(target) {
  return target instanceof Element
    && Boolean(target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]"));
}

/** Whether something modal or floating is open, so that page-wide keys keep quiet. */
export function isCovered() {
  return Boolean($("dialog[open], [popover].pop:popover-open"));
}

export function debounce(run, ms) {
  let timer = 0;
  const later = (...args) => {
    clearTimeout(timer);
    timer = setTimeout(run, ms, ...args);
  };
  later.cancel = () => clearTimeout(timer);
  return later;
}

/** Dispatches one of our own events on the document. */
export function fire(name, detail = {}) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

/** First thing inside `root` that takes the focus. */
export function firstField(root) {
  return $("[autofocus], .wrong, [aria-invalid=true]", root)
    ?? $$("input:not([type=hidden]), select, textarea, [role=combobox]", root).find((field) => !field.disabled && field.offsetParent !== null)
    ?? $("button, a[href]", root);
}

/** Whether a field holds what no value can be made of, a date without its year: it is shown and said, nothing is sent. */
export function holdsSlip(form) {
  const field = [...form.elements].find((each) => each.validity?.badInput);
  if (!field) return false;
  field.setAttribute("aria-invalid", "true");
  field.reportValidity();
  return true;
}

/** The formatted number of the page's language. */
export function formatNumber(value) {
  return new Intl.NumberFormat(document.documentElement.lang || undefined).format(value);
}

/** The number that `text` means as people of the page's language write it, as `parse_number` does on the server; NaN for none. */
export function parseNumber(text) {
  const plain = text.replace(/[\s'’]/g, "").replace("−", "-");
  if (!/^-?(\d[\d.,]*|[.,]\d+)$/.test(plain)) return NaN;
  const signs = plain.replace(/[^.,]/g, "");
  const last = signs.at(-1);
  const [before, after] = last ? [plain.slice(0, plain.lastIndexOf(last)), plain.slice(plain.lastIndexOf(last) + 1)] : [plain, ""];
  const decimal = new Intl.NumberFormat(document.documentElement.lang || undefined).formatToParts(1.5).find((part) => part.type === "decimal").value;
  const isGroup = last && (signs.length > 1 ? signs === last.repeat(signs.length) : after.length === 3 && /^-?[1-9]\d{0,2}$/.test(before) && last !== decimal);
  return Number(isGroup || !last ? plain.replace(/[.,]/g, "") : `${before.replace(/[.,]/g, "")}.${after}`);
}

/** A number as it stands in an input: without groups. */
export const writeNumber = (value) => new Intl.NumberFormat(document.documentElement.lang || undefined, { useGrouping: false, maximumFractionDigits: 12 }).format(value);

/** Reads what was kept under `key`; storage may be forbidden. */
export function recall(key, fallback = null) {
  try {
    return JSON.parse(localStorage.getItem(`autocrm.${key}`)) ?? fallback;
  } catch {
    return fallback;
  }
}

export function remember(key, value) {
  try {
    if (value === null) localStorage.removeItem(`autocrm.${key}`);
    else localStorage.setItem(`autocrm.${key}`, JSON.stringify(value));
  } catch {
    // A browser without storage only forgets a convenience.
  }
}

export const isPhone = () => matchMedia("(max-width: 760px)").matches;
