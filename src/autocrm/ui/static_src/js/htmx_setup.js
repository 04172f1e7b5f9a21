// htmx with the product's settings: strict CSP, CSRF, answers with errors are swapped, failures are said.
import htmx from "htmx.org/dist/htmx.esm.js";
import { $$ } from "./dom.js";
import { csrfToken, isWholePage, reportFailure } from "./http.js";

htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;
htmx.config.historyCacheSize = 0;
htmx.config.refreshOnHistoryMiss = true;
htmx.config.scrollBehavior = "instant";
htmx.config.defaultSettleDelay = 0;
// Not "style": carrying over what a script set on the old element would be an inline style, which the CSP refuses.
htmx.config.attributesToSettle = ["class", "width", "height"];
htmx.config.timeout = 30000;
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "(409|422)", swap: true, error: false },
  { code: "[23]..", swap: true },
  { code: "[45]..", swap: false, error: true },
];
globalThis.htmx = htmx;

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = csrfToken();
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, target } = event.detail;
  if (target !== document.body && isWholePage(xhr.responseText)) {
    event.detail.shouldSwap = false;
    location.assign(xhr.responseURL || location.href);
  }
});

document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  reportFailure(xhr.status, xhr.getResponseHeader("X-Request-ID") ?? "");
});
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => reportFailure(0));
}

// A part of the page may load itself anew while a button of it is on its way: what the answer says is heard all the same.
document.addEventListener("htmx:beforeSend", (event) => {
  const { elt, xhr } = event.detail;
  xhr.addEventListener("readystatechange", () => {
    if (xhr.readyState === XMLHttpRequest.DONE && xhr.status && !elt.isConnected) hear(xhr);
  });
});

function hear(xhr) {
  const said = xhr.getResponseHeader("HX-Trigger") ?? "";
  for (const [name, detail] of Object.entries(said.startsWith("{") ? JSON.parse(said) : {})) {
    document.body.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
  if (xhr.status >= 400 && xhr.status !== 409 && xhr.status !== 422) {
    reportFailure(xhr.status, xhr.getResponseHeader("X-Request-ID") ?? "");
  }
}

// What is on its way cannot be sent twice: the buttons of a form are off, a button that sends by itself hears no click.
document.addEventListener("htmx:beforeRequest", (event) => mark(event.detail.elt, true));
document.addEventListener("htmx:afterRequest", (event) => mark(event.detail.elt, false));

const held = new WeakMap();

function mark(element, busy) {
  if (!(element instanceof HTMLFormElement || element instanceof HTMLButtonElement)) return;
  if (busy) element.setAttribute("aria-busy", "true");
  else element.removeAttribute("aria-busy");
  if (element instanceof HTMLButtonElement) return;
  if (busy && element.contains(document.activeElement)) held.set(element, document.activeElement);
  for (const button of $$("[type=submit]", element)) button.disabled = busy;
  // A button that was off has lost the focus; where the form stays, it comes back.
  if (!busy && document.activeElement === document.body && held.get(element)?.isConnected) held.get(element).focus({ preventScroll: true });
  if (!busy) held.delete(element);
}

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("button[aria-busy=true]")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true });

/**
 * GETs `url` and puts the answer into `target`; earlier requests for the same target are dropped. Resolves to whether
 * an answer came: one that was dropped, or that the network lost (which is said elsewhere), is no error of the caller.
 */
export function load(url, target, swap = "innerHTML") {
  if (!target.hasAttribute("hx-sync")) target.setAttribute("hx-sync", "this:replace");
  return htmx.ajax("GET", url, { source: target, target, swap }).then(() => true, () => false);
}

export { htmx };
