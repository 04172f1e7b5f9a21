// Requests that are not htmx's own, with the same headers and the same treatment of answers.
import { fire, word } from "./dom.js";

export function csrfToken() {
  const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
  return cookie ? decodeURIComponent(cookie[1]) : document.querySelector("meta[name=csrf]")?.content ?? "";
}

/** Dispatches what a server put into HX-Trigger: a list of names or a JSON object of details. */
export function dispatchTriggers(header) {
  if (!header) return;
  if (!header.trim().startsWith("{")) {
    for (const name of header.split(",")) fire(name.trim());
    return;
  }
  for (const [name, detail] of Object.entries(JSON.parse(header))) fire(name, detail ?? {});
}

/** Says in plain words why a request failed. */
export function reportFailure(status, errorId = "") {
  const texts = { 0: "offline", 401: "session", 403: "denied", 404: "gone", 410: "gone", 429: "busy" };
  const message = texts[status] ? word(texts[status]) : status >= 500 && errorId ? word("server", { id: errorId }) : word("failed");
  fire("autocrm:toast", { message, level: "bad" });
}

/** Whether an answer is a whole page (the sign-in page, most likely) where a fragment was asked for. */
export const isWholePage = (text) => /^\s*<!doctype html/i.test(text);

function followHeaders(response, text) {
  const elsewhere = response.headers.get("HX-Redirect") ?? response.headers.get("HX-Location");
  if (elsewhere) location.assign(elsewhere.startsWith("{") ? JSON.parse(elsewhere).path : elsewhere);
  else if (response.headers.get("HX-Refresh") === "true") location.reload();
  else if (response.redirected && isWholePage(text)) location.assign(response.url);
  else return false;
  return true;
}

/**
 * Asks the server as htmx would. Resolves to {status, ok, text}; status 0 is "no connection".
 * Failures other than those in `expected` are said in a toast here, so callers only handle what they can improve.
 */
export async function send(url, { method = "GET", body = null, target = "", signal, expected = [409, 422] } = {}) {
  const headers = { "HX-Request": "true", "HX-Current-URL": location.href };
  if (target) headers["HX-Target"] = target;
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  let response;
  let text;
  try {
    response = await fetch(url, { method, body, headers, signal, credentials: "same-origin" });
    // An answer may be given up, or lost, while it is still coming.
    text = response.status === 204 ? "" : await response.text();
  } catch (error) {
    if (error.name === "AbortError") return { status: -1, ok: false, text: "" };
    reportFailure(0);
    return { status: 0, ok: false, text: "" };
  }
  if (followHeaders(response, text)) return { status: response.status, ok: false, text: "", left: true };
  dispatchTriggers(response.headers.get("HX-Trigger"));
  if (!response.ok && !expected.includes(response.status)) reportFailure(response.status, response.headers.get("X-Request-ID") ?? "");
  return { status: response.status, ok: response.ok, text };
}

/** The fields of a form as a body; files keep it multipart. */
export function bodyOf(form, extra = {}) {
  const data = new FormData(form);
  for (const [name, value] of Object.entries(extra)) data.set(name, value);
  const hasFiles = [...data.values()].some((value) => value instanceof File);
  return hasFiles ? data : new URLSearchParams(data);
}
