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

// A form that is on its way cannot be sent twice.
document.addEventListener("htmx:beforeRequest", (event) => mark(event.detail.elt, true));
document.addEventListener("htmx:afterRequest", (event) => mark(event.detail.elt, false));

function mark(element, busy) {
  if (!(element instanceof HTMLFormElement)) return;
  element.toggleAttribute("aria-busy", busy);
  if (busy) element.setAttribute("aria-busy", "true");
  for (const button of $$("[type=submit]", element)) button.disabled = busy;
}

/**
 * GETs `url` and puts the answer into `target`; earlier requests for the same target are dropped. Resolves to whether
 * an answer came: one that was dropped, or that the network lost (which is said elsewhere), is no error of the caller.
 */
export function load(url, target, swap = "innerHTML") {
  if (!target.hasAttribute("hx-sync")) target.setAttribute("hx-sync", "this:replace");
  return htmx.ajax("GET", url, { source: target, target, swap }).then(() => true, () => false);
}

export { htmx };
