// Where somebody was in a long list, when they come back to it from a record, load it again or take a step back in it: the
// pages passed stand there as gaps of their height, and come when they are in sight.
import { $, $$, el } from "./dom.js";
import { list } from "./list_state.js";
import { follow, gap, keep } from "./list_window.js";

const KEY = "autocrm.list-place";
const scroller = () => list() && $(".dtw", list());

/** The list's address, whichever record is looked at beside it. */
function address(search = location.search) {
  const wanted = new URLSearchParams(search);
  wanted.delete("peek");
  return `${location.pathname}?${wanted}`;
}

/** The place as it can be come back to; nothing for groups and for what is looked for piece by piece. */
function here(root, search = location.search) {
  const bodies = $$("[data-chunk]", root);
  if (!root.scrollTop || !bodies.length || $("[data-group], [data-looked]", root)) return null;
  const chunks = bodies.slice(1).map((body) => ({ ...body.dataset, height: body.offsetHeight }));
  return { at: address(search), top: root.scrollTop, chunks, more: $("tbody.tail [data-more]", root)?.outerHTML ?? "" };
}

addEventListener("pagehide", () => {
  try {
    const place = scroller() && here(scroller());
    if (place) sessionStorage.setItem(KEY, JSON.stringify(place));
    else if (list()) sessionStorage.removeItem(KEY);
  } catch {
    // Storage may be forbidden or full: the list begins at its top.
  }
});

function remembered() {
  const [entry] = performance.getEntriesByType("navigation");
  if (!["back_forward", "reload"].includes(entry?.type)) return null;
  try {
    const place = JSON.parse(sessionStorage.getItem(KEY));
    return place?.at === address() ? place : null;
  } catch {
    return null;
  }
}

function comeBack(root, place) {
  let last = $("[data-chunk]", root);
  const tail = $("tbody.tail", root);
  if (!last || (place.chunks.length && !tail)) return;
  for (const { chunk, first, count, height } of place.chunks) {
    const body = el("tbody", { "data-chunk": chunk, "data-first": first, "data-count": count, "data-gone": "1" }, gap(height));
    last.after(body);
    last = body;
    keep(body);
  }
  if (tail && place.chunks.length) {
    tail.innerHTML = place.more;
    const more = $("[data-more]", tail);
    if (!more) tail.remove();
    else {
      delete more.dataset.busy;
      follow(more);
    }
  }
  root.scrollTop = place.top;
}

// Steps within the page: the list that is left has its place until somebody is back, or on, at it.
const places = new Map();
let awaited = null;

document.addEventListener("autocrm:url-leave", ({ detail: { search } }) => {
  const left = scroller() && here(scroller(), search);
  if (left) places.set(left.at, left);
  else places.delete(address(search));
});
document.addEventListener("autocrm:url-state", ({ detail: { isBack } }) => { awaited = isBack ? places.get(address()) : null; });
document.addEventListener("autocrm:list-loaded", () => {
  const wanted = awaited;
  awaited = null;
  if (wanted?.at === address() && scroller()) comeBack(scroller(), wanted);
});

const place = scroller() && remembered();
if (place) comeBack(scroller(), place);
